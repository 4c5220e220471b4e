import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.rubric import Tolerance
from rubrics.scale import Level, Scale
from rubrics.tolerance import Pair, UnknownLevel, compare
from tests.rubrics.documents import FOUR, MET_OR_NOT, criterion, properties, rubric

levels_of_four = st.dictionaries(
    st.sampled_from(["one", "two"]), st.sampled_from([each.code for each in FOUR.levels])
)
tolerances = st.builds(Tolerance, within=st.integers(0, 4), across_boundary=st.booleans())


def one_pair(first: str, second: str, scale: Scale = FOUR, *, within: int = 1, across: bool = False) -> Pair:
    tolerance = Tolerance(within=within, across_boundary=across)
    [pair] = compare(rubric([criterion("one")], scale, tolerance=tolerance), {"one": first}, {"one": second})
    return pair


@pytest.mark.parametrize(
    ("first", "second", "distance", "is_within", "crosses"),
    [
        ("a", "a", 0, True, False),
        ("a", "b", 1, True, False),
        ("c", "d", 1, True, False),
        ("b", "c", 1, False, True),
        ("b", "d", 2, False, True),
        ("a", "d", 3, False, True),
        ("a", "unseen", None, False, False),
        ("d", "unseen", None, False, False),
        ("unseen", "unseen", None, True, False),
        ("unseen", "absent", None, True, False),
    ],
)
def test_within_one_level_and_not_across_the_pass_line(
    first: str, second: str, distance: int | None, is_within: bool, crosses: bool
) -> None:
    pair = one_pair(first, second)
    assert (pair.distance, pair.is_within, pair.crosses_boundary) == (distance, is_within, crosses)


def test_a_rubric_may_allow_crossing_the_pass_line() -> None:
    assert one_pair("b", "c", across=True).is_within
    assert not one_pair("b", "d", across=True).is_within
    assert one_pair("b", "d", within=2, across=True).is_within


def test_a_tolerance_of_none_takes_equal_levels_only() -> None:
    assert one_pair("c", "c", within=0).is_within
    assert not one_pair("c", "d", within=0).is_within


@pytest.mark.parametrize("across", [False, True])
def test_met_and_not_met_is_a_discrepancy_whatever_the_tolerance(across: bool) -> None:
    pair = one_pair("met", "not_met", MET_OR_NOT, within=4, across=across)
    assert not pair.is_within
    assert pair.crosses_boundary
    assert one_pair("met", "met", MET_OR_NOT, within=0, across=across).is_within


def test_two_levels_without_a_pass_line_are_judged_by_their_distance() -> None:
    scale = Scale(
        code="s", label="S", levels=(Level(code="x", label="X", rank=1), Level(code="y", label="Y", rank=2))
    )
    assert one_pair("x", "y", scale).is_within
    assert not one_pair("x", "y", scale, within=0).is_within


def test_a_criterion_that_only_one_judged_is_beyond_and_one_that_nobody_judged_is_left_out() -> None:
    [pair] = compare(rubric(), {"two": "a"}, {})
    assert (pair.criterion, pair.first, pair.second) == ("two", "a", None)
    assert not pair.is_within
    assert compare(rubric(), {}, {}) == ()


def test_pairs_come_in_the_order_of_the_rubric() -> None:
    pairs = compare(rubric(), {"two": "a", "one": "a"}, {"one": "b", "two": "b"})
    assert [pair.criterion for pair in pairs] == ["one", "two"]


def test_a_level_that_the_scale_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownLevel) as caught:
        compare(rubric(), {"one": "a"}, {"one": "z"})
    assert (caught.value.criterion, caught.value.level) == ("one", "z")


def test_a_rubric_without_a_scale_compares_nothing() -> None:
    assert compare(rubric(scale=None), {"one": "a"}, {"one": "b"}) == ()


@properties
@given(levels_of_four, levels_of_four, tolerances)
def test_it_does_not_matter_who_is_first(
    first: dict[str, str], second: dict[str, str], tolerance: Tolerance
) -> None:
    given_rubric = rubric(tolerance=tolerance)
    turned = [
        pair.model_copy(update={"first": pair.second, "second": pair.first})
        for pair in compare(given_rubric, second, first)
    ]
    assert list(compare(given_rubric, first, second)) == turned


@properties
@given(levels_of_four, tolerances)
def test_everybody_is_within_tolerance_of_themselves(levels: dict[str, str], tolerance: Tolerance) -> None:
    assert all(pair.is_within for pair in compare(rubric(tolerance=tolerance), levels, levels))


@properties
@given(levels_of_four, levels_of_four, tolerances)
def test_a_wider_tolerance_never_finds_more(
    first: dict[str, str], second: dict[str, str], narrow: Tolerance
) -> None:
    wide = Tolerance(within=narrow.within + 1, across_boundary=True)
    for strict, lax in zip(
        compare(rubric(tolerance=narrow), first, second),
        compare(rubric(tolerance=wide), first, second),
        strict=True,
    ):
        assert lax.is_within or not strict.is_within
