"""From any film to an HLS package that any browser plays: copied where it can be, encoded where it must be.

Media time 0 is the first picture (the first sound where there is no picture). A copied picture keeps its time
exactly; an encoded one too, since nothing is reordered, repeated or left out.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.container import InputContainer

from media.ingest.copy import CopiedAudio, CopiedVideo
from media.ingest.fragment import has_idr
from media.ingest.playlist import Rendition, master_playlist
from media.ingest.probe import Probe
from media.ingest.refusal import Refusal
from media.ingest.source import first_audio, first_video, open_source
from media.ingest.track import Folder, Kind, NotCopyable
from media.ingest.transcode import EncodedAudio, EncodedVideo, decoded

SHORTEST_S = 1
REPORTED_EVERY = 64  # packets
Report = Callable[[float], None]


class Track(Protocol):
    """Takes the packets of one stream and makes a rendition of them."""

    def take(self, packet: Any) -> None:
        """Take the next packet."""
        ...

    def finish(self) -> Rendition | None:
        """Write what is left."""
        ...


@dataclass(frozen=True, kw_only=True)
class Package:
    """What has been made."""

    duration_ms: int
    video: str | None  # "copied", "encoded", or None
    audio: str | None
    is_cut_short: bool  # the source could not be read to its end

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return dict(vars(self))


class Packaging:
    """One source on its way into one folder."""

    def __init__(self, source: Path, probe: Probe, folder: Path, report: Report) -> None:
        self._source = source
        self._probe = probe
        self._folder = Folder(folder)
        self._report = report
        self._origin = Fraction()
        self._is_cut_short = False
        self._how: dict[Kind, str] = {}
        if probe.video is not None:
            self._how["video"] = "copied" if probe.video.is_copyable else "encoded"
        if probe.audio is not None:
            self._how["audio"] = "copied" if probe.audio.is_copyable else "encoded"

    def run(self) -> Package:
        """Write the package; raises Refusal when hardly anything can be played."""
        self._origin = self._first_time()
        made = self._pass(list(self._how))
        again = [kind for kind in self._how if kind not in made]
        for kind in again:
            self._how[kind] = "encoded"
            self._remove(kind)
        made |= self._pass(again) if again else {}
        video, audio = made.get("video"), made.get("audio")
        duration = max((track.duration for track in (video, audio) if track), default=Fraction())
        if duration < SHORTEST_S:
            raise Refusal("too_short")
        self._folder.write("master.m3u8", master_playlist(video, audio).encode())
        self._folder.settle()
        return Package(
            duration_ms=round(duration * 1000),
            video=self._how["video"] if video else None,
            audio=self._how["audio"] if audio else None,
            is_cut_short=self._is_cut_short,
        )

    def _pass(self, kinds: list[Kind]) -> dict[Kind, Rendition | None]:
        """Read the source once; returns what became of each kind, without those that could not be copied."""
        with open_source(self._source, self._probe.demuxer) as container:
            streams: dict[int, Kind] = {}
            tracks: dict[Kind, Track] = {}
            for kind in kinds:
                stream = first_video(container) if kind == "video" else first_audio(container)
                streams[stream.index] = kind
                tracks[kind] = self._track(kind, stream)
            for packet in self._packets(container, list(streams)):
                kind = streams[packet.stream.index]
                track = tracks.get(kind)
                if track is None or (not packet.size and self._how[kind] == "copied"):
                    continue
                try:
                    track.take(packet)
                except NotCopyable:
                    del tracks[kind]
            made: dict[Kind, Rendition | None] = {}
            for kind, track in tracks.items():
                with suppress(NotCopyable):
                    made[kind] = track.finish()
            return made

    def _track(self, kind: Kind, stream: Any) -> Track:
        is_copied = self._how[kind] == "copied"
        if kind == "audio":
            return (CopiedAudio if is_copied else EncodedAudio)(self._folder, stream, self._origin)
        assert self._probe.video is not None
        stream.thread_type = "AUTO"
        return (CopiedVideo if is_copied else EncodedVideo)(
            self._folder, stream, self._probe.video, self._origin
        )

    def _packets(self, container: InputContainer, indices: list[int]) -> Iterator[Any]:
        """Yield packets until the end, or until the file cannot be read further; reports how far it is."""
        whole = self._source.stat().st_size
        try:
            for count, packet in enumerate(container.demux([container.streams[index] for index in indices])):
                if count % REPORTED_EVERY == 0 and packet.pos:
                    self._report(min(1.0, packet.pos / whole))
                yield packet
        except av.FFmpegError:
            self._is_cut_short = True

    def _first_time(self) -> Fraction:
        """Return when the first picture (or sound) is shown, in seconds of the source's own time."""
        with open_source(self._source, self._probe.demuxer) as container:
            stream = first_video(container) if "video" in self._how else first_audio(container)
            avcc = stream.codec_context.extradata or b""
            for packet in container.demux(stream):
                if self._how.get("video") == "copied":
                    if packet.pts is None or packet.is_discard:
                        continue
                    if has_idr(bytes(packet), (avcc[4] & 3) + 1):
                        return Fraction(packet.pts * stream.time_base)
                else:
                    for frame in decoded(packet):
                        if frame.pts is not None:
                            return Fraction(frame.pts * frame.time_base)
        raise Refusal("nothing_playable")

    def _remove(self, kind: Kind) -> None:
        self._folder.settle()
        for file in self._folder.path.glob(f"{kind}*"):
            file.unlink()
