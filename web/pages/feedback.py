"""What the trainee reads about their lesson, on the film."""

from aiohttp import web

from observe import release
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/observations/{observation}/feedback", action="feedback.see")
async def show_feedback(call: Call) -> web.StreamResponse:
    """Show comments, agreed judgements and targets."""
    async with call.session() as session:
        found = await release.feedback(session, call.id("observation"))
    return await call.page(
        "feedback.html",
        feedback=found,
        observation=found.observation,
        rubric=found.observation.rubric_edition.rubric,
        is_early=found.observation.state != "released",
    )
