"""Observations, as far as whoever asks may see them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from aiohttp import web

from observe import observation as observations
from observe.observation import Observation, may_watch
from web.api.models import ApiModel
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


class MeBody(ApiModel):
    """Whoever asks."""

    id: UUID
    name: str
    email: str
    provider: UUID
    provider_name: str
    roles: list[str]


class ObservationBody(ApiModel):
    """One observation."""

    id: UUID
    title: str
    mode: Literal["recorded", "live", "on_site"]
    state: Literal["scheduled", "ready", "marked", "agreed", "released", "cancelled"]
    starts_at: datetime
    trainee: str
    school: str
    country: str
    rubric: str
    lesson: UUID | None  # None for those who may not see the film
    my_part: Literal["first", "second"] | None


class ObservationsBody(ApiModel):
    """Observations, soonest first."""

    observations: list[ObservationBody]


def body_of(call: Call, observation: Observation) -> ObservationBody:
    """Return an observation as its reader may see it."""
    return ObservationBody.model_construct(
        id=observation.id,
        title=observation.title,
        mode=observation.mode,
        state=observation.state,
        starts_at=observation.starts_at,
        trainee=observation.trainee.name,
        school=observation.placement.school,
        country=observation.placement.country,
        rubric=observation.rubric_edition.title,
        lesson=observation.lesson_id if may_watch(call.actor, observation) else None,
        my_part=observation.part_of(call.actor.person_id),
    )


@routes.get("/api/me", action="signed_in", returns=MeBody)
async def get_me(call: Call) -> web.StreamResponse:
    """Read who you are here."""
    person = call.person
    assert person is not None
    return call.json(
        MeBody(
            id=person.person_id,
            name=person.name,
            email=person.email,
            provider=person.provider_id,
            provider_name=person.provider_name,
            roles=list(person.roles),
        )
    )


@routes.get("/api/observations", action="observation.see", returns=ObservationsBody)
async def list_observations(call: Call) -> web.StreamResponse:
    """List the observations you may see, soonest first."""
    async with call.session() as session:
        found = await observations.visible(session)
        return call.json(ObservationsBody(observations=[body_of(call, each) for each in found]))


@routes.get("/api/observations/{observation}", action="observation.see", returns=ObservationBody)
async def get_observation(call: Call) -> web.StreamResponse:
    """Read one observation."""
    async with call.session() as session:
        found = await observations.load(session, call.id("observation"), to="observation.see")
        return call.json(body_of(call, found))
