"""Films built to do harm: bombs of boxes, and files that name others. Each ends as film or with a reason."""

import asyncio
import io
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import av
import pytest

from media.ingest import sandbox
from media.ingest.probe import Limits
from media.ingest.refusal import Refusal
from media.ingest.sandbox import Progress
from media.ingest.source import open_source
from media.ingest.stream import Pipe
from tests.media.clips import Clip, make

DEMUXERS = ("mov", "matroska", "avi", "wav", "ogg", "mp3", "mpeg", "asf", "mpegts")
PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl")
MILLION = 1_000_000


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box of ISO/IEC 14496-12."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")


def numbers(*values: int) -> bytes:
    """Return 32-bit numbers."""
    return struct.pack(f">{len(values)}I", *values)


def replaced(boxes: bytes, changes: dict[bytes, bytes]) -> bytes:
    """Return boxes with the content of some exchanged, and all lengths right."""
    out, at = b"", 0
    while at < len(boxes):
        size, kind = int.from_bytes(boxes[at : at + 4], "big"), boxes[at + 4 : at + 8]
        content = changes.get(kind, boxes[at + 8 : at + size])
        out += box(kind, replaced(content, changes) if kind in PARENTS else content)
        at += size
    return out


def first(film: bytes, kind: bytes) -> bytes:
    """Return the first box of a kind."""
    at = film.index(kind) - 4
    return film[at : at + int.from_bytes(film[at : at + 4], "big")]


def nested(kind: bytes) -> Callable[[bytes], bytes]:
    """A hundred thousand boxes, each in the one before."""

    def build(_: bytes) -> bytes:
        deep = 100_000
        inner = (struct.pack(">I4s", 8 * (deep - level), kind) for level in range(1, deep))
        return FTYP + struct.pack(">I4s", 8 * deep, b"moov") + b"".join(inner)

    return build


def tracks(count: int, track: bytes | None = None) -> Callable[[bytes], bytes]:
    """As many tracks as the file has room for."""

    def build(film: bytes) -> bytes:
        return FTYP + box(b"moov", first(film, b"mvhd") + (track or first(film, b"trak")) * count)

    return build


def samples(sizes: bytes, count: int) -> Callable[[bytes], bytes]:
    """Pictures of one byte, millions of them, all there."""

    def build(film: bytes) -> bytes:
        track = replaced(
            first(film, b"trak"),
            {b"stsz": sizes, b"stts": numbers(0, 1, count, 1), b"stsc": numbers(0, 1, 1, count, 1)},
        )
        return FTYP + box(b"moov", first(film, b"mvhd") + track) + box(b"mdat", bytes(count))

    return build


def table(changes: dict[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Tables that say more than they hold."""

    def build(film: bytes) -> bytes:
        moov = first(film, b"moov")
        return film.replace(moov, replaced(moov, changes))

    return build


def fragments(film: bytes) -> bytes:
    """Half a million fragments with nothing in them."""
    return film + box(b"moof", box(b"mfhd", bytes(8))) * (MILLION // 2)


def run_of_nothing(film: bytes) -> bytes:
    """A fragment of a quarter of a thousand million pictures that take no room."""
    header = box(b"tfhd", numbers(0x020018, 1, 512, 1))
    run = box(b"trun", numbers(0, 0x0FFFFFFF))
    return film + box(b"moof", box(b"mfhd", numbers(0, 1)) + box(b"traf", header + run)) + box(b"mdat", b"")


def huge_index(film: bytes) -> bytes:
    """An index with a title of 64 MB."""
    title = box(b"udta", box(b"\xa9nam", b"A" * (64 * 1024**2)))
    return FTYP + box(b"moov", first(film, b"mvhd") + first(film, b"trak") + title)


def huge_picture(film: bytes) -> bytes:
    """Pictures of 65,535 by 65,535 points, says the index."""
    at = film.index(b"avc1\0\0\0\0\0\0") + 28
    return film[:at] + struct.pack(">HH", 65535, 65535) + film[at + 4 :]


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "nested tracks": nested(b"trak"),
    "nested user data": nested(b"udta"),
    "nested fragments": nested(b"moof"),
    "20,000 tracks": tracks(20_000),
    "a million empty tracks": tracks(MILLION, box(b"trak", b"")),
    "three million samples": samples(numbers(0, 0, 3 * MILLION) + numbers(1) * (3 * MILLION), 3 * MILLION),
    "20 million samples of one size": samples(numbers(0, 1, 20 * MILLION), 20 * MILLION),
    "four thousand million samples": table({b"stsz": numbers(0, 1, 0xFFFFFFF0)}),
    "sizes that are not there": table({b"stsz": numbers(0, 0, 0x0FFFFFFF)}),
    "times without end": table({b"stts": numbers(0, 1, 0x7FFFFFFF, 0x7FFFFFFF)}),
    "no time at all": table({b"stts": numbers(0, 1, 0x7FFFFFFF, 0)}),
    "offsets that are not there": table({b"ctts": numbers(0, 0x1FFFFFFF)}),
    "places that are not there": table({b"stco": numbers(0, 0x1FFFFFFF)}),
    "half a million fragments": fragments,
    "a run of nothing": run_of_nothing,
    "a huge index": huge_index,
    "a huge picture": huge_picture,
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small film with its index first, to build on."""
    clip = Clip(seconds=2, size=(160, 96), container={"movflags": "faststart"})
    return make(tmp_path_factory.mktemp("film") / "f.mp4", clip).read_bytes()


async def prepared(source: Path, folder: Path) -> str:
    """Probe and package in the sandbox; returns "film" or why not. StepCrashed is not caught."""

    async def ignored(_: Progress) -> None:
        return None

    folder.mkdir()
    paths: dict[str, Any] = {"source": str(source), "folder": str(folder)}
    try:
        found = await sandbox.run(
            "probe", paths | {"limits": vars(Limits())}, allowed_s=60, on_progress=ignored
        )
        await sandbox.run("package", paths | {"probe": found}, allowed_s=60, on_progress=ignored)
    except Refusal as refusal:
        return refusal.sentence
    return "film"


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_of_boxes_becomes_film_or_is_refused_with_a_reason(
    name: str, film: bytes, tmp_path: Path
) -> None:
    source = tmp_path / "lesson.mp4"
    source.write_bytes(BOMBS[name](film))
    assert await prepared(source, tmp_path / "made")


def references(film: bytes, address: bytes) -> dict[str, bytes]:
    """Return files that name an address, in every way that a demuxer could follow."""
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s/x.ts\n#EXT-X-ENDLIST\n" % address
    moov = first(film, b"moov")
    outside = {
        kind: film.replace(
            moov, replaced(moov, {b"dref": numbers(0, 1) + box(kind, numbers(0) + address + b"/x.mp4\0")})
        )
        for kind in (b"url ", b"urn ", b"alis")
    }
    rmra = box(b"rmra", box(b"rmda", box(b"rdrf", numbers(0) + b"url " + numbers(len(address)) + address)))
    return {
        "a playlist": playlist,
        "a list to concatenate": b"ffconcat version 1.0\nfile '%s/x.mp4'\n" % address,
        "DASH": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>%s/</BaseURL>'
        b"<Period/></MPD>" % address,
        "SDP": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video %s RTP/AVP 96\r\n"
        % address.rsplit(b":", 1)[1],
        "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="%s/x.png"/></svg>' % address,
        "a playlist as subtitles of an AVI": subtitled(playlist),
        "another film (QuickTime)": FTYP + box(b"moov", rmra),
        **{f"media elsewhere ({kind.decode().strip()})": data for kind, data in outside.items()},
    }


def subtitled(text: bytes) -> bytes:
    """Return an AVI whose one stream is subtitles in a file of their own ("GAB2"): `text`."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    def listed(kind: bytes, content: bytes) -> bytes:
        return chunk(b"LIST", kind + content)

    stream = chunk(b"strh", b"txts" + bytes(16) + struct.pack("<7I", 1, 1000, 0, 1, 0, 0, 0) + bytes(8))
    header = chunk(b"avih", struct.pack("<14I", 40_000, 0, 0, 0x10, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0))
    subtitles = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(text)) + text
    body = listed(b"hdrl", header + listed(b"strl", stream + chunk(b"strf", b"")))
    return chunk(b"RIFF", b"AVI " + body + listed(b"movi", chunk(b"00tx", subtitles)))


def read_in_every_way(data: bytes, source: Path) -> None:
    """Read a file with every demuxer that we force, by its name and as it arrives."""
    source.write_bytes(data)
    for demuxer in DEMUXERS:
        for file in (source, Pipe(io.BytesIO(data).read)):
            with suppress(Refusal, av.FFmpegError), open_source(file, demuxer) as container:
                list(container.demux())


class Listener:
    """Hears whoever comes to its port, by TCP or UDP, and when it has heard everybody who came before now."""

    def __init__(self) -> None:
        self.port = 0
        self._came: asyncio.Queue[int] = asyncio.Queue()  # the ports of those who came

    async def __aenter__(self) -> Self:
        came = self._came

        class Datagrams(asyncio.DatagramProtocol):
            """Hears of datagrams."""

            def datagram_received(self, data: bytes, addr: Any) -> None:
                came.put_nowait(addr[1])

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.put_nowait(writer.get_extra_info("peername")[1])

        self._server = await asyncio.start_server(connected, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]
        self._datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Datagrams, local_addr=("127.0.0.1", self.port)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._datagrams.close()
        self._server.close()

    async def strangers(self) -> int:
        """Return how many came so far. We come last, by both ways, and are not counted."""
        strangers = 0
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as last:
                last.connect(("127.0.0.1", self.port))
                last.send(b"last")
                async with asyncio.timeout(10):
                    while await self._came.get() != last.getsockname()[1]:
                        strangers += 1
        return strangers


@pytest.mark.parametrize("scheme", ["http", "tcp", "udp", "rtp"])
async def test_what_a_file_names_is_never_fetched(scheme: str, film: bytes, tmp_path: Path) -> None:
    async with Listener() as listener:
        address = b"%s://127.0.0.1:%d" % (scheme.encode(), listener.port)
        for number, data in enumerate(references(film, address).values()):
            source = tmp_path / f"{number}.mp4"
            await asyncio.to_thread(read_in_every_way, data, source)
            assert scheme != "http" or await prepared(source, tmp_path / f"made-{number}")
        assert await listener.strangers() == 0


async def test_the_listener_hears_a_library_that_is_left_to_itself(film: bytes, tmp_path: Path) -> None:
    source = tmp_path / "film.m3u8"

    def open_unguarded() -> None:
        allowed = {"protocol_whitelist": "file,http,tcp", "extension_picky": "0"}
        with suppress(av.FFmpegError), av.open(str(source), options=allowed, timeout=2) as container:
            list(container.demux())

    async with Listener() as listener:
        files = references(film, b"http://127.0.0.1:%d" % listener.port)
        source.write_bytes(files["a playlist"])
        await asyncio.to_thread(open_unguarded)
        assert await listener.strangers() > 0
