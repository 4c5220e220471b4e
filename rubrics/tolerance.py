"""Two judgements of each criterion side by side: how far apart, and whether the rubric tolerates it."""

from collections.abc import Mapping

from rubrics.document import Document
from rubrics.rubric import Rubric
from rubrics.scale import Level, Scale


class UnknownLevel(ValueError):
    """A level was given that the rubric's scale does not have."""

    def __init__(self, criterion: str, level: str) -> None:
        super().__init__(f"{criterion}: the scale has no level {level}")
        self.criterion = criterion
        self.level = level


class Pair(Document):
    """Two assessors' levels on one criterion; None where one of them gave none."""

    criterion: str
    first: str | None
    second: str | None
    distance: int | None  # levels apart, 0 or more; None when either is outside the order
    is_within: bool
    crosses_boundary: bool  # the two lie on either side of the pass line


def compare(rubric: Rubric, first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Pair, ...]:
    """Return a pair for each criterion that either judged, in the rubric's order; raises UnknownLevel.

    Beyond tolerance: more levels apart than allowed; on either side of the pass line unless allowed; any
    difference on a scale of pass and fail alone; only one of the two ranked. Two outside the order are
    within.
    """
    if rubric.scale is None:
        return ()
    judged = [each.code for each in rubric.criteria if each.code in first or each.code in second]
    return tuple(
        _pair(
            rubric, rubric.scale, code, _level(rubric.scale, code, first), _level(rubric.scale, code, second)
        )
        for code in judged
    )


def _pair(rubric: Rubric, scale: Scale, criterion: str, first: Level | None, second: Level | None) -> Pair:
    distance = None if first is None or second is None else scale.steps(first, second)
    crosses = _crosses(first, second)
    if distance is None:
        is_within = first is not None and second is not None and first.rank is None and second.rank is None
    else:
        is_within = distance <= rubric.tolerance.within and (rubric.tolerance.across_boundary or not crosses)
        if len(scale.ranked) == 2 and crosses:  # met and not met: there is no nearly
            is_within = False
    return Pair(
        criterion=criterion,
        first=first.code if first else None,
        second=second.code if second else None,
        distance=distance,
        is_within=is_within,
        crosses_boundary=crosses,
    )


def _crosses(first: Level | None, second: Level | None) -> bool:
    if first is None or second is None or first.passes is None or second.passes is None:
        return False
    return first.passes != second.passes


def _level(scale: Scale, criterion: str, levels: Mapping[str, str]) -> Level | None:
    code = levels.get(criterion)
    if code is None:
        return None
    level = scale.level(code)
    if level is None:
        raise UnknownLevel(criterion, code)
    return level
