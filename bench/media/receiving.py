"""Receiving film: from the last byte to the first picture, many at once, and one that is very large."""

import asyncio
import hashlib
import os
import random
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Page

from bench.media.films import FILMS, LESSON_S, PEER, lesson, peer_version
from bench.media.preparing import folder, timed
from bench.report import Row
from infra.settings import Settings
from media.upload import tus
from tests.clients.conftest import PASSWORD, Service, service_on
from tests.media.clips import Clip, make
from tests.support.browser import chromium, open_page, sign_in
from web.migrations import migrate_database

MEBIBYTE = 1024**2
BLOCK = 4 * MEBIBYTE
TRANSCODED_S = 60  # of the peer's whole transcode, from which the rest is reckoned
AT_ONCE, EACH = 20, 40 * MEBIBYTE
LARGEST = 8 * 1024 * MEBIBYTE
SEGMENTS, A_SECOND = 5000, 5000 / 60
FIRST_PICTURE = """() => new Promise((resolve) => {
  const film = document.querySelector('lesson-player video');
  film.requestVideoFrameCallback(() => resolve(Date.now()));
  film.muted = true;
  document.querySelector('lesson-player').play();
})"""


@asynccontextmanager
async def running() -> AsyncIterator[Service]:
    """Serve a provider that waits for a film, from the disk of the films."""
    with folder() as own:
        template = own / "template"
        settings = Settings.from_environment({}, data=template)
        await asyncio.to_thread(migrate_database, settings)
        async with service_on(template / "observe.sqlite", own) as service:
            yield service


async def send(
    service: Service, http: aiohttp.ClientSession, name: str, size: int, body: AsyncIterator[bytes]
) -> float:
    """Send a film in one PATCH; returns when its last byte was acknowledged (seconds since 1970)."""
    metadata = tus.format_metadata({"observation": str(service.observation_id), "filename": name})
    headers = {"Tus-Resumable": tus.VERSION, "Upload-Length": str(size), "Upload-Metadata": metadata}
    async with http.post(f"{service.server.url}/api/uploads", headers=headers) as created:
        assert created.status == 201, await created.text()
        address = created.headers["Location"]
    headers = {"Tus-Resumable": tus.VERSION, "Upload-Offset": "0", "Content-Type": tus.BODY_TYPE}
    async with http.patch(address, headers=headers | {"Content-Length": str(size)}, data=body) as appended:
        assert appended.status == 204, await appended.text()
        return time.time()


async def blocks(film: Path) -> AsyncIterator[bytes]:
    """Yield the bytes of a film."""
    with film.open("rb") as source:
        while block := source.read(BLOCK):
            yield block


async def _seconds_to_first_picture(film: Path) -> float:
    """Return how long after the last byte the first picture is shown; negative when it was before."""
    async with running() as service, chromium() as browser:
        page, _ = await open_page(browser)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        watching = asyncio.create_task(_watch(page, service))
        bearer = {"Authorization": f"Bearer {await service.token()}"}
        async with aiohttp.ClientSession(headers=bearer, timeout=aiohttp.ClientTimeout()) as http:
            ended = await send(service, http, film.name, film.stat().st_size, _paced(film))
        shown: float = await asyncio.wait_for(watching, 120) / 1000
        return shown - ended


async def _paced(film: Path) -> AsyncIterator[bytes]:
    """Yield a film over about ten seconds, as a very good line would."""
    pause = 10 * BLOCK / film.stat().st_size
    async for block in blocks(film):
        yield block
        await asyncio.sleep(pause)


async def _watch(page: Page, service: Service) -> float:
    """Wait at the page until the film can be played, and play it."""
    await page.goto(f"{service.server.url}/observations/{service.observation_id}")
    while not await page.locator("lesson-player .player__controls").count():
        await page.wait_for_timeout(50)
        if not await page.locator("lesson-player").count():
            await page.wait_for_timeout(150)
            await page.reload()
    shown: float = await page.evaluate(FIRST_PICTURE)
    return shown


def _transcode_first() -> float:
    """Return how long a whole 720p transcode of the lesson takes, reckoned from its beginning, in seconds."""
    with folder() as target:
        taken = timed(
            PEER, "-v", "error", "-t", TRANSCODED_S, "-i", lesson(index_first=False), "-c:v", "libx264",
            "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-f", "hls", target / "film.m3u8",
        )[0]  # fmt: skip
    return taken * LESSON_S / TRANSCODED_S


def index_last() -> Row:
    """Watch a lesson whose index comes last."""
    taken = asyncio.run(_seconds_to_first_picture(lesson(index_first=False)))
    peer = _transcode_first()
    return Row(
        what="last byte → first picture, 45 min, index last",
        bar="≤ 3 s",
        figure=f"{taken:.2f} s",
        peer=f"{peer_version()}, a full transcode first: about {peer:.0f} s (reckoned from {TRANSCODED_S} s)",
        is_held=taken <= 3,
        ratio=3 / max(taken, 0.1),
    )


def index_first() -> Row:
    """Watch a lesson whose index comes first."""
    taken = asyncio.run(_seconds_to_first_picture(lesson(index_first=True)))
    figure = f"{taken:.2f} s" if taken > 0 else f"shown {-taken:.1f} s before the last byte"
    return Row(
        what="last byte → first picture, 45 min, index first",
        bar="≤ 1 s",
        figure=figure,
        is_held=taken <= 1,
        ratio=1 / max(taken, 0.1),
    )


async def _many() -> tuple[float, int]:
    """Return bytes a second of many uploads together, and by how much the server's memory grew."""
    async with running() as service:
        before = _memory(service)
        bearer = {"Authorization": f"Bearer {await service.token()}"}
        content = random.Random(1).randbytes(BLOCK)
        most = [before]

        async def body() -> AsyncIterator[bytes]:
            for _ in range(EACH // BLOCK):
                yield content
                most[0] = max(most[0], _memory(service))

        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(headers=bearer, connector=connector) as http:
            began = time.perf_counter()
            sending: list[Coroutine[Any, Any, float]] = [
                send(service, http, f"{number}.bin", EACH, body()) for number in range(AT_ONCE)
            ]
            await asyncio.gather(*sending)
            taken = time.perf_counter() - began
        return AT_ONCE * EACH / taken, most[0] - before


def twenty_uploads() -> Row:
    """Send twenty films at once."""
    rate, growth = asyncio.run(_many())
    return Row(
        what="20 parallel uploads",
        bar="≥ 40 MB/s together, memory growth ≤ 150 MB",
        figure=f"{rate / 1e6:.0f} MB/s, {growth / 1e6:.0f} MB",
        is_held=rate >= 40e6 and growth <= 150e6,
        ratio=rate / 40e6,
        note="client and server share the machine",
    )


async def _large() -> tuple[float, int, bool]:
    content = random.Random(2).randbytes(BLOCK)
    digest = hashlib.sha256()
    for _ in range(LARGEST // BLOCK):
        digest.update(content)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // BLOCK):
            yield content

    async with running() as service:
        before = _memory(service)
        bearer = {"Authorization": f"Bearer {await service.token()}"}
        async with aiohttp.ClientSession(headers=bearer, timeout=aiohttp.ClientTimeout()) as http:
            began = time.perf_counter()
            await send(service, http, "large.bin", LARGEST, body())
            taken = time.perf_counter() - began
        growth = _memory(service) - before
        async with asyncio.timeout(120):
            while (take := await service.take()).original_key is None:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        stored = service.server.data / "store" / str(take.original_key)
        with stored.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        return taken, growth, found == digest.hexdigest()


def eight_gigabytes() -> Row:
    """Send one film of 8 GB."""
    if shutil.disk_usage(FILMS).free < 3 * LARGEST:
        return Row(what="one 8 GB file", bar="works", figure="the disk is too full to try", is_held=False)
    taken, growth, is_same = asyncio.run(_large())
    return Row(
        what="one 8 GB file",
        bar="works, hashes equal",
        figure=f"{taken:.0f} s, {LARGEST / taken / 1e6:.0f} MB/s, memory +{growth / 1e6:.0f} MB",
        is_held=is_same,
        note="hash equal" if is_same else "the hash differs",
    )


async def _segments() -> list[float]:
    """Ask for segments at the rate that many players together do; returns how late each was, in seconds."""
    late: list[float] = []
    with folder() as own:
        film = make(own / "film.mp4", Clip(seconds=20, size=(1280, 720)))
        async with running() as service:
            bearer = {"Authorization": f"Bearer {await service.token()}"}
            connector = aiohttp.TCPConnector(limit=100)
            async with aiohttp.ClientSession(headers=bearer, connector=connector) as http:
                await send(service, http, film.name, film.stat().st_size, blocks(film))
                take = await service.until_complete()
                package = service.server.data / "store" / str(take.package_key)
                segment = min(package.glob("*.m4s")).name
                address = f"{service.server.url}/api/lessons/{take.lesson_id}/hls/{take.id}/{segment}"

                async def ask(due: float) -> None:
                    async with http.get(address) as answer:
                        assert answer.status == 200
                        await answer.read()
                    late.append(time.perf_counter() - due)

                began = time.perf_counter()
                async with asyncio.TaskGroup() as asked:
                    for number in range(SEGMENTS):
                        due = began + number / A_SECOND
                        await asyncio.sleep(max(0, due - time.perf_counter()))
                        asked.create_task(ask(due))
    return late


def authorised_segments() -> Row:
    """Fetch segments, each of them authorised; the time counts from when each was due."""
    late = statistics.quantiles(asyncio.run(_segments()), n=100)
    return Row(
        what="5,000 authorised segments a minute",
        bar="p95 ≤ 50 ms",
        figure=f"p50 {late[49] * 1e3:.0f} ms, p95 {late[94] * 1e3:.0f} ms, p99 {late[98] * 1e3:.0f} ms",
        is_held=late[94] <= 0.05,
        ratio=0.05 / late[94],
        note="client and server share the machine",
    )


def _memory(service: Service) -> int:
    """Return the resident bytes of the server's process."""
    pid = service.server.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


ALL = (index_first, index_last, authorised_segments, twenty_uploads, eight_gigabytes)
