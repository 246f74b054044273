"""What the control step decides of a package, kept in the workspace for the steps that follow."""

import pickle
import uuid
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.workspace import Workspace
from sae.holdings.graph import PackageGraph, Placed
from sae.kernel.identifiers import new_ids

FILE = "plan.pickle"
NO_GROUP = -1


@dataclass(slots=True)
class PlannedGroup:
    """An object group of the package; ``existing`` when its objects join a group of the fonds."""

    id: uuid.UUID
    manifest_id: str
    existing: bool = False
    existing_agencies: tuple[str, ...] = ()
    unit_count: int = 0


@dataclass(slots=True)
class PackagePlan:
    """Identifiers and places given to everything new. Units go by number (manifest's order).

    ``identifiers`` holds 16 bytes per unit; an attachment's are those of the existing unit.
    ``agencies`` lists, for units under existing ones, the agencies beside the manifest's own.
    """

    identifiers: bytes
    graph: PackageGraph
    attachments: dict[int, uuid.UUID]
    groups: list[PlannedGroup]
    group_of_unit: array
    group_of_object: array
    roots: frozenset[int]
    outside_agencies: dict[uuid.UUID, tuple[str, ...]] = field(default_factory=dict)

    def identifier(self, number: int) -> uuid.UUID:
        """Return the identifier of a unit."""
        return uuid.UUID(bytes=self.identifiers[16 * number : 16 * number + 16])

    @property
    def unit_count(self) -> int:
        """Number of units that the package creates."""
        return len(self.group_of_unit) - len(self.attachments)

    def placed(self) -> Sequence[Placed | None]:
        """Return the place of every new unit, by number (``None`` for an attachment)."""
        places: list[Placed | None] = [None] * len(self.group_of_unit)
        for place in self.graph.arrange(self.identifier):
            places[place.index] = place
        return places

    def agencies_of(self, place: Placed, own: str) -> list[str]:
        """Return a unit's agencies: the manifest's, then those of existing units above it."""
        found = [own] if own else []
        if self.outside_agencies:
            for ancestor in place.ancestors:
                for agency in self.outside_agencies.get(ancestor, ()):
                    if agency not in found:
                        found.append(agency)
        return found


def fresh_identifiers(count: int) -> bytes:
    """Return ``count`` new identifiers in one string of bytes."""
    return b"".join(identifier.bytes for identifier in new_ids(count))


def save_plan(workspace: Workspace, plan: PackagePlan) -> None:
    """Keep the plan; it is our own file in our own folder, never something received."""
    with workspace.writing(FILE) as stream:
        pickle.dump(plan, stream, protocol=pickle.HIGHEST_PROTOCOL)


def load_plan(workspace: Workspace) -> PackagePlan:
    """Read the plan back."""
    with workspace.path(FILE).open("rb") as stream:
        plan: PackagePlan = pickle.load(stream)  # noqa: S301 — see save_plan
    return plan
