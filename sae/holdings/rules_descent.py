"""Rules of a deposit's units, laid as they pass on their way to the fonds."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sae.holdings.rules_laying import HandedDown, Layer, ResultLine


class Passing(Protocol):
    """What is asked of a unit that passes."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def parents(self) -> Sequence[uuid.UUID]: ...
    @property
    def management(self) -> bytes: ...
    @property
    def originating_agency(self) -> str: ...
    @property
    def child_count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A unit that has children, as ``Descent.lay_folders`` wants it."""

    id: uuid.UUID
    parents: Sequence[uuid.UUID]
    management: bytes
    originating_agency: str
    child_count: int


@dataclass(slots=True)
class _Open:
    """A unit of the package whose children are still to come."""

    handed: HandedDown
    waiting: int


def _is_twin(unit: Passing, other: Passing) -> bool:
    """Tell whether a piece has the rules of the one before it: same parents, same declaration."""
    return (
        not unit.child_count
        and unit.parents is other.parents
        and unit.management == other.management
        and unit.originating_agency == other.originating_agency
    )


class Descent:
    """Goes down a package with what its parents hand down, each kept until its last child.

    ``above``: what the existing units hand down that the package hangs under. It neither reads nor
    writes the database: it runs in the thread that encodes rows.
    """

    def __init__(self, layer: Layer, above: Mapping[uuid.UUID, HandedDown]) -> None:
        self._layer = layer
        self._above = above
        self._open: dict[uuid.UUID, _Open] = {}
        self._laid: dict[uuid.UUID, uuid.UUID] = {}
        self._last: tuple[Passing, uuid.UUID] | None = None

    def lay_folders(self, folders: Iterable[Folder]) -> None:
        """Lay the rules of units that have children, each given after its parents.

        In a manifest the children of a unit come before it: without this, none of them could be
        laid as it passes, and the database would have to be read again (4 ms a unit were seen).
        """
        for folder in folders:
            result = self.result_of(folder)
            if result is not None:
                self._laid[folder.id] = result

    def result_of(self, unit: Passing) -> uuid.UUID | None:
        """Return the result of a unit; ``None`` when one of its parents has not passed."""
        laid_before = self._laid.pop(unit.id, None) if self._laid else None
        if laid_before is not None:
            return laid_before
        if self._last is not None and _is_twin(unit, self._last[0]):
            for parent in unit.parents:
                self._close_for_one(parent)
            self._layer.note(self._last[1])
            return self._last[1]
        handed = [self._handed_by(parent) for parent in unit.parents]
        above = [one for one in handed if one is not None]
        if len(above) < len(handed):
            return None
        for parent in unit.parents:
            self._close_for_one(parent)
        laid = self._layer.lay(
            unit.id,
            agency=unit.originating_agency,
            management=unit.management,
            above=above,
            has_children=unit.child_count > 0,
        )
        if laid.handed is not None:
            self._open[unit.id] = _Open(laid.handed, unit.child_count)
        self._last = (unit, laid.result_id)
        return laid.result_id

    def take_fresh(self) -> Collection[ResultLine]:
        return self._layer.take_fresh().values()

    def _handed_by(self, parent: uuid.UUID) -> HandedDown | None:
        known = self._open.get(parent)
        return known.handed if known else self._above.get(parent)

    def _close_for_one(self, parent: uuid.UUID) -> None:
        known = self._open.get(parent)
        if known is not None:
            known.waiting -= 1
            if not known.waiting:
                del self._open[parent]
