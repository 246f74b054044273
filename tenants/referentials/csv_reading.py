"""Strict reading of a CSV referential: comma, UTF-8 with or without BOM, every row complete.

The reference system refuses the semicolon here, and so do we: the same file gets the same verdict
through every door.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sae.kernel.problems import Problem
from tenants.referentials.markup import find_markup
from tenants.referentials.reports import problem

MAX_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of data: ``line`` is its number in the file, the header being line 1."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file read: its header, its rows, and what is wrong with its shape."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    def column_number(self, column: str) -> int | None:
        """Return the position of a column, from 1."""
        return self.header.index(column) + 1 if column in self.header else None


def read_sheet(
    content: bytes,
    *,
    code: str,
    encoding_code: str,
    required: Sequence[str],
    optional: Collection[str] = (),
) -> Sheet:
    """Read a CSV file; every fault of shape comes out with its line.

    ``code`` is that of a badly shaped line, ``encoding_code`` that of a file that cannot be read
    as a table at all.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Sheet((), (), (problem(encoding_code, "not_utf8", line=line),))
    if "\x00" in text:
        return Sheet((), (), (problem(encoding_code, "not_text"),))
    lines = _lines(text)
    try:
        first_line, header_cells = next(lines)
    except (StopIteration, csv.Error):
        return Sheet((), (), (problem(code, "empty_file"),))
    header = tuple(cell.strip() for cell in header_cells)
    faults = list(_header_problems(header, code, encoding_code, required, optional))
    if faults:
        return Sheet(header, (), tuple(faults))
    rows: list[Row] = []
    try:
        for line, cells in lines:
            fault = _shape_problem(cells, len(header), line, code)
            if fault is not None:
                faults.append(fault)
                continue
            values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            faults.extend(_markup_problems(values, header, line, code))
            rows.append(Row(line, values))
    except csv.Error:
        faults.append(problem(code, "quoting", line=rows[-1].line + 1 if rows else 2))
    if not rows and not faults:
        faults.append(problem(code, "no_row", line=first_line))
    return Sheet(header, tuple(rows), tuple(faults))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each record with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _header_problems(
    header: Sequence[str],
    code: str,
    encoding_code: str,
    required: Sequence[str],
    optional: Collection[str],
) -> Iterator[Problem]:
    if len(header) == 1 and header[0].count(";") >= len(required) - 1 > 0:
        yield problem(code, "separator", line=1, seen=";", expected=",")
        return
    allowed = {*required, *optional}
    for position, name in enumerate(header, start=1):
        if name not in allowed:
            yield problem(
                encoding_code, "unknown_column", line=1, column=position, element=name, seen=name
            )
        elif name in header[: position - 1]:
            yield problem(code, "duplicate_column", line=1, column=position, element=name)
    for name in required:
        if name not in header:
            yield problem(code, "missing_column", line=1, element=name, expected=name)


def _shape_problem(cells: Sequence[str], width: int, line: int, code: str) -> Problem | None:
    if not any(cell.strip() for cell in cells):
        return problem(code, "empty_line", line=line)
    if len(cells) < width:
        return problem(code, "missing_cell", line=line, seen=len(cells), expected=width)
    if len(cells) > width:
        return problem(
            code, "extra_cell", line=line, column=width + 1, seen=len(cells), expected=width
        )
    return None


def _markup_problems(
    values: dict[str, str], header: Sequence[str], line: int, code: str
) -> Iterator[Problem]:
    for position, name in enumerate(header, start=1):
        if found := find_markup(values[name]):
            yield problem(code, "markup", line=line, column=position, element=name, seen=found)
