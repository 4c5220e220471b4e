"""From the last byte to film that can be watched, whatever dies on the way."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.errors import Conflict
from infra.journal import JournalEntry, JournalHead, verify
from infra.session import Actor, Session
from media.ingest import sandbox, workflow
from media.ingest.sandbox import StepCrashed
from media.lesson import timeline
from media.take import Take
from media.upload.receive import Destination
from media.upload.record import Upload
from tests.media.clips import Clip, make
from tests.media.conftest import Studio
from tests.media.sending import body, eventually, until
from tools.footage import FOOTAGE

STEPS = ("probe", "package", "verify", "publish", "illustrate")


async def at_once(name: str, work: Any, *arguments: Any) -> Any:
    """Do a step without remembering it."""
    assert name in STEPS
    return await work(*arguments)


async def sent(studio: Studio, film: Path | bytes, **where: Any) -> UUID:
    """Upload a film; returns its take."""
    content = film if isinstance(film, bytes) else film.read_bytes()
    destination = Destination(lesson_id=studio.lesson_id, topic=studio.lesson_id, **where)
    take_id = await studio.uploads.accept(studio.owner, "lesson.mp4", destination, body(content))
    await studio.uploads.hand_over.settle()
    return take_id


async def ingested(studio: Studio, take_id: UUID) -> Take:
    """Do every step for a take, here and now."""
    await studio.ingest.run(studio.provider_id, take_id, at_once)
    return await studio.take(take_id)


async def actions(studio: Studio, subject: UUID | None = None) -> list[str]:
    """Return what the journal says, in order."""
    async with studio.sessions.open(studio.owner, write=False) as session:
        entries = await session.all(select(JournalEntry).order_by(JournalEntry.sequence))
        head = await session.first(select(JournalHead))
    assert verify(entries, head) is None
    return [entry.action for entry in entries if subject in (None, entry.subject_id)]


async def names(studio: Studio) -> list[str]:
    """Return what is stored, by the last two parts of its key."""
    return [
        "/".join(each.key.split("/")[3:]) for each in await studio.storage.contents(str(studio.provider_id))
    ]


async def test_real_film_becomes_watchable(studio: Studio) -> None:
    film = FOOTAGE / "clip.mp4"
    take = await ingested(studio, await sent(studio, film))
    assert (take.state, take.problem, take.progress) == ("ready", None, 1.0)
    assert take.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert take.original_key is not None
    assert await studio.storage.sha256(take.original_key) == take.sha256
    assert take.package_key is not None
    package = {stored.key.rsplit("/")[-1] for stored in await studio.storage.contents(take.package_key)}
    assert {"master.m3u8", "video.m3u8", "audio.m3u8", "poster.jpg", "video-init.mp4"} <= package
    assert take.media["width"] == 1280
    assert take.media["has_audio"] is True
    assert take.duration_ms == pytest.approx(8300, abs=100)
    assert (await studio.lesson()).duration_ms == take.duration_ms
    assert list(studio.spool.folder.iterdir()) == []
    assert list(studio.ingest.work.iterdir()) == []
    assert await actions(studio) == ["upload.created", "upload.completed", "take.ready"]


async def test_an_upload_is_complete_only_when_the_server_has_hashed_it(
    studio: Studio, tmp_path: Path
) -> None:
    take_id = await sent(studio, make(tmp_path / "f.mp4", Clip()))

    async def upload() -> Upload:
        async with studio.sessions.open(studio.owner, write=False) as session:
            found = await session.first(select(Upload).where(Upload.take_id == take_id))
            assert found is not None
            return found

    assert (await upload()).completed_at is None
    await ingested(studio, take_id)
    done = await upload()
    assert done.completed_at is not None
    # Whoever asks after the file has moved on still learns that all of it arrived.
    status = await studio.uploads.status(studio.owner, done.id)
    assert status.headers["Upload-Offset"] == status.headers["Upload-Length"]


async def test_film_that_is_none_fails_with_words_and_is_kept(studio: Studio) -> None:
    take = await ingested(studio, await sent(studio, b"#EXTM3U\nhttp://example.org/x.ts\n"))
    assert take.state == "failed"
    assert take.problem is not None
    assert "playlist" in take.problem
    assert not take.is_watchable
    assert await names(studio) == ["original"]
    assert (await actions(studio))[-1] == "take.failed"
    assert (await ingested(studio, take.id)).state == "failed"


async def test_a_step_that_crashes_is_tried_three_times_and_then_a_person_has_to_look(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_id = await sent(studio, make(tmp_path / "f.mp4", Clip()))
    run, tried = sandbox.run, []

    async def crashing(step: str, *arguments: Any, **more: Any) -> Any:
        if step == "package":
            tried.append(step)
            raise StepCrashed(step, "ended with -11", "")
        return await run(step, *arguments, **more)

    monkeypatch.setattr(sandbox, "run", crashing)
    take = await ingested(studio, take_id)
    assert len(tried) == 3
    assert (take.state, take.step) == ("failed", "package")
    assert take.problem is not None
    assert "3 times" in take.problem
    assert await names(studio) == ["original"]
    assert list(studio.ingest.work.iterdir()) == []
    monkeypatch.setattr(sandbox, "run", run)
    async with studio.sessions.open(studio.owner) as session:
        await workflow.retry(session, take_id)
    assert (await ingested(studio, take_id)).state == "ready"
    async with studio.sessions.open(studio.owner) as session:
        with pytest.raises(Conflict):
            await workflow.retry(session, take_id)


async def test_film_without_a_poster_is_film_all_the_same(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sandbox.run

    async def crashing(step: str, *arguments: Any, **more: Any) -> Any:
        if step == "illustrate":
            raise StepCrashed(step, "ended with -11", "")
        return await run(step, *arguments, **more)

    monkeypatch.setattr(sandbox, "run", crashing)
    take = await ingested(studio, await sent(studio, make(tmp_path / "f.mp4", Clip())))
    assert take.state == "ready"


async def test_film_that_ends_early_is_watchable_and_says_so(studio: Studio, tmp_path: Path) -> None:
    film = make(tmp_path / "f.mp4", Clip(seconds=12, container={"movflags": "faststart"})).read_bytes()
    take = await ingested(studio, await sent(studio, film[: len(film) // 2]))
    assert take.state == "ready"
    assert take.problem is not None
    assert "only" in take.problem


async def test_several_takes_lie_on_one_timeline(studio: Studio, tmp_path: Path) -> None:
    first = await ingested(
        studio, await sent(studio, make(tmp_path / "1.mp4", Clip(seconds=3)), camera="desk")
    )
    second = await ingested(
        studio, await sent(studio, make(tmp_path / "2.mp4", Clip(seconds=2)), camera="desk")
    )
    other = await ingested(
        studio, await sent(studio, make(tmp_path / "3.mp4", Clip(seconds=4)), camera="door")
    )
    assert (first.position_ms, second.position_ms, other.position_ms) == (0, first.duration_ms, 0)
    async with studio.sessions.open(studio.owner, write=False) as session:
        line = await timeline(session, studio.lesson_id)
    assert line.gaps() == ()
    assert (await studio.lesson()).duration_ms == line.duration_ms >= 5000


async def test_whoever_waits_is_told_in_the_transaction_that_publishes(
    studio: Studio, tmp_path: Path
) -> None:
    told: list[UUID] = []

    async def on_ready(session: Session, take: Take) -> None:
        told.append(take.id)
        assert take.is_watchable
        if len(told) == 1:
            raise OSError("the first time, it fails")

    object.__setattr__(studio.ingest, "on_ready", on_ready)
    take = await ingested(studio, await sent(studio, make(tmp_path / "f.mp4", Clip())))
    assert told == [take.id, take.id]
    assert (await actions(studio)).count("take.ready") == 1


async def test_progress_reaches_the_pages_that_follow(studio: Studio, tmp_path: Path) -> None:
    heard: list[tuple[str, str | None]] = []
    with studio.sessions.hub.subscribe([studio.lesson_id]) as announcements:

        async def listen() -> None:
            async for each in announcements:
                heard.append((each.action, each.step))  # noqa: PERF401 - it never ends

        listening = asyncio.create_task(listen())
        await ingested(studio, await sent(studio, make(tmp_path / "f.mp4", Clip())))
        await until(lambda: ("take.progress", "illustrate") in heard)
        listening.cancel()
    told = [step for action, step in heard if action == "take.progress" and step in STEPS]
    assert list(dict.fromkeys(told)) == list(STEPS)


class Worker:
    """A worker process of its own."""

    def __init__(self, studio: Studio, *stop: str, name: str = "worker") -> None:
        self._reached = studio.folder / "reached"
        self._reached.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.media.worker",
                str(studio.folder),
                studio.database_url,
                name,
                *stop,
            ],
            cwd=Path(__file__).parents[2],
        )

    async def killed_where_it_stops(self) -> None:
        """Wait until it has come to where it stops, and kill it there."""
        async with asyncio.timeout(60):
            while not self._reached.exists():
                assert self.process.poll() is None
                await asyncio.sleep(0.02)
        self.kill()

    def kill(self) -> None:
        """End it as a power cut does."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


async def test_a_worker_killed_in_every_step_is_resumed_and_nothing_is_half_published(
    studio: Studio, tmp_path: Path
) -> None:
    take_id = await sent(studio, make(tmp_path / "f.mp4", Clip(seconds=6)))
    async with studio.sessions.open(studio.owner, write=False) as session:
        sha256 = hashlib.sha256((tmp_path / "f.mp4").read_bytes()).hexdigest()
        assert (await session.get(Take, take_id)).sha256 is None
    for step in STEPS:
        for when in ("begun", "done"):
            await Worker(studio, step, when).killed_where_it_stops()
            take = await studio.take(take_id)
            assert take.step == step
            assert take.is_watchable == ((STEPS.index(step), when) >= (STEPS.index("package"), "done"))
            assert not take.is_growing
            if take.package_key is not None:
                assert "master.m3u8" in {
                    each.key.rsplit("/")[-1] for each in await studio.storage.contents(take.package_key)
                }
    last = Worker(studio)

    async def is_over() -> bool:
        take = await studio.take(take_id)
        is_made = {"ladder", "illustrated"} <= take.media.keys() and take.progress == 1.0
        return is_made and not list(studio.ingest.work.iterdir())

    await eventually(is_over)
    last.kill()
    take = await studio.take(take_id)
    assert (take.state, take.progress, take.sha256) == ("ready", 1.0, sha256)
    assert "illustrated" in take.media
    packages = {name.split("/")[0] for name in await names(studio)} - {"original"}
    assert packages == {str(take.package_key).rsplit("/")[-1]}
    assert list(studio.ingest.work.iterdir()) == []
    assert list(studio.spool.folder.iterdir()) == []
    assert (await actions(studio)) == [
        "upload.created",
        "upload.completed",
        "take.ready",
        "take.ladder_ready",
    ]


async def test_a_film_that_kills_every_worker_is_given_up(studio: Studio, tmp_path: Path) -> None:
    take_id = await sent(studio, make(tmp_path / "f.mp4", Clip()))

    async def packaging_kills(name: str, work: Any, *arguments: Any) -> Any:
        return None if name == "package" else await work(*arguments)

    await studio.ingest.run(studio.provider_id, take_id, packaging_kills)
    for _ in range(3):
        async with studio.sessions.open(Actor.system(studio.provider_id)) as session:
            (await session.get(Take, take_id)).begin("package")  # as each worker does, before it dies

    async def resumed(name: str, work: Any, *arguments: Any) -> Any:
        return True if name == "probe" else await work(*arguments)

    await studio.ingest.run(studio.provider_id, take_id, resumed)
    take = await studio.take(take_id)
    assert (take.state, take.step) == ("failed", "package")
