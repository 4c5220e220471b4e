"""Deleting a lesson's film: every byte of it and of what was made of it, while the judgements stay.

The rows that name it are emptied in one transaction, which also starts the job that removes the bytes. What
is under way elsewhere at that moment finds its take deleted, and removes what it has just written.
"""

from uuid import UUID

from sqlalchemy import delete, select

from infra.ids import new_id
from infra.jobs import Jobs
from infra.session import Session
from media.caption import Caption
from media.lesson import Lesson, takes
from media.storage import Storage
from media.upload.record import Upload
from media.upload.spool import Spool

ERASE = "erase"  # the workflow, with the arguments provider, lesson and uploads (ids)


async def erase_film(session: Session, lesson_id: UUID, reason: str, topic: UUID | None) -> int:
    """Delete the film of a lesson, in the session's transaction; returns how many takes had any."""
    lesson = await session.get(Lesson, lesson_id, lock=True)
    filmed = [take for take in await takes(session, lesson_id) if take.state != "deleted"]
    uploads = await session.all(select(Upload).where(Upload.lesson_id == lesson_id))
    await session.db.execute(delete(Caption).where(Caption.take_id.in_([take.id for take in filmed])))
    for upload in uploads:
        await session.delete(upload)
    for take in filmed:
        take.erase()
    session.journal("lesson.film_deleted", lesson, topic=topic, reason=reason, takes=len(filmed))
    await session.start(
        ERASE,
        f"{ERASE}-{lesson_id}-{new_id()}",
        provider=str(lesson.provider_id),
        lesson=str(lesson_id),
        uploads=[str(upload.id) for upload in uploads],
    )
    return len(filmed)


class Eraser:
    """Removes the bytes."""

    def __init__(self, storage: Storage, spool: Spool) -> None:
        self._storage = storage
        self._spool = spool

    def register(self, jobs: Jobs) -> None:
        """Let jobs called "erase" do it. Before launch."""

        async def erase(provider: str, lesson: str, uploads: list[str]) -> None:
            await jobs.step("erase", self.erase, provider, lesson, uploads)

        jobs.register(ERASE, erase)

    async def erase(self, provider: str, lesson: str, uploads: list[str]) -> None:
        """Remove everything of a lesson from the store, and from the spool of this machine."""
        await self._storage.delete_tree(f"{provider}/{lesson}")
        for upload in uploads:
            await self._spool.remove(UUID(upload))
