"""One track of a package on its way to disk: an init segment, then segments cut where a player may begin."""

import io
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av

from media.ingest.fragment import Sample, segment
from media.ingest.playlist import Rendition, Segment

SEGMENT_S = 4  # segments are cut at the first place after so long
WRITTEN_AHEAD = 4  # files
LONGEST_SEGMENT_S = 24  # no place to cut for so long: a player would fetch far too much to begin

Kind = Literal["video", "audio"]


class NotCopyable(Exception):
    """This track cannot go into a package as it is: it has to be decoded and encoded again."""


class Init:
    """The init segment of one track: written by a muxer that is given nothing else to write."""

    def __init__(self, add: Callable[[Any], Any], timescale: int) -> None:
        """Make it for the stream that `add` adds to the muxer; audio does not heed `timescale`."""
        written = io.BytesIO()
        self._container = av.open(
            written,
            "w",
            format="mp4",
            options={
                "movflags": "empty_moov+default_base_moof+cmaf",
                "use_editlist": "0",
                "fflags": "+bitexact",  # nothing of the tools, the times or the places of the source
                "video_track_timescale": str(timescale),
            },
        )
        self.stream = add(self._container)
        self._container.start_encoding()
        self.data = written.getvalue()
        self.timescale = _timescale(self.data)


def _timescale(init: bytes) -> int:
    """Return ticks per second, from the mdhd box (version 0: two 32-bit times before it)."""
    at = init.index(b"mdhd") + 4
    return int.from_bytes(init[at + 12 : at + 16], "big")


class Folder:
    """Writes files, in threads, while the next ones are being made. Whoever takes them makes them durable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pool = ThreadPoolExecutor(2)
        self._under_way: deque[Future[int]] = deque()
        self._written: list[str] = []

    def write(self, name: str, data: bytes) -> None:
        """Begin to write a file; raises OSError for an earlier one that could not be written."""
        while len(self._under_way) >= WRITTEN_AHEAD:
            self._under_way.popleft().result()
        self._under_way.append(self._pool.submit((self.path / name).write_bytes, data))
        self._written.append(name)

    def discard(self, track: str) -> None:
        """Remove what was written of a track and not yet told of."""
        written = self.settle()
        self._written = [name for name in written if not name.startswith(f"{track}-")]
        for name in set(written) - set(self._written):
            (self.path / name).unlink()

    def settle(self) -> list[str]:
        """Wait until everything is written; returns the names since the last time. Raises OSError."""
        while self._under_way:
            self._under_way.popleft().result()
        written, self._written = self._written, []
        return written


class TrackWriter:
    """Writes one track's segments, and knows its playlist."""

    def __init__(
        self, folder: Folder, name: str, init: Init, codec: str, *, first: int = 0, **shown: Any
    ) -> None:
        """Begin a track whose files are called after `name`; `shown` are a `Rendition`'s further fields.

        `first` is the number of its first segment: a stretch of a track is written like the whole.
        """
        self.timescale = init.timescale
        self._folder = folder
        self._name = name
        self._codec = codec
        self._shown = shown
        self._samples: list[Sample] = []
        self._segments: list[Segment] = []
        self._begin = 0
        self._first = first
        if first == 0:
            folder.write(f"{name}-init.mp4", init.data)

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        if not self._segments:
            return None
        return Rendition(
            playlist=f"{self._name}.m3u8",
            init=f"{self._name}-init.mp4",
            codec=self._codec,
            segments=tuple(self._segments),
            **self._shown,
        )

    def add(self, sample: Sample) -> None:
        """Add the next sample in decode order; raises OutOfOrder, or NotCopyable for too long a segment."""
        if self._samples:
            waited = sample.pts - self._begin
            if sample.is_sync and waited >= SEGMENT_S * self.timescale:
                self._write(sample.pts)
            elif waited > LONGEST_SEGMENT_S * self.timescale:
                raise NotCopyable("a segment has no end")
        if not self._samples:
            self._begin = sample.pts
        self._samples.append(sample)

    def finish(self, last_duration: int) -> Rendition | None:
        """Write what is left; the last sample lasts `last_duration`. None for a track without samples."""
        if self._samples:
            self._write(max(sample.pts for sample in self._samples) + max(1, last_duration))
        return self.rendition

    def _write(self, end: int) -> None:
        number = self._first + len(self._segments)
        name = f"{self._name}-{number:05d}.m4s"
        data = segment(number + 1, self._samples, end)
        self._folder.write(name, data)
        self._segments.append(Segment(name, Fraction(end - self._begin, self.timescale), len(data)))
        self._samples = []


class Ticks:
    """Turns a stream's timestamps into ticks of media time: exact where the timescale allows it."""

    def __init__(self, origin: Fraction, time_base: Fraction, timescale: int) -> None:
        # Whole numbers: a long lesson has hundreds of thousands of packets, and fractions are slow.
        factor, begin = time_base * timescale, origin * timescale
        self._denominator = math.lcm(factor.denominator, begin.denominator)
        self._factor = int(factor * self._denominator)
        self._begin = int(begin * self._denominator)

    def at(self, pts: int) -> int:
        """Return the media time of a timestamp; negative for what lies before the origin."""
        return self._nearest(pts * self._factor - self._begin)

    def lasting(self, duration: int) -> int:
        """Return a duration in ticks."""
        return self._nearest(duration * self._factor)

    def _nearest(self, parts: int) -> int:
        return (2 * parts + self._denominator) // (2 * self._denominator)
