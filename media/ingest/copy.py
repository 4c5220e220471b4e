"""Tracks that browsers play as they are: moved, sample by sample, without being decoded."""

from fractions import Fraction
from typing import Any

from media.ingest.fragment import OutOfOrder, Sample, audio_codec_string, has_idr, video_codec_string
from media.ingest.playlist import Rendition
from media.ingest.probe import VideoTrack, shown_size
from media.ingest.track import Folder, Init, NotCopyable, Ticks, TrackWriter

# Sound may be missing for so long without being noticed; what is longer is filled with silence, by encoding.
LARGEST_HOLE_S = Fraction(1, 10)
FINEST_COUNTED = (
    8000  # time bases coarser than 1/8000 s (Matroska's milliseconds) do not hold a sample's place
)


class CopiedVideo:
    """H.264, cut where a picture needs no other."""

    def __init__(self, folder: Folder, name: str, stream: Any, track: VideoTrack, origin: Fraction) -> None:
        avcc = stream.codec_context.extradata
        init = Init(lambda muxer: muxer.add_stream_from_template(stream), stream.time_base.denominator)
        self._length_size = (avcc[4] & 3) + 1
        self._ticks = Ticks(origin, stream.time_base, init.timescale)
        width, height = shown_size(track.width, track.height, track.rotation)
        self._writer = TrackWriter(
            folder, name, init, video_codec_string(avcc), width=width, height=height, fps=track.fps
        )
        self._has_begun = False
        self._is_cut = False  # pictures were left out that later ones may need
        self._last_pts, self._last_duration = -1, 0

    def take(self, packet: Any) -> None:
        """Move one packet; raises NotCopyable."""
        if packet.pts is None or packet.has_sidedata("new_extradata"):
            raise NotCopyable("a track that changes, or has no times")
        if packet.is_discard or packet.is_corrupt:
            self._is_cut |= packet.is_discard
            return
        data = bytes(packet)
        is_sync = packet.is_keyframe and has_idr(data, self._length_size)
        if self._is_cut and not is_sync:
            raise NotCopyable("an edit list that begins between two places to begin")
        self._is_cut = False
        if not self._has_begun and not is_sync:
            return
        self._has_begun = True
        pts = self._ticks.at(packet.pts)
        if pts > self._last_pts:
            self._last_pts, self._last_duration = pts, self._ticks.lasting(packet.duration or 0)
        try:
            self._writer.add(Sample(pts, data, is_sync))
        except OutOfOrder as error:
            raise NotCopyable(str(error)) from error

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        return self._writer.rendition

    def finish(self) -> Rendition | None:
        """Write what is left; raises NotCopyable."""
        try:
            return self._writer.finish(self._last_duration)
        except OutOfOrder as error:
            raise NotCopyable(str(error)) from error


class CopiedAudio:
    """AAC, every frame of which is a place to begin."""

    def __init__(self, folder: Folder, name: str, stream: Any, origin: Fraction) -> None:
        context = stream.codec_context
        init = Init(lambda muxer: muxer.add_stream_from_template(stream), context.sample_rate)
        self._ticks = Ticks(origin, stream.time_base, init.timescale)
        self._is_counted = stream.time_base > Fraction(1, FINEST_COUNTED)
        self._frame = round(Fraction((context.frame_size or 1024) * init.timescale, context.sample_rate))
        self._largest_hole = round(LARGEST_HOLE_S * init.timescale)
        self._writer = TrackWriter(folder, name, init, audio_codec_string(context.extradata))
        self._next: int | None = None

    def take(self, packet: Any) -> None:
        """Move one packet; raises NotCopyable when sound is missing."""
        if packet.pts is None:
            raise NotCopyable("sound without a time")
        pts = self._ticks.at(packet.pts)
        if pts < 0 or packet.is_corrupt:  # before the first picture: an encoder's priming, mostly
            return
        expected = self._next or 0
        if abs(pts - expected) > self._largest_hole:
            raise NotCopyable(f"sound is missing at {pts}")
        if self._is_counted and self._next is not None:
            pts = self._next
        try:
            self._writer.add(Sample(pts, bytes(packet), is_sync=True))
        except OutOfOrder as error:
            raise NotCopyable(str(error)) from error
        self._next = pts + self._frame

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        return self._writer.rendition

    def finish(self) -> Rendition | None:
        """Write what is left; raises NotCopyable."""
        try:
            return self._writer.finish(self._frame)
        except OutOfOrder as error:
            raise NotCopyable(str(error)) from error
