"""A rubric: what an assessor fills in, and what must be there before it can be submitted."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from rubrics.document import Code, Document, Label, Prose, require_unique
from rubrics.framework import Framework, latest
from rubrics.overall import Contradiction, Overall, contradictions
from rubrics.scale import Level, Scale


class BadMapping(ValueError):
    """Criteria map to what is not a whole standard of the rubric's frameworks; each problem is a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class Criterion(Document):
    """One thing that is judged; in a rubric without a scale, one that comments can be tagged with."""

    code: Code
    label: Label
    standards: Annotated[tuple[Code, ...], Bounds(min_length=1)]  # whole standards only
    descriptors: dict[Code, Prose] = {}  # by level: what that level looks like for this criterion
    requires_evidence: bool = False  # a ranked level needs a cited comment
    requires_rationale: bool = False


class Field(Document):
    """One question beside the criteria: a text, a list of texts, or one of the choices."""

    code: Code
    label: Label
    hint: Prose = ""
    kind: Literal["text", "list", "choice"] = "text"
    choices: tuple[Label, ...] = ()  # as people read them, and as they are stored
    required: bool = False

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        require_unique(f"choices of {self.code}", self.choices)
        if (self.kind == "choice") != (len(self.choices) > 1):
            raise ValueError("a field of choices has two or more, any other field has none")
        return self


class Tolerance(Document):
    """How far two judgements of one criterion may lie apart."""

    within: Annotated[int, Bounds(ge=0)] = 1  # levels
    across_boundary: bool = False  # whether the two may lie on either side of the pass line


class Judgement(Document):
    """The level given to one criterion, why, and the comments that show it."""

    level: str | None = None
    rationale: str = ""
    cited: tuple[UUID, ...] = ()


class Missing(Document):
    """One thing to fill in: `where` is the criterion's or the field's code."""

    where: str
    what: Literal["level", "evidence", "rationale", "value"]


class Rubric(Document):
    """Criteria mapped to standards, their scale, and fields. Without a scale no level is given."""

    code: Code
    title: Label
    version: Annotated[int, Bounds(ge=1)]
    purpose: Literal["summative", "formative"]
    frameworks: Annotated[tuple[Code, ...], Bounds(min_length=1)]
    scale: Scale | None = None
    criteria: Annotated[tuple[Criterion, ...], Bounds(max_length=100)]
    fields: Annotated[tuple[Field, ...], Bounds(max_length=100)] = ()
    tolerance: Tolerance = Tolerance()
    overall: Overall | None = None

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        require_unique("frameworks", self.frameworks)
        # One namespace: what is missing is named by code alone.
        require_unique("codes", [each.code for each in self.criteria] + [each.code for each in self.fields])
        if not self.criteria and not self.fields:
            raise ValueError("a rubric asks for something")
        if self.scale is None and self.purpose == "summative":
            raise ValueError("a summative rubric has a scale")
        levels = {level.code for level in self.scale.levels} if self.scale else set()
        for criterion in self.criteria:
            require_unique(f"standards of {criterion.code}", criterion.standards)
            if unknown := sorted(set(criterion.descriptors) - levels):
                raise ValueError(
                    f"{criterion.code} describes levels that there are not: {', '.join(unknown)}"
                )
        if self.overall is not None:
            self.overall.check(self.scale, [criterion.code for criterion in self.criteria])
        return self

    def criterion(self, code: str) -> Criterion | None:
        """Return the criterion with this code, None when there is none."""
        return next((criterion for criterion in self.criteria if criterion.code == code), None)

    def check(self, frameworks: Sequence[Framework]) -> None:
        """Raise BadMapping unless criteria map to whole standards of the frameworks (latest versions)."""
        given = latest(frameworks)
        own = [given[code] for code in self.frameworks if code in given]
        problems = [f"There is no framework {code}." for code in self.frameworks if code not in given]
        for criterion in self.criteria:
            found = [_mapping_problem(code, own) for code in criterion.standards]
            problems += [f"{criterion.code}: {problem}" for problem in found if problem]
        if problems:
            raise BadMapping(problems)

    def missing(
        self, judgements: Mapping[str, Judgement], fields: Mapping[str, str | list[str]]
    ) -> tuple[Missing, ...]:
        """Return what must still be filled in, in order; a level unknown to the scale counts as none."""
        found: list[Missing] = []
        if self.scale is not None:
            for criterion in self.criteria:
                found += self._missing_on(criterion, judgements.get(criterion.code, Judgement()), self.scale)
        found += [
            Missing(where=field.code, what="value")
            for field in self.fields
            if field.required and not _is_filled(field, fields.get(field.code, ""))
        ]
        return tuple(found)

    def contradictions(self, judgements: Mapping[str, Judgement]) -> tuple[Contradiction, ...]:
        """Return where the overall judgement breaks the rubric's own rules; str() of each is a sentence."""
        if self.scale is None or self.overall is None:
            return ()
        levels = {
            criterion.code: level
            for criterion in self.criteria
            if (level := self._level(judgements.get(criterion.code))) is not None
        }
        labels = {criterion.code: criterion.label for criterion in self.criteria}
        return contradictions(self.overall, self.scale, levels, labels)

    def _level(self, judgement: Judgement | None) -> Level | None:
        if self.scale is None or judgement is None or judgement.level is None:
            return None
        return self.scale.level(judgement.level)

    def _missing_on(self, criterion: Criterion, judgement: Judgement, scale: Scale) -> list[Missing]:
        level = self._level(judgement)
        if level is None:
            return [Missing(where=criterion.code, what="level")]
        # The overall judgement rests on the criteria; their evidence need not be cited a second time.
        is_overall = self.overall is not None and self.overall.criterion == criterion.code
        needs_evidence = (criterion.requires_evidence and level.rank is not None) or (
            level.requires_evidence and not is_overall
        )
        found = []
        if needs_evidence and not judgement.cited:
            found.append(Missing(where=criterion.code, what="evidence"))
        if (criterion.requires_rationale or level.requires_rationale) and not judgement.rationale.strip():
            found.append(Missing(where=criterion.code, what="rationale"))
        return found


def _mapping_problem(code: str, frameworks: Sequence[Framework]) -> str | None:
    holders = [(each, standard) for each in frameworks if (standard := each.standard(code)) is not None]
    if not holders:
        return f"there is no standard {code} in the rubric's frameworks."
    if len(holders) > 1:
        return f"{code} is in more than one of the rubric's frameworks."
    [(framework, standard)] = holders
    if not framework.is_whole(standard):
        return f"{code} is part of {standard.parent}; judgements belong to whole standards."
    return None


def _is_filled(field: Field, value: str | list[str]) -> bool:
    texts = [value] if isinstance(value, str) else value
    if field.kind == "choice":
        return any(text in field.choices for text in texts)
    return any(text.strip() for text in texts)
