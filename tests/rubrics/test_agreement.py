"""Figures against published worked examples, against what holds for any ratings, and against a peer."""

import math
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rubrics.agreement import (
    Metric,
    Weights,
    adjacent_agreement,
    cohen_kappa,
    exact_agreement,
    fleiss_kappa,
    gwet_ac,
    intraclass,
    krippendorff_alpha,
    signed_difference,
)
from rubrics.interval import Floats
from tests.rubrics.documents import properties

_ = math.nan
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")
WEIGHTS: tuple[Weights, ...] = ("unweighted", "linear", "quadratic", "ordinal")
LEVELS = (0, 1, 2, 3)

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": 4 observers × 12 units.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)
# Shrout & Fleiss 1979, table 2: 6 targets × 4 judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
# A worked example after Fleiss 1971: 10 subjects × 5 categories, counts of 14 raters.
FLEISS_COUNTS = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)
RARE_FAILS = (118, 5, 2, 0)  # both pass, only the first, only the second, both fail


def paired(*counts: int) -> tuple[Floats, Floats]:
    """Two rows of ratings from a square table of counts, row by row."""
    size = math.isqrt(len(counts))
    cells = np.repeat(np.arange(len(counts)), counts).astype(np.float64)
    return cells // size, cells % size


def ratings(raters: int = 4, units: int = 12, *, with_gaps: bool = True) -> st.SearchStrategy[Floats]:
    """Raters × units on levels 0 to 3, some missing."""
    level: st.SearchStrategy[float] = st.sampled_from([0.0, 1.0, 2.0, 3.0])
    shapes = st.tuples(st.integers(2, raters), st.integers(1, units))
    return arrays.arrays(
        np.float64, shapes, elements=level | st.just(math.nan) if with_gaps else level, fill=st.nothing()
    )


two_rows = ratings(2, 30).filter(lambda table: len(table) == 2)


@pytest.mark.parametrize(
    ("metric", "alpha"),
    [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)],
)
def test_alpha_of_krippendorffs_own_example(metric: Metric, alpha: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF, metric) == pytest.approx(alpha, abs=5e-7)


@pytest.mark.parametrize(
    ("weights", "ac"),
    [("unweighted", 0.775444), ("linear", 0.858739), ("quadratic", 0.914001), ("ordinal", 0.898940)],
)
def test_gwets_coefficient_of_the_same_example(weights: Weights, ac: float) -> None:
    assert gwet_ac(KRIPPENDORFF.T, weights) == pytest.approx(ac, abs=5e-7)


def test_fleiss_kappa_with_and_without_gaps() -> None:
    complete = np.array([np.repeat(np.arange(5), counts) for counts in FLEISS_COUNTS])
    assert fleiss_kappa(complete) == pytest.approx(0.209931, abs=5e-7)
    assert fleiss_kappa(KRIPPENDORFF.T) == pytest.approx(0.761169, abs=5e-7)


@pytest.mark.parametrize(
    ("model", "icc"),
    [
        ("1,1", 0.165742),
        ("2,1", 0.289764),
        ("3,1", 0.714841),
        ("1,k", 0.442797),
        ("2,k", 0.620051),
        ("3,k", 0.909316),
    ],
)
def test_intraclass_correlations_of_shrout_and_fleiss(model: Any, icc: float) -> None:
    assert intraclass(SHROUT_FLEISS, model) == pytest.approx(icc, abs=5e-7)


def test_rare_fails_make_kappa_collapse_where_ac1_does_not() -> None:
    first, second = paired(*RARE_FAILS)
    assert exact_agreement(first, second) == pytest.approx(0.944)
    assert cohen_kappa(first, second) == pytest.approx(-0.023392, abs=5e-7)
    assert gwet_ac(np.column_stack([first, second])) == pytest.approx(0.940776, abs=5e-7)


def test_shares_differences_and_kappa_by_hand() -> None:
    first, second = [1, 2, 3, 4, _], [1, 3, 3, 2, 4]
    assert exact_agreement(first, second) == 0.5
    assert adjacent_agreement(first, second) == 0.75
    assert adjacent_agreement(first, second, within=2) == 1
    assert signed_difference(first, second) == -0.25
    # 25 both yes, 10 and 15 apart, 50 both no: agreement .75, by chance .35 × .40 + .65 × .60 = .53.
    assert cohen_kappa(*paired(25, 10, 15, 50)) == pytest.approx((0.75 - 0.53) / (1 - 0.53))


def test_what_is_undefined_is_none() -> None:
    nothing = np.array([_, _])
    same = np.array([2.0, 2.0])
    assert exact_agreement(nothing, same) is None
    assert adjacent_agreement([], []) is None
    assert signed_difference(nothing, same) is None
    assert cohen_kappa(nothing, same, levels=LEVELS) is None
    assert cohen_kappa(same, same, "quadratic", LEVELS) is None
    assert fleiss_kappa([[2, 2], [2, 2]]) is None
    assert fleiss_kappa([[1, _], [_, 2]]) is None
    assert krippendorff_alpha([[2, 2], [2, 2]]) is None
    assert krippendorff_alpha([[1, _], [_, 2]]) is None
    assert gwet_ac([[1, _], [_, 2]]) is None
    assert intraclass([[1, 2]]) is None
    assert intraclass([[3, 3], [3, 3]]) is None


def test_one_level_throughout_is_full_agreement_to_gwet_alone() -> None:
    assert gwet_ac([[2, 2], [2, 2]]) == 1
    assert gwet_ac([[2, 2], [2, 2]], "quadratic", LEVELS) == 1


def test_levels_that_nobody_gave_count_for_gwet() -> None:
    table = [[0, 0], [1, 1], [0, 1], [1, 1]]
    observed, whole = gwet_ac(table), gwet_ac(table, levels=LEVELS)
    assert observed is not None
    assert whole is not None
    assert whole > observed


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        exact_agreement([1, 2], [1])
    with pytest.raises(ValueError, match="finite"):
        exact_agreement([1, math.inf], [1, 2])
    with pytest.raises(ValueError, match="does not have"):
        cohen_kappa([1, 9], [1, 2], levels=LEVELS)
    with pytest.raises(ValueError, match="does not have"):
        gwet_ac([[1, 9], [1, 2]], levels=LEVELS)
    with pytest.raises(ValueError, match="two dimensions"):
        krippendorff_alpha([1, 2])
    with pytest.raises(ValueError, match="finite"):
        krippendorff_alpha([[1.0, math.inf], [1.0, 2.0]])
    with pytest.raises(ValueError, match="negative"):
        krippendorff_alpha([[-1, 1], [1, 2]], "ratio")
    with pytest.raises(ValueError, match="gaps"):
        intraclass([[1.0, _], [1.0, 2.0]])


def test_a_method_that_there_is_not_is_refused() -> None:
    table: Any = [[1, 2], [2, 2]]
    unknown: Any = "other"
    with pytest.raises(ValueError, match="metric"):
        krippendorff_alpha(table, unknown)
    with pytest.raises(ValueError, match="weights"):
        gwet_ac(table, unknown)
    with pytest.raises(ValueError, match="weights"):
        cohen_kappa(table[0], table[1], unknown)
    with pytest.raises(ValueError, match="model"):
        intraclass(table, unknown)


@properties
@given(ratings(), st.sampled_from(METRICS))
def test_alpha_equals_that_of_the_krippendorff_package(table: Floats, metric: Metric) -> None:
    ours = krippendorff_alpha(table, metric)
    paired_units = table[:, np.sum(~np.isnan(table), axis=0) > 1]
    if len(np.unique(paired_units[~np.isnan(paired_units)])) < 2:
        assert ours is None
    else:
        assert ours == pytest.approx(krippendorff.alpha(table, level_of_measurement=metric), abs=1e-9)


@properties
@given(two_rows, st.sampled_from([None, "linear", "quadratic"]))
def test_for_a_pair_it_does_not_matter_who_is_first(table: Floats, weights: Any) -> None:
    first, second = table
    assert exact_agreement(first, second) == exact_agreement(second, first)
    assert adjacent_agreement(first, second) == adjacent_agreement(second, first)
    assert cohen_kappa(first, second, weights, LEVELS) == pytest.approx(
        cohen_kappa(second, first, weights, LEVELS)
    )
    difference = signed_difference(first, second)
    assert difference is None or difference == pytest.approx(-(signed_difference(second, first) or 0))


@properties
@given(two_rows, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_does_not_depend_on_levels_that_neither_gave_at_the_ends(table: Floats, weights: Any) -> None:
    first, second = table
    narrow = cohen_kappa(first, second, weights, range(4))
    assert narrow == pytest.approx(cohen_kappa(first, second, weights, range(-2, 7)))


@properties
@given(two_rows, st.sampled_from([None, "linear", "quadratic"]))
def test_a_pairs_figures_keep_their_bounds(table: Floats, weights: Any) -> None:
    first, second = table
    exact, adjacent = exact_agreement(first, second), adjacent_agreement(first, second)
    kappa = cohen_kappa(first, second, weights, LEVELS)
    assert (exact is None) == (adjacent is None)
    assert exact is None or adjacent is None or 0 <= exact <= adjacent <= 1
    assert kappa is None or -1 - 1e-9 <= kappa <= 1 + 1e-9


@properties
@given(ratings(), st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order_of_raters_or_units(table: Floats, random: Any) -> None:
    raters, units = list(range(len(table))), list(range(len(table.T)))
    random.shuffle(raters)
    random.shuffle(units)
    shuffled = table[np.ix_(raters, units)]
    for metric in METRICS:
        assert krippendorff_alpha(shuffled, metric) == pytest.approx(krippendorff_alpha(table, metric))
    for weights in WEIGHTS:
        assert gwet_ac(shuffled.T, weights, LEVELS) == pytest.approx(gwet_ac(table.T, weights, LEVELS))
    assert fleiss_kappa(shuffled.T) == pytest.approx(fleiss_kappa(table.T))


@properties
@given(ratings())
def test_chance_corrected_figures_never_exceed_one(table: Floats) -> None:
    figures = [krippendorff_alpha(table, metric) for metric in METRICS]
    figures += [gwet_ac(table.T, weights, LEVELS) for weights in WEIGHTS]
    figures.append(fleiss_kappa(table.T))
    assert all(figure is None or figure <= 1 + 1e-9 for figure in figures)


@properties
@given(st.lists(st.sampled_from(LEVELS), min_size=2, max_size=20), st.integers(2, 4))
def test_assessors_who_say_the_same_agree_perfectly(levels: list[int], raters: int) -> None:
    table = np.tile(np.array(levels, dtype=np.float64), (raters, 1))
    assert exact_agreement(table[0], table[1]) == 1
    assert all(gwet_ac(table.T, weights, LEVELS) == pytest.approx(1) for weights in WEIGHTS)
    varied: list[float | None] = [krippendorff_alpha(table, metric) for metric in METRICS]
    varied += [fleiss_kappa(table.T), cohen_kappa(table[0], table[1], "quadratic", LEVELS)]
    varied += [intraclass(table.T, "1,1"), intraclass(table.T, "2,1"), intraclass(table.T, "3,k")]
    expected = None if len(set(levels)) == 1 else pytest.approx(1)
    assert all(figure == expected for figure in varied)


@properties
@given(ratings(with_gaps=False), st.floats(-10, 10))
def test_a_rater_kinder_throughout_does_not_lower_consistency(table: Floats, kindness: float) -> None:
    units = table.T
    kinder = units + np.array([kindness] + [0.0] * (units.shape[1] - 1))
    strict, shifted = intraclass(units, "3,1"), intraclass(kinder, "3,1")
    if strict is not None and shifted is not None:
        assert shifted == pytest.approx(strict, abs=1e-6)
