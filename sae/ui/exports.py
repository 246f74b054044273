"""Lists as CSV and XLSX, safe to open in a spreadsheet.

A cell that begins like a formula is text written by whoever deposited the archives: opened as it
is, it would run (CSV injection). In CSV it is preceded by an apostrophe; in XLSX every text cell
is typed as text, which no spreadsheet evaluates.

Files are written before the response starts: a response streamed after the request would be
outside the transaction, hence outside the coffre. ``csv_pieces`` is for those that open the coffre
again to be streamed.
"""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from sae.kernel import clock, spreadsheets

FORMATS = ("csv", "xlsx")
# An export of more lines is an operation of its own, not the answer to a click.
MOST_LINES = 100_000
_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 64 * 1024
_CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooManyLinesError(ValueError):
    """The list is longer than ``MOST_LINES``."""


def neutralise(value: Any) -> Any:
    """Return text that no spreadsheet takes for a formula; numbers and dates are left alone."""
    return spreadsheets.neutralise(value) if isinstance(value, str) else value


def write_csv(rows: Iterable[Sequence[Any]], target: IO[bytes]) -> int:
    """Write rows (headers first) and return their number, headers included.

    UTF-8 with its mark and semicolons: what French spreadsheets open without asking. Dates are
    ISO 8601, decimals take a comma.
    """
    target.write(b"\xef\xbb\xbf")
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines = 0
    for row in rows:
        writer.writerow([neutralise(_as_text(value)) for value in row])
        lines += 1
        _check(lines)
    text.flush()
    text.detach()
    return lines


def csv_pieces(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield what ``write_csv`` writes, of any length: the headers at once, then by pieces."""
    text, least = io.StringIO(newline=""), 0
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write("\ufeff")
    for row in rows:
        writer.writerow([neutralise(_as_text(value)) for value in row])
        if text.tell() > least:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
            least = _PIECE
    yield text.getvalue().encode()


def write_xlsx(rows: Iterable[Sequence[Any]], target: IO[bytes], *, title: str = "") -> int:
    """Write rows (headers first) and return their number, headers included."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Liste")
    sheet.freeze_panes = "A2"
    lines = 0
    try:
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
            lines += 1
            _check(lines)
    except BaseException:
        _forget(sheet)
        raise
    book.save(target)
    return lines


def _forget(sheet: Any) -> None:
    """Remove the temporary file of a sheet that is given up; the library waits for the exit."""
    sheet.close()
    sheet._writer.cleanup()


def export_response(rows: Iterable[Sequence[Any]], *, title: str, file_format: str) -> FileResponse:
    """Return the file of a list, named after its title and the day.

    Raises ``TooManyLinesError`` past ``MOST_LINES`` and ``ValueError`` for an unknown format.
    """
    if file_format not in FORMATS:
        raise ValueError(file_format)
    target = _spool()
    if file_format == "csv":
        write_csv(rows, target)
    else:
        write_xlsx(rows, target, title=title)
    target.seek(0)
    name = f"{slugify(title) or 'liste'}-{clock.today():%Y-%m-%d}.{file_format}"
    return FileResponse(
        target, as_attachment=True, filename=name, content_type=_CONTENT_TYPES[file_format]
    )


def file_response(chunks: Iterable[bytes], *, name: str, content_type: str) -> FileResponse:
    """Return a file to take away, written from its pieces before the response starts."""
    target = _spool()
    target.writelines(chunks)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=name, content_type=content_type)


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def _check(lines: int) -> None:
    if lines > MOST_LINES + 1:
        raise TooManyLinesError(MOST_LINES)


def _as_text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, (float, Decimal)):
        return str(value).replace(".", ",")
    if isinstance(value, dt.datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return moment.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, (str, int)) else str(value)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        # A spreadsheet has no time zones: the reader's local time, without its offset.
        value = timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, bool):
        value = _as_text(value)
    if value is None or isinstance(value, (int, float, Decimal, dt.date)):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    cell.data_type = "s"
    return cell
