"""Film can be watched while it is still being sent, and what is made early is what would be made late."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from media.ingest import early
from media.ingest.early import EarlyPackages
from media.take import Take
from media.upload.receive import Uploads
from tests.media.clips import Clip, make
from tests.media.conftest import LARGEST, Studio
from tests.media.sending import VERSION, create, eventually, patch
from tests.media.test_ingest import ingested, names
from tests.media.test_package import B_FRAMES

FIRST = {"movflags": "faststart"}


@pytest.fixture(autouse=True)
def small_films(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the films of these tests be worth it."""
    monkeypatch.setattr(early, "BEGUN_AFTER", 100_000)


@pytest.fixture
async def following(studio: Studio) -> AsyncIterator[Studio]:
    """A studio whose uploads are packaged as they arrive."""
    follower = EarlyPackages(studio.ingest)
    uploads = Uploads(studio.sessions, studio.spool, studio.storage, largest=LARGEST, follower=follower)
    object.__setattr__(studio, "uploads", uploads)
    yield studio
    await follower.close()


def film(folder: Path) -> bytes:
    """Return a film of half a minute whose index comes first."""
    clip = Clip(seconds=30, size=(640, 360), options=B_FRAMES, container=FIRST)
    return make(folder / "f.mp4", clip).read_bytes()


async def take_of(studio: Studio, upload_id: UUID) -> Take:
    """Return the take that an upload becomes."""
    return await studio.take((await studio.upload(upload_id)).take_id)


async def slowly(content: bytes, until: int, go_on: asyncio.Event) -> AsyncIterator[bytes]:
    """Return a body of which only so much comes until it may go on."""
    yield content[:until]
    await go_on.wait()
    yield content[until:]


async def test_it_can_be_watched_while_it_is_still_being_sent(
    following: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.upload.spool.SYNCED_AFTER_S", 0.1)
    content, go_on = film(tmp_path), asyncio.Event()
    upload_id = await create(following, len(content))
    body = slowly(content, len(content) * 2 // 3, go_on)
    sending = asyncio.create_task(following.uploads.append(following.owner, upload_id, patch(0), body))

    async def is_growing() -> bool:
        return (await take_of(following, upload_id)).is_growing

    await eventually(is_growing)
    take = await take_of(following, upload_id)
    assert take.state == "receiving"
    assert take.duration_ms is not None
    assert 4_000 <= take.duration_ms < 25_000
    listed = {each.key.rsplit("/")[-1] for each in await following.storage.contents(str(take.package_key))}
    assert {"master.m3u8", "video.m3u8", "video-00000.m4s", "audio-00000.m4s"} <= listed

    go_on.set()
    await sending
    await following.uploads.hand_over.settle()
    take = await take_of(following, upload_id)
    assert not take.is_growing
    early_package = take.package_key
    take = await ingested(following, take.id)
    assert (take.state, take.package_key) == ("ready", early_package)
    assert take.duration_ms == pytest.approx(30_000, abs=100)
    assert {name.split("/")[0] for name in await names(following)} == {
        "original",
        str(early_package).rsplit("/")[-1],
    }
    assert list(following.ingest.work.iterdir()) == []


@pytest.mark.parametrize("ends", ["given up", "server stops"])
async def test_what_does_not_arrive_leaves_nothing_behind(
    following: Studio, tmp_path: Path, ends: str
) -> None:
    content = film(tmp_path)
    upload_id = await create(following, len(content), content[: len(content) * 2 // 3])

    async def is_growing() -> bool:
        return (await take_of(following, upload_id)).is_growing

    await eventually(is_growing)
    if ends == "given up":
        await following.uploads.terminate(following.owner, upload_id, VERSION)
        assert await names(following) == []
        return
    await following.uploads.hand_over.forget(await following.upload(upload_id))
    plain = Uploads(following.sessions, following.spool, following.storage, largest=LARGEST)
    at = len(content) * 2 // 3
    await plain.append(following.owner, upload_id, patch(at), slowly(content[at:], 0, _set()))
    await plain.hand_over.settle()
    take = await ingested(following, (await take_of(following, upload_id)).id)
    assert take.duration_ms == pytest.approx(30_000, abs=100)
    assert {name.split("/")[0] for name in await names(following)} == {
        "original",
        str(take.package_key).rsplit("/")[-1],
    }


async def test_what_cannot_be_packaged_early_is_packaged_late(following: Studio, tmp_path: Path) -> None:
    content = make(tmp_path / "f.mp4", Clip(seconds=30, size=(640, 360), options=B_FRAMES)).read_bytes()
    upload_id = await create(following, len(content), content[: len(content) // 2])
    await following.uploads.append(
        following.owner, upload_id, patch(len(content) // 2), slowly(content[len(content) // 2 :], 0, _set())
    )
    await following.uploads.hand_over.settle()
    take = await take_of(following, upload_id)
    assert take.package_key is None
    assert (await ingested(following, take.id)).state == "ready"


async def test_a_damaged_beginning_is_refused_when_it_has_arrived(following: Studio, tmp_path: Path) -> None:
    content = film(tmp_path)
    broken = content[:40] + bytes(len(content) - 40)
    upload_id = await create(following, len(broken), broken)
    await following.uploads.hand_over.settle()
    take = await ingested(following, (await take_of(following, upload_id)).id)
    assert take.state == "failed"
    assert take.problem


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event
