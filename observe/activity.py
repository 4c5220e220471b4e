"""Who did what, as the journal tells it, to those who may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from infra.hub import Announcement
from infra.journal import JournalEntry
from infra.session import Session
from observe.access import allow, may
from observe.comment import authors_visible
from observe.observation import Assignment, Observation
from observe.people import names_of

PAGE_LENGTH = 50
# What tells how somebody marks; kept from whoever must mark blind, and from trainees.
_MARKING = ("comment.", "mark_sheet.")
_MODERATION = ("judgement.", "second_marking.")


@dataclass(frozen=True)
class Activity:
    """One page of the journal, latest first."""

    entries: Sequence[JournalEntry]
    names: dict[UUID, str]  # of the people who acted
    titles: dict[UUID, str]  # of the observations that entries are about
    is_numbered: bool  # whether numbers and fingerprints, which tell what is left out, may be shown
    older: UUID | None  # the entry to begin the next page before


async def list_activity(session: Session, *, before: UUID | None = None, action: str = "") -> Activity:
    """Return the page of the journal before an entry, of acts that begin with `action`.

    Nothing in it counts entries: how many there are would tell a blind marker what others have done."""
    allow(session, "activity.see")
    blind = await _marked_blind(session)
    statement = select(JournalEntry).where(~_is_anothers_marking(session, blind))
    if before is not None:
        statement = statement.where(JournalEntry.id < before)
    if action:
        statement = statement.where(JournalEntry.action.startswith(action, autoescape=True))
    entries = await session.all(statement.order_by(JournalEntry.id.desc()).limit(PAGE_LENGTH + 1))
    shown = entries[:PAGE_LENGTH]
    topics = {entry.topic for entry in shown if entry.topic}
    observations = await session.all(select(Observation).where(Observation.id.in_(topics)))
    return Activity(
        entries=shown,
        names=await names_of(session, {entry.actor_id for entry in shown if entry.actor_id}),
        titles={observation.id: observation.title for observation in observations},
        is_numbered=not blind,
        older=shown[-1].id if len(entries) > PAGE_LENGTH else None,
    )


async def may_hear(session: Session, observation: Observation, announcement: Announcement) -> bool:
    """Whether the actor's page may be told of this act on an observation that they may see."""
    person_id = session.actor.person_id
    if announcement.actor_id is not None and announcement.actor_id == person_id:
        return True
    relations = observation.relations_of(person_id)
    if announcement.action.startswith(_MARKING):
        if not may(session.actor, "comment.see", relations):
            return False
        return announcement.actor_id in await authors_visible(session, observation)
    if announcement.action.startswith(_MODERATION):
        return may(session.actor, "moderation.see") and not relations & {"first", "second"}
    return True


async def _marked_blind(session: Session) -> list[UUID]:
    """Return the observations that the actor is marking, or will, without knowing of another marker."""
    own = select(Assignment.observation_id).where(Assignment.assessor_id == session.actor.person_id)
    return await session.all(
        select(Observation.id).where(Observation.id.in_(own), Observation.state.in_(("scheduled", "ready")))
    )


def _is_anothers_marking(session: Session, blind: Sequence[UUID]) -> ColumnElement[bool]:
    """Return the criterion of entries that tell how somebody else marks one of those observations."""
    is_marking = or_(*(JournalEntry.action.startswith(prefix) for prefix in _MARKING))
    is_anothers = or_(JournalEntry.actor_id.is_(None), JournalEntry.actor_id != session.actor.person_id)
    return and_(JournalEntry.topic.in_(blind), is_marking, is_anothers)
