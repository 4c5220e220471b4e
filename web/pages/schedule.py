"""Arranging an observation."""

from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from aiohttp import web

from infra.errors import Invalid, Problem
from infra.session import Session
from observe import observation as observations
from observe import programme
from observe.framework import list_rubrics
from observe.observation import Mode
from observe.people import members_with_role
from observe.programme import Placement
from web.call import Call, Form
from web.routes import RouteTable

routes = RouteTable()

MODES: tuple[tuple[Mode, str], ...] = (
    ("recorded", "Recorded: the trainee uploads a film"),
    ("live", "Live: assessors watch while it happens"),
    ("on_site", "On site: assessors are in the room"),
)


@routes.get("/observations/new", action="observation.schedule")
async def show_schedule(call: Call) -> web.StreamResponse:
    """Show the form."""
    return await _form_page(call, {}, ())


@routes.post("/observations/new", action="observation.schedule")
async def schedule(call: Call) -> web.StreamResponse:
    """Arrange the observation."""
    form = await call.form()
    try:
        async with call.session() as session:
            observation = await _schedule(session, form)
            return call.see_other(f"/observations/{observation.id}?done=scheduled")
    except Invalid as invalid:
        return await _form_page(call, form.values(), invalid.problems)


async def _schedule(session: Session, form: Form) -> observations.Observation:
    placement_id, rubric_id = form.id("placement_id"), form.id("rubric_id")
    first_marker_id = form.id("first_marker_id")
    problems = []
    if placement_id is None:
        problems.append(Problem("placement_id", "Choose who teaches, and where."))
    if not form.text("title"):
        problems.append(Problem("title", "Say what the lesson is about."))
    if form.text("mode") not in dict(MODES):
        problems.append(Problem("mode", "Choose how the lesson is observed."))
    if rubric_id is None:
        problems.append(Problem("rubric_id", "Choose a rubric."))
    if first_marker_id is None:
        problems.append(Problem("first_marker_id", "Choose an assessor."))
    starts = _starts(form, problems)
    if problems or placement_id is None or rubric_id is None or first_marker_id is None or starts is None:
        raise Invalid(problems)
    placement = await session.get(Placement, placement_id)
    return await observations.schedule(
        session,
        placement_id=placement_id,
        title=form.text("title"),
        mode=cast(Mode, form.text("mode")),
        starts_at=starts.replace(tzinfo=ZoneInfo(placement.time_zone)).astimezone(UTC),
        rubric_id=rubric_id,
        first_marker_id=first_marker_id,
        second_marker_id=form.id("second_marker_id"),
    )


def _starts(form: Form, problems: list[Problem]) -> datetime | None:
    """Return the local date and time of the form, in the school's zone but without it yet."""
    try:
        return datetime.fromisoformat(f"{form.text('date')}T{form.text('time')}").replace(tzinfo=None)
    except ValueError:
        problems.append(Problem("date", "Enter the day and the time at the school."))
        return None


async def _form_page(call: Call, values: dict[str, str], problems: tuple[Problem, ...]) -> web.Response:
    async with call.session(write=False) as session:
        context: dict[str, Any] = {
            "placements": await programme.placements(session),
            "rubrics": [each for each in await list_rubrics(session) if each.published_at is not None],
            "assessors": await members_with_role(session, "assessor"),
        }
    return await call.page(
        "schedule.html",
        status=422 if problems else 200,
        values={"mode": "recorded", "time": "09:00", **values},
        modes=MODES,
        problems=problems,
        **context,
    )
