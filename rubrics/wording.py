"""Reading the official wording of standards from a table that a provider exports from its spreadsheet."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COLUMNS = ("code", "wording")
SEPARATORS = ",;\t"


@dataclass(frozen=True)
class RowProblem:
    """One thing wrong with one row; the header is row 1, as spreadsheets count."""

    row: int
    message: str

    def __str__(self) -> str:
        return f"Row {self.row}: {self.message}"


class BadTable(ValueError):
    """The table cannot be read; names every row that is wrong."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def read_wording(text: str) -> dict[str, str]:
    """Return wording by standard code, from CSV text whose header names the columns `code` and `wording`.

    Separated by comma, semicolon or tab; other columns and blank rows are passed over. Raises BadTable.
    """
    rows = _rows(text.removeprefix("\ufeff"))
    header = [cell.strip().lower() for cell in next(rows, (1, []))[1]]
    if absent := [column for column in COLUMNS if header.count(column) != 1]:
        raise BadTable(
            [RowProblem(1, f"there must be exactly one column called {' and one called '.join(absent)}.")]
        )
    places = [header.index(column) for column in COLUMNS]
    found: dict[str, str] = {}
    problems: list[RowProblem] = []
    for row, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        code, wording = (cells[place].strip() if place < len(cells) else "" for place in places)
        if message := _problem(code, wording, found, has_extra_cells=len(cells) > len(header)):
            problems.append(RowProblem(row, message))
        else:
            found[code] = wording
    if problems:
        raise BadTable(problems)
    if not found:
        raise BadTable([RowProblem(2, "there is no wording under the header.")])
    return found


def _problem(code: str, wording: str, found: dict[str, str], *, has_extra_cells: bool) -> str | None:
    if has_extra_cells:
        return "there are more cells than columns; does a text with a separator lack its quotation marks?"
    if not code:
        return "the code is empty."
    if not wording:
        return f"the wording of {code} is empty."
    if code in found:
        return f"{code} was already given."
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first_line = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            yield row, cells
    except csv.Error as error:
        raise BadTable([RowProblem(row + 1, f"cannot be read ({error}).")]) from error
