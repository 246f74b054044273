"""The first sheet of a workbook that somebody brings, read within bounds.

A workbook is an archive: what it unpacks to is bounded before it is opened, and one made to break
its reader is refused, whatever it raises.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook

MOST_UNPACKED = 60 * 1024 * 1024
MOST_COLUMNS = 60


class UnreadableBookError(ValueError):
    """The file is no workbook that can be read, or is too large once unpacked (``too_large``)."""

    def __init__(self, *, too_large: bool = False) -> None:
        super().__init__("too large" if too_large else "unreadable")
        self.too_large = too_large


def rows_of_book(content: bytes) -> Iterator[tuple[Any, ...]]:
    """Yield the values of each line of the first sheet. Raises ``UnreadableBookError``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # The sizes that the archive announces bound what is unpacked: zipfile stops there.
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise UnreadableBookError(too_large=True)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
        finally:
            book.close()
    except UnreadableBookError:
        raise
    except Exception as error:
        raise UnreadableBookError from error
