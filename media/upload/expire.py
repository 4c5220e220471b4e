"""Forgetting uploads: those that nobody has come back for, and those that are given up."""

from sqlalchemy import select

from infra.session import Actor, Session, Sessions
from media.take import Take
from media.upload.hand_over import HandOver
from media.upload.record import Upload
from media.upload.spool import Spool


async def forget_expired(sessions: Sessions, spool: Spool, hand_over: HandOver) -> int:
    """Forget unfinished uploads that nobody has come back for, and files of none; returns how many."""
    async with sessions.open(Actor.system(), write=False) as session:
        expired = await session.all(
            select(Upload).where(Upload.received_at.is_(None), Upload.expires_at < session.now)
        )
    for upload in expired:
        async with sessions.open(Actor.system(upload.provider_id)) as session:
            row = await session.first(select(Upload).where(Upload.id == upload.id).with_for_update())
            if row is None or row.received_at is not None or row.expires_at >= session.now:
                continue
            await forget(session, row, "upload.expired")
        await hand_over.forget(upload)
    files = await spool.uploads()
    async with sessions.open(Actor.system(), write=False) as session:
        known = set(await session.all(select(Upload.id).where(Upload.id.in_(files))))
    for upload_id in files - known:
        await spool.remove(upload_id)
    return len(expired)


async def forget(session: Session, upload: Upload, action: str) -> None:
    """Remove an upload and the take that it would have become; `action` is what the journal says."""
    take = await session.first(select(Take).where(Take.id == upload.take_id))
    session.journal(action, upload, topic=take.topic if take else None, offset=upload.offset)
    await session.delete(upload)
    await session.flush()
    if take is not None:
        await session.delete(take)
