"""A scale: the ordered levels that a judgement chooses from."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from rubrics.document import Code, Document, Label, Prose, require_unique

FEWEST_LEVELS = 2
MOST_LEVELS = 7


class Level(Document):
    """One level. Without a rank it stands outside the order ("insufficient evidence", "not seen")."""

    code: Code
    label: Label
    descriptor: Prose = ""
    rank: int | None = None  # higher is better
    passes: bool | None = None  # None when the scale has no pass line
    requires_evidence: bool = False  # on every criterion, whatever the criterion says
    requires_rationale: bool = False  # likewise


class Scale(Document):
    """2 to 7 ranked levels, listed from either end as people should read them, and any outside the order."""

    code: Code
    label: Label
    levels: Annotated[tuple[Level, ...], Field(max_length=2 * MOST_LEVELS)]

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        require_unique("level codes", (level.code for level in self.levels))
        ranks = [level.rank for level in self.levels if level.rank is not None]
        if not FEWEST_LEVELS <= len(ranks) <= MOST_LEVELS:
            raise ValueError(f"a scale has {FEWEST_LEVELS} to {MOST_LEVELS} ranked levels, not {len(ranks)}")
        if len(set(ranks)) < len(ranks) or ranks not in (sorted(ranks), sorted(ranks, reverse=True)):
            raise ValueError("ranks must rise or fall all the way, each level with its own")
        passes = [level.passes for level in self.ranked]
        # False, False, True, True: sorted by themselves, and all of them said.
        if any(each is not None for each in passes) and (
            None in passes or passes != sorted(map(bool, passes))
        ):
            raise ValueError(
                "either no ranked level says whether it passes, or each does and none above a pass fails"
            )
        if any(level.passes is not None for level in self.levels if level.rank is None):
            raise ValueError("a level outside the order neither passes nor fails")
        return self

    @property
    def ranked(self) -> tuple[Level, ...]:
        """The levels in order, lowest first, without those outside the order."""
        ranked = [(level.rank, level) for level in self.levels if level.rank is not None]
        return tuple(level for _, level in sorted(ranked, key=lambda each: each[0]))

    def level(self, code: str) -> Level | None:
        """Return the level with this code, None when there is none."""
        return next((level for level in self.levels if level.code == code), None)

    def steps(self, first: Level, second: Level) -> int | None:
        """Return how many levels apart the two are, 0 or more; None when either is outside the order."""
        if first.rank is None or second.rank is None:
            return None
        order = [level.code for level in self.ranked]
        return abs(order.index(first.code) - order.index(second.code))
