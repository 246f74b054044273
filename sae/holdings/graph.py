"""The graph of a package, laid over the fonds: parents first, ancestors, depths, counts.

Pure and compact: units are numbers in the order of the manifest, edges live in arrays (about 30
bytes per unit), ancestors of siblings are one shared tuple, dropped once the last child has been
given out. So a million units stay within bounded memory, and 100 000 take well under a second
(a recursive query took 1.6 s).

    graph = PackageGraph()
    folder, piece = graph.add_unit(), graph.add_unit()
    graph.link(folder, piece)
    graph.attach(folder, ExistingUnit(id=…, ancestors=(…), depth=3))
    cycle = graph.find_cycle()          # [] when there is none
    for placed in graph.arrange(identifier_of): …   # parents first
    graph.growth()                      # what to add to the counts of existing units
"""

from __future__ import annotations  # array[int] needs Python 3.12 at run time

import uuid
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sae.holdings.compiled_links import CompiledLinks

IdentifierOf = Callable[[int], uuid.UUID]

MAX_DEPTH = 2_000
"""Deepest path accepted, the fonds above included: ancestors are kept with every unit."""


@dataclass(frozen=True, slots=True)
class ExistingUnit:
    """A unit already in the fonds: all its ancestors (without itself) and its depth (root: 1)."""

    id: uuid.UUID
    ancestors: tuple[uuid.UUID, ...] = ()
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """One new unit in its place. ``ancestors`` is shared by siblings; ``depth`` is the longest."""

    index: int
    parents: tuple[uuid.UUID, ...]
    ancestors: tuple[uuid.UUID, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Growth:
    """What the package adds below one existing unit."""

    children: int = 0
    descendants: int = 0


class CycleError(ValueError):
    """The package holds a cycle; ``cycle`` lists its units in order, the first not repeated."""

    def __init__(self, cycle: list[int]) -> None:
        super().__init__(f"cycle of {len(cycle)} units")
        self.cycle = cycle


class TooDeepError(ValueError):
    """A path of the package is longer than the limit; ``index`` is the first unit beyond it."""

    def __init__(self, index: int, limit: int) -> None:
        super().__init__(f"unit {index} lies deeper than {limit}")
        self.index = index
        self.limit = limit


class PackageGraph:
    """Units of one package by number, their links, and the existing units they hang under."""

    def __init__(self) -> None:
        self._size = 0
        self._edge_parents = array("i")
        self._edge_children = array("i")
        self._attachments: dict[int, list[ExistingUnit]] = {}
        self._existing: dict[int, ExistingUnit] = {}
        self._compiled: CompiledLinks | None = None

    def __len__(self) -> int:
        return self._size

    def add_unit(self) -> int:
        """Return the number of one more unit."""
        self._size += 1
        self._compiled = None
        return self._size - 1

    def add_units(self, count: int) -> range:
        """Return the numbers of ``count`` more units."""
        first = self._size
        self._size += count
        self._compiled = None
        return range(first, self._size)

    def link(self, parent: int, child: int) -> None:
        """Put a unit of the package under another. Twice the same link counts once."""
        self._edge_parents.append(parent)
        self._edge_children.append(child)
        self._compiled = None

    def attach(self, child: int, existing: ExistingUnit) -> None:
        """Put a unit of the package under a unit of the fonds."""
        known = self._attachments.setdefault(child, [])
        if all(one.id != existing.id for one in known):
            known.append(existing)
        self._compiled = None

    def declare_existing(self, index: int, existing: ExistingUnit) -> None:
        """Say that a unit of the manifest stands for a unit of the fonds: it is not created.

        Its children in the manifest become children of the existing unit. What the manifest says
        of its own parents must have been refused before.
        """
        self._existing[index] = existing
        self._compiled = None

    def targets(self) -> set[uuid.UUID]:
        """Return the units of the fonds that the package hangs under or names."""
        attached = {one.id for found in self._attachments.values() for one in found}
        return attached | {one.id for one in self._existing.values()}

    def replace_targets(self, now: Mapping[uuid.UUID, ExistingUnit]) -> None:
        """Say where units of the fonds are now: they may have moved since the package was read."""
        self._attachments = {
            index: [now.get(one.id, one) for one in found]
            for index, found in self._attachments.items()
        }
        self._existing = {index: now.get(one.id, one) for index, one in self._existing.items()}
        self._compiled = None

    def find_cycle(self) -> list[int]:
        """Return the units of one cycle, in order, or ``[]``."""
        compiled = self._compile()
        left = {index for index in range(self._size) if compiled.pending[index] > 0}
        if not left:
            return []
        # Every unit left has a parent left: going up must come back to a unit already seen.
        parent_left: dict[int, int] = {}
        for parent, child in zip(self._edge_parents, self._edge_children, strict=True):
            if parent in left and child in left:
                parent_left.setdefault(child, parent)
        seen: dict[int, int] = {}
        path: list[int] = []
        here = min(left)
        while here not in seen:
            seen[here] = len(path)
            path.append(here)
            here = parent_left[here]
        cycle = path[seen[here] :][::-1]
        first = cycle.index(min(cycle))
        return cycle[first:] + cycle[:first]

    def child_count(self, index: int) -> int:
        """Return the number of direct children of a unit, within the package."""
        compiled = self._compile()
        return compiled.starts[index + 1] - compiled.starts[index]

    def descendant_count(self, index: int) -> int:
        """Return the number of distinct descendants of a unit, within the package."""
        return self._counts()[index]

    def descendant_counts(self) -> array[int]:
        """Return ``descendant_count`` of every unit, by number."""
        return self._counts()

    def child_counts(self) -> array[int]:
        """Return ``child_count`` of every unit, by number."""
        return array("i", self._compile().child_counts())

    def folders(self) -> Iterator[int]:
        """Yield the new units that have children within the package, each after its parents."""
        compiled = self._checked(MAX_DEPTH)
        starts, existing = compiled.starts, self._existing
        for index in compiled.order:
            if starts[index + 1] > starts[index] and index not in existing:
                yield index

    def children(self, index: int) -> array[int]:
        """Return the children of a unit within the package, in the order of the manifest."""
        compiled = self._compile()
        return compiled.children[compiled.starts[index] : compiled.starts[index + 1]]

    def roots(self) -> Iterator[int]:
        """Yield the units without any parent, neither in the package nor in the fonds."""
        compiled = self._compile()
        return (
            index
            for index in range(self._size)
            if not compiled.parent_count[index]
            and index not in self._attachments
            and index not in self._existing
        )

    def arrange(
        self, identifier_of: IdentifierOf, *, max_depth: int = MAX_DEPTH
    ) -> Iterator[Placed]:
        """Yield every new unit after all its parents, in the manifest's order otherwise.

        ``identifier_of(index)`` gives the identifier of a new unit. Raises ``CycleError`` or
        ``TooDeepError`` before the first unit. May be called more than once.
        """
        compiled = self._checked(max_depth)
        below: dict[int, _Below] = {}
        waiting = array("i", compiled.child_counts())
        parents_of = compiled.parents_of
        for index in compiled.order:
            parents = parents_of(index)
            existing = self._existing.get(index)
            if existing is not None:
                place = _Below(
                    (existing.id,), (*existing.ancestors, existing.id), existing.depth + 1
                )
            else:
                placed = self._place(index, parents, below)
                yield placed
                place = None
            for parent in parents:
                waiting[parent] -= 1
                if not waiting[parent]:
                    del below[parent]
            if waiting[index]:
                if place is None:
                    own = identifier_of(index)
                    place = _Below((own,), (*placed.ancestors, own), placed.depth + 1)
                below[index] = place

    def _place(self, index: int, parents: array[int], below: dict[int, _Below]) -> Placed:
        attachments = self._attachments.get(index)
        if not attachments:
            if len(parents) == 1:
                place = below[parents[0]]
                return Placed(index, place.parents, place.ancestors, place.depth)
            if not parents:
                return Placed(index, (), (), 1)
        places = [below[parent] for parent in parents] + [
            _Below((one.id,), (*one.ancestors, one.id), one.depth + 1) for one in attachments or ()
        ]
        direct = dict.fromkeys(one for place in places for one in place.parents)
        every = dict.fromkeys(one for place in places for one in place.ancestors)
        return Placed(index, tuple(direct), tuple(every), max(place.depth for place in places))

    def growth(self) -> dict[uuid.UUID, Growth]:
        """Return what the package adds below each existing unit concerned: its attachment points
        and all their ancestors."""
        compiled = self._checked(MAX_DEPTH)
        children: dict[uuid.UUID, int] = {}
        descendants: dict[uuid.UUID, int] = {}
        # Existing units above a unit through the package, as one frozenset shared by all the
        # units of a branch: a package has few different ones.
        above: dict[int, frozenset[uuid.UUID]] = {}
        totals: dict[frozenset[uuid.UUID], int] = {}
        waiting = array("i", compiled.child_counts())
        nothing: frozenset[uuid.UUID] = frozenset()
        unions: dict[tuple[frozenset[uuid.UUID], ...], frozenset[uuid.UUID]] = {}
        for index in compiled.order:
            parents = compiled.parents_of(index)
            existing = self._existing.get(index)
            if existing is not None:
                reached = frozenset((existing.id, *existing.ancestors))
                new_children = [
                    child for child in self.children(index) if child not in self._existing
                ]
                children[existing.id] = children.get(existing.id, 0) + len(new_children)
            else:
                sources = [above[parent] for parent in parents if parent in above]
                for one in self._attachments.get(index, ()):
                    sources.append(frozenset((one.id, *one.ancestors)))
                    children[one.id] = children.get(one.id, 0) + 1
                reached = nothing
                if len(sources) == 1:
                    reached = sources[0]
                elif sources:
                    key = tuple(sources)
                    reached = unions.get(key) or unions.setdefault(key, nothing.union(*sources))
                if reached:
                    totals[reached] = totals.get(reached, 0) + 1
            for parent in parents:
                waiting[parent] -= 1
                if not waiting[parent]:
                    above.pop(parent, None)
            if waiting[index] and reached:
                above[index] = reached
        for reached, count in totals.items():
            for identifier in reached:
                descendants[identifier] = descendants.get(identifier, 0) + count
        return {
            identifier: Growth(children.get(identifier, 0), descendants.get(identifier, 0))
            for identifier in children.keys() | descendants.keys()
        }

    def _checked(self, max_depth: int) -> CompiledLinks:
        compiled = self._compile()
        if len(compiled.order) < self._size:
            raise CycleError(self.find_cycle())
        if compiled.deepest > max_depth:
            depths = compiled.depths
            raise TooDeepError(
                next(index for index in compiled.order if depths[index] > max_depth), max_depth
            )
        return compiled

    def _compile(self) -> CompiledLinks:
        if self._compiled is None:
            base = {
                index: max(one.depth for one in units) + 1
                for index, units in self._attachments.items()
            }
            base |= {index: one.depth for index, one in self._existing.items()}
            self._compiled = CompiledLinks(
                self._size, self._edge_parents, self._edge_children, base
            )
        return self._compiled

    def _counts(self) -> array[int]:
        compiled = self._checked(MAX_DEPTH)
        if compiled.descendants is None:
            compiled.descendants = compiled.count_descendants()
        return compiled.descendants


@dataclass(frozen=True, slots=True)
class _Below:
    """What the children of one unit have in common."""

    parents: tuple[uuid.UUID, ...]
    ancestors: tuple[uuid.UUID, ...]
    depth: int
