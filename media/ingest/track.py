"""One track of a package on its way to disk: an init segment, then segments cut where a player may begin."""

import io
import math
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av

from media.ingest.fragment import Sample, segment
from media.ingest.playlist import Rendition, Segment, media_playlist

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
    """Writes files and makes them durable, in threads, while the next ones are being made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pool = ThreadPoolExecutor(2)
        self._under_way: deque[Future[None]] = deque()

    def write(self, name: str, data: bytes) -> None:
        """Begin to write a file; raises OSError for an earlier one that could not be written."""
        while len(self._under_way) >= WRITTEN_AHEAD:
            self._under_way.popleft().result()
        self._under_way.append(self._pool.submit(self._write, name, data))

    def settle(self) -> None:
        """Wait until everything is written; raises OSError."""
        while self._under_way:
            self._under_way.popleft().result()

    def _write(self, name: str, data: bytes) -> None:
        with (self.path / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


class TrackWriter:
    """Writes one track's segments and, at its end, its playlist."""

    def __init__(self, folder: Folder, kind: Kind, init: Init, codec: str) -> None:
        self.timescale = init.timescale
        self._folder = folder
        self._kind = kind
        self._codec = codec
        self._samples: list[Sample] = []
        self._segments: list[Segment] = []
        self._begin = 0
        folder.write(f"{kind}-init.mp4", init.data)

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

    def finish(self, last_duration: int, **shown: Any) -> Rendition | None:
        """Write what is left and the playlist; the last sample lasts `last_duration`. None when empty."""
        if self._samples:
            self._write(max(sample.pts for sample in self._samples) + max(1, last_duration))
        if not self._segments:
            return None
        rendition = Rendition(
            playlist=f"{self._kind}.m3u8",
            init=f"{self._kind}-init.mp4",
            codec=self._codec,
            segments=tuple(self._segments),
            **shown,
        )
        self._folder.write(rendition.playlist, media_playlist(rendition).encode())
        return rendition

    def _write(self, end: int) -> None:
        number = len(self._segments)
        name = f"{self._kind}-{number:05d}.m4s"
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
