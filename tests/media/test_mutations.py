"""Hundreds of damaged films: each becomes film or is refused with a reason, and nothing is ever reached.

The seed is in every name; MUTATIONS=5000 makes more of them.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from media.ingest.refusal import SENTENCES
from media.ingest.sandbox import Child, Progress, StepCrashed
from tests.media.clips import Clip, make
from tests.media.test_package import B_FRAMES
from tools.footage import FOOTAGE

COUNT = int(os.environ.get("MUTATIONS", "500"))
TOGETHER = 50  # films of one child
ALLOWED_S = 120.0
QUIET = {"x265-params": "log-level=none"}

SEEDS: dict[str, Clip] = {
    "reordered.mp4": Clip(size=(160, 96), options=B_FRAMES),
    "first.mp4": Clip(size=(160, 96), options=B_FRAMES, container={"movflags": "faststart"}),
    "pieces.mp4": Clip(size=(160, 96), container={"movflags": "frag_keyframe+empty_moov"}),
    "phone.mov": Clip(size=(160, 96), video="libx265", rotation=90, options=QUIET),
    "web.mkv": Clip(size=(160, 96), video="libvpx", audio="libopus", options={}),
    "stream.ts": Clip(size=(160, 96)),
    "old.avi": Clip(size=(160, 96), video="mpeg4", audio="mp3", options={}),
    "sound.ogg": Clip(video=None, audio="libopus"),
    "sound.wav": Clip(video=None, audio="pcm_s16le"),
}


def flip(film: bytearray, chance: random.Random) -> None:
    """Change single bits."""
    for _ in range(chance.choice((1, 4, 30, 400))):
        film[chance.randrange(len(film))] ^= 1 << chance.randrange(8)


def swap(film: bytearray, chance: random.Random) -> None:
    """Put pieces where others were."""
    for _ in range(chance.randrange(1, 6)):
        size = chance.randrange(1, max(2, len(film) // 8))
        one, other = chance.randrange(len(film) - size), chance.randrange(len(film) - size)
        film[one : one + size], film[other : other + size] = (
            film[other : other + size],
            film[one : one + size],
        )


def lie(film: bytearray, chance: random.Random) -> None:
    """Write extreme numbers where numbers are."""
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(film) - 8)
        film[at : at + 4] = chance.choice(
            (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1")
        )


def end(film: bytearray, chance: random.Random) -> None:
    """Cut it off."""
    del film[chance.randrange(8, len(film)) :]


def repeat(film: bytearray, chance: random.Random) -> None:
    """Say the same again and again."""
    at, size = chance.randrange(len(film) - 64), chance.randrange(8, 64)
    film[at:at] = bytes(film[at : at + size]) * chance.randrange(2, 500)


def refer(film: bytearray, chance: random.Random) -> None:
    """Name a place to fetch from, as data references and playlists do."""
    address = b"http://127.0.0.1:%d/x.m3u8\0" % chance.choice((LISTENED, 80))
    at = chance.randrange(len(film))
    film[at:at] = (
        chance.choice((b"\0\0\0\x40dref\0\0\0\0\0\0\0\1\0\0\0\x30url \0\0\0\0", b"#EXTM3U\n", b"")) + address
    )


WAYS: list[Callable[[bytearray, random.Random], None]] = [flip, swap, lie, end, repeat, refer]
LISTENED = 9


@asynccontextmanager
async def listener() -> AsyncIterator[list[str]]:
    """Listen on every protocol that a decoder could speak; yields who came."""
    global LISTENED  # noqa: PLW0603 - the films name it
    hits: list[str] = []

    class Datagrams(asyncio.DatagramProtocol):
        """Hears of datagrams."""

        def datagram_received(self, data: bytes, addr: Any) -> None:
            hits.append("udp")

    server = await asyncio.start_server(lambda *_: hits.append("tcp"), "127.0.0.1")
    LISTENED = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Datagrams, local_addr=("127.0.0.1", LISTENED)
    )
    try:
        yield hits
    finally:
        transport.close()
        server.close()


def damaged(folder: Path) -> list[str]:
    """Write the damaged films; returns their names, which say how each was made."""
    films = {name: make(folder / name, clip).read_bytes() for name, clip in SEEDS.items()}
    films["real.mp4"] = (FOOTAGE / "clip.mp4").read_bytes()[: 2**20]
    names = []
    for seed in range(COUNT):
        chance = random.Random(seed)
        kind = chance.choice(sorted(films))
        film = bytearray(films[kind])
        ways = chance.sample(WAYS, chance.choice((1, 1, 2)))
        for way in ways:
            if len(film) > 256:
                way(film, chance)
        name = f"{seed}-{'-'.join(way.__name__ for way in ways)}-{kind}"
        (folder / name).write_bytes(film)
        names.append(name)
    return names


async def looked_at(folder: Path, names: list[str]) -> dict[str, str]:
    """Return what becomes of each film, in children that may die of one."""
    outcomes: dict[str, str] = {}
    left = list(names)
    while left:
        share = left[:TOGETHER]
        done: list[str] = []

        async def heard(progress: Progress, done: list[str] = done) -> None:
            done.extend(progress.made)

        request = {"folder": str(folder), "files": share}
        child = await Child.start("fuzz", request, cpu_s=2 * ALLOWED_S, module="tests.media.fuzzing")
        try:
            async with asyncio.timeout(ALLOWED_S):
                outcomes |= await child.answer(heard, silence_s=60)
            left = left[len(share) :]
        except StepCrashed as crash:
            outcomes |= dict.fromkeys(done, "?") | {share[len(done)]: f"crash: {crash.reason}"}
            left = left[len(done) + 1 :]
        finally:
            await child.close()
    return outcomes


async def test_whatever_is_wrong_with_a_film_is_told_and_reaches_nothing(tmp_path: Path) -> None:
    async with listener() as hits:
        names = await asyncio.to_thread(damaged, tmp_path)
        outcomes = await looked_at(tmp_path, names)
    told = Counter(found if found in SENTENCES else found.split(" ")[0] for found in outcomes.values())
    wrong = {name: found for name, found in outcomes.items() if found.startswith("!")}
    crashed = [name for name, found in outcomes.items() if found.startswith("crash")]
    print(dict(told), crashed)  # noqa: T201 - what a run with more of them is for
    assert hits == []
    assert wrong == {}
    assert crashed == []
    assert told["film"] > COUNT // 10
    assert sum(told[code] for code in SENTENCES) > COUNT // 10


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_damage_is_done(way: Callable[[bytearray, random.Random], None]) -> None:
    film = bytearray(random.Random(1).randbytes(4000))
    before = bytes(film)
    way(film, random.Random(2))
    assert bytes(film) != before
