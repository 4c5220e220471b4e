"""A framework: a published set of standards, national or a local layer on a national one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rubrics.document import Code, Document, Label, Prose, require_unique


class UnknownStandards(ValueError):
    """Codes were named that the framework does not have."""

    def __init__(self, framework: str, codes: Sequence[str]) -> None:
        super().__init__(f"{framework} has no standard {', '.join(codes)}.")
        self.framework = framework
        self.codes = tuple(codes)


class Standard(Document):
    """One item of a framework. Its own items (bullets) name it as their parent."""

    code: Code
    label: Label  # short, ours or the provider's; never the official sentence
    wording: Prose | None = None  # the official sentence, imported by the provider
    parent: Code | None = None  # in the same framework, or in the one that it layers on


class Framework(Document):
    """A set of standards. Judgements belong to its whole standards; bullets may only be tags."""

    code: Code
    title: Label
    version: Annotated[int, Field(ge=1)]
    layer: Literal["national", "local"]
    layers_on: Code | None = None  # the national framework under a local one
    standards: Annotated[tuple[Standard, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _check_standards(self) -> Self:
        parents = {standard.code: standard.parent for standard in self.standards}
        require_unique("standard codes", (standard.code for standard in self.standards))
        if (self.layer == "local") != (self.layers_on is not None):
            raise ValueError(
                "a local framework names the national one it layers on, a national one names none"
            )
        if self.layers_on == self.code:
            raise ValueError("a framework cannot layer on itself")
        foreign = sorted(
            {parent for parent in parents.values() if parent is not None and parent not in parents}
        )
        if self.layer == "national" and foreign:
            raise ValueError(f"parents that are not in the framework: {', '.join(foreign)}")
        for code in parents:
            _refuse_circle(code, parents)
        return self

    def standard(self, code: str) -> Standard | None:
        """Return the standard with this code, None when there is none."""
        return next((standard for standard in self.standards if standard.code == code), None)

    def is_whole(self, standard: Standard) -> bool:
        """Whether a judgement may belong to it: it is not a part of another in the same framework."""
        return standard.parent is None or self.standard(standard.parent) is None

    @property
    def whole_standards(self) -> tuple[Standard, ...]:
        """The standards that judgements belong to, in order."""
        return tuple(standard for standard in self.standards if self.is_whole(standard))

    def bullets_of(self, code: str) -> tuple[Standard, ...]:
        """Return the items directly under a standard, in order."""
        return tuple(standard for standard in self.standards if standard.parent == code)

    def check(self, frameworks: Sequence["Framework"]) -> None:
        """Raise UnknownStandards for a parent in neither layer, ValueError without the layer below."""
        if self.layers_on is None:
            return
        below = latest(frameworks).get(self.layers_on)
        if below is None:
            raise ValueError(f"{self.code} layers on {self.layers_on}, which there is not.")
        known = {standard.code for standard in (*self.standards, *below.standards)}
        named = (standard.parent for standard in self.standards if standard.parent is not None)
        if unknown := sorted(set(named) - known):
            raise UnknownStandards(below.code, unknown)

    def with_wording(self, wording: Mapping[str, str]) -> "Framework":
        """Return the framework with the official sentences beside its codes; raises UnknownStandards."""
        if unknown := sorted(set(wording) - {standard.code for standard in self.standards}):
            raise UnknownStandards(self.code, unknown)
        worded = tuple(
            Standard(
                code=standard.code,
                label=standard.label,
                wording=wording.get(standard.code, standard.wording),
                parent=standard.parent,
            )
            for standard in self.standards
        )
        return self.model_copy(update={"standards": worded})


def latest(frameworks: Sequence[Framework]) -> dict[str, Framework]:
    """Return the highest version of each framework, by code."""
    return {each.code: each for each in sorted(frameworks, key=lambda each: each.version)}


def _refuse_circle(code: str, parents: Mapping[str, str | None]) -> None:
    seen = {code}
    above = parents[code]
    while above is not None and above in parents:
        if above in seen:
            raise ValueError(f"{code} is under itself")
        seen.add(above)
        above = parents[above]
