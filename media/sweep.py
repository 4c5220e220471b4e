"""Finding what nothing names any more: left behind by crashes, by other versions, by restored backups."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from infra.session import Actor, Sessions
from media.storage import InParts, Storage, Stored, Unfinished
from media.take import Take
from media.upload.record import Upload
from media.upload.spool import Spool

AT_ONCE = 8  # objects that are removed
LEFT_ALONE = timedelta(days=1)  # what is younger may be in the making
# By itself a sweep leaves time to notice that a database was restored which does not know the latest films.
LEFT_ALONE_AT_NIGHT = timedelta(days=7)


@dataclass(frozen=True)
class Kept:
    """What of one take's folder is in use."""

    package: str | None  # the last part of its package's prefix
    is_under_way: bool  # attempts at packaging it may be running
    has_film: bool


@dataclass(frozen=True)
class Orphans:
    """What nothing names."""

    objects: list[Stored]
    begun: list[Unfinished]  # objects begun in parts
    spooled: list[UUID]  # files of no upload

    @property
    def byte_size(self) -> int:
        """Return how much room the objects take."""
        return sum(stored.byte_size for stored in self.objects)

    def __bool__(self) -> bool:
        return bool(self.objects or self.begun or self.spooled)


def orphaned(stored: Iterable[Stored], kept: Mapping[str, Kept]) -> list[Stored]:
    """Return the objects that no take is known for; `kept` is by folder (provider/lesson/take)."""
    return [each for each in stored if not _is_kept(each.key, kept)]


def _is_kept(key: str, kept: Mapping[str, Kept]) -> bool:
    provider, lesson, take, rest = [*key.split("/", 3), "", "", ""][:4]
    found = kept.get(f"{provider}/{lesson}/{take}")
    if found is None or not found.has_film:
        return False
    name = rest.split("/")[0]
    return name == "original" or found.is_under_way or name == found.package


async def find_orphans(
    sessions: Sessions, storage: Storage, spool: Spool, left_alone: timedelta = LEFT_ALONE
) -> Orphans:
    """Look through the store, but for what is so young, and this machine's spool; raises StorageAway."""
    objects: list[Stored] = []
    for provider_id in await _providers(sessions):
        # The store first: what is stored while this looks has a row by the time the rows are read.
        stored = await storage.contents(str(provider_id))
        objects += orphaned(stored, await _kept(sessions, provider_id))
    begun = await storage.unfinished("") if isinstance(storage, InParts) else []
    spooled = await spool.uploads()
    async with sessions.open(Actor.system(), write=False) as session:
        uploads = await session.all(select(Upload))
        long_ago = session.now - left_alone
    multiparts = {upload.multipart for upload in uploads}
    return Orphans(
        [each for each in objects if each.stored_at < long_ago],
        [each for each in begun if each.upload not in multiparts and each.begun_at < long_ago],
        sorted(spooled - {upload.id for upload in uploads}),
    )


async def remove(orphans: Orphans, storage: Storage, spool: Spool) -> None:
    """Remove them; raises StorageAway."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def remove_one(stored: Stored) -> None:
        async with limit:
            await storage.delete(stored.key)

    await asyncio.gather(*[remove_one(stored) for stored in orphans.objects])
    for begun in orphans.begun:
        if isinstance(storage, InParts):
            await storage.abandon(begun.key, begun.upload)
    for upload_id in orphans.spooled:
        await spool.remove(upload_id)


async def _providers(sessions: Sessions) -> list[UUID]:
    async with sessions.open(Actor.system(), write=False) as session:
        return await session.all(select(Take.provider_id).distinct())


async def _kept(sessions: Sessions, provider_id: UUID) -> dict[str, Kept]:
    async with sessions.open(Actor.system(provider_id), write=False) as session:
        found = await session.all(select(Take))
    return {
        take.folder: Kept(
            package=take.package_key.rsplit("/")[-1] if take.package_key else None,
            is_under_way=take.state in ("receiving", "processing"),
            has_film=take.state != "deleted",
        )
        for take in found
    }
