"""Time-coded evidence: what an assessor saw, at which moment of the lesson, and what it speaks to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infra.database import ProviderOwned, Record
from infra.errors import Conflict, Invalid, NotFound, Problem
from infra.session import Actor, Session
from observe.access import relations_allowed
from observe.mark_sheet import is_locked, sheets_of
from observe.observation import Observation, load
from observe.people import Person

Kind = Literal["strength", "target", "question", "note"]
Visibility = Literal["private", "feedback"]  # feedback reaches the trainee with the release
LONGEST_TEXT = 10_000


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What an assessor says in a comment."""

    at_ms: int  # lesson time
    until_ms: int | None  # the end of a span; None for a moment
    kind: Kind
    text: str
    tags: list[str]  # codes of the rubric's criteria
    visibility: Visibility


class Comment(ProviderOwned, Record):
    """One comment. Its id is made by whoever writes it, so that sending it twice makes one comment.

    The id is the author's own: two authors may use the same one, so that nobody learns from a refusal that
    somebody else's comment exists.
    """

    __tablename__ = "comment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"), index=True)
    at_ms: Mapped[int]
    until_ms: Mapped[int | None]
    kind: Mapped[Kind] = mapped_column(Text)
    text: Mapped[str]
    tags: Mapped[list[str]]
    visibility: Mapped[Visibility] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    author: Mapped[Person] = relationship(lazy="joined", init=False)

    def says(self, wording: Wording) -> bool:
        """Whether the comment says exactly this already."""
        return self.deleted_at is None and wording == Wording(
            at_ms=self.at_ms,
            until_ms=self.until_ms,
            kind=self.kind,
            text=self.text,
            tags=self.tags,
            visibility=self.visibility,
        )

    def say(self, wording: Wording, seen_version: int, at: datetime) -> None:
        """Say something else, or take back a deletion; raises Conflict when another version was seen."""
        if seen_version != self.version:
            raise Conflict("changed_elsewhere")
        self.at_ms, self.until_ms = wording.at_ms, wording.until_ms
        self.kind, self.text, self.tags = wording.kind, wording.text, wording.tags
        self.visibility = wording.visibility
        self.version += 1
        self.updated_at, self.deleted_at = at, None

    def delete(self, at: datetime) -> None:
        """Take the comment away; saying it again brings it back."""
        if self.deleted_at is None:
            self.version += 1
            self.updated_at = self.deleted_at = at


def check(wording: Wording, criteria: set[str]) -> None:
    """Raise Invalid naming what cannot be right about the wording."""
    problems = []
    if wording.at_ms < 0:
        problems.append(Problem("at_ms", "Lesson time begins at 0."))
    if wording.until_ms is not None and wording.until_ms < wording.at_ms:
        problems.append(Problem("until_ms", "A span ends after it begins."))
    if not wording.text.strip() and not wording.tags:
        problems.append(Problem("text", "Say something, or choose a tag."))
    if len(wording.text) > LONGEST_TEXT:
        problems.append(Problem("text", f"Use at most {LONGEST_TEXT} characters."))
    if unknown := [tag for tag in wording.tags if tag not in criteria]:
        problems.append(Problem("tags", f"The rubric has no criterion {', '.join(unknown)}."))
    if problems:
        raise Invalid(problems)


async def save(
    session: Session, observation_id: UUID, comment_id: UUID, wording: Wording, seen_version: int
) -> Comment:
    """Write or rewrite one's own comment. The same wording sent again changes nothing.

    Raises Invalid, NotFound for a comment of another observation, Conflict("changed_elsewhere", theirs=…)
    when it was changed on another device, Conflict("sheet_submitted") once the author's sheet is locked.
    """
    observation = await load(session, observation_id, to="comment.write", lock=True)
    comment = await _own(session, observation, comment_id)
    if comment is not None and comment.says(wording):
        return comment
    check(wording, {criterion.code for criterion in observation.rubric_edition.rubric.criteria})
    await _check_open(session, observation)
    if comment is None:
        comment = session.add(_new(session, observation, comment_id, wording))
    else:
        try:
            comment.say(wording, seen_version, session.now)
        except Conflict:
            raise Conflict("changed_elsewhere", theirs=comment) from None
    await session.flush()
    await session.db.refresh(comment, ["author"])
    session.journal(
        "comment.saved", comment, topic=observation.id, version=comment.version, at_ms=comment.at_ms
    )
    return comment


async def delete(
    session: Session, observation_id: UUID, comment_id: UUID, seen_version: int | None = None
) -> Comment:
    """Take one's own comment away, if it still is as it was seen. Raises as `save` does."""
    observation = await load(session, observation_id, to="comment.write", lock=True)
    comment = await _own(session, observation, comment_id)
    if comment is None:
        raise NotFound("comment", comment_id)
    await _check_open(session, observation)
    if seen_version is not None and seen_version != comment.version:
        raise Conflict("changed_elsewhere", theirs=comment)
    comment.delete(session.now)
    session.journal("comment.deleted", comment, topic=observation.id, version=comment.version)
    return comment


async def list_comments(session: Session, observation_id: UUID) -> list[Comment]:
    """Return the comments the actor may see on an observation, in order of lesson time."""
    observation = await load(session, observation_id, to="comment.see")
    authors = await authors_visible(session, observation)
    comments = await session.all(
        select(Comment)
        .where(Comment.observation_id == observation_id, Comment.deleted_at.is_(None))
        .where(Comment.author_id.in_(authors))
        .order_by(Comment.at_ms, Comment.created_at, Comment.id)
    )
    own = session.actor.person_id
    return [each for each in comments if each.visibility == "feedback" or each.author_id == own]


async def authors_visible(session: Session, observation: Observation) -> set[UUID]:
    """Return whose comments and sheet the actor may see: one's own until all are locked, then every marker's.

    This is what keeps second marking blind, both ways, and keeps a lead moderator from steering a draft.
    """
    sheets = await sheets_of(session, observation.id)
    markers = {each.assessor_id for each in observation.assignments}
    if all(is_locked(sheets, marker) for marker in markers) and observation.state != "ready":
        return markers | _own_id(session.actor)
    if "any" in relations_allowed(session.actor, "comment.see") and not observation.part_of(
        session.actor.person_id
    ):
        return {marker for marker in markers if is_locked(sheets, marker)}
    return _own_id(session.actor)


def _own_id(actor: Actor) -> set[UUID]:
    return {actor.person_id} if actor.person_id else set()


async def _own(session: Session, observation: Observation, comment_id: UUID) -> Comment | None:
    comment = await session.first(
        select(Comment).where(Comment.id == comment_id, Comment.author_id == session.actor.person_id)
    )
    if comment is not None and comment.observation_id != observation.id:
        raise NotFound("comment", comment_id)
    return comment


async def _check_open(session: Session, observation: Observation) -> None:
    if observation.state not in ("scheduled", "ready"):
        raise Conflict("wrong_state", state=observation.state, wanted="marking")
    sheets = await sheets_of(session, observation.id)
    if session.actor.person_id and is_locked(sheets, session.actor.person_id):
        raise Conflict("sheet_submitted")


def _new(session: Session, observation: Observation, comment_id: UUID, wording: Wording) -> Comment:
    return Comment(
        id=comment_id,
        observation_id=observation.id,
        author_id=session.person_id,
        at_ms=wording.at_ms,
        until_ms=wording.until_ms,
        kind=wording.kind,
        text=wording.text,
        tags=wording.tags,
        visibility=wording.visibility,
        created_at=session.now,
        updated_at=session.now,
    )
