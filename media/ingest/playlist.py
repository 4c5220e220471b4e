"""HLS playlists (RFC 8216) of one package, finished or still growing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

# EXT-X-MAP in a playlist that is not I-frames only needs version 6; fMP4 everywhere is read from 7.
_VERSION = 7
# What a growing playlist announces as its longest segment, which may not change (RFC 8216, 4.3.3.1).
GROWING_TARGET_S = 16


@dataclass(frozen=True)
class Segment:
    """One media segment."""

    name: str
    duration: Fraction  # seconds, exact: players add them up
    byte_size: int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the master playlist says of one track."""

    playlist: str
    codec: str  # RFC 6381
    peak: int  # bit/s of its heaviest segment
    average: int  # bit/s
    width: int | None = None  # as shown, after rotation
    height: int | None = None
    fps: float | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One track of a package, with its segments."""

    playlist: str
    init: str
    codec: str  # RFC 6381
    segments: Sequence[Segment]
    width: int | None = None  # as shown, after rotation
    height: int | None = None
    fps: float | None = None

    @property
    def duration(self) -> Fraction:
        """Return how long it plays, in seconds."""
        return sum((segment.duration for segment in self.segments), Fraction())

    @property
    def shown(self) -> Shown:
        """Return what the master playlist says of it."""
        return Shown(
            playlist=self.playlist,
            codec=self.codec,
            peak=max(_bit_rate(segment.byte_size, segment.duration) for segment in self.segments),
            average=_bit_rate(sum(segment.byte_size for segment in self.segments), self.duration),
            width=self.width,
            height=self.height,
            fps=self.fps,
        )


def media_playlist(rendition: Rendition, *, is_growing: bool = False) -> str:
    """Return the playlist of one track; players read a growing one again and again."""
    longest = max(segment.duration for segment in rendition.segments)
    target = max(GROWING_TARGET_S if is_growing else 1, round(longest))
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'EVENT' if is_growing else 'VOD'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{rendition.init}"',
    ]
    # A player that begins in the middle takes the sum of what comes before as the time: the error of rounding
    # each duration is carried on, so that the sum is never off by more than half a microsecond.
    exact, written = Fraction(), Fraction()
    for segment in rendition.segments:
        exact += segment.duration
        microseconds = round((exact - written) * 1_000_000)
        written += Fraction(microseconds, 1_000_000)
        lines += [f"#EXTINF:{microseconds // 1_000_000}.{microseconds % 1_000_000:06d},", segment.name]
    return "\n".join([*lines, *([] if is_growing else ["#EXT-X-ENDLIST"]), ""])


@dataclass(frozen=True)
class Variant:
    """Tracks that play together; one of them may be missing."""

    video: Shown | None
    audio: Shown | None

    @property
    def tracks(self) -> list[Shown]:
        """Return those that are there."""
        return [track for track in (self.video, self.audio) if track is not None]


def master_playlist(variants: Iterable[Variant]) -> str:
    """Return the playlist that names what there is to choose from, the best first."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    named, streams = set(), []
    for variant in variants:
        if variant.video is not None and variant.audio is not None and variant.audio.playlist not in named:
            named.add(variant.audio.playlist)
            lines.append(
                f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_group(variant.audio)}",NAME="Sound",DEFAULT=YES,'
                f'AUTOSELECT=YES,URI="{variant.audio.playlist}"'
            )
        streams += _stream(variant)
    return "\n".join([*lines, *streams, ""])


def _stream(variant: Variant) -> list[str]:
    tracks, video = variant.tracks, variant.video
    attributes = [
        f"BANDWIDTH={sum(track.peak for track in tracks)}",
        f"AVERAGE-BANDWIDTH={sum(track.average for track in tracks)}",
        f'CODECS="{",".join(track.codec for track in tracks)}"',
    ]
    if video is not None and video.width and video.height:
        attributes.append(f"RESOLUTION={video.width}x{video.height}")
    if video is not None and video.fps:
        attributes.append(f"FRAME-RATE={video.fps:.3f}")
    if video is not None and variant.audio is not None:
        attributes.append(f'AUDIO="{_group(variant.audio)}"')
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", tracks[0].playlist]


def _group(audio: Shown) -> str:
    return audio.playlist.removesuffix(".m3u8")


def _bit_rate(byte_size: int, duration: Fraction) -> int:
    return round(byte_size * 8 / duration)
