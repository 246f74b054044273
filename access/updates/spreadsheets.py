"""Descriptions edited in a spreadsheet: chosen fields go out as CSV, come back, and are compared.

A file out and back unchanged changes nothing. Each line carries the version of its unit: one that
somebody modified since is left aside, never overwritten.
"""

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from access.updates.description_forms import patch_between
from access.updates.fields import Field, FieldFault, editable_fields
from sae.holdings.selectors.units import shown_among
from sae.holdings.unit_states import read_units
from sae.kernel.identifiers import parse_id
from sae.ui import exports, french
from tenants.accounts.sheets import protected, restored

ID, VERSION = "Identifiant", "Version de l’unité"
MOST_LINES = 20_000
_MOST_FAULTS = 1_000
_NAMED = re.compile(r"\[([^\[\]]+)\]\s*$")
_BATCH = 1_000


def heading(one: Field) -> str:
    """Return the title of a column: « Intitulé [Title] »; what is between brackets names it."""
    return f"{one.label} [{one.name}]"


def rows_of(parts: Iterable[Sequence[uuid.UUID]], names: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Yield the headers, then a line per unit, in the order of the selection."""
    fields = editable_fields()
    chosen = [fields[name] for name in names if name in fields]
    yield [ID, VERSION, *map(heading, chosen)]
    for part in parts:
        for start in range(0, len(part), _BATCH):
            ids = part[start : start + _BATCH]
            states = read_units(ids)
            for unit_id in ids:
                state = states.get(unit_id)
                if state is not None:
                    texts = (protected(one.text_in(state.content)) for one in chosen)
                    yield [str(unit_id), str(state.version), *texts]


@dataclass(frozen=True, slots=True)
class SheetFault:
    """What is wrong in a file: ``line`` counts from 1, headers included; ``column`` its title."""

    line: int
    column: str
    sentence: str


@dataclass(slots=True)
class Sheet:
    """A file read: what is asked of each unit, and every fault.

    ``inputs``: ``{unit: {"version", "patch", "fault"}}``; a unit whose line has a fault is there
    too, so that the report tells it. ``refused``: the file as a whole cannot be used.
    """

    inputs: dict[uuid.UUID, dict[str, Any]] = field(default_factory=dict)
    faults: list[SheetFault] = field(default_factory=list)
    refused: str = ""
    unchanged: int = 0


def read_sheet(content: bytes) -> Sheet:
    """Read a CSV file (comma or semicolon, UTF-8 or Latin-1) against the units as they stand."""
    sheet = Sheet()
    text = _decoded(content)
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") >= first.count(",") else ",",
    )
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        sheet.refused = _("Ce fichier ne se lit pas comme un CSV (ligne %(line)s : %(why)s).") % {
            "line": reader.line_num, "why": error,
        }  # fmt: skip
        return sheet
    if not rows:
        sheet.refused = _("Ce fichier est vide.")
        return sheet
    if len(rows) - 1 > MOST_LINES:
        sheet.refused = _("Ce fichier dépasse %s lignes.") % french.number(MOST_LINES)
        return sheet
    columns = _columns(rows[0][1], sheet)
    if not sheet.refused:
        for start in range(1, len(rows), _BATCH):
            _read_lines(rows[start : start + _BATCH], columns, sheet)
    return sheet


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


@dataclass(frozen=True, slots=True)
class _Columns:
    unit: int
    version: int
    fields: Mapping[int, Field]


def _columns(headers: Sequence[str], sheet: Sheet) -> _Columns:
    known = editable_fields()
    places: dict[str, int] = {}
    found: dict[int, Field] = {}
    for place, title in enumerate(headers):
        title = title.strip()
        named = _NAMED.search(title)
        name = named[1].strip() if named else title
        if name in places:
            sheet.refused = _("La colonne « %s » figure deux fois.") % title
        places[name] = place
        if name in known:
            found[place] = known[name]
        elif name not in (ID, VERSION):
            sheet.refused = _(
                "La colonne « %s » n’est pas un champ modifiable : gardez les titres de l’export."
            ) % (title or place + 1)
    for name in (ID, VERSION):
        if name not in places:
            sheet.refused = _("Il manque la colonne « %s ».") % name
    if not found and not sheet.refused:
        sheet.refused = _("Ce fichier n’a aucune colonne à modifier.")
    return _Columns(places.get(ID, 0), places.get(VERSION, 0), found)


def _read_lines(rows: Sequence[tuple[int, list[str]]], columns: _Columns, sheet: Sheet) -> None:
    ids = {line: parse_id(_cell(row, columns.unit).lower()) for line, row in rows}
    # Out of sight is as good as unknown.
    states = read_units(list(shown_among([one for one in ids.values() if one is not None])))
    for line, row in rows:
        unit_id = ids[line]
        state = states.get(unit_id) if unit_id else None
        if state is None or unit_id is None:
            _tell(sheet, line, ID, _("Cette unité est inconnue dans ce coffre."))
            continue
        if unit_id in sheet.inputs:
            _tell(sheet, line, ID, _("Cette unité figure déjà plus haut."))
            continue
        text = _cell(row, columns.version)
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            _tell(sheet, line, VERSION, _("« %s » n’est pas un numéro de version.") % text[:50])
            continue
        before = {one.name: one.text_in(state.content) for one in columns.fields.values()}
        after, fault = _after(row, line, columns, sheet)
        patch = patch_between(before, after)
        if patch.is_empty and not fault:
            sheet.unchanged += 1
            continue
        sheet.inputs[unit_id] = {"version": int(text), "patch": patch.as_json(), "fault": fault}


def _after(
    row: Sequence[str], line: int, columns: _Columns, sheet: Sheet
) -> tuple[dict[str, str], str]:
    after, faults = {}, []
    for place, one in columns.fields.items():
        text = _cell(row, place)
        try:
            one.set_in({}, text)
        except FieldFault as fault:
            _tell(sheet, line, heading(one), str(fault))
            faults.append(f"{one.label} : {fault}")
        after[one.name] = text
    return after, " ".join(faults)


def _cell(row: Sequence[str], place: int) -> str:
    """Return a cell, without the apostrophe that kept a spreadsheet from running it."""
    text = row[place] if place < len(row) else ""
    return restored(text).replace("\r\n", "\n").strip()


def _tell(sheet: Sheet, line: int, column: str, sentence: str) -> None:
    if len(sheet.faults) < _MOST_FAULTS:
        sheet.faults.append(SheetFault(line, column, sentence))


def sheet_response(parts: Iterable[Sequence[uuid.UUID]], names: Sequence[str]) -> Any:
    """Return the file of a selection. Raises ``TooManyLinesError``."""
    return exports.export_response(
        rows_of(parts, names), title=_("Descriptions à modifier"), file_format="csv"
    )
