"""Captions of a lesson's film: what there is, and a form for more."""

from typing import Any

from aiohttp import web

from infra.errors import Invalid, Problem
from media.lesson import captions, takes
from observe.caption import add_caption, languages, remove_caption
from observe.observation import load
from web.api.lessons import take_body
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/observations/{observation}/captions", action="caption.write")
async def show_captions(call: Call) -> web.StreamResponse:
    """Show the captions of every film of the lesson."""
    return await _captions_page(call, {}, ())


@routes.post("/observations/{observation}/captions", action="caption.write")
async def send_captions(call: Call) -> web.StreamResponse:
    """Add the captions of one film in one language."""
    form = await call.form()
    content = form.file("captions")
    try:
        if not content:
            raise Invalid([Problem("captions", "Choose a file with captions (.vtt or .srt).")])
        async with call.session() as session:
            await add_caption(
                session,
                call.id("observation"),
                take_id=form.id("take"),
                language=form.text("language"),
                content=content,
            )
    except Invalid as invalid:
        return await _captions_page(call, form.values(), invalid.problems)
    return call.see_other(f"/observations/{call.id('observation')}/captions?done=captions_added")


@routes.post("/observations/{observation}/captions/{caption}/remove", action="caption.write")
async def take_captions_away(call: Call) -> web.StreamResponse:
    """Remove the captions of one film in one language."""
    async with call.session() as session:
        await remove_caption(session, call.id("observation"), call.id("caption"))
    return call.see_other(f"/observations/{call.id('observation')}/captions?done=captions_removed")


async def _captions_page(call: Call, values: dict[str, str], problems: tuple[Any, ...]) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="caption.write")
        films = [take for take in await takes(session, observation.lesson_id) if take.state != "deleted"]
        found = await captions(session, observation.lesson_id)
    return await call.page(
        "captions.html",
        status=422 if problems else 200,
        observation=observation,
        takes=[take_body(take) for take in films],
        captions=found,
        languages=[{"value": tag, "text": name} for tag, name in languages()],
        values=values,
        problems=problems,
    )
