"""One observation: how far it has come, and what the reader can do next."""

from aiohttp import web

from infra.errors import Invalid
from media.lesson import takes
from observe import film
from observe import observation as observations
from observe.access import may
from observe.observation import Observation, load
from observe.people import members_with_role
from observe.target import carried_to
from web.api.lessons import take_body
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

# What a page offers, in the order of the work.
OFFERS = (
    "lesson.upload",
    "caption.write",
    "mark_sheet.write",
    "moderation.decide",
    "feedback.see",
    "second_marking.assign",
    "observation.cancel",
    "lesson.delete",
)

OF_FILM = ("caption.write", "lesson.delete")  # only where there is one


@routes.get("/observations/{observation}", action="observation.see")
async def show_observation(call: Call) -> web.StreamResponse:
    """Show an observation."""
    async with call.session() as session:
        observation = await load(session, call.id("observation"), to="observation.see")
        found = await takes(session, observation.lesson_id)
        targets = await carried_to(session, observation) if _is_marker(call, observation) else []
    return await call.page(
        "observation.html",
        observation=observation,
        takes=[take_body(take) for take in found],
        markers=visible_markers(call, observation),
        my_part=observation.part_of(call.actor.person_id),
        offers=[
            offer
            for offer in offers(call, observation)
            if offer not in OF_FILM or any(take.state != "deleted" for take in found)
        ],
        may_watch=observations.may_watch(call.actor, observation),
        carried_targets=targets,
    )


@routes.post("/observations/{observation}/cancel", action="observation.cancel")
async def cancel(call: Call) -> web.StreamResponse:
    """Call the observation off."""
    async with call.session() as session:
        await observations.cancel(session, call.id("observation"))
    return call.see_other(f"/observations/{call.id('observation')}?done=cancelled")


@routes.get("/observations/{observation}/film/delete", action="lesson.delete")
async def show_film_deletion(call: Call) -> web.StreamResponse:
    """Show what goes and what stays when the film is deleted."""
    return await _film_deletion_page(call, ())


@routes.post("/observations/{observation}/film/delete", action="lesson.delete")
async def delete_film(call: Call) -> web.StreamResponse:
    """Delete the film for good."""
    reason = (await call.form()).text("reason")
    try:
        async with call.session() as session:
            await film.delete_film(session, call.id("observation"), reason)
    except Invalid as invalid:
        return await _film_deletion_page(call, invalid.problems)
    return call.see_other(f"/observations/{call.id('observation')}?done=film_deleted")


async def _film_deletion_page(call: Call, problems: tuple[object, ...]) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="lesson.delete")
        found = await takes(session, observation.lesson_id)
    return await call.page(
        "film_deletion.html",
        status=422 if problems else 200,
        observation=observation,
        takes=[take_body(take) for take in found if take.state != "deleted"],
        problems=problems,
    )


@routes.get("/observations/{observation}/second-marker", action="second_marking.assign")
async def show_second_marker(call: Call) -> web.StreamResponse:
    """Show who could mark it a second time."""
    return await _second_marker_page(call, ())


@routes.post("/observations/{observation}/second-marker", action="second_marking.assign")
async def assign_second_marker(call: Call) -> web.StreamResponse:
    """Ask a second assessor, blind."""
    form = await call.form()
    try:
        assessor_id = form.id("second_marker_id")
        if assessor_id is None:
            return await _second_marker_page(
                call, ({"field": "second_marker_id", "message": "Choose an assessor."},)
            )
        async with call.session() as session:
            await observations.assign_second_marker(session, call.id("observation"), assessor_id)
    except Invalid as invalid:
        return await _second_marker_page(call, invalid.problems)
    return call.see_other(f"/moderation/{call.id('observation')}?done=assigned")


async def _second_marker_page(call: Call, problems: tuple[object, ...]) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="second_marking.assign")
        first = observation.marker("first")
        excluded = {observation.trainee_id, observation.mentor_id, first.id if first else None}
        assessors = await members_with_role(session, "assessor")
    return await call.page(
        "second_marker.html",
        status=422 if problems else 200,
        observation=observation,
        assessors=[person for person in assessors if person.id not in excluded],
        problems=problems,
    )


def visible_markers(call: Call, observation: Observation) -> list[tuple[str, str]]:
    """Return the markers whose names the reader may know, with their parts.

    A marker knows only of themselves: that there is another would steer them.
    """
    own = observation.part_of(call.actor.person_id)
    if own is not None and observation.state in ("scheduled", "ready"):
        return [(own, call.actor.name)]
    relations = observation.relations_of(call.actor.person_id)
    if not may(call.actor, "moderation.see", relations) and relations & {"own", "mentee"}:
        return []
    return [(assignment.part, assignment.assessor.name) for assignment in observation.assignments]


def offers(call: Call, observation: Observation) -> list[str]:
    """Return the actions that the reader can take on the observation as it stands."""
    by_state = {
        "lesson.upload": observation.state in ("scheduled", "ready") and observation.mode == "recorded",
        "caption.write": observation.state != "cancelled",
        "mark_sheet.write": observation.state not in ("scheduled", "cancelled"),
        "moderation.decide": observation.state in ("marked", "agreed", "released"),
        "feedback.see": observation.state == "released",
        "second_marking.assign": observation.state in ("scheduled", "ready", "marked")
        and observation.marker("second") is None,
        "observation.cancel": observation.state in ("scheduled", "ready"),
        "lesson.delete": observation.state not in ("marked", "agreed"),
    }
    relations = observation.relations_of(call.actor.person_id)
    return [action for action in OFFERS if by_state[action] and may(call.actor, action, relations)]


def _is_marker(call: Call, observation: Observation) -> bool:
    return observation.part_of(call.actor.person_id) is not None
