"""Film that can be packaged while it is being sent: its index comes first, and nothing needs encoding."""

import io
import itertools
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer

from media.ingest.package import Packaging, Report, begins_film
from media.ingest.probe import Limits, check_size, describe, index_end
from media.ingest.source import Damaged, decoded, first_audio, first_video, open_source, packets

PACKETS_KEPT = 500  # at most, before every stream has told what it is


class NotStreamable(Exception):
    """The film has to be whole before it can be packaged."""


def index_comes_first(head: bytes) -> bool:
    """Whether the boxes of an ISO file (14496-12) show its index (`moov`) before its media (`mdat`)."""
    at = 0
    while at + 16 <= len(head):
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if kind in (b"moov", b"mdat"):
            return kind == b"moov"
        at += int.from_bytes(head[at + 8 : at + 16], "big") if size == 1 else max(size, 8)
    return False


class Pipe(io.RawIOBase):
    """What arrives, forwards only, by a function that waits for it; counts it."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.count = 0
        self._read = read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        data = self._read(size)
        self.count += len(data)
        return data


def package_stream(pipe: Pipe, demuxer: str, limits: Limits, folder: Path, report: Report) -> dict[str, Any]:
    """Package film as it arrives; returns the facts of its probe and, as "package", of its package.

    Raises Refusal for what may not become film, NotStreamable for what has to be whole first.
    """
    with open_source(pipe, demuxer) as container:
        check_size(container, limits)
        beginning = _Beginning(container)
        found = describe(container, demuxer, beginning.frame)
        packaging = Packaging(found, folder, report)
        if "encoded" in packaging.how.values() or beginning.origin is None:
            raise NotStreamable
        rest = packaging.read(container, whole=None)
        packaging.take_all(container, itertools.chain(beginning.packets, rest), beginning.origin)
        found = found.ending(is_truncated=index_end(container) > pipe.count)
    if packaging.missing:
        raise NotStreamable
    return found.facts() | {"package": packaging.finish().facts()}


class _Beginning:
    """The first packets, kept until they have told what every stream is and when film begins."""

    def __init__(self, container: InputContainer) -> None:
        self.packets: list[tuple[float, Any]] = []
        self.origin: Fraction | None = None
        self._frames: dict[int, Any] = {}
        streams = [stream for stream in (first_video(container), first_audio(container)) if stream]
        with suppress(Damaged):  # what cannot be read now may be read when it is whole
            for packet in itertools.islice(packets(container, streams), PACKETS_KEPT):
                if not packet.size:
                    break
                self._keep(packet, has_video=bool(container.streams.video))
                if self._has_told(len(streams)):
                    break

    def frame(self, stream: Any) -> Any:
        """Return the stream's first frame, or None."""
        return self._frames.get(stream.index)

    def _has_told(self, streams: int) -> bool:
        return self.origin is not None and len(self._frames) == streams

    def _keep(self, packet: Any, *, has_video: bool) -> None:
        self.packets.append((0.0, packet))
        stream = packet.stream
        if self.origin is None and (begins_film(packet) if has_video else packet.pts is not None):
            self.origin = Fraction(packet.pts * stream.time_base)
        if stream.index not in self._frames:
            for frame in itertools.islice(decoded(packet), 1):
                self._frames[stream.index] = frame
