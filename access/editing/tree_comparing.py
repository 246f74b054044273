"""A file of positions beside the classification: what it would add, change and move.

A position of the file is one of the coffre when that one alone bears its identifier (the first of
its own, or that of the platform, as exports write it); so is a parent that the file only names.
What a file does not say stays: nothing is removed, an empty cell empties nothing, and a position
without parent keeps the place it has.
"""

import hashlib
import uuid
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from access.editing.positions import Outline, outline
from access.editing.tree_csv import Fault, TreeFile
from sae.holdings.models import ArchiveUnit
from sae.holdings.moving import Move, check_moves
from sae.holdings.planting import Position
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.unit_states import UnitState, read_units

KEY = "OriginatingSystemId"
DEFAULT_LEVEL = "RecordGrp"
_READ_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Redescribed:
    """A position of the coffre that the file describes otherwise: fields before and after."""

    unit_id: uuid.UUID
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moved:
    """A position of the coffre that the file puts elsewhere.

    ``target`` is the key of a new position, or an existing unit.
    """

    unit_id: uuid.UUID
    title: str
    detach: tuple[uuid.UUID, ...]
    target: Hashable | uuid.UUID


@dataclass(slots=True)
class TreeChanges:
    """What a file would do. ``keys`` names the positions of the file that the coffre has.

    ``known`` counts those whose identifier a position of the coffre bears, taken for it or not.
    """

    added: list[Position] = field(default_factory=list)
    redescribed: list[Redescribed] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    unchanged: int = 0
    keys: dict[Hashable, uuid.UUID] = field(default_factory=dict)
    known: int = 0

    @property
    def total(self) -> int:
        return len(self.added) + len(self.redescribed) + len(self.moved)

    @property
    def touched(self) -> list[uuid.UUID]:
        """The positions of the coffre that would change, each once."""
        moved = (one.unit_id for one in self.moved)
        return list(dict.fromkeys([*moved, *(one.unit_id for one in self.redescribed)]))

    @property
    def seen(self) -> str:
        """A digest of all this: what is applied is what was shown."""
        shown = [
            [[str(one.key), one.unit_type, one.content, str(one.parent)] for one in self.added],
            [[str(one.unit_id), one.before, one.after] for one in self.redescribed],
            [[str(one.unit_id), [*map(str, one.detach)], str(one.target)] for one in self.moved],
        ]
        written = orjson.dumps(shown, default=str, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(written).hexdigest()[:32]


def compare(file: TreeFile, *, anew: bool = False) -> tuple[TreeChanges, list[Fault]]:
    """Compare a file with the classification in sight; return what it would do, and its faults.

    With ``anew`` every position of the file is a new one, whatever identifiers the coffre knows:
    several trees may use the same letters. What has a fault, and what would stand below it, is left
    out of the changes.
    """
    present = outline()
    known = _known(file, present)
    keys = {} if anew else dict(known)
    orphans = list(_orphans(file, keys, present))
    lines = file.lines
    faults = [
        *file.faults,
        *orphans,
        *_type_faults(file, keys, present),
        *_cycle_faults(file.positions, lines),
    ]
    kept = _sound(file, {one.line for one in faults})
    changes = _changes(kept, keys, present)
    changes.known = len(known)
    moved_faults = list(_move_faults(changes, keys, lines))
    if moved_faults:
        faults += moved_faults
        kept = _sound(file, {one.line for one in faults})
        changes = _changes(kept, keys, present)
        changes.known = len(known)
    return changes, sorted(set(faults), key=lambda one: (one.line, one.words))


def _known(file: TreeFile, present: Outline) -> dict[Hashable, uuid.UUID]:
    by_name = _by_name(present)
    found = {}
    for one in file.positions:
        told = file.told.get(one.key)
        own = one.content.get(KEY) or []
        unit_id = told if told in present.types else by_name.get(str(own[0])) if own else None
        if unit_id is not None:
            found[one.key] = unit_id
    return found


def _by_name(present: Outline) -> dict[str, uuid.UUID]:
    """Return the positions by the identifier that each alone bears, or by the platform's."""
    found = {str(unit_id): unit_id for unit_id in present.ids}
    return found | {
        name: unit_id for unit_id, name in present.names.items() if name not in present.shared
    }


def _orphans(file: TreeFile, keys: dict[Hashable, uuid.UUID], present: Outline) -> Iterator[Fault]:
    """Find in the coffre the parents that the file does not hold; say which are nowhere."""
    inside = {one.key for one in file.positions}
    by_name = _by_name(present)
    for one in file.positions:
        parent = one.parent
        if parent is None or isinstance(parent, uuid.UUID) or parent in inside:
            continue
        unit_id = by_name.get(str(parent))
        if unit_id is not None:
            keys[parent] = unit_id
        else:
            words = _("Le parent « %(name)s » n’est ni dans le fichier ni dans le classement.")
            yield Fault(file.lines.get(one.key, 0), words % {"name": parent})


def _type_faults(
    file: TreeFile, keys: Mapping[Hashable, uuid.UUID], present: Outline
) -> Iterator[Fault]:
    types: dict[Hashable, str] = {one.key: one.unit_type for one in file.positions}
    types |= {unit_id: kind for unit_id, kind in present.types.items()}  # noqa: C416
    outside = {
        one.parent
        for one in file.positions
        if isinstance(one.parent, uuid.UUID) and one.parent not in types
    }
    types |= {unit.id: unit.unit_type for unit in units_by_ids(list(outside))}
    for one in file.positions:
        unit_id, line = keys.get(one.key), file.lines.get(one.key, 0)
        own = one.unit_type
        if unit_id is not None and present.types[unit_id] != own:
            own = present.types[unit_id]
            if one.key in file.typed:
                yield Fault(line, _("La nature d’une position qui existe ne change pas."))
        parent = keys.get(one.parent, one.parent) if one.parent is not None else None
        above = types.get(parent) if parent is not None else None
        if above and ArchiveUnit.Type(above).rank < ArchiveUnit.Type(own).rank:
            yield Fault(line, _("Un arbre ne peut pas se ranger sous un plan ou des archives."))


def _cycle_faults(positions: Sequence[Position], lines: Mapping[Hashable, int]) -> list[Fault]:
    """Say which positions of the file would stand below themselves."""
    parents = {one.key: one.parent for one in positions}
    safe: set[Hashable] = set()
    faults = []
    for start in parents:
        way: dict[Hashable, None] = {}
        at: Hashable | None = start
        while at in parents and at not in safe and at not in way:
            way[at] = None
            at = parents[at]
        if at in way:
            words = _("Des positions se contiennent l’une l’autre.")
            faults += [Fault(lines.get(one, 0), words) for one in way]
        safe.update(way)
    return faults


def _sound(file: TreeFile, bad: set[int]) -> list[Position]:
    """Return the positions without fault, nor below one that has some, those above first."""
    if 0 in bad or (1 in bad and not file.positions):
        return []
    by_key = {one.key: one for one in file.positions}
    verdicts: dict[Hashable, bool] = {}
    ordered: list[Position] = []
    for one in file.positions:
        way: list[Position] = []
        at: Position | None = one
        walked: set[Hashable] = set()
        while at is not None and at.key not in verdicts and at.key not in walked:
            way.append(at)
            walked.add(at.key)
            at = by_key.get(at.parent) if at.parent is not None else None
        is_sound = True if at is None else verdicts.get(at.key, False)
        for step in reversed(way):
            is_sound = is_sound and file.lines.get(step.key, 0) not in bad
            verdicts[step.key] = is_sound
            if is_sound:
                ordered.append(step)
    return ordered


def _changes(
    positions: Sequence[Position], keys: Mapping[Hashable, uuid.UUID], present: Outline
) -> TreeChanges:
    changes = TreeChanges(keys=dict(keys))
    met = [keys[one.key] for one in positions if one.key in keys]
    units: dict[uuid.UUID, UnitState] = {}
    for start in range(0, len(met), _READ_AT_ONCE):
        units |= read_units(met[start : start + _READ_AT_ONCE])
    for one in positions:
        parent = keys.get(one.parent, one.parent) if one.parent is not None else None
        unit = units.get(keys[one.key]) if one.key in keys else None
        if unit is None:
            changes.added.append(replace(one, parent=parent, content=_whole(one.content)))
            continue
        before, after = _differences(unit, one.content)
        if after:
            changes.redescribed.append(Redescribed(unit.id, unit.title, before, after))
        if one.parent in keys or (parent is not None and not isinstance(parent, uuid.UUID)):
            if parent not in unit.parents:
                detach = tuple(present.parents[unit.id][:1])
                changes.moved.append(Moved(unit.id, unit.title, detach, parent))
            elif not after:
                changes.unchanged += 1
        elif not after:
            changes.unchanged += 1
    return changes


def _whole(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"DescriptionLevel": DEFAULT_LEVEL, **content}


def _differences(unit: UnitState, said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in said.items():
        here = said_now(unit, name)
        if name == KEY or not value or _as_said(here, value) == value:
            continue
        before[name], after[name] = here, value
    return before, after


def said_now(unit: UnitState, name: str) -> Any:
    """Return what a position says in a field that files describe."""
    return unit.title if name == "Title" else unit.content.get(name)


def _as_said(present: Any, value: Any) -> Any:
    """Return a value of the coffre in the shape that the file gives it: a CSV has one text."""
    if isinstance(value, str) and isinstance(present, list):
        return " ".join(map(str, present))
    return present


def _move_faults(
    changes: TreeChanges, keys: Mapping[Hashable, uuid.UUID], lines: Mapping[Hashable, int]
) -> Iterator[Fault]:
    """Say which moves the holds or the shape of the tree forbid.

    A new position that receives another stands, for that matter, where the first position of the
    coffre above it does.
    """
    anchors: dict[Hashable, Hashable | None] = {one.key: one.parent for one in changes.added}
    moves, by_unit = [], {unit_id: key for key, unit_id in keys.items()}
    for one in changes.moved:
        target: Hashable | None = one.target
        while target in anchors:
            target = anchors[target]
        attach = (target,) if isinstance(target, uuid.UUID) else ()
        moves.append(Move(one.unit_id, attach, tuple(x for x in one.detach if x not in attach)))
    words = {
        "held": _("Un gel interdit de déplacer cette position."),
        "cycle": _("Cette position serait rangée sous elle-même."),
        "too_deep": _("L’arbre deviendrait trop profond."),
    }
    for refusal in check_moves(moves):
        for unit_id in refusal.unit_ids:
            line = lines.get(by_unit.get(unit_id), 0)
            yield Fault(line, words.get(refusal.reason, _("Ce déplacement n’est pas possible.")))
