"""The bootstrap interval that says how sure a figure is."""

import numpy as np
import pytest

from rubrics.agreement import bootstrap_interval, exact_agreement, krippendorff_alpha
from rubrics.interval import Floats


def mean(table: Floats) -> float:
    return float(table.mean())


def agreement(table: Floats) -> float | None:
    return exact_agreement(table[..., 0].ravel(), table[..., 1].ravel())


def test_the_same_table_gives_the_same_interval_and_another_seed_another() -> None:
    table = np.random.default_rng(1).normal(size=40)
    assert bootstrap_interval(mean, table) == bootstrap_interval(mean, table)
    assert bootstrap_interval(mean, table, rng=np.random.default_rng(7)) != bootstrap_interval(mean, table)


def test_less_confidence_is_a_narrower_interval_around_the_same_figure() -> None:
    table = np.random.default_rng(2).normal(size=40)
    wide, narrow = (bootstrap_interval(mean, table, confidence) for confidence in (0.95, 0.5))
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < table.mean() < narrow.high < wide.high


def test_it_leans_with_a_skewed_sample() -> None:
    # scipy 1.17.1, stats.bootstrap, BCa, 400,000 resamples: .7467 to 2.6067; uncorrected, .640 to 2.180.
    table = [0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.9, 1.1, 1.3, 1.6, 2.0, 2.7, 6.5]
    interval = bootstrap_interval(mean, table, resamples=10_000)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.7467, 2.6067), rel=0.02)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    intervals = [bootstrap_interval(mean, rng.normal(size=40), 0.9, 300, rng) for _ in range(300)]
    covered = [
        interval for interval in intervals if interval is not None and interval.low <= 0 <= interval.high
    ]
    assert 0.85 <= len(covered) / len(intervals) <= 0.95


def test_lessons_are_drawn_whole() -> None:
    # A lesson's nine standards agree all or none: here are 12 lessons' worth of evidence, not 108 rows'.
    lessons = np.zeros((12, 9, 2))
    lessons[:4, :, 1] = 1
    whole, rows = (bootstrap_interval(agreement, table) for table in (lessons, lessons.reshape(108, 2)))
    assert whole is not None
    assert rows is not None
    assert whole.high - whole.low > 2 * (rows.high - rows.low)


def test_draws_on_which_the_figure_is_undefined_are_counted_out() -> None:
    table = np.array([[0, 0], [0, 1], [1, 1], [1, 1], [1, 1]])
    interval = bootstrap_interval(lambda drawn: krippendorff_alpha(drawn.T, "nominal"), table)
    assert interval is not None
    assert 1_000 < interval.resamples < 2_000


def test_a_figure_without_spread_has_an_interval_without_width() -> None:
    interval = bootstrap_interval(agreement, np.ones((10, 2)))
    assert interval is not None
    assert interval.low == interval.high == 1


def test_too_little_to_draw_from_gives_no_interval() -> None:
    assert bootstrap_interval(mean, [1.0]) is None
    assert bootstrap_interval(lambda _: None, [1.0, 2.0]) is None
    varied = iter([1.0, 2.0])
    assert bootstrap_interval(lambda _: next(varied, None), [1.0, 2.0, 3.0]) is None


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_an_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_interval(mean, [1.0, 2.0], confidence)
