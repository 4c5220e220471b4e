"""From any film to an HLS package that any browser plays: copied where it can be, encoded where it must be.

Media time 0 is the first picture (the first sound where there is no picture). A copied picture keeps its time
exactly; an encoded one too, since nothing is reordered, repeated or left out. What is ready is told as it is
made, so that people can watch the beginning while the rest is still being prepared, or still being sent.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from av.container import InputContainer

from media.ingest.copy import CopiedAudio, CopiedVideo
from media.ingest.fragment import has_idr
from media.ingest.playlist import Rendition, Variant, master_playlist, media_playlist
from media.ingest.probe import Probe
from media.ingest.refusal import Refusal
from media.ingest.source import Damaged, decoded, first_audio, first_video, open_source, packets
from media.ingest.track import Folder, Kind, NotCopyable
from media.ingest.transcode import EncodedAudio, EncodedVideo

SHORTEST_S = 1
LOOKED_EVERY = 64  # packets
TOLD_EVERY_S = 0.5
MASTER = "master.m3u8"


class Report(Protocol):
    """Hears how far the work is."""

    def __call__(
        self,
        *,
        progress: float,
        made: list[str] | None = None,
        playlists: dict[str, str] | None = None,
        duration_ms: int | None = None,
    ) -> None:
        """Hear of files that are whole, and of the playlists that name these and all before them."""
        ...


class Track(Protocol):
    """Takes the packets of one stream and makes a rendition of them."""

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        ...

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
    tracks: dict[str, Any]  # by kind, what the master playlist says of it

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return dict(vars(self))


class Packaging:
    """One film on its way into one folder."""

    def __init__(self, probe: Probe, folder: Path, report: Report) -> None:
        self.how: dict[Kind, str] = {}
        self.is_cut_short = False
        self._probe = probe
        self._folder = Folder(folder)
        self._report = report
        self._made: dict[Kind, Rendition | None] = {}
        self._names: dict[Kind, str] = {"video": "video", "audio": "audio"}
        self._told_at = 0.0
        if probe.video is not None:
            self.how["video"] = "copied" if probe.video.is_copyable else "encoded"
        if probe.audio is not None:
            self.how["audio"] = "copied" if probe.audio.is_copyable else "encoded"

    @property
    def missing(self) -> list[Kind]:
        """Return the kinds of which nothing has been made: they could not be copied."""
        return [kind for kind in self.how if kind not in self._made]

    def take_all(
        self,
        container: InputContainer,
        arriving: Iterable[tuple[float, Any]],
        origin: Fraction,
    ) -> None:
        """Make what is missing, of packets with how far they are; what cannot be copied is left out."""
        streams, tracks = self._tracks(container, origin)
        growing = set(tracks) == set(self.how)
        for count, (progress, packet) in enumerate(arriving):
            kind = streams.get(packet.stream.index)
            track = tracks.get(kind) if kind is not None else None
            if kind is not None and track is not None and (packet.size or self.how[kind] == "encoded"):
                try:
                    track.take(packet)
                except NotCopyable:
                    del tracks[kind]
                    growing = False
            if count % LOOKED_EVERY == 0:
                self._tell(progress, tracks if growing else {})
        for kind, track in tracks.items():
            with suppress(NotCopyable):
                self._made[kind] = track.finish()

    def encode_missing(self) -> None:
        """Let what could not be copied be encoded; under another name if people may have watched it."""
        for kind in self.missing:
            self.how[kind] = "encoded"
            if self._told_at:
                self._names[kind] = f"{kind}-again"
            else:
                self._folder.discard(self._names[kind])

    def finish(self) -> Package:
        """Tell of everything; raises Refusal when hardly anything can be played."""
        video, audio = self._made.get("video"), self._made.get("audio")
        duration = _duration(video, audio)
        if duration < SHORTEST_S:
            raise Refusal("too_short")
        self._report(
            progress=1.0,
            made=self._folder.settle(),
            playlists=_playlists(video, audio, is_growing=False),
            duration_ms=round(duration * 1000),
        )
        return Package(
            duration_ms=round(duration * 1000),
            video=self.how["video"] if video else None,
            audio=self.how["audio"] if audio else None,
            is_cut_short=self.is_cut_short,
            tracks={kind: made.shown.facts() for kind, made in self._made.items() if made},
        )

    def read(self, container: InputContainer, whole: int | None) -> Iterator[tuple[float, Any]]:
        """Yield packets, with how far of `whole` bytes they are, for as long as the film can be read."""
        streams = [self._stream(container, kind) for kind in self.missing]
        progress = 0.0
        try:
            for packet in packets(container, streams):
                if packet.pos and whole:
                    progress = min(1.0, packet.pos / whole)
                yield progress, packet
        except Damaged:
            self.is_cut_short = True

    def _stream(self, container: InputContainer, kind: Kind) -> Any:
        return first_video(container) if kind == "video" else first_audio(container)

    def _tracks(
        self, container: InputContainer, origin: Fraction
    ) -> tuple[dict[int, Kind], dict[Kind, Track]]:
        streams: dict[int, Kind] = {}
        tracks: dict[Kind, Track] = {}
        for kind in self.missing:
            stream = self._stream(container, kind)
            streams[stream.index] = kind
            tracks[kind] = self._track(kind, stream, origin)
        return streams, tracks

    def _track(self, kind: Kind, stream: Any, origin: Fraction) -> Track:
        name, is_copied = self._names[kind], self.how[kind] == "copied"
        if kind == "audio":
            if is_copied:
                return CopiedAudio(self._folder, name, stream, origin)
            return EncodedAudio(self._folder, name, origin)
        assert self._probe.video is not None
        if is_copied:
            return CopiedVideo(self._folder, name, stream, self._probe.video, origin)
        stream.thread_type = "AUTO"
        return EncodedVideo(self._folder, name, stream, self._probe.video, origin)

    def _tell(self, progress: float, tracks: dict[Kind, Track]) -> None:
        if time.monotonic() - self._told_at < TOLD_EVERY_S:
            return
        renditions = {kind: track.rendition for kind, track in tracks.items()}
        if not renditions or None in renditions.values():
            self._report(progress=progress)
            return
        self._told_at = time.monotonic()
        video, audio = renditions.get("video"), renditions.get("audio")
        made = self._folder.settle()
        self._report(
            progress=progress,
            made=made,
            playlists=_playlists(video, audio, is_growing=True),
            duration_ms=round(_duration(video or audio) * 1000),
        )


def package_file(source: Path, probe: Probe, folder: Path, report: Report) -> Package:
    """Make a package of a whole file; raises Refusal when hardly anything of it can be played."""
    packaging = Packaging(probe, folder, report)
    whole = source.stat().st_size
    origin = _first_time(source, probe, packaging.how)
    for _ in range(2):
        with open_source(source, probe.demuxer) as container:
            packaging.take_all(container, packaging.read(container, whole), origin)
        if not packaging.missing:
            break
        packaging.encode_missing()
    return packaging.finish()


def _first_time(source: Path, probe: Probe, how: dict[Kind, str]) -> Fraction:
    """Return when the first picture (or sound) is shown, in seconds of the source's own time."""
    with open_source(source, probe.demuxer) as container:
        stream = first_video(container) if "video" in how else first_audio(container)
        with suppress(Damaged):
            for packet in packets(container, [stream]):
                if how.get("video") == "copied":
                    if begins_film(packet):
                        return Fraction(packet.pts * stream.time_base)
                else:
                    for frame in decoded(packet):
                        if frame.pts is not None:
                            return Fraction(frame.pts * frame.time_base)
    raise Refusal("nothing_playable")


def begins_film(packet: Any) -> bool:
    """Whether a packet is a picture of H.264 to begin with."""
    if packet.stream.type != "video" or packet.pts is None or packet.is_discard:
        return False
    context = packet.stream.codec_context  # None where the coding is unknown
    avcc = (context.extradata if context else None) or b""
    return len(avcc) > 4 and has_idr(bytes(packet), (avcc[4] & 3) + 1)


def _duration(*renditions: Rendition | None) -> Fraction:
    return max((made.duration for made in renditions if made), default=Fraction())


def _playlists(video: Rendition | None, audio: Rendition | None, *, is_growing: bool) -> dict[str, str]:
    """Return the texts of the playlists, in the order in which they may appear."""
    tracks = [track for track in (video, audio) if track is not None]
    found = {track.playlist: media_playlist(track, is_growing=is_growing) for track in tracks}
    variant = Variant(video.shown if video else None, audio.shown if audio else None)
    return found | {MASTER: master_playlist([variant])}
