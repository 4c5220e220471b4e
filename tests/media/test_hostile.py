"""Files that are not what they say, or that mean harm: each is refused with a reason, and reaches nothing."""

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.ingest import sandbox
from media.ingest.probe import Limits, probe
from media.ingest.refusal import SENTENCES, Refusal
from media.ingest.sandbox import Progress
from media.ingest.sniff import sniff
from media.ingest.source import open_source
from tests.media.clips import Clip, make

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:%d/seg.ts\n#EXT-X-ENDLIST\n"


def cut(path: Path) -> None:
    """A recording whose index, at its end, never came."""
    film = make(path, Clip(seconds=4)).read_bytes()
    path.write_bytes(film[: film.index(b"moov") - 4])


def bomb(path: Path) -> None:
    """A tiny file whose pictures would take gigabytes."""
    film = make(path, Clip(seconds=1, video="mjpeg", audio=None, pix_fmt="yuvj420p", options={})).read_bytes()
    large = struct.pack(">HH", 16384, 8704)
    film = film.replace(struct.pack(">HH", 320, 192), large)  # of the track, width first
    path.write_bytes(film.replace(struct.pack(">HH", 192, 320), large))  # of each picture, height first


def tracks(path: Path) -> None:
    """A file with more tracks than anybody films."""
    with av.open(str(path), "w", format="mov") as muxer:
        for _ in range(40):
            stream: Any = muxer.add_stream("pcm_s16le", rate=8000)
            stream.codec_context.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=8000)
        frame.sample_rate = 8000
        for stream in muxer.streams:
            frame.pts = 0
            muxer.mux(stream.encode(frame))


def text(content: bytes) -> Callable[[Path], None]:
    """A file with this content."""

    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


HOSTILE: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "nothing": ("empty", text(b"")),
    "a playlist": ("playlist", text(PLAYLIST % 9)),
    "a playlist after a byte order mark": ("playlist", text(b"\xef\xbb\xbf\r\n" + PLAYLIST % 9)),
    "a playlist in UTF-16": ("playlist", text((PLAYLIST % 9).decode().encode("utf-16"))),
    "a list to concatenate": ("playlist", text(b"ffconcat version 1.0\nfile /etc/passwd\n")),
    "DASH": ("playlist", text(b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>')),
    "SDP": ("session_description", text(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n")),
    "SVG": ("picture", text(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')),
    "a page": ("document", text(b"<!DOCTYPE html><script>alert(1)</script>")),
    "a still": ("picture", text(b"\xff\xd8\xff\xe0" + bytes(99))),
    "a still of a phone": ("picture", text(b"\x00\x00\x00\x18ftypheic" + bytes(99))),
    "an archive": ("archive", text(b"PK\x03\x04" + bytes(99))),
    "a script": ("unknown", text(b"#!/bin/sh\nrm -rf /\n")),
    "noise": ("unknown", text(bytes(range(1, 255)) * 40)),
    "an empty box": ("unreadable", text(b"\x00\x00\x00\x08ftyp")),
    "film without its index": ("unreadable", cut),
    "a bomb": ("too_large", bomb),
    "forty tracks": ("too_many_streams", tracks),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_file_that_is_no_film_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    code, write = HOSTILE[name]
    source = tmp_path / "lesson.mp4"
    write(source)

    async def ignored(_: Progress) -> None:
        return None

    request = {"source": str(source), "folder": str(tmp_path), "limits": vars(Limits())}
    with pytest.raises(Refusal) as caught:
        await sandbox.run("probe", request, allowed_s=60, on_progress=ignored)
    assert caught.value.code == code
    assert len(caught.value.sentence) > 40


async def test_a_playlist_opens_nothing_even_when_it_gets_past_the_door(tmp_path: Path) -> None:
    hits: list[bool] = []
    server = await asyncio.start_server(lambda *_: hits.append(True), "127.0.0.1")
    path = tmp_path / "list.m3u8"
    path.write_bytes(PLAYLIST % server.sockets[0].getsockname()[1])

    def open_as(demuxer: str) -> None:
        with open_source(path, demuxer) as container:
            list(container.demux())

    for demuxer in ("mov", "matroska", "mpegts", "mp3"):
        with pytest.raises((Refusal, av.FFmpegError)):
            await asyncio.to_thread(open_as, demuxer)
    server.close()
    assert hits == []


def test_a_film_that_is_too_long_is_refused(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", Clip(seconds=3, audio=None))
    with pytest.raises(Refusal) as caught:
        probe(source, Limits(hours=2 / 3600))
    assert caught.value.code == "too_long"


def test_a_coding_that_we_do_not_decode_is_named(tmp_path: Path) -> None:
    clip = Clip(video="ffv1", audio=None, seconds=1, options={})
    with pytest.raises(Refusal, match="codec") as caught:
        probe(make(tmp_path / "source.mkv", clip), Limits())
    assert "ffv1" in caught.value.sentence


@given(st.binary(max_size=600))
def test_any_bytes_are_a_known_container_or_refused(head: bytes) -> None:
    try:
        demuxer = sniff(head)
    except Refusal as refusal:
        demuxer = refusal.code
    assert demuxer in SENTENCES or demuxer in (
        "mov", "matroska", "avi", "wav", "ogg", "mp3", "mpeg", "asf", "mpegts",
    )  # fmt: skip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small film, to be damaged."""
    return make(tmp_path_factory.mktemp("film") / "f.mp4", Clip(seconds=2, size=(160, 96))).read_bytes()


@settings(deadline=None, max_examples=40, derandomize=True)
@given(data=st.data())
def test_a_damaged_film_is_probed_or_refused_but_nothing_else(
    film: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged = bytearray(film)
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(film) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "f.mp4"
    path.write_bytes(damaged)
    try:
        probe(path, Limits())
    except Refusal as refusal:
        assert refusal.sentence  # noqa: PT017 - both outcomes are right
