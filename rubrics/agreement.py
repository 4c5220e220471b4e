"""How far assessors agree. Arrays of levels in, NaN where one is missing; None where a figure is undefined.

Levels are numbers in order. Give `levels`, the scale's whole set, where a function takes it: the levels
observed are fewer by chance, and the figure would change with them. Which way round a table lies is said by
each function: units × raters (a row for each thing judged) or raters × units.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from rubrics.interval import Floats, Interval, bootstrap_interval

__all__ = [
    "Interval",
    "adjacent_agreement",
    "bootstrap_interval",
    "cohen_kappa",
    "exact_agreement",
    "fleiss_kappa",
    "gwet_ac",
    "intraclass",
    "krippendorff_alpha",
    "signed_difference",
]

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["unweighted", "linear", "quadratic", "ordinal"]
IntraclassModel = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


def exact_agreement(a: ArrayLike, b: ArrayLike) -> float | None:
    """Return the share of pairs that are equal; None without a pair."""
    return adjacent_agreement(a, b, within=0)


def adjacent_agreement(a: ArrayLike, b: ArrayLike, within: float = 1) -> float | None:
    """Return the share of pairs at most `within` apart; None without a pair."""
    first, second = _pairs(a, b)
    return float(np.mean(np.abs(first - second) <= within)) if first.size else None


def signed_difference(a: ArrayLike, b: ArrayLike) -> float | None:
    """Return the mean of b − a over the pairs, in levels: above 0, b is the kinder. None without a pair."""
    first, second = _pairs(a, b)
    return float(np.mean(second - first)) if first.size else None


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: Literal["linear", "quadratic"] | None = None,
    levels: Sequence[float] | None = None,
) -> float | None:
    """Return Cohen's kappa of a fixed pair of assessors (Cohen 1960; weighted, 1968).

    Disagreement is weighted by places on the scale. None without a pair, or when both gave one and the same
    level throughout: chance alone would leave no disagreement. Raises ValueError for a level that is not
    among `levels`.
    """
    first, second = _pairs(a, b)
    categories = _categories(np.concatenate([first, second]), levels)
    if not first.size:
        return None
    table = np.zeros((categories.size, categories.size))
    np.add.at(
        table, (np.searchsorted(categories, first), np.searchsorted(categories, second)), 1 / first.size
    )
    disagreement = 1 - _weights(np.arange(categories.size, dtype=np.float64), weights or "unweighted")
    by_chance = float(np.sum(disagreement * np.outer(table.sum(axis=1), table.sum(axis=0))))
    return None if by_chance == 0 else 1 - float(np.sum(disagreement * table)) / by_chance


def fleiss_kappa(ratings: ArrayLike) -> float | None:
    """Return Fleiss' kappa (1971) of units × raters.

    With gaps as Gwet (2014) generalised it: agreement from the units rated twice or more, prevalence from
    all. None when no unit has two ratings, or when only one level was ever given.
    """
    table = _table(ratings)
    counts = _counts(table, _categories(table, None))
    observed = _observed_agreement(counts, np.eye(counts.shape[1]))
    if observed is None:
        return None
    by_chance = float(np.sum(_prevalence(counts) ** 2))
    return None if np.isclose(by_chance, 1) else (observed - by_chance) / (1 - by_chance)


def gwet_ac(
    ratings: ArrayLike, weights: Weights = "unweighted", levels: Sequence[float] | None = None
) -> float | None:
    """Return Gwet's AC1 (unweighted) or AC2 of units × raters (Gwet 2008, 2014).

    Linear and quadratic weights are of the levels' values, ordinal ones of their places. 1 when only one
    level was ever given; None when no unit has two ratings. Raises ValueError for a level that is not among
    `levels`.
    """
    table = _table(ratings)
    categories = _categories(table, levels)
    counts = _counts(table, categories)
    agreement = _weights(categories, weights)
    observed = _observed_agreement(counts, agreement)
    if observed is None:
        return None
    if categories.size == 1:
        return 1.0
    share = _prevalence(counts)
    by_chance = float(
        agreement.sum() * np.sum(share * (1 - share)) / (categories.size * (categories.size - 1))
    )
    return (observed - by_chance) / (1 - by_chance)


def krippendorff_alpha(ratings: ArrayLike, metric: Metric = "ordinal") -> float | None:
    """Return Krippendorff's alpha of raters × units (2011, "Computing Krippendorff's Alpha-Reliability").

    Units with fewer than two ratings say nothing and are left out; levels never given do not count. None when
    no unit is left, or when those left hold one level only: without variation nothing shows whether it would
    be told apart. Raises ValueError for an unknown metric, and for negative levels on the ratio metric.
    """
    table = _table(ratings).T
    table = table[np.sum(~np.isnan(table), axis=1) > 1]
    categories = _categories(table, None)
    counts = _counts(table, categories)
    totals = counts.sum(axis=0)
    distance = _squared_distance(categories, totals, metric)
    in_unit = counts.sum(axis=1)
    # Within a unit every ordered pair of two ratings counts 1 / (ratings - 1); none is paired with itself.
    shares = counts / (in_unit - 1)[:, None]
    coincidences = counts.T @ shares - np.diag(shares.sum(axis=0))
    by_chance = float(np.sum(distance * np.outer(totals, totals)))
    if by_chance == 0:
        return None
    return 1 - (float(totals.sum()) - 1) * float(np.sum(distance * coincidences)) / by_chance


def intraclass(ratings: ArrayLike, model: IntraclassModel = "2,1") -> float | None:
    """Return the intraclass correlation of units × raters (Shrout & Fleiss 1979).

    1: each unit has raters of its own; 2: the same raters, drawn from many; 3: these raters and no others;
    then 1 for one rater's ratings, k for the mean of all. None for fewer than two units or raters, or without
    variation. Raises ValueError for an unknown model, and for a table with gaps.
    """
    if model not in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k"):
        raise ValueError(f"no such model: {model}")
    table = _table(ratings)
    if np.isnan(table).any():
        raise ValueError("an intraclass correlation takes a table without gaps")
    n, k = table.shape
    if n < 2 or k < 2:
        return None
    centred = table - table.mean()
    total = float(np.sum(centred**2))
    units = k * float(np.sum(centred.mean(axis=1) ** 2))
    raters = n * float(np.sum(centred.mean(axis=0) ** 2))
    between, judges = units / (n - 1), raters / (k - 1)
    noise = (
        (total - units) / (n * (k - 1)) if model[0] == "1" else (total - units - raters) / ((n - 1) * (k - 1))
    )
    bias = (judges - noise) / n if model[0] == "2" else 0.0
    below = between + bias if model[2] == "k" else between + (k - 1) * noise + k * bias
    # Rounding leaves a trace of variation where there is none.
    return None if below <= 1e-12 * total else (between - noise) / below


def _pairs(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"two rows of the same length are compared, not {first.shape} and {second.shape}")
    if np.isinf(first).any() or np.isinf(second).any():
        raise ValueError("levels are finite")
    both = ~np.isnan(first) & ~np.isnan(second)
    return first[both], second[both]


def _table(ratings: ArrayLike) -> Floats:
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings are a table of two dimensions, not {table.ndim}")
    if np.isinf(table).any():
        raise ValueError("levels are finite")
    return table


def _categories(ratings: Floats, levels: Sequence[float] | None) -> Floats:
    observed = np.unique(ratings[~np.isnan(ratings)])
    if levels is None:
        return observed
    known = np.unique(np.asarray(levels, dtype=np.float64))
    if strange := sorted(set(observed.tolist()) - set(known.tolist())):
        raise ValueError(f"levels that the scale does not have: {strange}")
    return known


def _counts(table: Floats, categories: Floats) -> Floats:
    """Units × categories: how many raters put the unit there."""
    counts: Floats = np.sum(table[:, :, None] == categories[None, None, :], axis=1, dtype=np.float64)
    return counts


def _observed_agreement(counts: Floats, agreement: Floats) -> float | None:
    """Mean over the units with two ratings or more of the (weighted) share of agreeing pairs."""
    pairable = counts[counts.sum(axis=1) > 1]
    if not len(pairable):
        return None
    raters = pairable.sum(axis=1)
    agreeing = np.sum(pairable * (pairable @ agreement - 1), axis=1)
    return float(np.mean(agreeing / (raters * (raters - 1))))


def _prevalence(counts: Floats) -> Floats:
    """Share of each category, every rated unit counting the same."""
    rated = counts[counts.sum(axis=1) > 0]
    shares: Floats = np.mean(rated / rated.sum(axis=1)[:, None], axis=0)
    return shares


def _weights(values: Floats, weights: Weights) -> Floats:
    """Categories × categories: 1 for full agreement, 0 for none."""
    apart = np.abs(values[:, None] - values[None, :])
    if weights == "unweighted":
        return np.eye(values.size)
    if weights == "ordinal":
        # Gwet 2014: of all pairs of categories, those that lie between the two, ends included.
        order = np.arange(values.size)
        places = np.abs(order[:, None] - order[None, :])
        apart = places * (places + 1) / 2
    elif weights == "quadratic":
        apart = apart**2
    elif weights != "linear":
        raise ValueError(f"no such weights: {weights}")
    agreement: Floats = 1 - apart / (float(apart.max(initial=0)) or 1.0)
    return agreement


def _squared_distance(categories: Floats, totals: Floats, metric: Metric) -> Floats:
    apart: Floats = categories[:, None] - categories[None, :]
    if metric == "nominal":
        return 1 - np.eye(categories.size)
    if metric == "interval":
        return np.square(apart)
    if metric == "ratio":
        if (categories < 0).any():
            raise ValueError("the ratio metric has no negative levels")
        both = categories[:, None] + categories[None, :]
        return np.square(apart / np.where(both == 0, 1, both))
    if metric == "ordinal":
        # The ratings between the two categories, half of each end included.
        middle: Floats = np.cumsum(totals) - totals / 2
        return np.square(middle[:, None] - middle[None, :])
    raise ValueError(f"no such metric: {metric}")
