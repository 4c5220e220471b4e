"""Originals of refused films go after a while: nobody can watch them, and they may show children."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from infra.session import Actor, Sessions
from media.storage import Storage
from media.take import REFUSED_KEPT, Take


async def remove_refused(sessions: Sessions, storage: Storage) -> int:
    """Remove the originals of films that were refused long enough ago; returns how many.

    What can be watched of a film keeps its original. Raises StorageAway; what is left goes next time.
    """
    async with sessions.open(Actor.system(), write=False) as session:
        found = await session.all(select(Take).where(_is_over(session.now)))
    removed = [await _remove(sessions, storage, take.provider_id, take.id) for take in found]
    return sum(removed)


async def _remove(sessions: Sessions, storage: Storage, provider_id: UUID, take_id: UUID) -> bool:
    """Remove one, unless an operator has begun again with it meanwhile."""
    async with sessions.open(Actor.system(provider_id)) as session:
        chosen = select(Take).where(Take.id == take_id, _is_over(session.now)).with_for_update()
        take = await session.first(chosen)
        if take is None or take.original_key is None:
            return False
        await storage.delete(take.original_key)
        take.original_key = None
        session.journal("take.original_removed", take, topic=take.topic)
        return True


def _is_over(now: datetime) -> ColumnElement[bool]:
    return and_(
        Take.state == "failed",
        Take.refused_at < now - REFUSED_KEPT,
        Take.original_key.is_not(None),
        Take.package_key.is_(None),
    )
