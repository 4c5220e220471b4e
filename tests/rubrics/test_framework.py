import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rubrics.framework import Framework, Standard, UnknownStandards, latest
from tests.rubrics.documents import local, national, properties

codes = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")
labels = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=200)


@st.composite
def frameworks(draw: st.DrawFn) -> Framework:
    named = draw(st.lists(codes, min_size=1, max_size=12, unique=True))
    standards = tuple(
        Standard(
            code=code,
            label=draw(labels),
            wording=draw(st.none() | labels),
            parent=draw(st.none() | st.sampled_from(named[:place])) if place else None,
        )
        for place, code in enumerate(named)
    )
    return national(title=draw(labels), version=draw(st.integers(1, 99)), standards=standards)


@properties
@given(frameworks())
def test_a_framework_survives_json(framework: Framework) -> None:
    assert Framework.model_validate_json(framework.model_dump_json()) == framework


@properties
@given(frameworks())
def test_every_standard_is_whole_or_a_bullet_of_one_other(framework: Framework) -> None:
    whole = framework.whole_standards
    bullets = [bullet for each in framework.standards for bullet in framework.bullets_of(each.code)]
    assert sorted(each.code for each in (*whole, *bullets)) == sorted(
        each.code for each in framework.standards
    )


def test_two_standards_cannot_share_a_code() -> None:
    twice = (Standard(code="S1", label="One"), Standard(code="S1", label="Other"))
    with pytest.raises(ValidationError, match="more than once: S1"):
        national(standards=twice)


def test_a_national_standard_cannot_belong_to_what_is_not_there() -> None:
    with pytest.raises(ValidationError, match="not in the framework: S9"):
        national(standards=(Standard(code="S1", label="One", parent="S9"),))


@pytest.mark.parametrize("circle", [("S1", "S1", "S1"), ("S2", "S3", "S1")])
def test_a_standard_cannot_be_under_itself(circle: tuple[str, str, str]) -> None:
    standards = tuple(
        Standard(code=f"S{place}", label="Round", parent=parent)
        for place, parent in enumerate(circle, start=1)
    )
    with pytest.raises(ValidationError, match="under itself"):
        national(standards=standards)


@pytest.mark.parametrize(("layer", "below"), [("local", None), ("national", "OTHER")])
def test_only_a_local_framework_layers_on_another(layer: str, below: str | None) -> None:
    with pytest.raises(ValidationError, match="names the national one"):
        national(layer=layer, layers_on=below)


def test_a_framework_cannot_layer_on_itself() -> None:
    with pytest.raises(ValidationError, match="on itself"):
        local(code="NATIONAL")


@pytest.mark.parametrize("code", ["", "with space", "-dash-first", "x" * 41, "ünïcode", "tab\t", "line\n"])
def test_a_code_is_short_and_plain(code: str) -> None:
    with pytest.raises(ValidationError):
        Standard(code=code, label="One")


@pytest.mark.parametrize("label", ["", "   ", "x" * 201, "nul\0"])
def test_a_label_says_something_short(label: str) -> None:
    with pytest.raises(ValidationError):
        Standard(code="S1", label=label)


def test_nothing_extra_and_nothing_of_another_type_is_read() -> None:
    with pytest.raises(ValidationError):
        Standard.model_validate_json('{"code": "S1", "label": "One", "colour": "red"}')
    with pytest.raises(ValidationError):
        Framework.model_validate_json(national().model_dump_json().replace('"version":1', '"version":"1"'))


def test_a_framework_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        national().title = "Other"  # type: ignore[misc]


def test_a_local_standard_beside_a_national_one_is_whole_and_its_own_bullet_is_not() -> None:
    assert [each.code for each in local().whole_standards] == ["L1"]
    assert [each.code for each in local().bullets_of("L1")] == ["L1a"]


def test_a_layer_that_fits_the_one_below_passes_the_check() -> None:
    local().check([national(), local()])
    national().check([])


def test_a_layer_cannot_hang_on_what_the_one_below_does_not_have() -> None:
    adrift = local(standards=(Standard(code="L1", label="Local", parent="S9"),))
    with pytest.raises(UnknownStandards) as caught:
        adrift.check([national()])
    assert (caught.value.framework, caught.value.codes) == ("NATIONAL", ("S9",))
    with pytest.raises(ValueError, match="layers on NATIONAL, which there is not"):
        adrift.check([])


def test_wording_is_put_beside_codes_and_leaves_the_rest_alone() -> None:
    worded = national().with_wording({"S1": "The first sentence.", "S1a": "Its part."})
    assert [each.wording for each in worded.standards] == ["The first sentence.", "Its part.", None]
    assert worded.with_wording({"S2": "The second."}).standards[0].wording == "The first sentence."
    assert worded.with_wording({}) == worded
    assert national().standards[0].wording is None


def test_wording_for_codes_that_there_are_not_names_them_all() -> None:
    with pytest.raises(UnknownStandards) as caught:
        national().with_wording({"S1": "Known.", "S8": "Not.", "S7": "Nor this."})
    assert caught.value.codes == ("S7", "S8")


def test_wording_too_long_to_keep_is_refused() -> None:
    with pytest.raises(ValidationError):
        national().with_wording({"S1": "x" * 5_001})


def test_the_latest_version_of_each_framework_counts() -> None:
    assert latest([national(version=2), local(), national(version=1)]) == {
        "NATIONAL": national(version=2),
        "LOCAL": local(),
    }
