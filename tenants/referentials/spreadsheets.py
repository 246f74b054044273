"""Files as people's spreadsheets write them, brought to the one form that imports read.

The doors of applications stay strict; a person may bring a CSV with semicolons or in the Latin-1
of older spreadsheets, or an XLSX. What was done is told: keys of ``NOTES``.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.ui.workbooks import UnreadableBookError, rows_of_book

NOTES: Mapping[str, str | Promise] = {
    "latin1": _("Le fichier n’est pas en UTF-8 : il a été lu comme du Latin-1 (Windows)."),
    "semicolon": _("Le séparateur est le point-virgule."),
    "tab": _("Le séparateur est la tabulation."),
    "xlsx": _("La première feuille du classeur a été lue."),
    "zip": _("Les fichiers du ZIP que nomment les notices seront joints avec elles."),
    "zip_unnamed": _("Des fichiers du ZIP ne sont nommés par aucune notice : ils sont laissés."),
}
MOST_CELLS = 2_000_000


class UnreadableSheetError(ValueError):
    """The file is no workbook that can be read."""


def to_strict_csv(content: bytes, file_name: str) -> tuple[bytes, list[str]]:
    """Return the file as a UTF-8 CSV with commas, and what was done to read it.

    Lines keep their numbers. What needs nothing comes back as it is. Raises
    ``UnreadableSheetError`` for a workbook that is damaged or too large.
    """
    if PurePath(file_name).suffix.lower() in (".xlsx", ".xlsm"):
        return write_csv(_cells_of_workbook(content)), ["xlsx"]
    notes = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in content:
            return content, []
        text = content.decode("cp1252", "replace")
        notes.append("latin1")
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    if separator != "," and header.count(separator):
        notes.append("semicolon" if separator == ";" else "tab")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            return write_csv(list(reader)), notes
        except csv.Error:
            return content, []
    return (text.encode(), notes) if notes else (content, [])


def write_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as the imports read them."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def _cells_of_workbook(content: bytes) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in rows_of_book(content):
            rows.append([_written(value) for value in row])
            cells += len(row)
            if cells > MOST_CELLS:
                raise UnreadableSheetError("too many cells")
    except UnreadableBookError as error:
        raise UnreadableSheetError(str(error)) from error
    width = max((_used(row) for row in rows), default=0)
    while rows and not _used(rows[-1]):
        rows.pop()
    return [[*row, *[""] * width][:width] for row in rows]


def _used(row: Sequence[str]) -> int:
    return max((rank for rank, value in enumerate(row, start=1) if value), default=0)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)
