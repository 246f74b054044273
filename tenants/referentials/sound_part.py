"""What of a file can be taken when some of it cannot: the sound lines, and the others with why."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from tenants.referentials.kinds import Kind
from tenants.referentials.sentences import sentence
from tenants.referentials.signature_file import without_formats
from tenants.referentials.spreadsheets import write_csv

ERRORS_COLUMN = "Anomalies"


@dataclass(frozen=True, slots=True)
class SoundPart:
    """The file without its faulty elements. ``left_out`` counts them."""

    content: bytes
    left_out: int


def sound_part(
    kind: Kind,
    content: bytes,
    problems: Sequence[Problem],
    *,
    current: Mapping[str, Mapping[str, Any]],
    replaces: bool,
) -> SoundPart | None:
    """Return what of a refused file can be imported; ``None`` when nothing can.

    Elements that a fault touches stay in the coffre as they are: when the file replaces the
    referential they are written back (``current``: present documents by identifier), so that they
    are not taken for left out.
    """
    faults = [found for found in problems if found.outcome >= Outcome.KO]
    if kind.media == "csv":
        return _sound_lines(content, faults, current, replaces=replaces)
    if kind.media == "json":
        return _sound_documents(content, faults, current, kind.key, replaces=replaces)
    return _sound_formats(content, faults, current, replaces=replaces)


def _sound_lines(
    content: bytes,
    faults: Sequence[Problem],
    current: Mapping[str, Mapping[str, Any]],
    *,
    replaces: bool,
) -> SoundPart | None:
    records = records_of(content)
    of_the_file = [
        found
        for found in faults
        if found.place.line in (None, 1) and found.place.identifier not in current
    ]
    if len(records) < 2 or of_the_file:
        return None
    header = [cell.strip() for cell in records[0][1]]
    bad = {found.place.line for found in faults if found.place.line}
    kept = [cells for line, cells in records[1:] if line not in bad]
    if replaces:
        key = header[0]
        named = {cells[0].strip() for cells in kept if cells}
        spared = {cells[0].strip() for line, cells in records[1:] if line in bad and cells}
        spared |= {found.place.identifier for found in faults}
        for identifier in sorted(spared - named):
            if identifier in current:
                document = {key: identifier, **current[identifier]}
                header += [name for name in document if name not in header]
                kept.append([str(document.get(name, "")) for name in header])
    if not kept:
        return None
    rows = [_padded(cells, len(header)) for cells in kept]
    return SoundPart(write_csv([header, *rows]), len(bad) or len(faults))


def _sound_documents(
    content: bytes,
    faults: Sequence[Problem],
    current: Mapping[str, Mapping[str, Any]],
    key: str,
    *,
    replaces: bool,
) -> SoundPart | None:
    try:
        documents = json.loads(content)
    except ValueError:
        return None
    of_the_file = [
        found
        for found in faults
        if "position" not in found.arguments and found.place.identifier not in current
    ]
    if not isinstance(documents, list) or of_the_file:
        return None
    positions = {found.arguments.get("position") for found in faults} - {None}
    kept = [one for rank, one in enumerate(documents, start=1) if rank not in positions]
    if replaces:
        named = {one.get(key) for one in kept if isinstance(one, dict)}
        spared = {found.place.identifier for found in faults} - named
        kept += [current[name] for name in sorted(spared) if name in current]
    if not kept:
        return None
    return SoundPart(_written(kept), len(positions) or len(faults))


def _sound_formats(
    content: bytes,
    faults: Sequence[Problem],
    current: Mapping[str, Mapping[str, Any]],
    *,
    replaces: bool,
) -> SoundPart | None:
    lines = {found.place.line for found in faults if found.place.line}
    names = dict.fromkeys(found.place.identifier for found in faults)
    spared = [current[name] for name in names if replaces and name in current]
    made = without_formats(content, lines, spared)
    return SoundPart(made, len(lines) or len(spared)) if made and (lines or spared) else None


def faulty_lines(content: bytes, problems: Sequence[Problem]) -> list[list[str]]:
    """Return the header and the faulty lines of a CSV, each with its faults in a last column.

    To be corrected and imported again: the import leaves that column out.
    """
    by_line: dict[int, list[str]] = {}
    for found in problems:
        if found.place.line:
            by_line.setdefault(found.place.line, []).append(sentence(found))
    return lines_with_faults(content, by_line)


def lines_with_faults(content: bytes, by_line: Mapping[int, Sequence[str]]) -> list[list[str]]:
    """Return the header and the lines of a CSV that have faults, these in a last column.

    ``by_line``: sentences, by the line on which a record begins.
    """
    records = records_of(content)
    if not records:
        return []
    header = records[0][1]
    lines = [
        [*_padded(cells, len(header)), " ".join(by_line[line])]
        for line, cells in records[1:]
        if line in by_line
    ]
    return [[*header, ERRORS_COLUMN], *lines]


def faulty_documents(content: bytes, problems: Sequence[Problem]) -> bytes | None:
    """Return the faulty elements of a JSON file, each with its faults; ``None`` when none has its
    place. To be corrected and imported again: the import leaves that field out.
    """
    by_position: dict[int, list[str]] = {}
    for found in problems:
        position = found.arguments.get("position")
        if isinstance(position, int):
            by_position.setdefault(position, []).append(sentence(found))
    documents = _documents(content)
    kept = [
        {**one, ERRORS_COLUMN: " ".join(by_position[rank])}
        for rank, one in enumerate(documents, start=1)
        if rank in by_position and isinstance(one, dict)
    ]
    return _written(kept) if kept else None


def without_errors_field(content: bytes) -> bytes:
    """Return a JSON without the field that ``faulty_documents`` added, untouched without it."""
    if ERRORS_COLUMN.encode() not in content:
        return content
    documents = _documents(content)
    if not any(isinstance(one, dict) and ERRORS_COLUMN in one for one in documents):
        return content
    for one in documents:
        if isinstance(one, dict):
            one.pop(ERRORS_COLUMN, None)
    return _written(documents)


def _written(documents: list[Any]) -> bytes:
    return json.dumps(documents, ensure_ascii=False, indent=2).encode()


def _documents(content: bytes) -> list[Any]:
    try:
        documents = json.loads(content)
    except ValueError:
        return []
    return documents if isinstance(documents, list) else [documents]


def without_errors_column(content: bytes) -> bytes:
    """Return a CSV without the column that ``faulty_lines`` added, untouched when it has none."""
    first = content.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    if not first.endswith(ERRORS_COLUMN):
        return content
    records = records_of(content)
    width = len(records[0][1]) - 1 if records else 0
    if not records or records[0][1][-1].strip() != ERRORS_COLUMN:
        return content
    return write_csv([cells[:width] for _line, cells in records])


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * width][:width]


def records_of(content: bytes) -> list[tuple[int, list[str]]]:
    """Return the records of a CSV with the line on which each begins."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return []
    reader = csv.reader(io.StringIO(text, newline=""))
    records, begins = [], 1
    try:
        for cells in reader:
            records.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        return []
    return records
