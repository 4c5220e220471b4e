"""HLS playlists (RFC 8216) of one finished package."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

# EXT-X-MAP in a playlist that is not I-frames only needs version 6; fMP4 everywhere is read from 7.
_VERSION = 7


@dataclass(frozen=True)
class Segment:
    """One media segment."""

    name: str
    duration: Fraction  # seconds, exact: players add them up
    byte_size: int


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One track of a package."""

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
    def peak(self) -> int:
        """Return the bit rate of its heaviest segment."""
        return max(_bit_rate(segment.byte_size, segment.duration) for segment in self.segments)

    @property
    def average(self) -> int:
        """Return its bit rate over all."""
        return _bit_rate(sum(segment.byte_size for segment in self.segments), self.duration)


def media_playlist(rendition: Rendition) -> str:
    """Return the playlist of one track."""
    longest = max(segment.duration for segment in rendition.segments)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, round(longest))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
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
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def master_playlist(video: Rendition | None, audio: Rendition | None) -> str:
    """Return the playlist that names the tracks; one of them may be missing."""
    main = video or audio
    if main is None:
        raise AssertionError("a package has a track")
    tracks = [track for track in (video, audio) if track is not None]
    attributes = [
        f"BANDWIDTH={sum(track.peak for track in tracks)}",
        f"AVERAGE-BANDWIDTH={sum(track.average for track in tracks)}",
        f'CODECS="{",".join(track.codec for track in tracks)}"',
    ]
    if video is not None and video.width and video.height:
        attributes.append(f"RESOLUTION={video.width}x{video.height}")
    if video is not None and video.fps:
        attributes.append(f"FRAME-RATE={video.fps:.3f}")
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if video is not None and audio is not None:
        attributes.append('AUDIO="sound"')
        lines.append(
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,'
            f'URI="{audio.playlist}"'
        )
    return "\n".join([*lines, f"#EXT-X-STREAM-INF:{','.join(attributes)}", main.playlist, ""])


def _bit_rate(byte_size: int, duration: Fraction) -> int:
    return round(byte_size * 8 / duration)
