"""CMAF media segments, written box by box (ISO/IEC 14496-12 and 23000-19).

Everything is timed by presentation timestamps alone. A segment begins at a picture that needs no other, and
shares no picture's time with its neighbours. Its decode time is exactly the time of its first picture; each
sample lasts until the next picture is shown, whatever the frame rate; decode times are what those durations
add up to, and the difference to the presentation times goes into the composition offsets, which may be
negative (`trun` version 1).

A muxer chooses otherwise, and a browser then shows a wrong picture after a seek: where decode times are
shifted to keep offsets positive, where the duration at the end of a fragment is a guess, and where
durations are the distances between decode times (which are those of other pictures than the one they are
written on).
"""

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_SYNC = 0x02000000  # depends on no other sample
_NOT_SYNC = 0x01010000  # depends on others, and is no sync sample
_DEFAULT_BASE_IS_MOOF = 0x020000
_DATA_OFFSET, _DURATION, _SIZE, _FLAGS, _COMPOSITION_OFFSET = 0x1, 0x100, 0x200, 0x400, 0x800
_TRUN_FLAGS = _DATA_OFFSET | _DURATION | _SIZE | _FLAGS | _COMPOSITION_OFFSET
_LARGEST_BOX = 2**32 - 1


class OutOfOrder(ValueError):
    """The timestamps cannot be those of one segment."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded picture or audio frame, in decode order."""

    pts: int  # in the track's timescale, from media time 0
    data: bytes
    is_sync: bool


def segment(sequence: int, samples: Sequence[Sample], end: int) -> bytes:
    """Return one media segment of track 1.

    `samples` are in decode order, `end` is the presentation time at which the next segment begins. Raises
    OutOfOrder when two samples share a time, or one lies at or after `end`.
    """
    times = sorted(sample.pts for sample in samples)
    lasting = {time: after - time for time, after in zip(times, [*times[1:], end], strict=True)}
    if times[0] < 0 or len(lasting) < len(times) or min(lasting.values()) <= 0:
        raise OutOfOrder(f"segment {sequence}: {times[0]}…{times[-1]}, end {end}")
    durations = [lasting[sample.pts] for sample in samples]
    decode_times = itertools.accumulate(durations[:-1], initial=times[0])
    entries = b"".join(
        struct.pack(
            ">IIIi", duration, len(sample.data), _SYNC if sample.is_sync else _NOT_SYNC, sample.pts - dts
        )
        for sample, dts, duration in zip(samples, decode_times, durations, strict=True)
    )
    track = _box(b"tfhd", struct.pack(">II", _DEFAULT_BASE_IS_MOOF, 1)) + _box(
        b"tfdt", struct.pack(">IQ", 1 << 24, times[0])
    )
    header = _box(b"mfhd", struct.pack(">II", 0, sequence))
    # The data begins after this moof and mdat's header; the length of moof does not depend on the offset.
    moof_size = 8 + len(header) + 8 + len(track) + 8 + 12 + len(entries)
    run = _box(b"trun", struct.pack(">III", 1 << 24 | _TRUN_FLAGS, len(samples), moof_size + 8) + entries)
    size = 8 + sum(len(sample.data) for sample in samples)
    if size > _LARGEST_BOX:
        raise OutOfOrder(f"segment {sequence}: {size} bytes")
    return b"".join(
        [
            _box(b"styp", b"msdh" + struct.pack(">I", 0) + b"msdhcmfs"),
            _box(b"moof", header + _box(b"traf", track + run)),
            struct.pack(">I4s", size, b"mdat"),
            *[sample.data for sample in samples],
        ]
    )


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def length_prefixed(annex_b: bytes) -> bytes:
    """Return H.264 NAL units with four-byte lengths instead of start codes (ITU-T H.264, annex B)."""
    units = annex_b.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")[1:]
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def has_idr(units: bytes, length_size: int) -> bool:
    """Whether NAL units hold an instantaneous refresh: nothing before it is needed after it."""
    position = 0
    while position + length_size < len(units):
        size = int.from_bytes(units[position : position + length_size], "big")
        if units[position + length_size] & 0x1F == 5:
            return True
        position += length_size + size
    return False


def video_codec_string(avcc: bytes) -> str:
    """Return the RFC 6381 name of an H.264 track, from its avcC."""
    return f"avc1.{avcc[1]:02X}{avcc[2]:02X}{avcc[3]:02X}"


def audio_codec_string(configuration: bytes) -> str:
    """Return the RFC 6381 name of an AAC track, from its AudioSpecificConfig."""
    kind = configuration[0] >> 3
    return f"mp4a.40.{kind}"
