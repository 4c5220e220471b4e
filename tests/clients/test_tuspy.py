"""Films sent with tuspy, and by a client whose every request breaks off."""

import asyncio
import contextlib
import random
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.uploader.uploader import Uploader

from tests.clients.conftest import Service, hash_of
from tests.support.footage import lesson_film
from tests.support.tcp_proxy import proxied

MEBIBYTE = 1024**2
CHUNK = 5 * MEBIBYTE
BREAKS = 1000
SILENT_TOGETHER = 100  # connections that say no more and stay open
CONFLICT = 409
TUS = {"Tus-Resumable": "1.0.0"}


async def test_tuspy_sends_a_film_in_chunks_over_breaks_and_it_can_be_watched(service: Service) -> None:
    film = lesson_film()
    bearer = {"Authorization": f"Bearer {await service.token()}"}
    async with proxied(service.server.port) as link:
        client = TusClient(f"http://localhost:{link.port}/api/uploads", headers=bearer)
        metadata = {"observation": str(service.observation_id), "filename": film.name}
        first = client.uploader(str(film), chunk_size=CHUNK, metadata=metadata)
        await asyncio.to_thread(first.upload, stop_at=CHUNK)
        link.cut_after(CHUNK + CHUNK // 2)
        with pytest.raises((TusCommunicationError, TusUploadFailed)):
            await asyncio.to_thread(first.upload)
        second = await resumed(client, film, str(first.url))
        assert CHUNK < second.offset < film.stat().st_size
        second = await sent_on(client, second, film)
        await service.server.kill()
        await service.server.start()
        third = await resumed(client, film, str(first.url))
        assert third.offset == second.offset
        await asyncio.to_thread(third.upload)
        assert link.uploaded < film.stat().st_size + 2 * CHUNK
    assert await service.stored_hash() == hash_of(film)
    take = await service.until_watchable()
    playlist = f"{service.server.url}/api/lessons/{take.lesson_id}/hls/master.m3u8"
    async with aiohttp.ClientSession(headers=bearer) as http, http.get(playlist) as answer:
        assert (answer.status, (await answer.text())[:7]) == (200, "#EXTM3U")


async def sent_on(client: TusClient, uploader: Uploader, film: Path) -> Uploader:
    """Send one chunk; refused because the server has meanwhile more than it said, ask again and go on."""
    try:
        await asyncio.to_thread(uploader.upload, stop_at=uploader.offset + CHUNK)
    except TusUploadFailed as refused:
        if refused.status_code != CONFLICT:
            raise
        uploader = await resumed(client, film, str(uploader.url))
        await asyncio.to_thread(uploader.upload, stop_at=uploader.offset + CHUNK)
    return uploader


async def test_whatever_breaks_off_nothing_is_promised_that_is_not_on_the_disk(service: Service) -> None:
    film = lesson_film()
    content = film.read_bytes()
    chance = random.Random(2026)
    bearer = {"Authorization": f"Bearer {await service.token()}"}
    client = TusClient(f"{service.server.url}/api/uploads", headers=bearer)
    metadata = {"observation": str(service.observation_id), "filename": film.name}
    uploader = client.uploader(str(film), metadata=metadata)
    await asyncio.to_thread(uploader.upload, stop_at=1)
    address = str(uploader.url)
    spooled = service.spooled(UUID(address.rpartition("/")[2]))
    offset = reached = 1
    async with aiohttp.ClientSession(headers=bearer | TUS) as http, contextlib.AsyncExitStack() as silent:
        for left in range(BREAKS, 0, -1):
            sent = chance.randrange(1 + 2 * (len(content) - offset) // (left + 1))
            reached = max(reached, offset + sent)
            head = append_head(address, bearer, offset, len(content) - offset)
            await break_off(service.server.port, head + content[offset : offset + sent], chance, silent)
            if left % SILENT_TOGETHER == 0:
                await silent.aclose()
            known = await offset_of(http, address)
            assert offset <= known <= min(reached, spooled.stat().st_size)
            with spooled.open("rb") as file:
                file.seek(offset)
                assert file.read(known - offset) == content[offset:known]
            offset = known
    assert len(content) // 2 < offset < len(content)
    last = await resumed(client, film, address)
    await asyncio.to_thread(last.upload)
    assert await service.stored_hash() == hash_of(film)


async def resumed(client: TusClient, film: Path, url: str) -> Uploader:
    """Return an uploader that knows nothing but the address, as after a restart of the device."""
    return await asyncio.to_thread(lambda: client.uploader(str(film), url=url, chunk_size=CHUNK))


async def offset_of(http: aiohttp.ClientSession, path: str) -> int:
    """Return how many bytes the server promises to have."""
    async with http.head(path) as answer:
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])


def append_head(url: str, bearer: dict[str, str], offset: int, length: int) -> bytes:
    """Return the head of a request that announces so many bytes."""
    address = urlsplit(url)
    headers = {
        **bearer,
        **TUS,
        "Host": address.netloc,
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(length),
        "Upload-Offset": str(offset),
    }
    lines = [f"PATCH {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def break_off(port: int, data: bytes, chance: random.Random, silent: contextlib.AsyncExitStack) -> None:
    """Send the beginning of a request and vanish: politely, with a reset, or without a word until the end."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    how = chance.choice(["close", "reset", "reset at once", "silence"])
    if how != "reset at once":
        await writer.drain()
    if how == "close":
        writer.close()
    elif how == "silence":
        silent.callback(writer.close)
    else:
        line: socket.socket = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
