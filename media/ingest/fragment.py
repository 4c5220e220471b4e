"""CMAF media segments, written box by box (ISO/IEC 14496-12 and 23000-19).

Everything is timed by presentation timestamps alone. Within a segment, which begins at a picture that needs
no other and shares no picture's time with its neighbours, the decode times are the presentation times in
order; the difference goes into the composition offsets, which may be negative (`trun` version 1). So a
segment's decode time is exactly the time of its first picture, durations are the true distances to the next
picture at any frame rate, and nothing is shifted to make room for reordered pictures. A muxer's own choices
(shifted decode times, durations guessed at the end of a fragment) show a wrong picture after a seek.
"""

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
    durations = [after - time for time, after in zip(times, [*times[1:], end], strict=True)]
    if times[0] < 0 or min(durations) <= 0:
        raise OutOfOrder(f"segment {sequence}: {times[0]}…{times[-1]}, end {end}")
    entries = b"".join(
        struct.pack(
            ">IIIi", duration, len(sample.data), _SYNC if sample.is_sync else _NOT_SYNC, sample.pts - dts
        )
        for sample, dts, duration in zip(samples, times, durations, strict=True)
    )
    track = _box(b"tfhd", struct.pack(">II", _DEFAULT_BASE_IS_MOOF, 1)) + _box(
        b"tfdt", struct.pack(">IQ", 1 << 24, times[0])
    )
    header = _box(b"mfhd", struct.pack(">II", 0, sequence))
    # The data begins after this moof and mdat's header; the length of moof does not depend on the offset.
    moof_size = 8 + len(header) + 8 + len(track) + 8 + 12 + len(entries)
    run = _box(b"trun", struct.pack(">III", 1 << 24 | _TRUN_FLAGS, len(samples), moof_size + 8) + entries)
    data = b"".join(sample.data for sample in samples)
    return (
        _box(b"styp", b"msdh" + struct.pack(">I", 0) + b"msdhcmfs")
        + _box(b"moof", header + _box(b"traf", track + run))
        + _box(b"mdat", data)
    )


def _box(kind: bytes, content: bytes) -> bytes:
    size = 8 + len(content)
    if size > _LARGEST_BOX:
        raise OutOfOrder(f"{kind.decode()} of {size} bytes")
    return struct.pack(">I4s", size, kind) + content


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
