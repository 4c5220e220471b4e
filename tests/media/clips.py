"""Clips made for tests: every picture carries its own number, so that it can be told which one is shown."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

BITS = 10  # stripes across the picture, the number of the frame in binary, white for 1
RATE = 48_000


@dataclass(frozen=True, kw_only=True)
class Clip:
    """What to make."""

    seconds: float = 3.0
    fps: int = 25
    size: tuple[int, int] = (320, 192)
    video: str | None = "libx264"
    audio: str | None = "aac"
    options: dict[str, str] = field(default_factory=lambda: {"bf": "2", "g": "25", "preset": "ultrafast"})
    pix_fmt: str = "yuv420p"
    rotation: int = 0
    starts_at: float = 0.0  # of the picture
    sound_starts_at: float = 0.0
    times: Sequence[int] | None = None  # of the pictures, in ms: for a variable frame rate
    metadata: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)  # options of the muxer


def picture(number: int, size: tuple[int, int]) -> Any:
    """Return the picture that carries `number`."""
    width, height = size
    bits = [(number >> bit) & 1 for bit in range(BITS)]
    row = np.repeat(np.array(bits, np.uint8) * 200 + 30, -(-width // BITS))[:width]
    pixels: Any = np.repeat(np.repeat(row[None, :, None], height, 0), 3, 2)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")


def number_in(frame: Any) -> int:
    """Return the number that a picture carries."""
    row = frame.to_ndarray(format="gray")[frame.height // 2]
    stripe = frame.width / BITS
    return sum(1 << bit for bit in range(BITS) if row[int((bit + 0.5) * stripe)] > 128)


def make(path: Path, clip: Clip) -> Path:
    """Write the clip; the container is what the name ends with."""
    with av.open(str(path), "w", options=clip.container) as muxer:
        muxer.metadata.update(clip.metadata)
        pictures = _pictures(muxer, clip) if clip.video else iter(())
        sounds = _sounds(muxer, clip) if clip.audio else iter(())
        packets: list[Any] = [*pictures, *sounds]
        packets.sort(key=lambda packet: float(packet.dts * packet.time_base))
        for packet in packets:
            muxer.mux(packet)
    return path


def _pictures(muxer: Any, clip: Clip) -> Any:
    stream = muxer.add_stream(clip.video, rate=clip.fps)
    stream.width, stream.height = clip.size
    stream.pix_fmt = clip.pix_fmt
    time_base = Fraction(1, 1000 if clip.times else clip.fps * 512)
    stream.time_base = stream.codec_context.time_base = time_base
    stream.codec_context.options = clip.options
    if clip.rotation:
        stream.set_display_rotation(clip.rotation)
    times = clip.times or [
        round(n * 512 + clip.starts_at / time_base) for n in range(round(clip.seconds * clip.fps))
    ]
    packets = []
    for number, time in enumerate(times):
        frame = picture(number, clip.size)
        frame.pts, frame.time_base, frame.pict_type = time, time_base, PictureType.NONE
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _sounds(muxer: Any, clip: Clip) -> Any:
    stream = muxer.add_stream(clip.audio, rate=RATE)
    stream.codec_context.layout = "stereo"
    layout, form = "stereo", stream.codec_context.format.name
    wave = np.sin(np.arange(round(clip.seconds * RATE)) * (2 * np.pi * 440 / RATE)).astype(np.float32) / 4
    resampler = av.AudioResampler(format=form, layout=layout, rate=RATE, frame_size=1024)
    whole = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout=layout)
    whole.sample_rate, whole.pts, whole.time_base = RATE, 0, Fraction(1, RATE)
    packets = []
    for frame in [*resampler.resample(whole), *resampler.resample(None)]:
        frame.pts = (frame.pts or 0) + round(clip.sound_starts_at * RATE)
        frame.time_base = Fraction(1, RATE)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def joined(folder: Path, kind: str) -> Path:
    """Return the init segment and all segments of a package's track, as one file."""
    target = folder / f"{kind}-joined.mp4"
    parts = [folder / f"{kind}-init.mp4", *sorted(folder.glob(f"{kind}-0*.m4s"))]
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


def shown(path: Path) -> list[tuple[Fraction, int]]:
    """Return when each picture of a film is shown, in seconds, and the number that it carries."""
    with av.open(str(path)) as film:
        frames: Any = film.decode(video=0)
        return [
            (Fraction(frame.pts * frame.time_base), number_in(frame))
            for frame in frames
            if frame.pts is not None
        ]


def played(folder: Path, track: str = "video") -> list[tuple[Fraction, int]]:
    """Return when each picture of a package is shown, by ISO/IEC 14496-12, and the number that it carries.

    FFmpeg reads the pictures but not the times: it moves all of them where a composition offset is negative.
    """
    init = (folder / f"{track}-init.mp4").read_bytes()
    timescale = int.from_bytes(init[init.index(b"mdhd") + 16 :][:4], "big")
    times: list[int] = []
    for part in sorted(folder.glob(f"{track}-0*.m4s")):
        data = part.read_bytes()
        (at,) = struct.unpack_from(">Q", data, data.index(b"tfdt") + 8)
        run = data.index(b"trun") + 4
        for number in range(struct.unpack_from(">I", data, run + 4)[0]):
            duration, _, _, offset = struct.unpack_from(">IIIi", data, run + 12 + 16 * number)
            times.append(at + offset)
            at += duration
    numbers = [number for _, number in shown(joined(folder, track))]
    return [(Fraction(time, timescale), number) for time, number in zip(sorted(times), numbers, strict=True)]


def loudness(path: Path, *, block_s: float = 0.1) -> list[bool]:
    """Return, for each stretch of a sound track, whether anything is heard."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    heard = np.zeros(0, np.float32)
    with av.open(str(path)) as film:
        stream = film.streams.audio[0]
        for frame in film.decode(stream):
            at = round(float((frame.pts or 0) * (stream.time_base or 0)) * RATE)
            for sound in resampler.resample(frame):
                samples = sound.to_ndarray()[0]
                if len(heard) < at + len(samples):
                    heard = np.pad(heard, (0, at + len(samples) - len(heard)))
                heard[at : at + len(samples)] = samples
                at += len(samples)
    block = round(block_s * RATE)
    return [
        bool(np.sqrt(np.mean(heard[at : at + block] ** 2)) > 0.02)
        for at in range(0, len(heard) - block, block)
    ]
