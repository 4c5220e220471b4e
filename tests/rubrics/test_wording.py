import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.wording import BadTable, read_wording
from tests.rubrics.documents import national, properties

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda text: text == text.strip() != ""
)


def problems(text: str) -> list[str]:
    with pytest.raises(BadTable) as caught:
        read_wording(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_table_is_read_whatever_else_is_in_it() -> None:
    table = '\ufeffNote, Wording ,CODE\r\nx,The first.,S1\r\n,,\r\ny,"One, two\nand three.",S1a\r\n'
    assert read_wording(table) == {"S1": "The first.", "S1a": "One, two\nand three."}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_of_every_country_are_read(separator: str) -> None:
    assert read_wording(f"code{separator}wording\nS1{separator}First") == {"S1": "First"}


def test_what_is_read_can_be_put_beside_a_framework() -> None:
    worded = national().with_wording(read_wording("code,wording\nS1,First\nS2,Second"))
    assert [each.wording for each in worded.standards] == ["First", None, "Second"]


@properties
@given(st.dictionaries(texts, texts, min_size=1), st.sampled_from([",", ";", "\t"]))
def test_what_is_written_as_csv_is_read_back(wording: dict[str, str], separator: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows([("code", "wording"), *wording.items()])
    assert read_wording(out.getvalue()) == wording


@properties
@given(st.text())
def test_any_text_is_read_or_refused_with_rows(text: str) -> None:
    try:
        outcome: object = read_wording(text)
    except BadTable as error:
        outcome = error.problems
    assert outcome


@pytest.mark.parametrize(
    "text", ["", "\n", "S1,First", "code,text\nS1,First", "code,code,wording\nS1,S1,First"]
)
def test_a_table_without_its_columns_is_refused_at_the_header(text: str) -> None:
    assert all(
        problem.startswith("Row 1: there must be exactly one column called ") for problem in problems(text)
    )


def test_every_bad_row_is_named_by_its_number() -> None:
    assert problems("code,wording\nS1,First\n,Lost\n\nS2,\nS1,Again\nS3,a,b\nS4\n") == [
        "Row 3: the code is empty.",
        "Row 5: the wording of S2 is empty.",
        "Row 6: S1 was already given.",
        "Row 7: there are more cells than columns; does a text with a separator lack its quotation marks?",
        "Row 8: the wording of S4 is empty.",
    ]


def test_a_row_is_counted_once_however_many_lines_its_text_has() -> None:
    assert problems('code,wording\nS1,"One\ntwo"\nS1,Again') == ["Row 3: S1 was already given."]


def test_a_quotation_mark_left_open_is_named() -> None:
    [problem] = problems('code,wording\nS1,First\nS2,"Second')
    assert problem.startswith("Row 3: cannot be read")


def test_a_table_of_a_header_alone_is_refused() -> None:
    assert problems("code,wording\n\n") == ["Row 2: there is no wording under the header."]
