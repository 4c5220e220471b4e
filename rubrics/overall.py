"""The rubric's own rules on how an overall judgement follows from the criteria."""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import Field

from rubrics.document import Code, Document
from rubrics.scale import Level, Scale

# all_or_nothing: fails when one fails, else cannot be judged when one cannot, else passes.
# within_range: lies between the lowest and the highest level of the others.
Rule = Literal["all_or_nothing", "within_range"]


class Overall(Document):
    """The criterion that judges the whole, and the rules that tie it to the others."""

    criterion: Code
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    def check(self, scale: Scale | None, criteria: Collection[str]) -> None:
        """Raise ValueError when the rubric cannot hold the rules."""
        if scale is None or self.criterion not in criteria or len(criteria) == 1:
            raise ValueError("an overall judgement is one criterion among others, on a scale")
        if "all_or_nothing" in self.rules and scale.ranked[0].passes is None:
            raise ValueError("the overall rule needs a scale that says which levels pass")


class Contradiction(Document):
    """The overall judgement breaks a rule because of these criteria. str() says it for people."""

    where: str  # the overall criterion
    rule: Rule
    because: tuple[str, ...]  # criteria
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def contradictions(
    overall: Overall, scale: Scale, levels: Mapping[str, Level], labels: Mapping[str, str]
) -> tuple[Contradiction, ...]:
    """Return each rule that the overall level breaks.

    `levels` holds the criteria that have a level, `labels` all of them. What a level still to come could put
    right is no contradiction yet.
    """
    verdict = levels.get(overall.criterion)
    others = {code: level for code, level in levels.items() if code != overall.criterion}
    if verdict is None:
        return ()
    is_complete = len(levels) == len(labels)
    found = []
    for rule in overall.rules:
        if rule == "all_or_nothing":
            because = _against_all_or_nothing(verdict, others, is_complete)
        else:
            because = _out_of_range(scale, verdict, others) if is_complete else ()
        if because:
            sentence = _sentence(labels, overall.criterion, verdict, {code: others[code] for code in because})
            found.append(
                Contradiction(where=overall.criterion, rule=rule, because=because, sentence=sentence)
            )
    return tuple(found)


def _against_all_or_nothing(
    verdict: Level, others: Mapping[str, Level], is_complete: bool
) -> tuple[str, ...]:
    failing = tuple(code for code, level in others.items() if level.passes is False)
    unjudged = tuple(code for code, level in others.items() if level.passes is None)
    if verdict.passes:
        return failing + unjudged
    if verdict.passes is None and failing:
        return failing
    lacks_reason = not failing if verdict.passes is False else not unjudged
    return tuple(others) if is_complete and lacks_reason else ()


def _out_of_range(scale: Scale, verdict: Level, others: Mapping[str, Level]) -> tuple[str, ...]:
    order = {level.code: place for place, level in enumerate(scale.ranked)}
    places = [order[level.code] for level in others.values() if level.code in order]
    if verdict.code not in order or not places or min(places) <= order[verdict.code] <= max(places):
        return ()
    return tuple(others)


def _sentence(labels: Mapping[str, str], criterion: str, verdict: Level, because: Mapping[str, Level]) -> str:
    by_level: dict[str, list[str]] = {}
    for code, level in because.items():
        by_level.setdefault(level.label, []).append(labels[code])
    reasons = "; ".join(f"{', '.join(names)}: “{level}”" for level, names in by_level.items())
    return f"{labels[criterion]}: “{verdict.label}”, but {reasons}."
