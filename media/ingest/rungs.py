"""The smaller renditions of one stretch of a package: decoded once, each encoded in a thread of its own.

Every picture keeps the time it has in the package. Each rendition is made from the next larger one, which
costs less than making each from the film itself.
"""

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter

from media.ingest.fragment import Sample, length_prefixed
from media.ingest.ladder import (
    LOW_SOUND,
    STILLS,
    STILLS_OPTIONS,
    STILLS_SIDE,
    Rung,
    facts_of,
    rungs_below,
)
from media.ingest.package import Report
from media.ingest.packaged import Cut, open_track
from media.ingest.playlist import Rendition
from media.ingest.probe import Probe, VideoTrack, shown_size
from media.ingest.source import decoded
from media.ingest.track import Folder, Init, TrackWriter
from media.ingest.transcode import EncodedAudio, add_h264, coded_as, fitted

LOW_BIT_RATE = 48_000
FRAMES_AHEAD = 8
REPORTED_EVERY = 50  # pictures
# Playlists round to microseconds: a picture this close to a segment's start is its first.
NEAR = Fraction(1, 5000)


def make_piece(request: dict[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """Make what a piece's request asks for; returns "renditions", as `ladder.joined` reads them."""
    share = [Cut.from_facts(facts) for facts in request["cuts"]]
    package, files = Path(request["package"]), Folder(folder)
    with open_track(package, [request["init"], *(cut.name for cut in share)]) as container:
        if request["kind"] == "audio":
            made = _encode_sound(container, files)
        else:
            track = Probe.from_facts(request["probe"]).video
            assert track is not None
            made = _encode_pictures(container, share, request["first"], track, files, report)
    files.settle()
    return {"renditions": [facts_of(each) for each in made]}


def _encode_sound(container: InputContainer, folder: Folder) -> list[Rendition]:
    track = EncodedAudio(folder, LOW_SOUND, Fraction(), layout="mono", bit_rate=LOW_BIT_RATE)
    for packet in container.demux(container.streams.audio[0]):
        track.take(packet)
    made = track.finish()
    return [made] if made else []


def _encode_pictures(
    container: InputContainer, cuts: list[Cut], first: int, track: VideoTrack, folder: Folder, report: Report
) -> list[Rendition]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    chain = _Chain(folder, stream, track, first)
    end, time_base = cuts[-1].start + cuts[-1].duration, Fraction(stream.time_base or 1)
    for count, (frame, is_first) in enumerate(_timed(_frames(container, stream), cuts, time_base)):
        chain.take(frame, is_first=is_first)
        if count % REPORTED_EVERY == 0:
            report(progress=float((frame.pts * time_base - cuts[0].start) / (end - cuts[0].start)))
    return chain.finish(round(end / time_base))


def _frames(container: InputContainer, stream: Any) -> Iterator[Any]:
    for packet in container.demux(stream):
        yield from decoded(packet)


def _timed(frames: Iterable[Any], cuts: list[Cut], time_base: Fraction) -> Iterator[tuple[Any, bool]]:
    """Yield pictures with their media time, and whether a segment begins with them.

    FFmpeg moves the times of segments whose composition offsets are negative: by how much shows in the first
    picture of each.
    """
    starts = deque(cut.start for cut in cuts)
    moved = 0
    for frame in frames:
        is_first = bool(starts) and frame.key_frame and (frame.pts - moved) * time_base >= starts[0] - NEAR
        if is_first:
            moved = frame.pts - round(starts.popleft() / time_base)
        frame.pts -= moved
        yield frame, is_first


class _Chain:
    """The renditions, each made from the one before it."""

    def __init__(self, folder: Folder, stream: Any, track: VideoTrack, first: int) -> None:
        context = stream.codec_context
        rungs = rungs_below(context.width, context.height)
        large = [rung for rung in rungs if rung.short_side >= STILLS_SIDE]
        small = [rung for rung in rungs if rung.short_side < STILLS_SIDE]
        stills = Rung(STILLS, STILLS_SIDE, STILLS_OPTIONS)
        self._links = [
            _Link(folder, rung, stream, track, first, is_stills=rung is stills)
            for rung in (*large, stills, *small)
        ]
        for link, after in zip(self._links, self._links[1:], strict=False):
            link.after = after

    def take(self, frame: Any, *, is_first: bool) -> None:
        """Take the next picture; `is_first` says that a segment begins with it."""
        self._links[0].give(frame, is_first=is_first)

    def finish(self, end: int) -> list[Rendition]:
        """Write what is left, until the time `end` in ticks; raises what went wrong in any of the threads."""
        self._links[0].give(None, is_first=False)
        found = [link.finish(end) for link in self._links]
        return [made for made in found if made is not None]


class _Link:
    """One rendition: scales, encodes and writes in a thread, and hands the scaled picture on."""

    def __init__(
        self, folder: Folder, rung: Rung, stream: Any, track: VideoTrack, first: int, *, is_stills: bool
    ) -> None:
        context = stream.codec_context
        self.after: _Link | None = None
        self._size = fitted(context.width, context.height, rung.short_side)
        self._is_stills = is_stills
        self._time_base = stream.time_base
        # One thread of the encoder: what comes out is the same on any machine.
        options = {**rung.options, "threads": "1"}
        init = Init(
            lambda muxer: add_h264(muxer, stream, self._size, track, options), stream.time_base.denominator
        )
        self._encoder = init.stream.codec_context
        width, height = shown_size(*self._size, track.rotation)
        self._writer = TrackWriter(
            folder, rung.name, init, coded_as(init), first=first, width=width, height=height,
            fps=None if is_stills else track.fps,
        )  # fmt: skip
        self._reformatter = VideoReformatter()
        self._queue: queue.Queue[tuple[Any, bool]] = queue.Queue(FRAMES_AHEAD)
        self._error: BaseException | None = None
        self._last = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def give(self, frame: Any, *, is_first: bool) -> None:
        """Give it the next picture; None is the end."""
        self._queue.put((frame, is_first))

    def finish(self, end: int) -> Rendition | None:
        """Wait for the thread, and write what is left; raises what went wrong in it."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        self._write(self._encoder.encode(None))
        return self._writer.finish(end - self._last)

    def _run(self) -> None:
        while True:
            frame, is_first = self._queue.get()
            if frame is not None and self._error is None:
                try:
                    frame = self._take(frame, is_first)
                except Exception as error:  # told by `finish`; whoever gives must not wait for ever
                    self._error = error
            if self.after is not None:
                self.after.give(frame, is_first=is_first)
            if frame is None:
                return

    def _take(self, frame: Any, is_first: bool) -> Any:
        width, height = self._size
        scaled = self._reformatter.reformat(
            frame, width=width, height=height, format="yuv420p", interpolation=Interpolation.BICUBIC
        )
        scaled.pts, scaled.time_base = frame.pts, self._time_base
        if is_first or not self._is_stills:
            scaled.pict_type = PictureType.I if is_first else PictureType.NONE
            self._write(self._encoder.encode(scaled))
        return scaled

    def _write(self, packets: list[Any]) -> None:
        for packet in packets:
            self._last = packet.pts
            self._writer.add(Sample(packet.pts, length_prefixed(bytes(packet)), packet.is_keyframe))
