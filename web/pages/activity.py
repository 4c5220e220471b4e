"""Who did what, latest first."""

from uuid import UUID

from aiohttp import web

from observe.activity import list_activity
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

# What people choose from, with what each begins with.
KINDS = (
    ("", "Everything"),
    ("observation.", "Observations"),
    ("mark_sheet.", "Mark sheets"),
    ("comment.", "Comments"),
    ("judgement.", "Agreed judgements"),
    ("lesson.", "Films watched"),
    ("person.", "People"),
)


@routes.get("/activity", action="activity.see")
async def show_activity(call: Call) -> web.StreamResponse:
    """Show a page of the journal."""
    kind = call.query("kind")
    async with call.session() as session:
        activity = await list_activity(
            session,
            before=_entry(call.query("before")),
            action=kind if kind in dict(KINDS) else "",
        )
    return await call.page("activity.html", activity=activity, kinds=KINDS, kind=kind)


def _entry(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
