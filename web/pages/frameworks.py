"""Frameworks of standards and the rubrics built on them."""

from typing import Any

from aiohttp import web

from infra.errors import Invalid, Problem
from observe import framework as frameworks
from observe.access import may
from rubrics.wording import BadTable, read_wording
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/frameworks", action="framework.see")
async def list_frameworks(call: Call) -> web.StreamResponse:
    """List frameworks and rubrics, every version."""
    async with call.session() as session:
        return await call.page(
            "frameworks.html",
            frameworks=await frameworks.list_frameworks(session),
            rubrics=await frameworks.list_rubrics(session),
        )


@routes.get("/frameworks/{framework}", action="framework.see")
async def show_framework(call: Call) -> web.StreamResponse:
    """Show one version of a framework."""
    return await _framework_page(call, "", ())


@routes.post("/frameworks/{framework}/publish", action="framework.manage")
async def publish_framework(call: Call) -> web.StreamResponse:
    """Publish and freeze a framework."""
    async with call.session() as session:
        await frameworks.publish_framework(session, call.id("framework"))
    return call.see_other(f"/frameworks/{call.id('framework')}?done=published")


@routes.post("/frameworks/{framework}/version", action="framework.manage")
async def new_framework_version(call: Call) -> web.StreamResponse:
    """Begin the next version of a framework."""
    async with call.session() as session:
        edition = await frameworks.new_framework_version(session, call.id("framework"))
    return call.see_other(f"/frameworks/{edition.id}?done=drafted")


@routes.post("/frameworks/{framework}/wording", action="framework.manage")
async def import_wording(call: Call) -> web.StreamResponse:
    """Import the official wording of the standards."""
    form = await call.form()
    try:
        wording = _wording(form.text("wording"))
        async with call.session() as session:
            edition = await frameworks.import_wording(session, call.id("framework"), wording)
    except Invalid as invalid:
        return await _framework_page(call, form.text("wording"), invalid.problems)
    return call.see_other(f"/frameworks/{edition.id}?done=worded")


@routes.get("/rubrics/{rubric}", action="framework.see")
async def show_rubric(call: Call) -> web.StreamResponse:
    """Show one version of a rubric, as assessors see it."""
    async with call.session() as session:
        edition = await frameworks.rubric_edition(session, call.id("rubric"))
    return await call.page("rubric.html", edition=edition, rubric=edition.rubric, **_rights(call))


@routes.post("/rubrics/{rubric}/publish", action="framework.manage")
async def publish_rubric(call: Call) -> web.StreamResponse:
    """Publish and freeze a rubric."""
    async with call.session() as session:
        await frameworks.publish_rubric(session, call.id("rubric"))
    return call.see_other(f"/rubrics/{call.id('rubric')}?done=published")


@routes.post("/rubrics/{rubric}/version", action="framework.manage")
async def new_rubric_version(call: Call) -> web.StreamResponse:
    """Begin the next version of a rubric."""
    async with call.session() as session:
        edition = await frameworks.new_rubric_version(session, call.id("rubric"))
    return call.see_other(f"/rubrics/{edition.id}?done=drafted")


async def _framework_page(call: Call, wording: str, problems: tuple[Problem, ...]) -> web.Response:
    async with call.session(write=False) as session:
        edition = await frameworks.framework_edition(session, call.id("framework"))
    return await call.page(
        "framework.html",
        status=422 if problems else 200,
        edition=edition,
        framework=edition.framework,
        wording=wording,
        problems=problems,
        **_rights(call),
    )


def _wording(text: str) -> dict[str, str]:
    try:
        return dict(read_wording(text))
    except BadTable as table:
        found = [Problem("wording", f"Row {each.row}: {each.message}") for each in table.problems]
        raise Invalid(found) from None


def _rights(call: Call) -> dict[str, Any]:
    return {"may_manage": may(call.actor, "framework.manage")}
