"""The steps of ingest for one take: what each does, how often it is tried, and what is written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select

from infra.ids import new_id
from infra.session import Actor
from media.ingest import sandbox
from media.ingest.growing import Erased, Growing, announce_progress
from media.ingest.ladder_job import start_ladder
from media.ingest.refusal import Refusal, sentence
from media.ingest.sandbox import OnProgress, Progress
from media.ingest.workspace import attempt
from media.take import TRIES, Step, Take
from media.upload.record import Upload

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest

log = structlog.get_logger()

T = TypeVar("T")

# What a step may take: a fixed time, and for packaging a multiple of the film (encoding, on a busy machine).
PROBE_S, ILLUSTRATE_S, PACKAGE_S, PACKAGE_PER_FILM = 120.0, 600.0, 600.0, 6.0
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
        """Make a package, which people may watch while it grows; returns its prefix."""
        return await self._tried("package", self._package)

    async def verify(self) -> bool:
        """Hash what is stored: only now is the upload complete."""
        return await self._tried("verify", self._verify) is not None

    async def publish(self, prefix: str) -> bool:
        """Say that the film is ready."""
        return await self._tried("publish", lambda _: self._publish(prefix)) is not None

    async def illustrate(self, prefix: str) -> bool:
        """Add a still, pictures along the timeline and the loudness. Film without them is film too."""
        made = await self._tried("illustrate", lambda take: self._illustrate(take, prefix), is_needed=False)
        return made is not None

    async def _probe(self, take: Take) -> bool:
        if "package" not in take.media:  # else it was packaged while it arrived
            request = {"limits": vars(self._ingest.limits)}
            async with self._original(take) as source, attempt(self._ingest.work) as own:
                facts = await self._run("probe", request | {"source": source}, own, PROBE_S)
            await self._note(facts)
        return True

    async def _package(self, take: Take) -> str:
        if "package" in take.media and take.package_key is not None:
            return take.package_key
        film_s = (take.media.get("duration_ms") or 0) / 1000 or UNKNOWN_FILM_S
        allowed_s = PACKAGE_S + PACKAGE_PER_FILM * film_s
        async with self._original(take) as source, attempt(self._ingest.work) as own:
            growing = Growing(self._ingest, take, f"{take.folder}/package-{new_id()}", own / "package")
            request = {"source": source, "probe": take.media}
            facts = await self._run("package", request, own, allowed_s, growing.grow)
            await growing.finish({"package": facts})
        return growing.prefix

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

    async def _publish(self, prefix: str) -> bool:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state == "processing":  # else a worker died between publishing and saying so
                take.publish(_note(take))
                await session.flush()
                await self._ingest.on_ready(session, take)
                session.journal("take.ready", take, topic=take.topic, duration_ms=take.duration_ms)
                await start_ladder(session, self._ingest.storage, take)
        await self._remove_all_but(take, prefix)
        return True

    async def _illustrate(self, take: Take, prefix: str) -> bool:
        storage = self._ingest.storage
        stored = [each.key.removeprefix(f"{prefix}/") for each in await storage.contents(prefix)]
        async with storage.fetch_all(prefix, stored) as package, attempt(self._ingest.work) as own:
            request = {"package": str(package.absolute()), "tracks": take.media["package"]["tracks"]}
            facts = await self._run("illustrate", request, own, ILLUSTRATE_S)
            await storage.put_all(prefix, sorted((own / "illustrate").iterdir()))
        if not await self._note({"illustrated": facts}):
            await storage.delete_tree(prefix)
            raise Erased
        await self._report(Progress(progress=1.0))
        return True

    @asynccontextmanager
    async def _original(self, take: Take) -> AsyncIterator[str]:
        """Offer the path of what was sent."""
        assert take.original_key is not None
        async with self._ingest.storage.fetch(take.original_key) as source:
            yield str(source.absolute())

    async def _run(
        self,
        step: Step,
        request: dict[str, Any],
        own: Path,
        allowed_s: float,
        on_progress: OnProgress | None = None,
    ) -> dict[str, Any]:
        """Run a step in a folder of its own within `own`."""
        folder = own / step
        folder.mkdir()
        request = request | {"folder": str(folder.absolute())}
        return await sandbox.run(step, request, allowed_s=allowed_s, on_progress=on_progress or self._report)

    async def _tried(
        self, step: Step, do: Callable[[Take], Awaitable[T]], *, is_needed: bool = True
    ) -> T | None:
        """Do a step, a few times if need be; None when it failed for good, which is written on the take."""
        while True:
            tries = 1
            try:
                take = await self._begin(step)
                tries = take.tries
                if take.state in ("failed", "deleted"):
                    return None
                if tries > TRIES:
                    await self._give_up("needs_attention", is_needed, tries=TRIES)
                    return None
                return await do(take)
            except Erased:
                return None
            except Refusal as refusal:
                await self._give_up(refusal.code, is_needed, is_refused=True, **refusal.facts)
                return None
            except Exception as error:  # the edge of a job: whatever it was, it is tried again, and counted
                said = error.complaint if isinstance(error, sandbox.StepCrashed) else ""
                self._log.warning("ingest.crashed", step=step, tries=tries, error=repr(error), said=said)
            await asyncio.sleep(self._ingest.pauses_s[min(tries, len(self._ingest.pauses_s)) - 1])

    async def _begin(self, step: Step) -> Take:
        """Count a try on the row itself: a worker that is killed by its step has tried too."""
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state not in ("failed", "deleted"):
                take.begin(step)
                announce_progress(session, take)
            return take

    async def need_attention(self) -> None:
        """Say that the take could not be prepared, unless it was: its job was given up."""
        async with self._ingest.sessions.open(self._actor, write=False) as session:
            take = await session.get(Take, self._take_id)
        if take.state in ("receiving", "processing"):
            await self._give_up("needs_attention", is_needed=True, tries=TRIES)

    async def _give_up(
        self, code: str, is_needed: bool, *, is_refused: bool = False, **facts: str | float
    ) -> None:
        if not is_needed:
            return
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state == "deleted":
                return
            if is_refused:
                take.refuse(sentence(code, **facts), session.now)
            else:
                take.fail(sentence(code, **facts))
            session.journal("take.failed", take, topic=take.topic, step=take.step, code=code)
        await self._remove_all_but(take, take.package_key)

    async def _report(self, progress: Progress) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state != "deleted":
                take.progress = progress.progress
                announce_progress(session, take)

    async def _note(self, facts: dict[str, Any]) -> bool:
        """Write down what a step found; returns False when the film was deleted meanwhile."""
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.state != "deleted":
                take.media = take.media | facts
            return take.state != "deleted"

    async def _remove_all_but(self, take: Take, prefix: str | None) -> None:
        """Remove the packages of attempts that were never published."""
        stored = await self._ingest.storage.contents(take.folder)
        names = {each.key.removeprefix(f"{take.folder}/").split("/")[0] for each in stored}
        for name in names:
            if name.startswith("package-") and f"{take.folder}/{name}" != prefix:
                await self._ingest.storage.delete_tree(f"{take.folder}/{name}")


def _note(take: Take) -> str | None:
    """Return what to say about film that can be watched, but not all of it."""
    is_short = take.media["is_truncated"] or take.media["package"]["is_cut_short"]
    minutes = take.media["package"]["duration_ms"] / 60_000
    return sentence("cut_short", minutes=minutes) if is_short else None
