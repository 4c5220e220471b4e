"""Time-coded comments of one observation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from infra.errors import Conflict
from observe import comment as comments
from observe.comment import LONGEST_TEXT, Comment, Kind, Visibility, Wording
from web.api.models import ApiModel, Whole
from web.call import Call
from web.problems import answer_to
from web.routes import RouteTable

routes = RouteTable()

LessonTime = Annotated[Whole, Field(ge=0, le=24 * 3_600_000, description="Lesson time in milliseconds")]


class AuthorBody(ApiModel):
    """Who wrote something."""

    id: UUID
    name: str


class CommentBody(ApiModel):
    """A comment as it stands."""

    id: UUID
    author: AuthorBody
    mine: bool
    at_ms: LessonTime
    until_ms: LessonTime | None
    kind: Kind
    text: str
    tags: list[str]
    visibility: Visibility
    version: int
    created_at: datetime
    updated_at: datetime
    deleted: bool


class CommentsBody(ApiModel):
    """Comments in order of lesson time."""

    comments: list[CommentBody]


class CommentWords(ApiModel):
    """What a comment should say; `version` is the one last seen, 0 for a new one."""

    at_ms: LessonTime
    until_ms: LessonTime | None = None
    kind: Kind = "note"
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    tags: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = []
    visibility: Literal["private", "feedback"] = "feedback"
    version: Annotated[Whole, Field(ge=0, lt=2**31)] = 0

    def wording(self) -> Wording:
        """Return the words without the version."""
        return Wording(
            at_ms=self.at_ms,
            until_ms=self.until_ms,
            kind=self.kind,
            text=self.text,
            tags=list(self.tags),
            visibility=self.visibility,
        )


def body_of(comment: Comment, reader: UUID | None) -> CommentBody:
    """Return a comment as its reader sees it."""
    return CommentBody.model_construct(
        id=comment.id,
        author=AuthorBody(id=comment.author.id, name=comment.author.name),
        mine=comment.author_id == reader,
        at_ms=comment.at_ms,
        until_ms=comment.until_ms,
        kind=comment.kind,
        text=comment.text,
        tags=comment.tags,
        visibility=comment.visibility,
        version=comment.version,
        created_at=comment.created_at,
        updated_at=comment.updated_at,
        deleted=comment.deleted_at is not None,
    )


@routes.get("/api/observations/{observation}/comments", action="comment.see", returns=CommentsBody)
async def list_comments(call: Call) -> web.StreamResponse:
    """List the comments you may see, in order of lesson time."""
    async with call.session() as session:
        found = await comments.list_comments(session, call.id("observation"))
        return call.json(CommentsBody(comments=[body_of(each, call.actor.person_id) for each in found]))


@routes.add(
    "PUT",
    "/api/observations/{observation}/comments/{comment}",
    action="comment.write",
    body=CommentWords,
    returns=CommentBody,
    problems=(409, 422),
)
async def put_comment(call: Call) -> web.StreamResponse:
    """Write or rewrite your comment; sending the same again changes nothing."""
    words = await call.body(CommentWords)
    try:
        async with call.session() as session:
            saved = await comments.save(
                session, call.id("observation"), call.id("comment"), words.wording(), words.version
            )
            return call.json(body_of(saved, call.actor.person_id))
    except Conflict as conflict:
        return _with_both_texts(call, conflict)


@routes.add(
    "DELETE",
    "/api/observations/{observation}/comments/{comment}",
    action="comment.write",
    returns=CommentBody,
    problems=(409,),
)
async def delete_comment(call: Call) -> web.StreamResponse:
    """Take your comment away, if it still is the `version` you saw; writing it again brings it back."""
    version = call.query("version")
    try:
        async with call.session() as session:
            gone = await comments.delete(
                session,
                call.id("observation"),
                call.id("comment"),
                int(version) if version.isdigit() else None,
            )
            return call.json(body_of(gone, call.actor.person_id))
    except Conflict as conflict:
        return _with_both_texts(call, conflict)


def _with_both_texts(call: Call, conflict: Conflict) -> web.Response:
    """Return the conflict with the comment that stands, so that no device loses what was typed on it."""
    document = answer_to(conflict).document()
    theirs = conflict.facts.get("theirs")
    if isinstance(theirs, Comment):
        document["theirs"] = body_of(theirs, call.actor.person_id).model_dump(mode="json")
    return web.json_response(document, status=409, content_type="application/problem+json")
