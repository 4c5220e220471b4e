import pytest

from rubrics.framework import Framework
from rubrics.library import load_frameworks, load_rubrics
from rubrics.rubric import Judgement, Rubric
from rubrics.tolerance import compare

STANDARDS = ["TS1", "TS2", "TS3", "TS4", "TS5", "TS6", "TS7", "TS8", "P2"]


def framework(code: str) -> Framework:
    [found] = [each for each in load_frameworks() if each.code == code]
    return found


def rubric(code: str) -> Rubric:
    [found] = [each for each in load_rubrics() if each.code == code]
    return found


@pytest.mark.parametrize("code", ["QTS", "IQTS"])
def test_the_standards_have_their_published_number_of_parts(code: str) -> None:
    shipped = framework(code)
    assert [each.code for each in shipped.whole_standards] == STANDARDS
    assert [len(shipped.bullets_of(each)) for each in STANDARDS] == [3, 5, 5, 5, 4, 4, 4, 5, 3]
    assert len(shipped.bullets_of("P2a")) == 5


def test_the_two_sets_of_standards_share_their_codes() -> None:
    assert [each.code for each in framework("QTS").standards] == [
        each.code for each in framework("IQTS").standards
    ]


@pytest.mark.parametrize("shipped", load_frameworks(), ids=lambda each: each.code)
def test_a_framework_is_shipped_whole_and_without_official_wording(shipped: Framework) -> None:
    shipped.check(load_frameworks())
    assert all(each.wording is None for each in shipped.standards)
    assert all(len(each.label) <= 50 for each in shipped.standards)
    assert Framework.model_validate_json(shipped.model_dump_json()) == shipped


def test_the_local_example_layers_on_the_standards_for_iqts() -> None:
    example = framework("LOCAL-EXAMPLE")
    assert (example.layer, example.layers_on) == ("local", "IQTS")
    assert [each.code for each in example.whole_standards] == ["L1", "L2", "L3", "L4", "L5"]


@pytest.mark.parametrize("shipped", load_rubrics(), ids=lambda each: each.code)
def test_a_rubric_is_shipped_mapped_to_standards_that_there_are(shipped: Rubric) -> None:
    shipped.check(load_frameworks())
    assert Rubric.model_validate_json(shipped.model_dump_json()) == shipped


@pytest.mark.parametrize("shipped", load_rubrics(), ids=lambda each: each.code)
def test_a_rubric_covers_each_standard_that_a_lesson_can_show(shipped: Rubric) -> None:
    covered = {standard for criterion in shipped.criteria for standard in criterion.standards}
    assert covered >= set(STANDARDS[:7])


def test_the_summative_rubric_judges_each_whole_standard_and_then_all_of_them() -> None:
    summative = rubric("summative")
    assert [each.code for each in summative.criteria] == [*STANDARDS, "overall"]
    assert [each.standards for each in summative.criteria[:-1]] == [(code,) for code in STANDARDS]
    assert summative.criteria[-1].standards == tuple(STANDARDS)
    assert summative.scale is not None
    assert [each.code for each in summative.scale.levels] == ["met", "not_met", "insufficient_evidence"]


@pytest.mark.parametrize(
    ("standard", "level", "needs"),
    [
        ("TS4", "met", ["evidence"]),
        ("TS4", "not_met", ["evidence"]),
        ("TS4", "insufficient_evidence", []),
        ("TS8", "met", []),
        ("TS8", "not_met", ["evidence"]),
        ("P2", "met", []),
        ("P2", "not_met", ["evidence"]),
    ],
)
def test_not_met_always_needs_evidence_and_met_needs_it_where_a_film_can_show_it(
    standard: str, level: str, needs: list[str]
) -> None:
    judgements = {standard: Judgement(level=level, rationale="Because.")}
    assert [
        each.what for each in rubric("summative").missing(judgements, {}) if each.where == standard
    ] == needs


def test_nobody_meets_the_whole_while_one_standard_is_not_met() -> None:
    judgements = {code: Judgement(level="met") for code in (*STANDARDS, "overall")}
    assert rubric("summative").contradictions(judgements) == ()
    [contradiction] = rubric("summative").contradictions({**judgements, "TS6": Judgement(level="not_met")})
    assert contradiction.because == ("TS6",)


def test_any_difference_between_met_and_not_met_is_a_discrepancy() -> None:
    [pair] = compare(rubric("summative"), {"TS1": "met"}, {"TS1": "not_met"})
    assert not pair.is_within


def test_the_formative_form_grades_nothing_and_asks_for_what_feedback_needs() -> None:
    formative = rubric("formative")
    assert formative.scale is None
    assert [each.where for each in formative.missing({}, {})] == [
        "focus",
        "strengths",
        "development",
        "targets",
        "progress",
    ]
    [progress] = [each for each in formative.fields if each.code == "progress"]
    assert progress.choices == ("On track", "Not on track")


def test_practice_describes_each_ranked_level_of_each_criterion() -> None:
    practice = rubric("practice")
    assert practice.scale is not None
    ranked = [level.code for level in practice.scale.ranked]
    assert ranked == ["concern", "developing", "secure", "strong"]
    assert all(list(each.descriptors) == ranked for each in practice.criteria)
    assert all(level.descriptor for level in practice.scale.levels)
