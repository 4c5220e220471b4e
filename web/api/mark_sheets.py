"""One's own mark sheet on one observation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from infra.errors import Conflict
from observe import mark_sheet as mark_sheets
from observe.mark_sheet import LONGEST_TEXT, MarkSheet
from rubrics.rubric import Judgement, Missing, Rubric
from web.api.models import ApiModel, Whole
from web.call import Call
from web.problems import answer_to
from web.routes import RouteTable

routes = RouteTable()

Code = Annotated[str, Field(max_length=40)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Version = Annotated[Whole, Field(ge=0, lt=2**31)]


class JudgementBody(ApiModel):
    """The level given to one criterion, why, and the comments that show it."""

    level: Code | None = None
    rationale: Text = ""
    cited: Annotated[list[UUID], Field(max_length=200)] = []

    def judgement(self) -> Judgement:
        """Return it as the rubric knows it."""
        return Judgement(level=self.level, rationale=self.rationale, cited=tuple(self.cited))


class MarkSheetBody(ApiModel):
    """A mark sheet with the rubric it is pinned to."""

    id: UUID
    observation: UUID
    part: Literal["first", "second"]
    rubric: Rubric
    state: Literal["draft", "submitted"]
    version: int
    draft_version: int
    judgements: dict[str, JudgementBody]
    fields: dict[str, str | list[str]]
    missing: list[Missing]
    contradictions: list[str]
    submitted_at: datetime | None
    reference: str | None


class MarkSheetWords(ApiModel):
    """What the draft should say; `draft_version` is the one last seen, 0 for an unwritten one."""

    draft_version: Version
    judgements: Annotated[dict[Code, JudgementBody], Field(max_length=100)] = {}
    fields: Annotated[dict[Code, Text | list[Text]], Field(max_length=100)] = {}


class Declaration(ApiModel):
    """That the sheet is the assessor's own, independent judgement."""

    draft_version: Version
    is_declared: Literal[True]


def body_of(sheet: MarkSheet) -> MarkSheetBody:
    """Return a mark sheet as its assessor sees it."""
    judged = sheet.judged()
    return MarkSheetBody.model_construct(
        id=sheet.id,
        observation=sheet.observation_id,
        part=sheet.part,
        rubric=sheet.rubric,
        state="submitted" if sheet.is_submitted else "draft",
        version=sheet.version,
        draft_version=sheet.draft_version,
        judgements={
            code: JudgementBody(level=each.level, rationale=each.rationale, cited=list(each.cited))
            for code, each in judged.items()
        },
        fields=sheet.fields,
        missing=list(sheet.missing()),
        contradictions=[str(each) for each in sheet.rubric.contradictions(judged)],
        submitted_at=sheet.submitted_at,
        reference=sheet.reference,
    )


@routes.get("/api/observations/{observation}/mark-sheet", action="mark_sheet.write", returns=MarkSheetBody)
async def get_mark_sheet(call: Call) -> web.StreamResponse:
    """Read your own mark sheet, begun or not."""
    async with call.session() as session:
        sheet = await mark_sheets.own_sheet(session, call.id("observation"))
        return call.json(body_of(sheet))


@routes.add(
    "PUT",
    "/api/observations/{observation}/mark-sheet",
    action="mark_sheet.write",
    body=MarkSheetWords,
    returns=MarkSheetBody,
    problems=(409, 422),
)
async def put_mark_sheet(call: Call) -> web.StreamResponse:
    """Save your draft."""
    words = await call.body(MarkSheetWords)
    judgements = {code: each.judgement() for code, each in words.judgements.items()}
    try:
        async with call.session() as session:
            sheet = await mark_sheets.save(
                session, call.id("observation"), judgements, words.fields, words.draft_version
            )
            return call.json(body_of(sheet))
    except Conflict as conflict:
        return _with_both_texts(conflict)


@routes.add(
    "POST",
    "/api/observations/{observation}/mark-sheet/submission",
    action="mark_sheet.write",
    body=Declaration,
    returns=MarkSheetBody,
    problems=(409, 422),
)
async def submit_mark_sheet(call: Call) -> web.StreamResponse:
    """Submit and lock your mark sheet; sent again, it answers with the same receipt."""
    declared = await call.body(Declaration)
    try:
        async with call.session() as session:
            sheet = await mark_sheets.submit(session, call.id("observation"), declared.draft_version)
            return call.json(body_of(sheet))
    except Conflict as conflict:
        return _with_both_texts(conflict)


def _with_both_texts(conflict: Conflict) -> web.Response:
    """Return the conflict with the text that stands, so that no device loses what was typed on it."""
    document = answer_to(conflict).document()
    theirs = conflict.facts.get("theirs")
    if isinstance(theirs, MarkSheet):
        document["theirs"] = body_of(theirs).model_dump(mode="json")
    return web.json_response(document, status=409, content_type="application/problem+json")
