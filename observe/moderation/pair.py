"""Two blind mark sheets on one observation, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from infra.errors import Conflict
from infra.session import Session
from observe.access import allow
from observe.mark_sheet import MarkSheet, is_locked, sheets_of, standing_sheet
from observe.observation import Observation
from rubrics.agreement import adjacent_agreement, exact_agreement, krippendorff_alpha, signed_difference
from rubrics.rubric import Rubric
from rubrics.tolerance import Pair, compare


@dataclass(frozen=True)
class MarkedPair:
    """The sheets that stand on an observation; `second` is None when it was marked once."""

    observation: Observation
    first: MarkSheet
    second: MarkSheet | None

    @property
    def comparison(self) -> tuple[Pair, ...]:
        """Each criterion's two levels, within tolerance or not; empty when there is no second sheet."""
        if self.second is None:
            return ()
        return compare(self.first.rubric, self.first.levels, self.second.levels)

    @property
    def discrepancies(self) -> tuple[Pair, ...]:
        """The criteria on which the two lie further apart than the rubric's tolerance."""
        return tuple(pair for pair in self.comparison if not pair.is_within)


@dataclass(frozen=True)
class AgreementFigures:
    """How far pairs of one rubric agree, over all criteria of all pairs; None where a figure is undefined."""

    rubric_title: str
    observations: int
    judgements: int
    exact: float | None
    adjacent: float | None
    difference: float | None  # mean of second − first, in levels: above 0, second markers are the kinder
    alpha: float | None  # Krippendorff's, ordinal: of pairs of many different markers


async def pair_of(session: Session, observation: Observation) -> MarkedPair:
    """Return the locked sheets of an observation; raises Conflict while any is still open."""
    sheets = await sheets_of(session, observation.id)
    if not all(is_locked(sheets, each.assessor_id) for each in observation.assignments):
        raise Conflict("still_blind")
    standing = {
        each.part: sheet
        for each in observation.assignments
        if (sheet := standing_sheet(sheets, each.assessor_id)) is not None
    }
    if "first" not in standing:
        raise Conflict("still_blind")
    return MarkedPair(observation, standing["first"], standing.get("second"))


async def pairs(session: Session) -> list[MarkedPair]:
    """Return every observation whose sheets are all locked, oldest first."""
    allow(session, "moderation.see")
    marked = select(Observation).where(Observation.state.in_(("marked", "agreed", "released")))
    observations = await session.all(marked.order_by(Observation.starts_at, Observation.id))
    return [await pair_of(session, observation) for observation in observations]


def agreement_figures(marked: Sequence[MarkedPair]) -> list[AgreementFigures]:
    """Return the figures per rubric, over the pairs that have a second sheet."""
    by_rubric: dict[str, list[MarkedPair]] = {}
    for pair in marked:
        if pair.second is not None and pair.first.rubric.scale is not None:
            by_rubric.setdefault(pair.first.rubric.code, []).append(pair)
    return [_figures(pairs[0].first.rubric, pairs) for _, pairs in sorted(by_rubric.items())]


def _figures(rubric: Rubric, marked: Sequence[MarkedPair]) -> AgreementFigures:
    ranks = {level.code: level.rank for level in rubric.scale.levels} if rubric.scale else {}
    levels = [(pair.first, pair.second) for one in marked for pair in one.comparison]
    first = np.array([_rank(ranks, level) for level, _ in levels])
    second = np.array([_rank(ranks, level) for _, level in levels])
    return AgreementFigures(
        rubric_title=rubric.title,
        observations=len(marked),
        judgements=int(np.sum(~np.isnan(first) & ~np.isnan(second))),
        exact=exact_agreement(first, second),
        adjacent=adjacent_agreement(first, second),
        difference=signed_difference(first, second),
        alpha=krippendorff_alpha(np.vstack([first, second]), metric="ordinal"),
    )


def _rank(ranks: dict[str, int | None], level: str | None) -> float:
    rank = ranks.get(level) if level is not None else None
    return float("nan") if rank is None else float(rank)
