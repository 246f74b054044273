"""The positions of a coffre, or of a branch, as their exports go through them.

Their shape is read first (identifiers, parents, own names: two queries); what they say is then
read a thousand at a time, so that a tree of 100 000 positions is written in little memory.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sae.holdings.models import ArchiveUnit
from sae.holdings.planting import branch_ids
from sae.holdings.selectors.units import shown_among, units_by_ids

READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Outline:
    """Positions in sight, those above before those below, then by title.

    ``parents`` holds the parents that are among them. ``names`` tells them apart: the first of
    their own identifiers, that of the platform when they have none or another bears it before
    them; ``shared`` those that several bear.
    """

    ids: Sequence[uuid.UUID]
    types: Mapping[uuid.UUID, str]
    parents: Mapping[uuid.UUID, Sequence[uuid.UUID]]
    names: Mapping[uuid.UUID, str]
    shared: Collection[str] = ()

    def children(self) -> dict[uuid.UUID, list[uuid.UUID]]:
        """Return the children of those that have some, in order; several parents, several times."""
        found: dict[uuid.UUID, list[uuid.UUID]] = {}
        for one in self.ids:
            for parent in self.parents[one]:
                found.setdefault(parent, []).append(one)
        return found

    def down(self) -> Iterator[tuple[int, uuid.UUID]]:
        """Yield each position once with its depth from 1, what is below it just after it."""
        below: dict[uuid.UUID | None, list[uuid.UUID]] = {}
        for one in self.ids:
            below.setdefault(next(iter(self.parents[one]), None), []).append(one)
        waiting = [(1, one) for one in reversed(below.get(None, []))]
        while waiting:
            depth, one = waiting.pop()
            yield depth, one
            waiting += [(depth + 1, child) for child in reversed(below.get(one, []))]


def outline(under: uuid.UUID | None = None) -> Outline:
    """Return the positions of the coffre, or a position and those below it."""
    rows = ArchiveUnit.objects.exclude(unit_type=ArchiveUnit.Type.INGEST)
    if under is not None:
        rows = rows.filter(id__in=branch_ids(under))
    found = list(
        rows.order_by("depth", "title", "id").values_list(
            "id", "unit_type", "parents", "content__OriginatingSystemId"
        )
    )
    shown = shown_among([row[0] for row in found])
    kept = [row for row in found if row[0] in shown] if len(shown) < len(found) else found
    known = {row[0] for row in kept}
    names, shared = _names(kept)
    return Outline(
        ids=[row[0] for row in kept],
        types={row[0]: row[1] for row in kept},
        parents={row[0]: [one for one in row[2] if one in known] for row in kept},
        names=names,
        shared=shared,
    )


def _names(
    rows: Sequence[tuple[uuid.UUID, str, object, object]],
) -> tuple[dict[uuid.UUID, str], set[str]]:
    names: dict[uuid.UUID, str] = {}
    taken: set[str] = set()
    shared: set[str] = set()
    for unit_id, _type, _parents, own in rows:
        first = own[0] if isinstance(own, list) and own else own
        name = str(first or unit_id)
        if name in taken:
            shared.add(name)
            name = str(unit_id)
        names[unit_id] = name
        taken.add(name)
    return names, shared


def read_positions(ids: Sequence[uuid.UUID]) -> Iterator[ArchiveUnit]:
    """Yield positions in the order of their identifiers. One query per thousand."""
    for start in range(0, len(ids), READ_AT_ONCE):
        yield from units_by_ids(ids[start : start + READ_AT_ONCE])
