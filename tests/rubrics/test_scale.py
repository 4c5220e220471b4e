from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rubrics.scale import Level, Scale
from tests.rubrics.documents import FOUR, properties


def scale(*levels: Level) -> Scale:
    return Scale(code="scale", label="Scale", levels=levels)


def ranked(*ranks: int | None, passes: tuple[bool | None, ...] | None = None) -> Scale:
    says = passes or (None,) * len(ranks)
    return scale(
        *(
            Level(code=f"l{place}", label="Level", rank=rank, passes=pass_)
            for place, (rank, pass_) in enumerate(zip(ranks, says, strict=True))
        )
    )


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    ranks = sorted(draw(st.sets(st.integers(-50, 50), min_size=2, max_size=7)))
    line = draw(st.none() | st.integers(0, len(ranks)))
    levels = [
        Level(code=f"l{rank}", label="Level", rank=rank, passes=None if line is None else place >= line)
        for place, rank in enumerate(ranks)
    ]
    if draw(st.booleans()):
        levels.reverse()
    outside = [Level(code=f"o{place}", label="Outside") for place in range(draw(st.integers(0, 2)))]
    return scale(*levels, *outside)


@properties
@given(scales())
def test_a_scale_survives_json(given_scale: Scale) -> None:
    assert Scale.model_validate_json(given_scale.model_dump_json()) == given_scale


@properties
@given(scales(), st.data())
def test_steps_are_a_distance(given_scale: Scale, data: st.DataObject) -> None:
    one, other, third = (data.draw(st.sampled_from(given_scale.ranked)) for _ in range(3))
    there, on, across = (
        given_scale.steps(one, other),
        given_scale.steps(other, third),
        given_scale.steps(one, third),
    )
    assert there is not None
    assert on is not None
    assert across is not None
    assert there == given_scale.steps(other, one)
    assert (there == 0) == (one == other)
    assert across <= there + on


@properties
@given(scales())
def test_neighbours_are_one_step_apart_however_their_ranks_are_numbered(given_scale: Scale) -> None:
    order = given_scale.ranked
    assert [given_scale.steps(low, high) for low, high in pairwise(order)] == [1] * (len(order) - 1)


@pytest.mark.parametrize("count", [0, 1, 8])
def test_a_scale_has_two_to_seven_ranked_levels(count: int) -> None:
    with pytest.raises(ValidationError, match="2 to 7 ranked levels"):
        ranked(*range(count), None)


@pytest.mark.parametrize("ranks", [(1, 1), (1, 3, 2), (2, 1, 2)])
def test_ranks_rise_or_fall_all_the_way(ranks: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="rise or fall"):
        ranked(*ranks)


@pytest.mark.parametrize("passes", [(True, False), (False, True, False), (None, True), (False, None)])
def test_a_pass_line_cuts_the_scale_once(passes: tuple[bool | None, ...]) -> None:
    with pytest.raises(ValidationError, match="passes"):
        ranked(*range(len(passes)), passes=passes)


def test_a_level_outside_the_order_neither_passes_nor_fails() -> None:
    with pytest.raises(ValidationError, match="outside the order"):
        ranked(1, 2, None, passes=(False, True, True))


def test_two_levels_cannot_share_a_code() -> None:
    with pytest.raises(ValidationError, match="more than once: x"):
        scale(Level(code="x", label="X", rank=1), Level(code="x", label="Y", rank=2))


def test_levels_are_ordered_lowest_first_however_they_are_listed() -> None:
    listed = scale(
        Level(code="high", label="High", rank=2),
        Level(code="low", label="Low", rank=1),
        Level(code="none", label="None"),
    )
    assert [level.code for level in listed.ranked] == ["low", "high"]


def test_nothing_is_any_steps_from_a_level_outside_the_order() -> None:
    levels = {level.code: level for level in FOUR.levels}
    assert FOUR.steps(levels["a"], levels["unseen"]) is None
    assert FOUR.steps(levels["unseen"], levels["unseen"]) is None
    assert FOUR.steps(levels["a"], levels["d"]) == 3


def test_a_level_is_found_by_its_code() -> None:
    assert FOUR.level("b") == FOUR.levels[1]
    assert FOUR.level("z") is None
