"""Differences between two files of archive profiles, line by line, within bounds.

Comparing texts costs as the product of their lines at worst: past a size, people are sent to the
files themselves.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 1024 * 1024
MOST_LINES = 8000
MOST_SHOWN = 2000
CONTEXT = 3


class Nature(StrEnum):
    PLACE = "place"
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the differences; ``PLACE`` says where those that follow stand."""

    nature: Nature
    text: str


@dataclass(frozen=True, slots=True)
class FileDifferences:
    """What differs between two files. ``refused``: not compared, too long or no text.

    ``hidden`` counts the lines past those that are shown.
    """

    lines: tuple[Line, ...] = ()
    added: int = 0
    removed: int = 0
    hidden: int = 0
    refused: bool = False


def file_differences(before: bytes, after: bytes) -> FileDifferences:
    """Compare two files line by line; markup written on one line is cut at its elements."""
    if max(len(before), len(after)) > MOST_BYTES:
        return FileDifferences(refused=True)
    old, new = _lines(before), _lines(after)
    if old is None or new is None or max(len(old), len(new)) > MOST_LINES:
        return FileDifferences(refused=True)
    found = list(_differences(old, new))
    return FileDifferences(
        lines=tuple(found[:MOST_SHOWN]),
        added=sum(one.nature is Nature.ADDED for one in found),
        removed=sum(one.nature is Nature.REMOVED for one in found),
        hidden=max(0, len(found) - MOST_SHOWN),
    )


def _lines(content: bytes) -> list[str] | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        except UnicodeDecodeError:
            text = ""
        if not text:
            text = content.decode("latin-1")
    if "\x00" in text:
        return None
    lines = text.splitlines()
    if len(text) > 300 * max(1, len(lines)):
        lines = re.sub(r">\s*<", ">\n<", text).splitlines()
    return lines


def _differences(old: list[str], new: list[str]) -> Iterator[Line]:
    unified = difflib.unified_diff(old, new, n=CONTEXT, lineterm="")
    natures = {"+": Nature.ADDED, "-": Nature.REMOVED, " ": Nature.SAME}
    for rank, line in enumerate(unified):
        if rank < 2:  # the names of the files
            continue
        if line.startswith("@@"):
            yield Line(Nature.PLACE, _place(line))
        else:
            yield Line(natures[line[0]], line[1:])


def _place(header: str) -> str:
    """Return the number of the first line that follows, in the later file."""
    found = re.search(r"\+(\d+)", header)
    return found[1] if found else ""
