"""From a trainee's upload to an observation that can be marked."""

from uuid import UUID

from sqlalchemy import select

from infra.errors import Conflict
from infra.session import Session
from media.take import Take
from observe.mark_sheet import sheets_of
from observe.observation import Observation, load


async def may_receive(session: Session, observation_id: UUID) -> Observation:
    """Return the observation if a film of its lesson may be sent now.

    Raises Conflict("not_agreed") when the school has not agreed to filming, Conflict("wrong_state") as soon
    as somebody has begun to mark: what is judged must not change.
    """
    observation = await load(session, observation_id, to="lesson.upload")
    if not observation.placement.may_record or observation.mode != "recorded":
        raise Conflict("not_agreed")
    if observation.state not in ("scheduled", "ready") or await sheets_of(session, observation.id):
        raise Conflict("wrong_state", state=observation.state, wanted="scheduled")
    return observation


async def film_became_ready(session: Session, take: Take) -> None:
    """Let a lesson be marked, now that a take of it can be watched. Called in ingest's transaction."""
    observation = await session.first(
        select(Observation).where(Observation.lesson_id == take.lesson_id).with_for_update(of=Observation)
    )
    if observation is not None:
        observation.film_became_ready()
