"""Segments and playlists, byte by byte."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ingest.fragment import OutOfOrder, Sample, length_prefixed, segment
from media.ingest.playlist import Rendition, Segment, media_playlist

samples = st.lists(st.integers(0, 2**40), min_size=1, max_size=12, unique=True).flatmap(
    lambda times: st.permutations([Sample(time, bytes([n]), n == 0) for n, time in enumerate(times)])
)


@given(samples, st.integers(1, 1000))
def test_a_segment_holds_each_sample_at_its_time(run: list[Sample], last: int) -> None:
    end = max(sample.pts for sample in run) + last
    if end - min(sample.pts for sample in run) >= 2**31:
        return
    data = segment(5, run, end)
    (dts,) = struct.unpack_from(">Q", data, data.index(b"tfdt") + 8)
    at = data.index(b"trun") + 4
    _, count, offset = struct.unpack_from(">III", data, at)
    entries = [struct.unpack_from(">IIIi", data, at + 12 + 16 * n) for n in range(count)]
    position = data.index(b"moof") - 4 + offset
    for sample, (duration, size, _, shift) in zip(run, entries, strict=True):
        assert dts + shift == sample.pts
        assert data[position : position + size] == sample.data
        dts += duration
        position += size
    assert dts == end
    assert position == len(data)


def test_samples_that_share_a_time_are_no_segment() -> None:
    with pytest.raises(OutOfOrder):
        segment(1, [Sample(0, b"a", True), Sample(0, b"b", False)], 10)
    with pytest.raises(OutOfOrder):
        segment(1, [Sample(0, b"a", True), Sample(12, b"b", False)], 10)


def test_start_codes_of_either_length_become_lengths() -> None:
    assert length_prefixed(b"\x00\x00\x00\x01ab\x00\x00\x01c\x00\x00\x00\x01d") == (
        b"\x00\x00\x00\x02ab\x00\x00\x00\x01c\x00\x00\x00\x01d"
    )


@given(st.lists(st.fractions(Fraction(1, 100), 12), min_size=1, max_size=50))
def test_the_rounding_of_durations_never_adds_up(durations: list[Fraction]) -> None:
    segments = [Segment(str(n), duration, 1) for n, duration in enumerate(durations)]
    text = media_playlist(Rendition(playlist="p", init="i", codec="c", segments=segments))
    written = [Fraction(line[8:-1]) for line in text.splitlines() if line.startswith("#EXTINF:")]
    for count in range(1, len(durations) + 1):
        off = sum(written[:count], Fraction()) - sum(durations[:count], Fraction())
        assert abs(off) <= Fraction(1, 2_000_000)
