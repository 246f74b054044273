"""Trees and plans as CSV, a line per position: the same file goes out and comes in."""

import uuid
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from access.editing.positions import READ_AT_ONCE, Outline, read_positions
from sae.holdings.levels import LEVELS
from sae.holdings.planting import Position
from tenants.referentials.sound_part import records_of
from tenants.referentials.spreadsheets import write_csv

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


@dataclass(frozen=True, slots=True)
class TreeFile:
    """Positions read from a file, what is wrong with it, and the line of each position by key.

    ``content`` says what the file says, nothing else: a position to make may still lack its level.
    ``typed`` are the keys of the positions whose nature the file tells itself; ``told`` gives the
    unit that a position was when this platform wrote the file, by key.
    """

    positions: list[Position] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lines: Mapping[Hashable, int] = field(default_factory=dict)
    typed: Collection[Hashable] = ()
    told: Mapping[Hashable, uuid.UUID] = field(default_factory=dict)


def read_tree(content: bytes, *, under: uuid.UUID | None, unit_type: str) -> TreeFile:
    """Read a CSV in its strict form (``to_strict_csv``); positions without parent go ``under``.

    Every fault comes with the line on which its position begins.
    """
    records = records_of(content)
    if not records:
        return TreeFile(faults=[Fault(0, _("Le fichier n’est pas du texte : choisissez un CSV."))])
    header = [name.strip() for name in records[0][1]]
    missing = [name for name in COLUMNS[:3] if name not in header]
    if missing:
        words = _("Il manque la colonne : %(names)s.") % {"names": ", ".join(missing)}
        return TreeFile(faults=[Fault(1, words)])
    faults: list[Fault] = []
    positions: list[Position] = []
    lines: dict[Hashable, int] = {}
    typed: set[Hashable] = set()
    for line, row in records[1:]:
        cells = {name: value.strip() for name, value in zip(header, row, strict=False)}
        if not any(cells.values()):
            continue
        one, found = _position(cells, line, under=under, unit_type=unit_type)
        faults += found
        if one is None:
            continue
        if one.key in lines:
            faults.append(
                Fault(
                    line,
                    _("« %(name)s » figure déjà ligne %(line)s.")
                    % {"name": one.key, "line": lines[one.key]},
                )
            )
            continue
        lines[one.key] = line
        if cells.get("Type"):
            typed.add(one.key)
        positions.append(one)
    if not positions and not faults:
        faults.append(Fault(0, _("Le fichier n’a aucune position.")))
    return TreeFile(positions, sorted(faults, key=lambda fault: fault.line), lines, typed)


def _position(
    cells: Mapping[str, str], line: int, *, under: uuid.UUID | None, unit_type: str
) -> tuple[Position | None, list[Fault]]:
    faults = [
        Fault(line, _("« %(name)s » est obligatoire.") % {"name": name})
        for name in ("Identifier", "Title")
        if not cells.get(name)
    ]
    level = cells.get("DescriptionLevel", "")
    if level and level not in LEVELS:
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
    content: dict[str, Any] = {"Title": cells["Title"]}
    for name in ("DescriptionLevel", "Description"):
        if cells.get(name):
            content[name] = cells[name]
    content["OriginatingSystemId"] = [cells["Identifier"]]
    parent: Any = cells.get("ParentIdentifier") or under
    return Position(cells["Identifier"], kind, content, parent), []


def write_tree(read: Callable[[], Outline]) -> Iterator[bytes]:
    """Yield positions as ``read_tree`` reads them, under their own identifiers if they have.

    The header leaves before ``read`` goes through the tree; lines, a thousand at a time.
    """
    yield write_csv([COLUMNS])
    positions = read()
    # An identifier that several bear names none of them.
    names = {
        unit_id: str(unit_id) if name in positions.shared else name
        for unit_id, name in positions.names.items()
    }
    lines: list[list[str]] = []
    for unit in read_positions(positions.ids):
        above = next((names[one] for one in positions.parents[unit.id]), "")
        said = _text(unit.content.get("Description"))
        lines.append([names[unit.id], above, unit.title, unit.level, said, unit.unit_type])
        if len(lines) == READ_AT_ONCE:
            yield write_csv(lines)
            lines = []
    yield write_csv(lines)


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
