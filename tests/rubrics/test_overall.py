import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.overall import Overall, Rule
from rubrics.rubric import Judgement, Rubric
from rubrics.scale import Scale
from tests.rubrics.documents import FOUR, MET_OR_NOT, criterion, properties, rubric


def with_overall(rule: Rule, scale: Scale = MET_OR_NOT) -> Rubric:
    criteria = [criterion("one"), criterion("two"), criterion("overall")]
    return rubric(criteria, scale, overall=Overall(criterion="overall", rules=(rule,)))


def broken(given_rubric: Rubric, **levels: str) -> list[tuple[str, ...]]:
    judgements = {code: Judgement(level=level) for code, level in levels.items()}
    return [each.because for each in given_rubric.contradictions(judgements)]


ALL_OR_NOTHING = with_overall("all_or_nothing")
WITHIN_RANGE = with_overall("within_range", FOUR)


@pytest.mark.parametrize(
    ("one", "two", "overall", "because"),
    [
        ("met", "met", "met", []),
        ("met", "not_met", "not_met", []),
        ("met", "unseen", "unseen", []),
        ("not_met", "unseen", "not_met", []),
        ("met", "not_met", "met", [("two",)]),
        ("unseen", "not_met", "met", [("two", "one")]),
        ("met", "unseen", "met", [("two",)]),
        ("met", "not_met", "unseen", [("two",)]),
        ("met", "met", "not_met", [("one", "two")]),
        ("met", "unseen", "not_met", [("one", "two")]),
        ("met", "met", "unseen", [("one", "two")]),
    ],
)
def test_all_or_nothing(one: str, two: str, overall: str, because: list[tuple[str, ...]]) -> None:
    assert broken(ALL_OR_NOTHING, one=one, two=two, overall=overall) == because


def test_what_a_level_still_to_come_could_put_right_is_no_contradiction_yet() -> None:
    assert broken(ALL_OR_NOTHING, one="met", overall="not_met") == []
    assert broken(ALL_OR_NOTHING, one="not_met", overall="met") == [("one",)]
    assert broken(ALL_OR_NOTHING, one="not_met", two="met") == []
    assert broken(ALL_OR_NOTHING, overall="met") == []
    assert broken(WITHIN_RANGE, one="a", overall="d") == []


@pytest.mark.parametrize(
    ("one", "two", "overall", "is_broken"),
    [
        ("a", "c", "b", False),
        ("a", "c", "a", False),
        ("a", "c", "c", False),
        ("a", "c", "d", True),
        ("b", "c", "a", True),
        ("unseen", "c", "d", True),
        ("unseen", "c", "c", False),
        ("unseen", "absent", "d", False),
        ("a", "a", "unseen", False),
    ],
)
def test_within_range(one: str, two: str, overall: str, is_broken: bool) -> None:
    assert bool(broken(WITHIN_RANGE, one=one, two=two, overall=overall)) == is_broken


@properties
@given(st.lists(st.sampled_from(["met", "not_met", "unseen"]), min_size=2, max_size=2))
def test_exactly_one_overall_level_follows_from_all_or_nothing(levels: list[str]) -> None:
    one, two = levels
    fitting = [
        overall
        for overall in ("met", "not_met", "unseen")
        if not broken(ALL_OR_NOTHING, one=one, two=two, overall=overall)
    ]
    assert len(fitting) == 1


def test_a_contradiction_says_itself_in_a_sentence() -> None:
    judgements = {
        code: Judgement(level=level)
        for code, level in {"one": "unseen", "two": "not_met", "overall": "met"}.items()
    }
    [contradiction] = ALL_OR_NOTHING.contradictions(judgements)
    assert str(contradiction) == "Overall: “Met”, but Two: “Not met”; One: “Insufficient evidence”."
    assert (contradiction.where, contradiction.rule) == ("overall", "all_or_nothing")


def test_a_rubric_without_an_overall_rule_has_no_contradictions() -> None:
    assert rubric().contradictions({"one": Judgement(level="a")}) == ()
    assert rubric(scale=None).contradictions({}) == ()
