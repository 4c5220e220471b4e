"""Tracks that browsers do not play as they are: decoded, and encoded once so that they can be watched."""

from fractions import Fraction
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from media.ingest.deinterlace import Deinterlacer
from media.ingest.fragment import Sample, audio_codec_string, length_prefixed, video_codec_string
from media.ingest.playlist import Rendition
from media.ingest.probe import VideoTrack, shown_size
from media.ingest.source import decoded
from media.ingest.tone import ToneMap, is_needed
from media.ingest.track import SEGMENT_S, Folder, Init, Ticks, TrackWriter

SHORT_SIDE = 720
SOUND_RATE = 48_000
SOUND_BIT_RATE = 128_000
SOUND_FRAME = 1024  # samples of one AAC frame
LONGEST_SILENCE = 3600 * SOUND_RATE  # samples; a longer one is no silence, but times that are wrong
LARGEST_HOLE = SOUND_RATE // 20  # samples; smaller holes and overlaps are the jitter of clocks


def fitted(width: int, height: int, short_side: int = SHORT_SIDE) -> tuple[int, int]:
    """Return the even size of the same shape that fits 16:9 with this short side; never larger."""
    long_side = Fraction(short_side * 16, 9)
    scale = min(Fraction(1), Fraction(short_side, min(width, height)), long_side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


BT709 = {"color_range": 1, "color_primaries": 1, "color_trc": 1, "colorspace": 1}  # ITU-T H.273
# What makes every rendition play alike: no reordered pictures, and keyframes only where they are asked for.
_STEADY = {"bf": "0", "sc_threshold": "0", "forced-idr": "1"}
FIRST = {"preset": "veryfast", "crf": "23", "maxrate": "2500k", "bufsize": "5000k"}


def add_h264(
    muxer: Any, stream: Any, size: tuple[int, int], track: VideoTrack, options: dict[str, str]
) -> Any:
    """Add an H.264 track of another size to a muxer, in everything else like the stream it is made of."""
    source = stream.codec_context
    out = muxer.add_stream("libx264", rate=round(track.fps or 25))
    context = out.codec_context
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = stream.time_base
    if stream.sample_aspect_ratio:
        context.sample_aspect_ratio = stream.sample_aspect_ratio
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        setattr(context, name, BT709[name] if is_needed(stream) else getattr(source, name))
    context.gop_size = 100_000  # keyframes are asked for by time
    context.options = options | _STEADY
    if track.rotation:
        out.set_display_rotation(track.rotation)
    return out


def coded_as(init: Init) -> str:
    """Return the RFC 6381 name of an H.264 track that was added to a muxer."""
    # The muxer makes avcC of the encoder's start codes; the name of the codec is read from it there.
    return video_codec_string(init.data[init.data.index(b"avcC") + 4 :])


class EncodedVideo:
    """H.264 without reordered pictures: every picture keeps the time it had in the source."""

    def __init__(self, folder: Folder, name: str, stream: Any, track: VideoTrack, origin: Fraction) -> None:
        self._track = track
        self._size = fitted(track.width, track.height)
        self._reformatter = VideoReformatter()
        self._deinterlacer = Deinterlacer(stream) if track.is_interlaced else None
        self._tone = ToneMap(stream, self._size, folder.path) if is_needed(stream) else None
        self._init = Init(
            lambda muxer: add_h264(muxer, stream, self._size, track, FIRST), stream.time_base.denominator
        )
        self._encoder = self._init.stream.codec_context
        self._time_base = stream.time_base
        self._ticks = Ticks(origin, stream.time_base, self._init.timescale)
        width, height = shown_size(*self._size, track.rotation)
        self._writer = TrackWriter(
            folder, name, self._init, coded_as(self._init), width=width, height=height, fps=track.fps
        )
        self._last: int | None = None  # source pts
        self._last_duration = 0
        self._next_key = Fraction()

    def take(self, packet: Any) -> None:
        """Decode one packet (an empty one at the end), and encode what comes out."""
        for frame in decoded(packet):
            for whole in self._deinterlacer.take(frame) if self._deinterlacer else (frame,):
                self._encode(whole)

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        return self._writer.rendition

    def finish(self) -> Rendition | None:
        """Write what is left."""
        for whole in self._deinterlacer.take(None) if self._deinterlacer else ():
            self._encode(whole)
        self._write(self._encoder.encode(None))
        return self._writer.finish(self._last_duration)

    def _encode(self, frame: Any) -> None:
        if frame.pts is None or (self._last is not None and frame.pts <= self._last):
            return
        if self._ticks.at(frame.pts) < 0:
            return
        if self._last is not None:
            self._last_duration = self._ticks.lasting(frame.pts - self._last)
        self._last = frame.pts
        width, height = self._size
        toned = self._tone.apply(frame) if self._tone else frame
        scaled = self._reformatter.reformat(toned, width=width, height=height, format="yuv420p")
        scaled.pts, scaled.time_base = frame.pts, self._time_base
        at = frame.pts * self._time_base
        if is_key := at >= self._next_key:
            self._next_key = at + SEGMENT_S
        scaled.pict_type = PictureType.I if is_key else PictureType.NONE
        self._write(self._encoder.encode(scaled))

    def _write(self, packets: list[Any]) -> None:
        for packet in packets:
            pts = self._ticks.at(packet.pts)
            self._writer.add(Sample(pts, length_prefixed(bytes(packet)), packet.is_keyframe))


class EncodedAudio:
    """AAC stereo; where the source has no sound there is silence, so that sound stays with its picture."""

    def __init__(
        self,
        folder: Folder,
        name: str,
        origin: Fraction,
        *,
        layout: str = "stereo",
        bit_rate: int = SOUND_BIT_RATE,
    ) -> None:
        self._layout, self._bit_rate = layout, bit_rate
        self._init = Init(self._add_encoder, SOUND_RATE)
        self._encoder = self._init.stream.codec_context
        self._resampler = self._new_resampler()
        self._form: tuple[object, ...] | None = None  # of the sound that the resampler is made for
        self._fifo = av.AudioFifo()
        self._origin = origin * SOUND_RATE
        self._position = 0  # samples put in place
        self._encoded = 0  # samples given to the encoder
        self._writer = TrackWriter(folder, name, self._init, audio_codec_string(self._encoder.extradata))

    def take(self, packet: Any) -> None:
        """Decode one packet (an empty one at the end), and encode what comes out."""
        for frame in decoded(packet):
            for sound in self._resampled(frame):
                self._place(sound)
        self._encode()

    @property
    def rendition(self) -> Rendition | None:
        """Return what has been written; None before the first segment is."""
        return self._writer.rendition

    def finish(self) -> Rendition | None:
        """Write what is left."""
        for sound in self._resampled(None):
            self._place(sound)
        self._encode(is_last=True)
        self._write(self._encoder.encode(None))
        return self._writer.finish(SOUND_FRAME)

    def _add_encoder(self, muxer: Any) -> Any:
        out = muxer.add_stream("aac", rate=SOUND_RATE)
        out.codec_context.layout = self._layout
        out.codec_context.format = "fltp"
        out.codec_context.bit_rate = self._bit_rate
        return out

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler(format="fltp", layout=self._layout, rate=SOUND_RATE)

    def _resampled(self, frame: Any) -> list[Any]:
        if frame is not None:
            form = (frame.format.name, frame.layout.name, frame.sample_rate, frame.time_base)
            if form != self._form:
                # A resampler knows one form only, and lets through unseen what comes after sound in ours.
                self._resampler, self._form = self._new_resampler(), form
        return list(self._resampler.resample(frame))

    def _place(self, sound: Any) -> None:
        """Put a frame where its time says: after silence, or without what was heard already."""
        if sound.pts is not None:
            hole = round(sound.pts * sound.time_base * SOUND_RATE - self._origin) - self._position
            if hole > LONGEST_SILENCE:
                return
            if hole > LARGEST_HOLE or (self._position == 0 and hole > 0):
                self._silence(hole)
            elif hole <= -LARGEST_HOLE or (self._position == 0 and hole < 0):
                sound = _without_start(sound, -hole, self._layout)
        if sound is not None:
            self._append(sound)

    def _silence(self, samples: int) -> None:
        while samples > 0:
            count = min(samples, SOUND_RATE)
            self._append(_silent(count, self._layout))
            self._encode()
            samples -= count

    def _append(self, sound: Any) -> None:
        sound.pts, sound.time_base = None, Fraction(1, SOUND_RATE)
        self._fifo.write(sound)
        self._position += sound.samples

    def _encode(self, *, is_last: bool = False) -> None:
        while (frame := self._fifo.read(SOUND_FRAME, partial=is_last)) is not None:
            frame.pts, frame.time_base = self._encoded, Fraction(1, SOUND_RATE)
            frame.sample_rate = SOUND_RATE
            self._encoded += frame.samples
            self._write(self._encoder.encode(frame))
            if is_last and frame.samples < SOUND_FRAME:
                return

    def _write(self, packets: list[Any]) -> None:
        for packet in packets:
            # The encoder counts from its own priming, which lies before media time 0.
            pts = round(packet.pts * packet.time_base * SOUND_RATE)
            if pts >= 0:
                self._writer.add(Sample(pts, bytes(packet), is_sync=True))


def _silent(samples: int, layout: str) -> Any:
    frame = av.AudioFrame(format="fltp", layout=layout, samples=samples)
    frame.sample_rate = SOUND_RATE
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def _without_start(sound: Any, samples: int, layout: str) -> Any:
    """Return a frame without its first samples; None when nothing is left."""
    if samples >= sound.samples:
        return None
    kept = sound.to_ndarray()[:, samples:].copy()
    frame = av.AudioFrame.from_ndarray(kept, format="fltp", layout=layout)
    frame.sample_rate = SOUND_RATE
    return frame
