"""The rules in force on each unit: its own, and those of its parents that it does not set aside.

Source of the rules: SEDA (Management, PreventInheritance, RefNonRuleId) as the field applies it.

- A unit hands down everything in force on it. The same declaration that comes by several parents
  is one entry with several paths; two declarations of one rule by two units are two entries.
- A rule that the unit declares, or refuses by its identifier, is not inherited; nor is a property
  that the unit declares. ``PreventInheritance`` stops rules and properties of the category alike.
- The appraisal of a unit whose agency has decided no final action is Keep, and hides what other
  agencies decided: nobody destroys the archives of an agency that did not say so.
- ``NeedAuthorization`` belongs to no category: declared, it hides the inherited one; nothing else
  stops it.

Units share results: one without declaration, under one parent of its agency, has its parent's very
object. Paths are not kept but walked on demand, for their number can grow as a power of the depth.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sae.holdings.inheritance.categories import (
    APPRAISAL,
    CATEGORIES,
    FINAL_ACTION,
    GLOBAL,
    KEEP,
    NEED_AUTHORIZATION,
    NOT_PROPERTIES,
)
from sae.holdings.inheritance.values import (
    NOTHING,
    CategoryInForce,
    Cause,
    Entry,
    Path,
    SetAside,
    Unit,
    UnitId,
)

PARTS = (*CATEGORIES, GLOBAL)
_PLACE = {name: place for place, name in enumerate(PARTS)}
_APPRAISAL = _PLACE[APPRAISAL]
_CATEGORIES = frozenset(CATEGORIES)
Result = tuple[CategoryInForce, ...]
"""What is in force on one unit, in the order of ``PARTS``."""
_NO_RESULT: Result = (NOTHING,) * len(PARTS)


class CycleError(ValueError):
    """A unit is its own ancestor. ``units`` are the ones that could not be placed."""

    def __init__(self, units: Sequence[UnitId]) -> None:
        super().__init__(f"units above themselves: {', '.join(map(str, units[:10]))}")
        self.units = units


class UnknownParentError(LookupError):
    """A parent is missing from the units given: no result could be right without it."""

    def __init__(self, unit_id: UnitId, parent_id: UnitId) -> None:
        super().__init__(f"parent {parent_id} of {unit_id} was not given")
        self.unit_id, self.parent_id = unit_id, parent_id


def compute(units: Iterable[Unit]) -> "Inheritance":
    """Return the rules in force on every unit given, in one pass from the roots down.

    All the ancestors of a unit must be among them. Raises ``UnknownParentError``, ``CycleError``.
    """
    known = {unit.id: unit for unit in units}
    children: dict[UnitId, list[Unit]] = {}
    waiting: dict[UnitId, int] = {}
    ready: list[Unit] = []
    for unit in known.values():
        if not unit.parents:
            ready.append(unit)
            continue
        waiting[unit.id] = len(unit.parents)
        for parent in unit.parents:
            if parent not in known:
                raise UnknownParentError(unit.id, parent)
            children.setdefault(parent, []).append(unit)
    results: dict[UnitId, Result] = {}
    for unit in ready:  # grows while it is read
        results[unit.id] = in_force_under(unit, [results[parent] for parent in unit.parents])
        for child in children.get(unit.id, ()):
            waiting[child.id] -= 1
            if not waiting[child.id]:
                ready.append(child)
    if len(results) < len(known):
        raise CycleError([one for one in known if one not in results])
    return Inheritance(known, results)


def compute_one(unit: Unit, above: Iterable[Unit]) -> "Inheritance":
    """Return the rules in force on one unit and on its ancestors, which ``above`` must hold.

    Raises ``UnknownParentError``, ``CycleError``.
    """
    known = {one.id: one for one in above}
    known[unit.id] = unit
    results: dict[UnitId, Result] = {}
    open_units: set[UnitId] = set()
    pending = [unit]
    while pending:
        one = pending[-1]
        missing = []
        for parent in one.parents:
            if parent not in known:
                raise UnknownParentError(one.id, parent)
            if parent in open_units:
                raise CycleError([one.id, parent])
            if parent not in results:
                missing.append(known[parent])
        if missing and one.id not in results:
            open_units.add(one.id)
            # One at a time: only the units of the branch being climbed are open.
            pending.append(missing[0])
            continue
        pending.pop()
        open_units.discard(one.id)
        results[one.id] = in_force_under(one, [results[parent] for parent in one.parents])
    return Inheritance({one: known[one] for one in results}, results)


class Inheritance:
    """The rules in force on a set of units that holds the ancestors of each."""

    def __init__(self, units: Mapping[UnitId, Unit], results: Mapping[UnitId, Result]) -> None:
        self._units = units
        self._results = results

    def __contains__(self, unit_id: UnitId) -> bool:
        return unit_id in self._results

    def __iter__(self) -> Iterator[UnitId]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def unit(self, unit_id: UnitId) -> Unit:
        return self._units[unit_id]

    def in_force(self, unit_id: UnitId, category: str) -> CategoryInForce:
        """Return what is in force of a category (or of ``GLOBAL``): the unit's own come first."""
        return self._results[unit_id][_PLACE[category]]

    def final_actions(self, unit_id: UnitId, category: str) -> tuple[Entry, ...]:
        """Return the final actions in force of a category, one by agency or more."""
        properties = self.in_force(unit_id, category).properties
        return tuple(entry for entry in properties if entry.name == FINAL_ACTION)

    def paths(self, unit_id: UnitId, entry: Entry) -> Iterator[Path]:
        """Yield the ways by which an entry in force comes, each from the unit up to its origin.

        Their number may be huge where parents cross at every level: take only what you need.
        """
        pending: list[Path] = [(unit_id,)]
        while pending:
            path = pending.pop()
            if path[-1] == entry.origin:
                yield path
                continue
            pending.extend(
                (*path, parent)
                for parent in reversed(dict.fromkeys(self._units[path[-1]].parents))
                if entry in self.in_force(parent, entry.category).entries
            )

    def set_aside_by(self, unit_id: UnitId, category: str) -> list[SetAside]:
        """Return what the parents of a unit carry that stops at it, and why."""
        unit = self._units[unit_id]
        carried = dict.fromkeys(
            entry for parent in unit.parents for entry in self.in_force(parent, category).entries
        )
        if not carried:
            return []
        mine = self.in_force(unit_id, category).entries
        block = _block(unit.management, category)
        prevents = category != GLOBAL and _prevents_inheritance(block)
        own = {(entry.is_rule, entry.name) for entry in mine if entry.origin == unit_id}
        own -= {(entry.is_rule, entry.name) for entry in mine if entry.is_implicit}
        stopped = []
        for entry in carried:
            if entry in mine:
                continue
            if prevents:
                cause = Cause.PREVENT_INHERITANCE
            elif (entry.is_rule, entry.name) in own:
                cause = Cause.REDEFINED
            elif entry.is_rule:
                cause = Cause.PREVENTED_RULE
            else:
                cause = Cause.IMPLICIT_KEEP
            stopped.append(SetAside(entry, unit_id, cause))
        return stopped

    def set_aside_above(self, unit_id: UnitId, category: str) -> list[SetAside]:
        """Return what was stopped by the unit or on its way to it, nearest first.

        What still arrives by another way is left out.
        """
        mine = self.in_force(unit_id, category).entries
        seen = {unit_id}
        to_visit = [unit_id]
        stopped = []
        for one in to_visit:  # grows while it is read
            stopped += [
                aside for aside in self.set_aside_by(one, category) if aside.entry not in mine
            ]
            for parent in self._units[one].parents:
                if parent not in seen:
                    seen.add(parent)
                    to_visit.append(parent)
        return stopped


def in_force_under(unit: Unit, above: Sequence[Result]) -> Result:
    """Return what is in force on a unit whose parents have these results, in their order.

    For whoever goes down a graph too large to be held: see ``compute`` for the others. The result
    may be that of a parent, the very object.
    """
    if len(above) == 1:
        inherited = above[0]
    elif above:
        inherited = tuple(_union(parts) for parts in zip(*above, strict=True))
    else:
        inherited = _NO_RESULT
    management = unit.management
    if not management:
        appraisal = _with_implicit_keep(unit, inherited[_APPRAISAL])
        if appraisal is inherited[_APPRAISAL]:
            return inherited
        return (*inherited[:_APPRAISAL], appraisal, *inherited[_APPRAISAL + 1 :])
    parts = list(inherited)
    for category in management.keys() & _CATEGORIES:
        place = _PLACE[category]
        parts[place] = _category_in_force(unit, category, inherited[place])
    parts[_APPRAISAL] = _with_implicit_keep(unit, parts[_APPRAISAL])
    if management.get(NEED_AUTHORIZATION) is not None:
        value = management[NEED_AUTHORIZATION]
        entry = Entry(GLOBAL, unit.id, unit.agency, NEED_AUTHORIZATION, value, is_rule=False)
        parts[-1] = CategoryInForce(properties=(entry,))
    return tuple(parts)


def _union(parts: Sequence[CategoryInForce]) -> CategoryInForce:
    """Return what several parents carry together; entries that meet again are the same one."""
    first = parts[0]
    if all(part is first for part in parts):
        return first
    return CategoryInForce(
        tuple(dict.fromkeys(entry for part in parts for entry in part.rules)),
        tuple(dict.fromkeys(entry for part in parts for entry in part.properties)),
    )


def _category_in_force(unit: Unit, category: str, inherited: CategoryInForce) -> CategoryInForce:
    block = _block(unit.management, category)
    if not block:
        return inherited
    rules = tuple(
        [
            Entry(category, unit.id, unit.agency, rule["Rule"], rule, is_rule=True, place=place)
            for place, rule in enumerate(block.get("Rules") or ())
            if rule.get("Rule")
        ]
    )
    properties = tuple(
        [
            Entry(category, unit.id, unit.agency, name, value, is_rule=False)
            for name, value in block.items()
            if name not in NOT_PROPERTIES and value is not None
        ]
    )
    if _prevents_inheritance(block):
        return CategoryInForce(rules, properties)
    if inherited.rules:
        refused = {entry.name for entry in rules}
        refused.update((block.get("Inheritance") or {}).get("PreventRulesId") or ())
        rules += tuple([entry for entry in inherited.rules if entry.name not in refused])
    if inherited.properties:
        own = {entry.name for entry in properties}
        properties += tuple([entry for entry in inherited.properties if entry.name not in own])
    return CategoryInForce(rules, properties)


def _with_implicit_keep(unit: Unit, part: CategoryInForce) -> CategoryInForce:
    """Give Keep to a unit whose agency has decided no final action, itself or above."""
    if not unit.agency:
        return part
    for entry in part.properties:
        if entry.name == FINAL_ACTION and entry.agency == unit.agency:
            return part
    keep = Entry(
        APPRAISAL, unit.id, unit.agency, FINAL_ACTION, KEEP, is_rule=False, is_implicit=True
    )
    others = tuple(entry for entry in part.properties if entry.name != FINAL_ACTION)
    return CategoryInForce(part.rules, (keep, *others))


def _block(management: Mapping[str, Any], category: str) -> Mapping[str, Any]:
    block = management.get(category)
    return block if isinstance(block, Mapping) else {}


def _prevents_inheritance(block: Mapping[str, Any]) -> bool:
    return (block.get("Inheritance") or {}).get("PreventInheritance") is True
