"""The steps of ingest for one take: what each does, how often it is tried, and what is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select

from infra.ids import new_id
from infra.session import Actor, Session
from media.ingest import sandbox
from media.ingest.refusal import Refusal, sentence
from media.ingest.workspace import attempt
from media.lesson import Lesson, takes, timeline
from media.take import TRIES, Step, Take
from media.timeline import Placed, place
from media.upload.record import Upload

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest

log = structlog.get_logger()

T = TypeVar("T")

# What a step may take: a fixed time, and for packaging a multiple of the film (encoding, on a busy machine).
PROBE_S, POSTER_S, PACKAGE_S, PACKAGE_PER_FILM = 120.0, 180.0, 600.0, 6.0
UNKNOWN_FILM_S = 3 * 3600.0


class TakeJob:
    """The steps for one take. Each returns something false when the take has failed for good."""

    def __init__(self, ingest: Ingest, provider_id: UUID, take_id: UUID) -> None:
        self._ingest = ingest
        self._actor = Actor.system(provider_id)
        self._take_id = take_id
        self._log = log.bind(take=str(take_id))

    async def probe(self) -> bool:
        """Find out what it is."""
        return await self._tried("probe", self._probe) is not None

    async def package(self) -> str | None:
        """Make a package and store it; returns its prefix, which is not published yet."""
        return await self._tried("package", self._package)

    async def poster(self, prefix: str) -> bool:
        """Add a still to the package. Film without one is film all the same."""
        made = await self._tried("illustrate", lambda take: self._poster(take, prefix), is_needed=False)
        return made is not None

    async def verify(self) -> bool:
        """Hash what is stored: only now is the upload complete."""
        return await self._tried("verify", self._verify) is not None

    async def publish(self, prefix: str) -> bool:
        """Let people watch the package."""
        return await self._tried("publish", lambda _: self._publish(prefix)) is not None

    async def _verify(self, take: Take) -> bool:
        if take.sha256 is None:
            assert take.original_key is not None
            sha256 = await self._ingest.storage.sha256(take.original_key)
            async with self._ingest.sessions.open(self._actor) as session:
                take = await session.get(Take, self._take_id, lock=True)
                take.sha256 = sha256
                upload = await session.first(select(Upload).where(Upload.take_id == self._take_id))
                if upload is not None:
                    upload.completed_at = session.now
                    session.journal(
                        "upload.completed", upload, topic=take.topic, take=str(take.id), sha256=sha256,
                        byte_size=take.byte_size,
                    )  # fmt: skip
        return True

    async def _probe(self, take: Take) -> bool:
        request = {"limits": vars(self._ingest.limits)}
        facts = await self._in_sandbox("probe", take, request, PROBE_S)
        await self._note(facts)
        return True

    async def _package(self, take: Take) -> str:
        film_s = (take.media.get("duration_ms") or 0) / 1000 or UNKNOWN_FILM_S
        prefix = f"{take.folder}/package-{new_id()}"

        async def keep(folder: Path) -> None:
            await self._ingest.storage.put_all(prefix, sorted(folder.iterdir()))  # noqa: ASYNC240 - a local folder

        facts = await self._in_sandbox(
            "package", take, {"probe": take.media}, PACKAGE_S + PACKAGE_PER_FILM * film_s, keep
        )
        await self._note({"package": facts})
        return prefix

    async def _poster(self, take: Take, prefix: str) -> bool:
        async def keep(folder: Path) -> None:
            if (folder / "poster.jpg").exists():
                await self._ingest.storage.put(f"{prefix}/poster.jpg", folder / "poster.jpg")

        await self._in_sandbox("illustrate", take, {"probe": take.media}, POSTER_S, keep)
        return True

    async def _publish(self, prefix: str) -> bool:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            lesson = await session.get(Lesson, take.lesson_id, lock=True)  # one take is placed at a time
            if take.package_key == prefix:  # a worker died between publishing and saying so
                take.progress = 1.0
            else:
                take.show(
                    package_key=prefix,
                    position_ms=await _position(session, take),
                    duration_ms=take.media["package"]["duration_ms"],
                )
                take.publish(_note(take))
                await session.flush()
                lesson.duration_ms = (await timeline(session, lesson.id)).duration_ms
                await self._ingest.on_ready(session, take)
                session.journal("take.ready", take, topic=take.topic, duration_ms=take.duration_ms)
        await self._remove_all_but(take, prefix)
        return True

    async def _in_sandbox(
        self,
        step: Step,
        take: Take,
        request: dict[str, Any],
        allowed_s: float,
        keep: Callable[[Path], Awaitable[None]] | None = None,
    ) -> dict[str, Any]:
        """Run a step on the original, in a folder of its own whose content `keep` may take over."""
        assert take.original_key is not None
        async with self._ingest.storage.fetch(take.original_key) as source, attempt(self._ingest.work) as own:
            folder = own / step
            folder.mkdir()
            paths = {"source": str(source.absolute()), "folder": str(folder.absolute())}
            facts = await sandbox.run(step, request | paths, allowed_s=allowed_s, on_progress=self._report)
            if keep is not None:
                await keep(folder)
            return facts

    async def _tried(
        self, step: Step, do: Callable[[Take], Awaitable[T]], *, is_needed: bool = True
    ) -> T | None:
        """Do a step, a few times if need be; None when it failed for good, which is written on the take."""
        while True:
            tries = 1
            try:
                take = await self._begin(step)
                tries = take.tries
                if take.state == "failed":
                    return None
                if tries > TRIES:
                    await self._give_up("needs_attention", is_needed, tries=TRIES)
                    return None
                return await do(take)
            except Refusal as refusal:
                await self._give_up(refusal.code, is_needed, **refusal.facts)
                return None
            except Exception as error:  # the edge of a job: whatever it was, it is tried again, and counted
                said = error.complaint if isinstance(error, sandbox.StepCrashed) else ""
                self._log.warning("ingest.crashed", step=step, tries=tries, error=repr(error), said=said)
            await asyncio.sleep(self._ingest.pauses_s[min(tries, len(self._ingest.pauses_s)) - 1])

    async def _begin(self, step: Step) -> Take:
        """Count a try on the row itself: a worker that is killed by its step has tried too."""
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state != "failed":
                take.begin(step)
                self._announce(session, take)
            return take

    async def need_attention(self) -> None:
        """Say that the take could not be prepared, unless it was: its job was given up."""
        async with self._ingest.sessions.open(self._actor, write=False) as session:
            take = await session.get(Take, self._take_id)
        if take.state in ("receiving", "processing"):
            await self._give_up("needs_attention", is_needed=True, tries=TRIES)

    async def _give_up(self, code: str, is_needed: bool, **facts: str | float) -> None:
        if not is_needed:
            return
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.fail(sentence(code, **facts))
            session.journal("take.failed", take, topic=take.topic, step=take.step, code=code)
        await self._remove_all_but(take, take.package_key)

    async def _report(self, progress: float) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.progress = progress
            self._announce(session, take)

    async def _note(self, facts: dict[str, Any]) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.media = take.media | facts

    def _announce(self, session: Session, take: Take) -> None:
        if take.topic is not None:
            session.announce("take.progress", take.topic, take.id, step=take.step, progress=take.progress)

    async def _remove_all_but(self, take: Take, prefix: str | None) -> None:
        """Remove the packages of attempts that were never published."""
        stored = await self._ingest.storage.contents(take.folder)
        names = {each.key.removeprefix(f"{take.folder}/").split("/")[0] for each in stored}
        for name in names:
            if name.startswith("package-") and f"{take.folder}/{name}" != prefix:
                await self._ingest.storage.delete_tree(f"{take.folder}/{name}")


async def _position(session: Session, take: Take) -> int:
    """Return where on lesson time the take belongs, among those that can be watched already."""
    others = [other for other in await takes(session, take.lesson_id) if other.is_watchable]
    return place(
        (
            Placed(other.camera, other.started_at, other.position_ms, other.duration_ms or 0)
            for other in others
            if other.id != take.id
        ),
        camera=take.camera,
        started_at=take.started_at,
    )


def _note(take: Take) -> str | None:
    """Return what to say about film that can be watched, but not all of it."""
    is_short = take.media["is_truncated"] or take.media["package"]["is_cut_short"]
    minutes = take.media["package"]["duration_ms"] / 60_000
    return sentence("cut_short", minutes=minutes) if is_short else None
