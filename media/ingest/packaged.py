"""Reading a package again: its segments, one after the other, as one file. All in it is ours and well-formed.

Every picture of the smaller renditions, of the storyboard and of the posters, and every peak of the sound,
is made from the package rather than from the file that was sent: what was odd about that has been put right,
and a stretch of the lesson can be had without the rest.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer


@dataclass(frozen=True)
class Cut:
    """One segment of a track, as the track's playlist lists it."""

    name: str
    start: Fraction  # media time, seconds
    duration: Fraction

    def facts(self) -> list[str]:
        """Return it as JSON."""
        return [self.name, str(self.start), str(self.duration)]

    @classmethod
    def from_facts(cls, facts: list[str]) -> "Cut":
        """Return the cut of which `facts` made JSON."""
        return cls(facts[0], Fraction(facts[1]), Fraction(facts[2]))


def cuts(playlist: str) -> list[Cut]:
    """Return the segments of a media playlist, in order."""
    found, start, duration = [], Fraction(), Fraction()
    for line in playlist.splitlines():
        if line.startswith("#EXTINF:"):
            duration = Fraction(line[8:].split(",")[0])
        elif line and not line.startswith("#"):
            found.append(Cut(line, start, duration))
            start += duration
    return found


def init_of(playlist: str) -> str:
    """Return the name of the init segment of a media playlist."""
    return playlist.split('#EXT-X-MAP:URI="')[1].split('"', maxsplit=1)[0]


@contextmanager
def open_track(package: Path, names: Sequence[str]) -> Iterator[InputContainer]:
    """Open an init segment and segments of the same track as one file.

    Timestamps are media time in the track's own time base, wherever the first segment begins; but FFmpeg
    moves those of a segment all together where it has pictures with negative composition offsets.
    """
    joined = io.BufferedReader(_Joined([package / name for name in names]))
    with av.open(joined, mode="r", format="mp4") as container:
        yield container


class _Joined(io.RawIOBase):
    """Files read one after the other, forwards only."""

    name = ""

    def __init__(self, files: Sequence[Path]) -> None:
        self._left = iter(files)
        self._file: io.FileIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self._file is None:
                path = next(self._left, None)
                if path is None:
                    return 0
                self._file = io.FileIO(path)
            if count := self._file.readinto(buffer):
                return count
            self._file.close()
            self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
