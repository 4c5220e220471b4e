"""Lesson time and media time."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from media.timeline import Gap, Placed, Position, Stretch, Timeline, place

stretches = st.lists(
    st.builds(
        Stretch,
        take_id=st.uuids(),
        start_ms=st.integers(0, 10_000),
        duration_ms=st.integers(1, 5_000),
    ),
    max_size=6,
    unique_by=lambda stretch: stretch.take_id,
)


@given(stretches, st.integers(0, 16_000))
def test_a_moment_is_shown_by_a_take_or_lies_in_a_gap_but_never_both(
    takes: list[Stretch], at_ms: int
) -> None:
    timeline = Timeline(takes)
    is_in_gap = any(gap.start_ms <= at_ms < gap.end_ms for gap in timeline.gaps())
    if at_ms >= timeline.duration_ms:
        assert timeline.locate(at_ms) is None
    else:
        assert (timeline.locate(at_ms) is None) == is_in_gap


@given(stretches, st.integers(0, 16_000))
def test_media_time_leads_back_to_the_same_lesson_time(takes: list[Stretch], at_ms: int) -> None:
    timeline = Timeline(takes)
    for stretch in takes:
        position = timeline.locate(at_ms, prefer=stretch.take_id)
        if position is not None:
            assert timeline.lesson_ms(position) == at_ms
            assert stretch.covers(at_ms) <= (position.take_id == stretch.take_id)


@given(stretches)
def test_gaps_are_apart_and_in_order(takes: list[Stretch]) -> None:
    gaps = Timeline(takes).gaps()
    assert all(gap.start_ms < gap.end_ms for gap in gaps)
    assert all(one.end_ms < other.start_ms for one, other in itertools.pairwise(gaps))


@given(st.permutations([Stretch(UUID(int=number), 100 * (number % 2), 500) for number in range(4)]))
def test_the_order_in_which_takes_arrive_changes_nothing(takes: list[Stretch]) -> None:
    assert Timeline(takes).locate(250) == Position(UUID(int=0), 250)


def test_what_a_dropped_connection_missed_is_a_gap() -> None:
    timeline = Timeline([Stretch(UUID(int=1), 500, 1_000), Stretch(UUID(int=2), 4_000, 2_000)])
    assert timeline.gaps() == (Gap(0, 500), Gap(1_500, 4_000))
    assert timeline.duration_ms == 6_000
    assert timeline.locate(1_500) is None
    assert timeline.locate(4_000) == Position(UUID(int=2), 0)


def test_a_lesson_without_film_has_neither_duration_nor_gaps() -> None:
    assert (Timeline([]).duration_ms, Timeline([]).gaps(), Timeline([]).locate(0)) == (0, (), None)


BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_the_next_part_of_the_same_camera_follows_straight_after() -> None:
    parts = [Placed("desk", None, 0, 60_000), Placed("door", None, 0, 90_000)]
    assert place(parts, camera="desk", started_at=None) == 60_000
    assert place(parts, camera="window", started_at=None) == 0


def test_a_second_camera_is_placed_by_the_clock() -> None:
    first = [Placed("desk", BEGAN, 0, 60_000)]
    assert place(first, camera="door", started_at=BEGAN + timedelta(seconds=2.5)) == 2_500
    assert place(first, camera="door", started_at=BEGAN - timedelta(seconds=9)) == 0


def test_a_clock_that_nobody_else_shares_places_nothing() -> None:
    assert place([Placed("desk", None, 0, 60_000)], camera="desk", started_at=BEGAN) == 60_000
