"""A package on its way from a child's folder into the store, shown to people as it grows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.session import Actor, Session
from media.ingest.sandbox import Progress
from media.lesson import Lesson, takes, timeline
from media.take import Take
from media.timeline import Placed, place

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest


class Erased(Exception):
    """The film was deleted meanwhile: nothing more is to be made of it."""


class Growing:
    """One attempt at packaging one take."""

    def __init__(self, ingest: Ingest, take: Take, prefix: str, folder: Path) -> None:
        self.prefix = prefix
        self._ingest = ingest
        self._actor = Actor.system(take.provider_id)
        self._take_id = take.id
        self._folder = folder  # in which the child leaves what it has made
        self._duration_ms: int | None = None

    async def grow(self, progress: Progress) -> None:
        """Store what has been made, its playlists last, and let people watch it."""
        if progress.playlists:
            for name, text in progress.playlists.items():
                (self._folder / name).write_text(text)
            files = [self._folder / name for name in (*progress.made, *progress.playlists)]
            await self._ingest.storage.put_all(self.prefix, files)
            self._duration_ms = progress.duration_ms
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state == "processing":
                take.progress = progress.progress
            if self._duration_ms is not None and take.package_key in (None, self.prefix):
                await self._show(session, take)
            announce_progress(session, take)
        await self._unless_erased(take)

    async def finish(self, facts: dict[str, Any]) -> None:
        """Name the package as the one that people watch, in the place of an earlier attempt's."""
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state != "deleted":
                take.media = take.media | facts
                await self._show(session, take)
        await self._unless_erased(take)

    async def _unless_erased(self, take: Take) -> None:
        """Remove what has just been stored of a film that was deleted; raises Erased then."""
        if take.state == "deleted":
            await self._ingest.storage.delete_tree(self.prefix)
            raise Erased

    async def _show(self, session: Session, take: Take) -> None:
        if take.state == "deleted":
            return
        assert self._duration_ms is not None
        lesson = await session.get(Lesson, take.lesson_id, lock=True)  # one take is placed at a time
        take.show(
            package_key=self.prefix,
            position_ms=await _position(session, take),
            duration_ms=self._duration_ms,
        )
        await session.flush()
        lesson.duration_ms = (await timeline(session, lesson.id)).duration_ms


def announce_progress(session: Session, take: Take) -> None:
    """Tell the pages that follow the take how far it is."""
    if take.topic is not None:
        session.announce("take.progress", take.topic, take.id, step=take.step, progress=take.progress)


async def _position(session: Session, take: Take) -> int:
    """Return where on lesson time the take belongs, among those that can be watched already."""
    others = [other for other in await takes(session, take.lesson_id) if other.is_watchable]
    return place(
        (
            Placed(other.camera, other.started_at, other.position_ms, other.expected_ms)
            for other in others
            if other.id != take.id
        ),
        camera=take.camera,
        started_at=take.started_at,
    )
