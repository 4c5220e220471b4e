"""The room where an assessor marks."""

from aiohttp import web

from infra.errors import Invalid
from observe import mark_sheet as mark_sheets
from observe.observation import load
from observe.target import carried_to
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/observations/{observation}/mark", action="mark_sheet.write")
async def show_marking_room(call: Call) -> web.StreamResponse:
    """Show the film, the timeline and the rubric."""
    async with call.session() as session:
        observation = await load(session, call.id("observation"), to="mark_sheet.write")
        sheet = await mark_sheets.own_sheet(session, observation.id)
        targets = await carried_to(session, observation)
    return await call.page(
        "marking.html",
        observation=observation,
        sheet=sheet,
        carried_targets=targets,
        my_id=call.actor.person_id,
    )


@routes.get("/observations/{observation}/mark/amend", action="mark_sheet.write")
async def show_amendment(call: Call) -> web.StreamResponse:
    """Show the form that asks why a submitted sheet is amended."""
    return await _amendment_page(call, ())


@routes.post("/observations/{observation}/mark/amend", action="mark_sheet.write")
async def amend(call: Call) -> web.StreamResponse:
    """Begin a new version of the submitted sheet."""
    form = await call.form()
    try:
        async with call.session() as session:
            await mark_sheets.amend(session, call.id("observation"), form.text("reason"))
    except Invalid as invalid:
        return await _amendment_page(call, invalid.problems)
    return call.see_other(f"/observations/{call.id('observation')}/mark")


async def _amendment_page(call: Call, problems: tuple[object, ...]) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="mark_sheet.write")
        sheet = await mark_sheets.own_sheet(session, observation.id)
    status = 422 if problems else 200
    return await call.page(
        "amend.html", status=status, observation=observation, sheet=sheet, problems=problems
    )
