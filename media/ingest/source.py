"""Opening what somebody sent, with everything switched off that it does not need."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from media.ingest.refusal import Refusal

# What a library of decoders is asked to do is what it can be attacked by: cameras and phones need these.
# fmt: off
VIDEO_CODECS = frozenset([
    "av1", "dvvideo", "h263", "h264", "hevc", "mjpeg", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v2",
    "msmpeg4v3", "prores", "theora", "vc1", "vp8", "vp9", "wmv1", "wmv2", "wmv3",
])
AUDIO_CODECS = frozenset([
    "aac", "ac3", "adpcm_ima_wav", "adpcm_ms", "alac", "amr_nb", "amr_wb", "eac3", "flac", "mp2", "mp3",
    "opus", "pcm_alaw", "pcm_f32be", "pcm_f32le", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "pcm_s24be",
    "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_s8", "pcm_u8", "vorbis", "wmav1", "wmav2",
])
# fmt: on
OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0", "max_streams": "64"}


@contextmanager
def open_source(file: Path | RawIOBase, demuxer: str) -> Iterator[InputContainer]:
    """Open a file with one forced demuxer and no way to any other; raises Refusal when it is damaged.

    An object that can only be read is read forwards, and may wait for what has not arrived.
    """
    source: Any = str(file.absolute()) if isinstance(file, Path) else file
    try:
        container = av.open(source, mode="r", format=demuxer, options=OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError, MemoryError):  # an index that speaks of more than there can be
        raise Refusal("unreadable") from None
    with container:
        yield container


class Damaged(Exception):
    """The file cannot be read further."""


def packets(container: InputContainer, streams: Sequence[Any]) -> Iterator[Any]:
    """Yield the packets of some streams; raises Damaged where they end before the file does."""
    try:
        yield from container.demux(streams)
    except (av.FFmpegError, MemoryError, IndexError) as error:  # the last: a stream that nobody announced
        raise Damaged from error


def first_video(container: InputContainer) -> Any:
    """Return the largest video stream that is film (a cover picture is not), or None."""
    film = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    return max(film, key=pixels, default=None)


def pixels(stream: Any) -> int:
    """Return how many a video stream says that it has; 0 where it is coded as nothing we know."""
    return (stream.width or 0) * (stream.height or 0) if stream.codec_context is not None else 0


def first_audio(container: InputContainer) -> Any:
    """Return the first audio stream, or None."""
    return next(iter(container.streams.audio), None)


def codec_name(stream: Any) -> str:
    """Return what the stream is coded as, whichever decoder is used for it."""
    context = stream.codec_context
    return str(context.codec.canonical_name if context and context.codec else "unknown")


def decoded(packet: Any) -> Iterator[Any]:
    """Yield what a packet holds; damage is passed over."""
    try:
        yield from packet.decode()
    except av.FFmpegError:
        return
