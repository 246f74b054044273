"""Trees and plans as CSV, a line per position: the same file goes out and comes in."""

import csv
import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from access.editing.positions import Outline, read_positions
from sae.holdings.levels import LEVELS
from sae.holdings.planting import Position
from tenants.referentials.spreadsheets import to_strict_csv, write_csv

COLUMNS = ("Identifier", "ParentIdentifier", "Title", "DescriptionLevel", "Description", "Type")
TYPES = {
    "arbre": "HOLDING_UNIT",
    "plan": "FILING_UNIT",
    "HOLDING_UNIT": "HOLDING_UNIT",
    "FILING_UNIT": "FILING_UNIT",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line of the file (``line`` 0: with the whole file)."""

    line: int
    words: str


def read_tree(
    content: bytes, file_name: str, *, under: uuid.UUID | None, unit_type: str
) -> tuple[list[Position], list[Fault]]:
    """Read positions; those without parent go ``under`` a unit. Every fault comes with its line."""
    strict, _notes = to_strict_csv(content, file_name)
    try:
        text = strict.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [Fault(0, _("Le fichier n’est pas du texte : choisissez un CSV."))]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS[:3] if name not in header]
    if missing:
        words = _("Il manque la colonne : %(names)s.") % {"names": ", ".join(missing)}
        return [], [Fault(1, words)]
    faults: list[Fault] = []
    positions: list[Position] = []
    lines: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        cells = {
            (name or "").strip(): value.strip()
            for name, value in row.items()
            if isinstance(value, str)
        }
        if not any(cells.values()):
            continue
        one, found = _position(cells, line, under=under, unit_type=unit_type)
        faults += found
        if one is None:
            continue
        if str(one.key) in lines:
            faults.append(
                Fault(
                    line,
                    _("« %(name)s » figure déjà ligne %(line)s.")
                    % {"name": one.key, "line": lines[str(one.key)]},
                )
            )
            continue
        lines[str(one.key)] = line
        positions.append(one)
    known = {one.key for one in positions}
    faults += [
        Fault(
            lines[str(one.key)],
            _("Le parent « %(name)s » n’est pas dans le fichier.") % {"name": one.parent},
        )
        for one in positions
        if isinstance(one.parent, str) and one.parent not in known
    ]
    if not positions and not faults:
        faults.append(Fault(0, _("Le fichier n’a aucune position.")))
    return positions, sorted(faults, key=lambda fault: fault.line)


def _position(
    cells: Mapping[str, str], line: int, *, under: uuid.UUID | None, unit_type: str
) -> tuple[Position | None, list[Fault]]:
    faults = [
        Fault(line, _("« %(name)s » est obligatoire.") % {"name": name})
        for name in ("Identifier", "Title")
        if not cells.get(name)
    ]
    level = cells.get("DescriptionLevel") or "RecordGrp"
    if level not in LEVELS:
        faults.append(
            Fault(line, _("« %(level)s » n’est pas un niveau de description.") % {"level": level})
        )
    kind = TYPES.get(cells.get("Type", "") or unit_type)
    if kind is None:
        faults.append(
            Fault(
                line,
                _("Le type est « arbre » ou « plan », pas « %(type)s ».")
                % {"type": cells.get("Type", "")},
            )
        )
    if faults or kind is None:
        return None, faults
    content: dict[str, Any] = {"Title": cells["Title"], "DescriptionLevel": level}
    if cells.get("Description"):
        content["Description"] = cells["Description"]
    content["OriginatingSystemId"] = [cells["Identifier"]]
    parent: Any = cells.get("ParentIdentifier") or under
    return Position(cells["Identifier"], kind, content, parent), []


def write_tree(positions: Outline) -> bytes:
    """Write positions as ``read_tree`` reads them, under their own identifiers if they have."""
    names = positions.names
    lines = [
        [
            names[unit.id],
            next((names[one] for one in positions.parents[unit.id]), ""),
            unit.title,
            unit.level,
            _text(unit.content.get("Description")),
            unit.unit_type,
        ]
        for unit in read_positions(positions.ids)
    ]
    return write_csv([COLUMNS, *lines])


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
