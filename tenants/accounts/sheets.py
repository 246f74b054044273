"""Reading a table of people from CSV or XLSX, and writing one: no meaning of columns here.

CSV: UTF-8 with or without its mark, else Windows-1252 (what spreadsheets save), with semicolons or
commas. XLSX: the first sheet. A cell that our exports protected against being taken for a formula
comes back as it was.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from sae.ui import exports
from sae.ui.workbooks import UnreadableBookError, rows_of_book

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 2000
FAULTS_COLUMN = "Anomalies"


class UnreadableError(ValueError):
    """The file is no table that can be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of data. ``line`` is its number in the file, as a spreadsheet shows it."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table read: columns by key, the letter of each, the rows, and the form it came in."""

    columns: Mapping[str, str]
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    raw: Mapping[int, tuple[str, ...]]
    file_format: str

    def letter(self, column: str) -> str:
        """Return the letter of a column, empty when the file lacks it."""
        return self.columns.get(column, "")


def read_sheet(content: bytes, *, names: Mapping[str, str], required: Sequence[str]) -> Sheet:
    """Read a table whose headers are ``names`` (folded header → key of the column).

    Empty lines are left out; the column of faults of a former report is ignored. Raises
    ``UnreadableError``: file too long, not a table, unknown, doubled or missing column.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableError(_("Le fichier dépasse 2 Mo : découpez-le."))
    is_book = content[:4] == b"PK\x03\x04"
    lines = _lines_of_book(content) if is_book else _lines_of_csv(content)
    header: tuple[str, ...] = ()
    keys: list[str] = []
    rows: list[Row] = []
    raw: dict[int, tuple[str, ...]] = {}
    for line, cells in lines:
        if not any(cells):
            continue
        if not header:
            header = cells
            keys = _keys_of(header, names, required)
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise UnreadableError(
                _("Ligne %(line)d : %(seen)d cellules pour %(expected)d colonnes.")
                % {"line": line, "seen": len(cells), "expected": len(header)}
            )
        values = {key: restored(cell) for key, cell in zip(keys, cells, strict=False) if key}
        rows.append(Row(line, values))
        raw[line] = cells[: len(header)]
        if len(rows) > MOST_ROWS:
            raise UnreadableError(_("Le fichier dépasse %d lignes : découpez-le.") % MOST_ROWS)
    if not header:
        raise UnreadableError(_("Le fichier est vide."))
    if not rows:
        raise UnreadableError(_("Le fichier n’a que sa ligne d’en-tête."))
    letters = {key: get_column_letter(place + 1) for place, key in enumerate(keys) if key}
    return Sheet(letters, header, tuple(rows), raw, "xlsx" if is_book else "csv")


def _keys_of(header: Sequence[str], names: Mapping[str, str], required: Sequence[str]) -> list[str]:
    keys = []
    for place, title in enumerate(header):
        folded_title = folded(title)
        key = "" if folded_title in ("", folded(FAULTS_COLUMN)) else names.get(folded_title)
        where = get_column_letter(place + 1)
        if key is None:
            if len(header) == 1:
                raise UnreadableError(
                    _("Une seule colonne est lue : séparez les colonnes par des points-virgules.")
                )
            raise UnreadableError(
                _("Colonne %(letter)s : « %(title)s » n’est pas prévue. Retirez-la.")
                % {"letter": where, "title": title}
            )
        if key and key in keys:
            raise UnreadableError(
                _("Colonne %(letter)s : « %(title)s » figure deux fois.")
                % {"letter": where, "title": title}
            )
        keys.append(key)
    for key in required:
        if key not in keys:
            title = next(name for name, known in names.items() if known == key)
            raise UnreadableError(_("La colonne « %s » manque.") % title)
    return keys


def folded(title: str) -> str:
    """Return a header as it is compared: no accent, no case, no mark of obligation."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[*’']", " ", plain).casefold().split())


def _lines_of_csv(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise UnreadableError(_("Le fichier n’est ni un CSV ni un XLSX."))
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") >= first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, tuple(cell.strip() for cell in cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(_("Ligne %d : un guillemet est mal fermé.") % begins) from error


def _lines_of_book(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        for line, values in enumerate(rows_of_book(content), start=1):
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            yield line, tuple(cells)
    except UnreadableBookError as error:
        if error.too_large:
            raise UnreadableError(_("Le classeur est trop grand une fois déplié.")) from error
        raise UnreadableError(
            _("Le classeur ne peut pas être lu : enregistrez-le en CSV.")
        ) from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return str(value).strip()


def protected(value: Any) -> Any:
    """Return what an export writes for a text, so that ``restored`` gives it back exactly."""
    if isinstance(value, str) and _bare(value) != value:
        return f"'{value}"
    return exports.neutralise(value)


def restored(cell: str) -> str:
    """Return the text that an export of ours protected; any other as it is."""
    return cell[1:] if cell.startswith("'") and _is_formula(_bare(cell)) else cell


def _bare(text: str) -> str:
    """Drop the apostrophes before what would be a formula."""
    rest = text.lstrip("'")
    return rest if _is_formula(rest) else text


def _is_formula(text: str) -> bool:
    return bool(exports.neutralise(text) != text)


def protected_rows(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Return rows ready for either format."""
    for row in rows:
        yield [protected(value) for value in row]
