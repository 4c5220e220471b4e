"""What is in a file: its tracks, whether browsers play them as they are, and what is wrong with it."""

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from media.ingest import sniff
from media.ingest.deinterlace import is_interlaced
from media.ingest.refusal import Refusal
from media.ingest.source import (
    AUDIO_CODECS,
    VIDEO_CODECS,
    Damaged,
    codec_name,
    decoded,
    first_audio,
    first_video,
    open_source,
    packets,
    pixels,
)
from media.ingest.tone import is_needed

BROWSER_PROFILES = {66, 77, 88, 100}  # H.264 Baseline, Main, Extended, High: 8 bits, 4:2:0
BROWSER_PIXELS = {"yuv420p", "yuvj420p"}
BROWSER_AUDIO = {1, 2, 5, 29}  # AAC Main, LC, HE, HE v2
LONGEST_GROUP_S = 12.0  # between pictures that need no other; a player fetches a whole group to seek into it
LIKELY_FPS = (1, 240)  # a rate beyond is a container's clock, not a camera's
FRAMES_TRIED = 60  # packets, before a track counts as not decodable
COPIED_FROM = ("mov", "matroska")  # containers that hold H.264 and AAC as MP4 does


@dataclass(frozen=True)
class Limits:
    """What one file may be."""

    hours: float = 6.0
    pixels: int = 4096 * 2304
    streams: int = 32


@dataclass(frozen=True, kw_only=True)
class VideoTrack:
    """The picture."""

    codec: str
    width: int  # as coded
    height: int
    rotation: int  # degrees counter-clockwise, as the picture must be turned to be upright
    fps: float | None  # on average; frames may come at any distance
    is_copyable: bool  # browsers play it as it is
    is_interlaced: bool = False


@dataclass(frozen=True, kw_only=True)
class AudioTrack:
    """The sound."""

    codec: str
    rate: int
    channels: int
    is_copyable: bool


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What a file holds."""

    demuxer: str
    duration_ms: int | None  # as the file says; None when it does not
    video: VideoTrack | None
    audio: AudioTrack | None
    is_truncated: bool  # the file ends before its index does
    notes: tuple[str, ...] = field(default_factory=tuple)  # codes of things worth telling

    def ending(self, *, is_truncated: bool) -> "Probe":
        """Return the same, knowing whether the file has all that its index speaks of."""
        return replace(self, is_truncated=is_truncated, notes=("truncated",) if is_truncated else ())

    def facts(self) -> dict[str, Any]:
        """Return it as JSON, with what a page shows on top."""
        video = self.video
        shown = shown_size(video.width, video.height, video.rotation) if video else (None, None)
        return asdict(self) | {
            "notes": list(self.notes),
            "width": shown[0],
            "height": shown[1],
            "fps": video.fps if video else None,
            "has_audio": self.audio is not None,
        }

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> "Probe":
        """Return the probe of which `facts` made JSON."""
        return cls(
            demuxer=facts["demuxer"],
            duration_ms=facts["duration_ms"],
            video=VideoTrack(**facts["video"]) if facts["video"] else None,
            audio=AudioTrack(**facts["audio"]) if facts["audio"] else None,
            is_truncated=facts["is_truncated"],
            notes=tuple(facts["notes"]),
        )


def shown_size(width: int, height: int, rotation: int) -> tuple[int, int]:
    """Return width and height as a viewer sees them, of a picture that players turn."""
    return (height, width) if rotation % 180 else (width, height)


FirstFrame = Callable[[Any], Any]  # of a stream, its first frame that decodes, or None


def probe(path: Path, limits: Limits) -> Probe:
    """Look into a file; raises Refusal for what cannot or may not become film."""
    demuxer = sniff.sniff_file(path)
    with open_source(path, demuxer) as container:
        check_size(container, limits)
        found = describe(container, demuxer, lambda stream: _first_frame(container, stream))
        return found.ending(is_truncated=index_end(container) > path.stat().st_size)


def describe(container: InputContainer, demuxer: str, first_frame: FirstFrame) -> Probe:
    """Return what an open file holds; raises Refusal when that is nothing to play."""
    video = _probe_video(container, demuxer, first_frame)
    audio = _probe_audio(container, demuxer, first_frame)
    if video is None and audio is None:
        raise _nothing_playable(container)
    return Probe(
        demuxer=demuxer,
        duration_ms=container.duration // 1000 if container.duration else None,
        video=video,
        audio=audio,
        is_truncated=False,
    )


def check_size(container: InputContainer, limits: Limits) -> None:
    """Refuse what is too much, before anything of it is decoded."""
    count = len(container.streams)
    if count > limits.streams:
        raise Refusal("too_many_streams", count=count, limit=limits.streams)
    hours = (container.duration or 0) / av.time_base / 3600
    if hours > limits.hours:
        raise Refusal("too_long", hours=hours, limit=limits.hours)
    for stream in container.streams.video:
        if pixels(stream) > limits.pixels:
            raise Refusal("too_large", width=stream.width, height=stream.height, limit=limits.pixels)


def _probe_video(container: InputContainer, demuxer: str, first_frame: FirstFrame) -> VideoTrack | None:
    stream = first_video(container)
    if stream is None or codec_name(stream) not in VIDEO_CODECS:
        return None
    frame = first_frame(stream)
    if frame is None:
        return None
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    interlaced = is_interlaced(stream, frame)
    return VideoTrack(
        codec=codec_name(stream),
        width=frame.width,
        height=frame.height,
        rotation=frame.rotation % 360,
        fps=rate if LIKELY_FPS[0] <= rate <= LIKELY_FPS[1] else None,
        is_copyable=demuxer in COPIED_FROM and not interlaced and _plays_as_it_is(stream),
        is_interlaced=interlaced,
    )


def _plays_as_it_is(stream: Any) -> bool:
    context = stream.codec_context
    avcc = context.extradata or b""
    return (
        codec_name(stream) == "h264"
        and len(avcc) > 7
        and avcc[0] == 1
        and avcc[1] in BROWSER_PROFILES
        and context.pix_fmt in BROWSER_PIXELS
        and not is_needed(stream)
        and _longest_group_s(stream) <= LONGEST_GROUP_S
    )


def _longest_group_s(stream: Any) -> float:
    """Return the longest distance between the keyframes that the index knows, in seconds.

    A file that is indexed by other things than pictures (Matroska) tells keyframes only, which is enough.
    """
    keys = sorted(entry.timestamp for entry in stream.index_entries if entry.is_keyframe)
    gaps = [after - key for key, after in itertools.pairwise(keys)]
    if stream.duration and keys:
        gaps.append((stream.start_time or 0) + stream.duration - keys[-1])
    return float(max(gaps, default=0) * stream.time_base)


def _probe_audio(container: InputContainer, demuxer: str, first_frame: FirstFrame) -> AudioTrack | None:
    stream = first_audio(container)
    if stream is None or codec_name(stream) not in AUDIO_CODECS:
        return None
    if first_frame(stream) is None:
        return None
    context = stream.codec_context
    configuration = context.extradata or b""
    return AudioTrack(
        codec=codec_name(stream),
        rate=context.sample_rate,
        channels=context.layout.nb_channels,
        is_copyable=(
            demuxer in COPIED_FROM
            and codec_name(stream) == "aac"
            and len(configuration) >= 2
            and configuration[0] >> 3 in BROWSER_AUDIO
        ),
    )


def _first_frame(container: InputContainer, stream: Any) -> Any:
    """Return the first frame that decodes, or None. Damage at the start is common, and survivable."""
    try:
        container.seek(0)
    except av.FFmpegError:
        return None
    with contextlib.suppress(Damaged):
        for packet in itertools.islice(packets(container, [stream]), FRAMES_TRIED):
            for frame in decoded(packet):
                return frame
    return None


def index_end(container: InputContainer) -> int:
    """Return where in the file the last sample of its index ends, in bytes; 0 without an index."""
    return max(
        (
            entry.pos + entry.size
            for stream in (*container.streams.video, *container.streams.audio)
            for entry in stream.index_entries
        ),
        default=0,
    )


def _nothing_playable(container: InputContainer) -> Refusal:
    for stream in (first_video(container), first_audio(container)):
        if stream is not None and codec_name(stream) not in VIDEO_CODECS | AUDIO_CODECS:
            return Refusal("codec", codec=codec_name(stream))
    return Refusal("nothing_playable")
