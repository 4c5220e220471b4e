"""Sending films: requests and bodies, in order and not."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from media.upload import tus
from tests.media.conftest import LARGEST, Studio

VERSION = {"Tus-Resumable": "1.0.0"}
NAME = "Lekcja – ułamki 📚.mp4"


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    """Return a body that ends in order."""
    for chunk in chunks:
        yield chunk


async def broken(content: bytes, after: int) -> AsyncIterator[bytes]:
    """Return a body whose connection breaks after so many bytes."""
    yield content[:after]
    raise ConnectionResetError


async def stuck(*chunks: bytes) -> AsyncIterator[bytes]:
    """Return a body that stops coming, and neither ends nor breaks."""
    for chunk in chunks:
        yield chunk
    await asyncio.Event().wait()


def patch(offset: int, **more: str) -> dict[str, str]:
    """Return the headers of a PATCH."""
    return VERSION | {"Content-Type": tus.BODY_TYPE, "Upload-Offset": str(offset)} | more


def checksum(content: bytes) -> str:
    """Return Upload-Checksum for a body."""
    return "sha256 " + base64.b64encode(hashlib.sha256(content).digest()).decode()


async def create(studio: Studio, length: int | None, *chunks: bytes, **more: str) -> UUID:
    """Begin an upload; returns its id."""
    headers = VERSION | ({"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)})
    headers["Upload-Metadata"] = tus.format_metadata({"filename": NAME})
    if chunks:
        headers["Content-Type"] = tus.BODY_TYPE
    creation = tus.parse_creation(headers | more, LARGEST)
    reply = await studio.uploads.create(
        studio.owner, creation, studio.destination, body(*chunks), within="/api/uploads"
    )
    assert reply.status == 201
    assert reply.headers["Upload-Offset"] == str(sum(map(len, chunks)))
    return UUID(reply.headers["Location"].removeprefix("/api/uploads/"))


async def received(studio: Studio, upload_id: UUID) -> bytes:
    """Return what the store has of an upload that has been received."""
    await studio.uploads.hand_over.settle()
    take = await studio.take((await studio.upload(upload_id)).take_id)
    assert take.original_key is not None
    return b"".join([block async for block in studio.storage.read(take.original_key)])


async def offset(studio: Studio, upload_id: UUID) -> int:
    """Ask how much is durable."""
    return int((await studio.uploads.status(studio.owner, upload_id)).headers["Upload-Offset"])


async def append(studio: Studio, upload_id: UUID, at: int, *chunks: bytes, **more: str) -> int:
    """Add bytes; returns the offset after."""
    reply = await studio.uploads.append(studio.owner, upload_id, patch(at, **more), body(*chunks))
    assert reply.status == 204
    return int(reply.headers["Upload-Offset"])


async def refused(status: int, doing: Any) -> tus.ProtocolError:
    """Await what is refused; returns the refusal."""
    with pytest.raises(tus.ProtocolError) as caught:
        await doing
    assert caught.value.status == status
    return caught.value


async def until(condition: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - files and other tasks raise no event
            await asyncio.sleep(0.01)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the database, or another process, says that something is so."""
    async with asyncio.timeout(120):
        while not await condition():  # noqa: ASYNC110 - neither of them raises an event
            await asyncio.sleep(0.02)
