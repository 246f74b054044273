"""What the control step decides of a package, kept in the workspace for the steps that follow."""

import io
import pickle
import uuid
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ingest.workspace import Workspace
from sae.holdings.graph import PackageGraph, Placed
from sae.kernel.identifiers import new_ids_in_hex

FILE = "plan.pickle"
GRAPH = "graph.pickle"
NO_GROUP = -1
NO_PLACE = -1
_IDENTIFIERS_AT_ONCE = 10_000


@dataclass(slots=True)
class PlannedGroup:
    """An object group of the package; ``existing`` when its objects join a group of the fonds.

    ``existing_versions`` are the usages and versions that the controls saw there.
    """

    id: uuid.UUID
    manifest_id: str
    existing: bool = False
    existing_agencies: tuple[str, ...] = ()
    unit_count: int = 0
    existing_versions: frozenset[tuple[str, int]] = frozenset()


@dataclass(slots=True)
class PackagePlan:
    """Identifiers and places given to everything new. Units go by number (manifest's order).

    ``identifiers`` holds 16 bytes per unit; an attachment's are those of the existing unit.
    ``agencies`` lists, for units under existing ones, the agencies beside the manifest's own.
    """

    identifiers: bytearray
    attachments: dict[int, uuid.UUID]
    groups: list[PlannedGroup]
    group_of_unit: array
    group_of_object: array
    roots: frozenset[int]
    outside_agencies: dict[uuid.UUID, tuple[str, ...]] = field(default_factory=dict)

    def identifier(self, number: int) -> uuid.UUID:
        """Return the identifier of a unit."""
        return uuid.UUID(bytes=bytes(self.identifiers[16 * number : 16 * number + 16]))

    @property
    def unit_count(self) -> int:
        """Number of units that the package creates."""
        return len(self.group_of_unit) - len(self.attachments)

    def identifier_text(self, number: int) -> str:
        """Return the identifier of a unit as text (36 characters)."""
        digits = self.identifiers[16 * number : 16 * number + 16].hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def places_in(self, graph: PackageGraph) -> "Places":
        """Return the places that the graph of the package gives to the new units."""
        return Places(len(self.group_of_unit), graph.arrange(self.identifier))

    def agencies_of(self, place: Placed, own: str) -> tuple[str, ...]:
        """Return a unit's agencies: the manifest's, then those of existing units above it."""
        found = {own: None} if own else {}
        if self.outside_agencies:
            for ancestor in place.ancestors:
                found |= dict.fromkeys(self.outside_agencies.get(ancestor, ()))
        return tuple(found)


class Places:
    """The place of each unit by its number, in four bytes per unit: siblings share one."""

    def __init__(self, size: int, arranged: Iterable[Placed]) -> None:
        self._place_of = array("i", [NO_PLACE]) * size
        self._places: list[Placed] = []
        known: dict[tuple[int, int], int] = {}
        for placed in arranged:
            # Siblings are given the very same tuples; those kept here keep their addresses.
            key = (id(placed.parents), id(placed.ancestors))
            place = known.get(key)
            if place is None:
                place = known[key] = len(self._places)
                self._places.append(placed)
            self._place_of[placed.index] = place

    def of(self, number: int) -> Placed | None:
        """Return the place of a unit (the ``index`` is that of any sibling), else ``None``: an
        attachment stands for a unit that has its own already."""
        place = self._place_of[number]
        return None if place == NO_PLACE else self._places[place]


def fresh_identifiers(count: int) -> bytearray:
    """Return ``count`` new identifiers in one string of bytes (16 each)."""
    identifiers = bytearray()
    for made in range(0, count, _IDENTIFIERS_AT_ONCE):
        some = new_ids_in_hex(min(_IDENTIFIERS_AT_ONCE, count - made))
        identifiers += bytes.fromhex("".join(some))
    return identifiers


def save_plan(workspace: Workspace, plan: PackagePlan, graph: PackageGraph) -> None:
    """Keep the plan and, beside it, the graph, which a single step needs."""
    _save(workspace, GRAPH, graph)
    _save(workspace, FILE, plan)


def load_plan(workspace: Workspace) -> PackagePlan:
    """Read the plan back."""
    plan: PackagePlan = _load(workspace, FILE)
    return plan


def load_graph(workspace: Workspace) -> PackageGraph:
    """Read the graph of the package back."""
    graph: PackageGraph = _load(workspace, GRAPH)
    return graph


class _Pickler(pickle.Pickler):
    """Leaves arrays aside: in a pickle, each would be in memory twice, as it goes and comes."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self.arrays: list[array] = []

    def persistent_id(self, value: Any) -> int | None:
        if not isinstance(value, array):
            return None
        self.arrays.append(value)
        return len(self.arrays) - 1


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, arrays: list[array]) -> None:
        super().__init__(stream)
        self._arrays = arrays

    def persistent_load(self, number: int) -> array:
        return self._arrays[number]


def _save(workspace: Workspace, name: str, value: object) -> None:
    """Write our own file in our own folder: it is never something received."""
    pickler = _Pickler(pickled := io.BytesIO())
    pickler.dump(value)
    with workspace.writing(name) as stream:
        pickle.dump([(one.typecode, len(one)) for one in pickler.arrays], stream)
        for one in pickler.arrays:
            one.tofile(stream)
        stream.write(pickled.getbuffer())


def _load(workspace: Workspace, name: str) -> Any:
    with workspace.path(name).open("rb") as stream:
        arrays = []
        for typecode, length in pickle.load(stream):  # noqa: S301 — see _save
            arrays.append(one := array(typecode))
            one.fromfile(stream, length)
        return _Unpickler(io.BytesIO(stream.read()), arrays).load()
