"""From a trainee's upload to an observation that can be marked."""

from uuid import UUID

from sqlalchemy import select

from infra.errors import Conflict, Invalid, Problem
from infra.session import Session
from media.erase import erase_film
from media.take import Take
from observe.mark_sheet import sheets_of
from observe.observation import Observation, load


async def may_receive(session: Session, observation_id: UUID) -> Observation:
    """Return the observation if a film of its lesson may be sent now.

    Raises Conflict("not_agreed") when the school has not agreed to filming, Conflict("wrong_state") as soon
    as somebody has begun to mark: what is judged must not change.
    """
    observation = await load(session, observation_id, to="lesson.upload")
    if conflict := await conflict_with_film(session, observation):
        raise conflict
    return observation


async def conflict_with_film(session: Session, observation: Observation) -> Conflict | None:
    """Return what is against another film of an observation's lesson, as `may_receive` raises it."""
    if not observation.placement.may_record or observation.mode != "recorded":
        return Conflict("not_agreed")
    if observation.state not in ("scheduled", "ready") or await sheets_of(session, observation.id):
        return Conflict("wrong_state", state=observation.state, wanted="scheduled")
    return None


async def delete_film(session: Session, observation_id: UUID, reason: str) -> Observation:
    """Delete the film of an observation for good; comments, judgements and the journal stay.

    Raises Invalid without a reason, Conflict while somebody marks it or its judgements are not released: who
    may still have to look at it again could not. An observation that is called off needs it no more.
    """
    observation = await load(session, observation_id, to="lesson.delete", lock=True)
    if not reason:
        raise Invalid([Problem("reason", "Write down why it is deleted.")])
    observation.film_was_deleted(is_being_marked=bool(await sheets_of(session, observation.id)))
    if not await erase_film(session, observation.lesson_id, reason, observation.id):
        raise Conflict("no_film")
    return observation


async def film_became_ready(session: Session, take: Take) -> None:
    """Let a lesson be marked, now that a take of it can be watched. Called in ingest's transaction."""
    observation = await session.first(
        select(Observation).where(Observation.lesson_id == take.lesson_id).with_for_update(of=Observation)
    )
    if observation is not None:
        observation.film_became_ready()
