"""Builders of small documents for these tests."""

from collections.abc import Sequence
from typing import Any

from hypothesis import settings

from rubrics.framework import Framework, Standard
from rubrics.overall import Overall
from rubrics.rubric import Criterion, Field, Rubric, Tolerance
from rubrics.scale import Level, Scale

# How long an example takes says nothing about the rule it tests.
properties = settings(deadline=None, max_examples=100)

MET_OR_NOT = Scale(
    code="met",
    label="Met or not",
    levels=(
        Level(code="met", label="Met", rank=1, passes=True),
        Level(code="not_met", label="Not met", rank=0, passes=False),
        Level(code="unseen", label="Insufficient evidence"),
    ),
)

FOUR = Scale(
    code="four",
    label="Four levels",
    levels=(
        Level(code="a", label="A", rank=1, passes=False),
        Level(code="b", label="B", rank=2, passes=False),
        Level(code="c", label="C", rank=3, passes=True),
        Level(code="d", label="D", rank=4, passes=True),
        Level(code="unseen", label="Not seen"),
        Level(code="absent", label="Not taught"),
    ),
)


def national(**changes: Any) -> Framework:
    """A national framework: S1 with a bullet S1a, and S2."""
    given = {
        "code": "NATIONAL",
        "title": "National",
        "version": 1,
        "layer": "national",
        "standards": (
            Standard(code="S1", label="First"),
            Standard(code="S1a", label="Part of the first", parent="S1"),
            Standard(code="S2", label="Second"),
        ),
    }
    return Framework(**{**given, **changes})


def local(**changes: Any) -> Framework:
    """A layer on it: L1 beside S1, with a bullet L1a."""
    given = {
        "code": "LOCAL",
        "title": "Local",
        "version": 1,
        "layer": "local",
        "layers_on": "NATIONAL",
        "standards": (
            Standard(code="L1", label="Local first", parent="S1"),
            Standard(code="L1a", label="Part of it", parent="L1"),
        ),
    }
    return Framework(**{**given, **changes})


def rubric(
    criteria: Sequence[Criterion] = (),
    scale: Scale | None = FOUR,
    *,
    fields: Sequence[Field] = (),
    frameworks: Sequence[str] = ("NATIONAL",),
    tolerance: Tolerance | None = None,
    overall: Overall | None = None,
) -> Rubric:
    """A rubric of two criteria on four levels, unless told otherwise."""
    return Rubric(
        code="rubric",
        title="Rubric",
        version=1,
        purpose="formative",
        frameworks=tuple(frameworks),
        scale=scale,
        criteria=tuple(criteria) or (criterion("one"), criterion("two")),
        fields=tuple(fields),
        tolerance=tolerance or Tolerance(),
        overall=overall,
    )


def criterion(code: str, *standards: str, **rest: Any) -> Criterion:
    """A criterion on S1, unless told otherwise."""
    return Criterion(code=code, label=code.capitalize(), standards=standards or ("S1",), **rest)
