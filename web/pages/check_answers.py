"""Looking a mark sheet over before it is locked, and the receipt afterwards."""

from aiohttp import web

from infra.errors import Conflict, Problem
from infra.session import Session
from observe import mark_sheet as mark_sheets
from observe.comment import list_comments
from observe.mark_sheet import IncompleteSheet
from observe.observation import load
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

UNDECLARED = Problem("is_declared", "Tick the box to declare that this is your own, independent judgement.")
CHANGED = Problem("draft_version", "The sheet changed while you were looking. Check it once more.")


@routes.get("/observations/{observation}/mark/check", action="mark_sheet.write")
async def show_check(call: Call) -> web.StreamResponse:
    """Show everything that would be submitted."""
    async with call.session() as session:
        return await _check_page(call, session, ())


@routes.post("/observations/{observation}/mark/check", action="mark_sheet.write")
async def submit(call: Call) -> web.StreamResponse:
    """Submit and lock the sheet."""
    form = await call.form()
    seen = form.text("draft_version")
    problem = UNDECLARED
    if form.text("is_declared") == "yes":
        try:
            async with call.session() as session:
                await mark_sheets.submit(session, call.id("observation"), int(seen) if seen.isdigit() else -1)
            return call.see_other(f"/observations/{call.id('observation')}/mark/receipt")
        except IncompleteSheet:
            problem = Problem("missing", "The sheet is not complete. Fill in what is named below.")
        except Conflict as conflict:
            if conflict.reason != "changed_elsewhere":
                raise
            problem = CHANGED
    async with call.session(write=False) as session:
        return await _check_page(call, session, (problem,))


@routes.get("/observations/{observation}/mark/receipt", action="mark_sheet.write")
async def show_receipt(call: Call) -> web.StreamResponse:
    """Show that, when and under which reference the sheet was submitted."""
    async with call.session() as session:
        observation = await load(session, call.id("observation"), to="mark_sheet.write")
        sheet = await mark_sheets.own_sheet(session, observation.id)
    if not sheet.is_submitted:
        return call.see_other(f"/observations/{observation.id}/mark/check")
    return await call.page("receipt.html", observation=observation, sheet=sheet)


async def _check_page(call: Call, session: Session, problems: tuple[Problem, ...]) -> web.Response:
    observation = await load(session, call.id("observation"), to="mark_sheet.write")
    sheet = await mark_sheets.own_sheet(session, observation.id)
    if sheet.is_submitted:
        return call.see_other(f"/observations/{observation.id}/mark/receipt")
    own = [
        each
        for each in await list_comments(session, observation.id)
        if each.author_id == call.actor.person_id
    ]
    return await call.page(
        "check_answers.html",
        status=422 if problems else 200,
        observation=observation,
        sheet=sheet,
        rubric=sheet.rubric,
        judged=sheet.judged(),
        comments={str(comment.id): comment for comment in own},
        comment_count=len(own),
        missing=sheet.missing(),
        contradictions=sheet.rubric.contradictions(sheet.judged()),
        problems=problems,
    )
