"""From the last byte of an upload to film that can be watched, step by durable step.

receive → probe → package → poster → publish. Each step may be run again, by any worker, after any crash:
what it leaves behind before it is done lies in an attempt's own folder, or under a storage prefix that no
row names. Film is published by one transaction that names a complete prefix.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from infra.errors import Conflict
from infra.ids import new_id
from infra.session import Actor, Session, Sessions
from media.ingest import sandbox
from media.ingest.probe import Limits
from media.ingest.refusal import Refusal, sentence
from media.ingest.workspace import attempt
from media.lesson import Lesson, takes, timeline
from media.storage import Missing, Storage
from media.storage.disk import hash_file
from media.take import TRIES, Step, Take
from media.timeline import Placed, place
from media.upload.record import Upload

log = structlog.get_logger()

# What a step may take: a fixed time, and for packaging a multiple of the film (encoding, on a busy machine).
PROBE_S, POSTER_S, PACKAGE_S, PACKAGE_PER_FILM = 120.0, 180.0, 600.0, 6.0
UNKNOWN_FILM_S = 3 * 3600.0

OnReady = Callable[[Session, Take], Awaitable[None]]


async def _nobody_waits(session: Session, take: Take) -> None:
    """Do nothing when film becomes ready."""


class Failed(Exception):
    """The take has failed, and says why: the workflow ends here."""


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """What the steps stand on; made in the composition root."""

    sessions: Sessions
    storage: Storage
    spool: Path  # where uploads lie until they are received
    work: Path  # where attempts leave half-made things
    on_ready: OnReady = _nobody_waits  # called in the transaction that publishes
    limits: Limits = field(default_factory=Limits)

    async def run(self, provider_id: UUID, take_id: UUID) -> None:
        """Do every step in turn."""
        job = TakeJob(self, provider_id, take_id)
        for step in (job.receive, job.probe):
            await step()
        prefix = await job.package()
        await job.poster(prefix)
        await job.publish(prefix)


class TakeJob:
    """The steps for one take. Each raises Failed when the take has failed for good."""

    def __init__(self, ingest: Ingest, provider_id: UUID, take_id: UUID) -> None:
        self._ingest = ingest
        self._actor = Actor.system(provider_id)
        self._take_id = take_id
        self._log = log.bind(take=str(take_id))

    async def receive(self) -> None:
        """Hash what was spooled, and store it as it was sent: only now is the upload complete."""
        await self._tried("receive", self._receive)

    async def probe(self) -> None:
        """Find out what it is."""
        await self._tried("probe", self._probe)

    async def package(self) -> str:
        """Make a package and store it; returns its prefix, which is not published yet."""
        prefix: str = await self._tried("package", self._package)
        return prefix

    async def poster(self, prefix: str) -> None:
        """Add a still to the package. Film without one is film all the same."""
        await self._tried("poster", lambda take: self._poster(take, prefix), is_needed=False)

    async def publish(self, prefix: str) -> None:
        """Let people watch the package."""
        await self._tried("publish", lambda take: self._publish(prefix))

    async def _receive(self, take: Take) -> None:
        if take.sha256 is None:
            upload = await self._upload()
            key = f"{take.folder}/original"
            spooled = self._ingest.spool / f"{upload.id}.part"
            if spooled.exists():
                sha256, byte_size = await asyncio.to_thread(hash_file, spooled), spooled.stat().st_size
                await self._ingest.storage.put(key, spooled)
            else:  # a worker died between storing it and saying so
                byte_size = (await self._ingest.storage.stat(key)).byte_size
                sha256 = await self._ingest.storage.sha256(key)
            if byte_size != upload.length:
                raise Conflict("bytes_missing", found=byte_size, sent=upload.length)
            async with self._ingest.sessions.open(self._actor) as session:
                take = await session.get(Take, self._take_id, lock=True)
                take.receive(sha256=sha256, byte_size=byte_size, original_key=key)
                upload = await session.get(Upload, upload.id, lock=True)
                upload.completed_at = session.now
                session.journal(
                    "upload.completed", upload, topic=take.topic, take=str(take.id), sha256=sha256,
                    byte_size=byte_size,
                )  # fmt: skip

    async def _probe(self, take: Take) -> None:
        request = {"limits": vars(self._ingest.limits)}
        facts = await self._in_sandbox("probe", take, request, PROBE_S)
        await self._note(facts)

    async def _package(self, take: Take) -> str:
        film_s = (take.media.get("duration_ms") or 0) / 1000 or UNKNOWN_FILM_S
        prefix = f"{take.folder}/package-{new_id()}"

        async def keep(folder: Path) -> None:
            await self._ingest.storage.put_tree(prefix, folder)

        facts = await self._in_sandbox(
            "package", take, {"probe": take.media}, PACKAGE_S + PACKAGE_PER_FILM * film_s, keep
        )
        await self._note({"package": facts})
        return prefix

    async def _poster(self, take: Take, prefix: str) -> None:
        async def keep(folder: Path) -> None:
            if (folder / "poster.jpg").exists():
                await self._ingest.storage.put(f"{prefix}/poster.jpg", folder / "poster.jpg")

        await self._in_sandbox("poster", take, {"probe": take.media}, POSTER_S, keep)

    async def _publish(self, prefix: str) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            lesson = await session.get(Lesson, take.lesson_id, lock=True)  # one take is placed at a time
            if take.package_key != prefix:
                take.publish(
                    package_key=prefix,
                    position_ms=await _position(session, take),
                    duration_ms=take.media["package"]["duration_ms"],
                    note=_note(take),
                )
                await session.flush()
                lesson.duration_ms = (await timeline(session, lesson.id)).duration_ms
                await self._ingest.on_ready(session, take)
                session.journal("take.ready", take, topic=take.topic, duration_ms=take.duration_ms)
        await self._remove_all_but(take, prefix)

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
        self, step: Step, do: Callable[[Take], Awaitable[Any]], *, is_needed: bool = True
    ) -> Any:
        """Do a step, a few times if need be; what has failed for good is written on the take."""
        while True:
            take, tries = await self._begin(step)
            if tries > TRIES:
                if not is_needed:
                    return None
                await self._fail("needs_attention", sentence("needs_attention", tries=TRIES))
            try:
                return await do(take)
            except Refusal as refusal:
                if not is_needed:
                    return None
                await self._fail(refusal.code, refusal.sentence)
            except (sandbox.StepCrashed, Conflict, Missing, OSError) as error:
                complaint = error.complaint if isinstance(error, sandbox.StepCrashed) else ""
                self._log.warning("ingest.crashed", step=step, tries=tries, error=str(error), said=complaint)

    async def _begin(self, step: Step) -> tuple[Take, int]:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state == "failed":
                raise Failed(self._take_id)
            tries = take.begin(step)
            self._announce(session, take)
            return take, tries

    async def _report(self, progress: float) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.progress = progress
            self._announce(session, take)

    async def _note(self, facts: dict[str, Any]) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.media = take.media | facts

    async def _fail(self, code: str, problem: str) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            take.fail(problem)
            session.journal("take.failed", take, topic=take.topic, step=take.step, code=code)
        await self._remove_all_but(take, take.package_key)
        raise Failed(self._take_id)

    def _announce(self, session: Session, take: Take) -> None:
        if take.topic is not None:
            session.announce("take.progress", take.topic, take.id, step=take.step, progress=take.progress)

    async def _upload(self) -> Upload:
        async with self._ingest.sessions.open(self._actor, write=False) as session:
            upload = await session.first(select(Upload).where(Upload.take_id == self._take_id))
        if upload is None:
            raise Conflict("no_upload", take=self._take_id)
        return upload

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
