from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rubrics.framework import Standard
from rubrics.overall import Overall
from rubrics.rubric import BadMapping, Criterion, Field, Judgement, Missing, Rubric
from rubrics.scale import Level, Scale
from tests.rubrics.documents import FOUR, MET_OR_NOT, criterion, local, national, properties, rubric

COMMENT = UUID("0190b1f0-0000-7000-8000-000000000001")
SEEN = Judgement(level="c", rationale="Seen throughout.", cited=(COMMENT,))

STRICT = Scale(
    code="strict",
    label="Strict",
    levels=(
        Level(code="low", label="Low", rank=0, passes=False, requires_evidence=True, requires_rationale=True),
        Level(code="high", label="High", rank=1, passes=True),
        Level(code="unseen", label="Not seen", requires_rationale=True),
    ),
)


Kind = Literal["text", "list", "choice"]
VALUES: dict[Kind, str | list[str]] = {"text": "Text", "list": ["One"], "choice": "Yes"}


def gaps(given_rubric: Rubric, **judgements: Judgement) -> list[tuple[str, str]]:
    return [(each.where, each.what) for each in given_rubric.missing(judgements, {})]


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    count = draw(st.integers(1, 4))
    scale = draw(st.sampled_from([None, FOUR, MET_OR_NOT]))
    criteria = [
        criterion(
            f"c{place}", "S1", requires_evidence=draw(st.booleans()), requires_rationale=draw(st.booleans())
        )
        for place in range(count)
    ]
    kinds: list[Kind] = draw(st.lists(st.sampled_from(list(VALUES)), max_size=3))
    fields = [
        Field(
            code=f"f{place}",
            label="Field",
            kind=kind,
            choices=("Yes", "No") if kind == "choice" else (),
            required=draw(st.booleans()),
        )
        for place, kind in enumerate(kinds)
    ]
    return rubric(criteria, scale, fields=fields)


@properties
@given(rubrics())
def test_a_rubric_survives_json(given_rubric: Rubric) -> None:
    assert Rubric.model_validate_json(given_rubric.model_dump_json()) == given_rubric


@properties
@given(rubrics())
def test_a_sheet_filled_in_everywhere_lacks_nothing(given_rubric: Rubric) -> None:
    level = given_rubric.scale.levels[0].code if given_rubric.scale else None
    judgement = Judgement(level=level, rationale="Because.", cited=(COMMENT,))
    fields: dict[str, str | list[str]] = {each.code: VALUES[each.kind] for each in given_rubric.fields}
    assert given_rubric.missing({each.code: judgement for each in given_rubric.criteria}, fields) == ()


@properties
@given(rubrics())
def test_an_empty_sheet_lacks_a_level_for_each_criterion_and_each_required_field(
    given_rubric: Rubric,
) -> None:
    levels = [Missing(where=each.code, what="level") for each in given_rubric.criteria if given_rubric.scale]
    values = [Missing(where=each.code, what="value") for each in given_rubric.fields if each.required]
    assert given_rubric.missing({}, {}) == (*levels, *values)


def test_a_judgement_survives_json() -> None:
    assert Judgement.model_validate_json(SEEN.model_dump_json()) == SEEN
    assert Judgement.model_validate_json("{}") == Judgement()


def test_a_ranked_level_needs_evidence_where_the_criterion_asks_for_it() -> None:
    asking = rubric([criterion("one", requires_evidence=True)])
    assert gaps(asking, one=Judgement(level="c")) == [("one", "evidence")]
    assert gaps(asking, one=SEEN) == []


def test_what_was_not_seen_needs_no_evidence_of_it() -> None:
    asking = rubric([criterion("one", requires_evidence=True)])
    assert gaps(asking, one=Judgement(level="unseen")) == []


def test_a_level_can_need_evidence_and_reasons_on_every_criterion() -> None:
    strict = rubric([criterion("one")], STRICT)
    assert gaps(strict, one=Judgement(level="high")) == []
    assert gaps(strict, one=Judgement(level="low")) == [("one", "evidence"), ("one", "rationale")]
    assert gaps(strict, one=Judgement(level="unseen")) == [("one", "rationale")]


def test_the_overall_judgement_need_not_cite_the_same_evidence_again() -> None:
    overall = Overall(criterion="all", rules=("all_or_nothing",))
    strict = rubric([criterion("one"), criterion("all")], STRICT, overall=overall)
    low = Judgement(level="low", rationale="Falls short.")
    assert gaps(strict, one=low, all=low) == [("one", "evidence")]


def test_blank_space_is_no_rationale() -> None:
    asking = rubric([criterion("one", requires_rationale=True)])
    assert gaps(asking, one=Judgement(level="c", rationale=" \n\t")) == [("one", "rationale")]


def test_a_level_that_the_scale_does_not_have_is_none() -> None:
    assert gaps(rubric([criterion("one")]), one=Judgement(level="z")) == [("one", "level")]


def test_without_a_scale_criteria_are_for_tagging_and_lack_nothing() -> None:
    assert gaps(rubric([criterion("one", requires_evidence=True)], None)) == []


@pytest.mark.parametrize(
    ("kind", "value", "is_filled"),
    [
        ("text", "", False),
        ("text", "  ", False),
        ("text", "Text", True),
        ("list", [], False),
        ("list", ["", " "], False),
        ("list", ["", "One"], True),
        ("choice", "", False),
        ("choice", "Perhaps", False),
        ("choice", "Yes", True),
    ],
)
def test_a_required_field_needs_a_value_that_says_something(
    kind: str, value: str | list[str], is_filled: bool
) -> None:
    field = Field.model_validate(
        {
            "code": "f",
            "label": "F",
            "kind": kind,
            "choices": ("Yes", "No") if kind == "choice" else (),
            "required": True,
        }
    )
    asking = rubric(scale=None, fields=[field])
    assert (asking.missing({}, {"f": value}) == ()) == is_filled


@pytest.mark.parametrize(
    ("kind", "choices"), [("text", ("A", "B")), ("choice", ()), ("choice", ("A",)), ("choice", ("A", "A"))]
)
def test_a_field_of_choices_has_two_or_more_and_no_other_has_any(kind: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        Field.model_validate({"code": "f", "label": "F", "kind": kind, "choices": choices})


def test_criteria_and_fields_share_one_set_of_codes() -> None:
    with pytest.raises(ValidationError, match="more than once: one"):
        rubric([criterion("one")], fields=[Field(code="one", label="One")])
    with pytest.raises(ValidationError, match="more than once: one"):
        rubric([criterion("one"), criterion("one")])


def test_a_criterion_maps_to_a_standard() -> None:
    with pytest.raises(ValidationError):
        Criterion(code="one", label="One", standards=())
    with pytest.raises(ValidationError, match="more than once: S1"):
        rubric([criterion("one", "S1", "S1")])


def test_a_criterion_describes_only_levels_of_the_scale() -> None:
    described = criterion("one", descriptors={"a": "Poor.", "z": "Beyond."})
    with pytest.raises(ValidationError, match="levels that there are not: z"):
        rubric([described])
    with pytest.raises(ValidationError, match="levels that there are not: a, z"):
        rubric([described], None)


def test_a_rubric_asks_for_something() -> None:
    empty = (
        rubric()
        .model_dump_json()
        .replace(rubric().model_dump_json(include={"criteria"})[1:-1], '"criteria":[]')
    )
    with pytest.raises(ValidationError, match="asks for something"):
        Rubric.model_validate_json(empty)


def test_a_summative_rubric_has_a_scale() -> None:
    graded = rubric().model_dump_json().replace("formative", "summative")
    assert Rubric.model_validate_json(graded).purpose == "summative"
    with pytest.raises(ValidationError, match="summative rubric has a scale"):
        Rubric.model_validate_json(rubric(scale=None).model_dump_json().replace("formative", "summative"))


def test_an_overall_rule_needs_a_criterion_among_others_and_a_pass_line() -> None:
    overall = Overall(criterion="one", rules=("all_or_nothing",))
    no_line = Scale(
        code="s", label="S", levels=(Level(code="x", label="X", rank=1), Level(code="y", label="Y", rank=2))
    )
    for criteria, scale in (
        ([criterion("two"), criterion("three")], FOUR),
        ([criterion("one")], FOUR),
        ([criterion("one"), criterion("two")], None),
        ([criterion("one"), criterion("two")], no_line),
    ):
        with pytest.raises(ValidationError, match="overall"):
            rubric(criteria, scale, overall=overall)


def test_a_criterion_may_map_to_whole_standards_of_every_layer() -> None:
    layered = rubric([criterion("one", "S1", "S2", "L1")], frameworks=["NATIONAL", "LOCAL"])
    layered.check([national(), local()])


def test_every_mapping_that_does_not_hold_is_named() -> None:
    broken = rubric(
        [criterion("one", "S9"), criterion("two", "S1a", "S1")], frameworks=["NATIONAL", "ELSEWHERE"]
    )
    with pytest.raises(BadMapping) as caught:
        broken.check([national(), local()])
    assert caught.value.problems == (
        "There is no framework ELSEWHERE.",
        "one: there is no standard S9 in the rubric's frameworks.",
        "two: S1a is part of S1; judgements belong to whole standards.",
    )


def test_a_local_bullet_cannot_be_judged_either() -> None:
    with pytest.raises(BadMapping, match="L1a is part of L1"):
        rubric([criterion("one", "L1a")], frameworks=["LOCAL"]).check([national(), local()])


def test_a_standard_of_a_framework_that_the_rubric_does_not_name_does_not_count() -> None:
    with pytest.raises(BadMapping, match="no standard L1"):
        rubric([criterion("one", "L1")]).check([national(), local()])


def test_a_code_that_two_frameworks_use_is_refused() -> None:
    with pytest.raises(BadMapping, match="in more than one"):
        rubric(frameworks=["NATIONAL", "OTHER"]).check([national(), national(code="OTHER")])


def test_a_rubric_is_checked_against_the_latest_version() -> None:
    grown = national(version=2, standards=(*national().standards, Standard(code="S3", label="Third")))
    rubric([criterion("one", "S3")]).check([grown, national()])


def test_a_criterion_is_found_by_its_code() -> None:
    assert rubric().criterion("two") == criterion("two")
    assert rubric().criterion("three") is None
