"""Trees and plans out of a package of SEDA: the units of its manifest as positions of a file.

What a deposit alone can take (files, unit profiles, several parents, events) is a fault here, told
by its line: nothing that the manifest says is lost in silence.
"""

import tempfile
import uuid
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from access.editing.tree_csv import Fault, TreeFile
from access.editing.tree_ead import rule_faults
from sae.holdings.planting import Position
from sae.holdings.selectors.units import find_units_by_key
from sae.kernel.identifiers import parse_id
from sae.seda.assembly import IgnoringConsumer
from sae.seda.containers import ContainerFault, read_manifest_bytes
from sae.seda.faults import ManifestRefused
from sae.seda.model import ArchiveUnit, UnitLink, UpdateOperation
from sae.seda.reader import explain_manifest, read_manifest
from sae.ui.problem_words import words_of

KEY = "OriginatingSystemId"
_ID = "unit-"
"""What comes before the identifier of a unit in the packages that this platform writes."""
MOST_BYTES = 300 * 1024 * 1024
MOST_FAULTS = 5_000


class UnreadablePackageError(ValueError):
    """The file is no zip that holds a manifest, or its manifest is too large."""


def manifest_of(package: bytes) -> bytes:
    """Return the manifest of a zip; raises ``UnreadablePackageError``."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(package)
        file.flush()
        read = bytearray()
        try:
            for piece in read_manifest_bytes(Path(file.name)):
                read += piece
                if len(read) > MOST_BYTES:
                    raise UnreadablePackageError
        except ContainerFault as fault:
            raise UnreadablePackageError from fault
    if not read:
        raise UnreadablePackageError
    return bytes(read)


class _Units(IgnoringConsumer):
    """Keeps the units of a manifest and how they are placed."""

    def __init__(self) -> None:
        self.units: list[ArchiveUnit] = []
        self.links: list[UnitLink] = []

    def on_unit(self, unit: ArchiveUnit) -> None:
        self.units.append(unit)

    def on_link(self, link: UnitLink) -> None:
        if link.parent is not None:
            self.links.append(link)


def read_package(content: bytes, *, under: uuid.UUID | None, unit_type: str) -> TreeFile:
    """Read the units of a manifest as positions of one nature; what is at the top goes ``under``.

    A unit that stands for one of the coffre (UpdateOperation) is no position: it is where those
    below it go. The grammar is that of deposits: a manifest refused there is refused here.
    """
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(content)
        file.flush()
        found = _Units()
        try:
            read_manifest(file.name, found)
        except ManifestRefused:
            problems = explain_manifest(file.name)[:MOST_FAULTS]
            return TreeFile(faults=[Fault(one.place.line or 0, words_of(one)) for one in problems])
    return _tree(found, under, unit_type)


def _tree(found: _Units, under: uuid.UUID | None, unit_type: str) -> TreeFile:
    units = sorted(found.units, key=lambda unit: unit.position)
    above: dict[str, list[str]] = {}
    for unit in units:
        if unit.parent_id is not None:
            above.setdefault(unit.id, []).append(unit.parent_id)
    for link in found.links:
        if link.parent is not None:
            above.setdefault(link.child, []).append(link.parent)
    faults: list[Fault] = []
    standing: dict[str, str | None] = {}
    for unit in units:
        if unit.update_operation is not None:
            standing[unit.id] = _existing(unit.update_operation)
            if standing[unit.id] is None:
                words = _(
                    "La position à laquelle se rattacher est introuvable, ou il y en a plusieurs."
                )
                faults.append(Fault(unit.line, words))
    known = {unit.id for unit in units}
    positions: list[Position] = []
    lines: dict[Hashable, int] = {}
    told: dict[Hashable, uuid.UUID] = {}
    for unit in units:
        if unit.id in standing:
            continue
        parents = [one for one in above.get(unit.id, ()) if one in known]
        faults += [Fault(unit.line, words) for words in _losses(unit, len(parents))]
        parent: Hashable | None = under
        if parents:
            first = parents[0]
            parent = standing[first] or _key(first) if first in standing else _key(first)
        key = _key(unit.id)
        positions.append(Position(key, unit_type, unit.content, parent, _rules(unit.management)))
        lines[key] = unit.line
        if unit_id := parse_id(unit.id.removeprefix(_ID)):
            told[key] = unit_id
    faults += rule_faults(positions, list(lines.values()))
    return TreeFile(positions, sorted(faults, key=lambda fault: fault.line), lines, set(), told)


def _existing(operation: UpdateOperation) -> str | None:
    """Return the name by which the classification knows a unit that stands for one of it.

    An identifier of origin is looked for as a file of positions does; any other metadata names the
    one unit in sight that bears it.
    """
    if not operation.by_key:
        return operation.system_id or None
    name, value = operation.key_name or "", operation.key_value or ""
    if name == KEY:
        return value or None
    units = find_units_by_key(name, value, limit=2)
    return str(units[0]) if len(units) == 1 else None


def _losses(unit: ArchiveUnit, parents: int) -> Iterator[str]:
    """Yield why a unit enters by a deposit alone."""
    if not str(unit.content.get("Title") or "").strip():
        yield _("La position n’a pas d’intitulé.")
    if unit.references:
        yield _("Cette unité a des fichiers : déposez le paquet comme un versement.")
    if unit.profile:
        yield _("Cette unité suit un profil d’unité, qu’un dépôt contrôle : déposez le paquet.")
    if unit.log_book:
        yield _("Cette unité apporte des événements, qu’un dépôt garde : déposez le paquet.")
    if parents > 1:
        yield _("Cette position a plusieurs parents, ce qu’un dépôt permet : déposez le paquet.")


def _rules(management: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in management.items() if value not in (None, {}, [], "")}


def _key(identifier: str) -> str:
    return f"sip:{identifier}"
