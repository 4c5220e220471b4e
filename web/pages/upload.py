"""Where a trainee sends the film of their lesson."""

from aiohttp import web

from infra.errors import Conflict
from media.lesson import takes
from observe.film import may_receive
from observe.observation import load
from web.api.lessons import take_body
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/observations/{observation}/upload", action="lesson.upload")
async def show_upload(call: Call) -> web.StreamResponse:
    """Show the uploader, or why nothing can be sent now."""
    async with call.session() as session:
        observation = await load(session, call.id("observation"), to="lesson.upload")
        try:
            await may_receive(session, observation.id)
            refusal = None
        except Conflict as conflict:
            refusal = conflict.reason
        found = await takes(session, observation.lesson_id)
    return await call.page(
        "upload.html",
        observation=observation,
        takes=[take_body(take) for take in found],
        refusal=refusal,
        largest_upload=call.settings.largest_upload,
    )
