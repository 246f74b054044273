"""Choosing where units go: by title and path, never by identifier."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from access.naming import path_words
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection import SearchQuery, Sort, search
from sae.holdings.selectors.tree import paths_of
from sae.holdings.selectors.units import units_by_ids

MOST_SHOWN = 40
MOST_READ = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A unit under which others may go."""

    id: uuid.UUID
    title: str
    path: str
    type_label: str


def places(text: str, *, types: Sequence[str], without: Collection[uuid.UUID] = ()) -> list[Place]:
    """Return places in sight that answer ``text`` (all the positions when empty), with paths.

    Those of ``without``, and what is below them, are left out: nothing goes under itself.
    """
    refused = set(without)
    found = search(
        SearchQuery(
            text=text,
            unit_types=tuple(types),
            sort=Sort.RELEVANCE if text else Sort.TITLE,
            limit=MOST_READ,
        ),
        with_facets=False,
    )
    units = [
        unit
        for unit in units_by_ids(found.ids)
        if unit.id not in refused and refused.isdisjoint(unit.ancestors)
    ][:MOST_SHOWN]
    paths = paths_of(units)
    return [
        Place(
            unit.id,
            unit.title,
            path_words(paths[unit.id][0]),
            str(unit.get_unit_type_display()),
        )
        for unit in units
    ]


def types_above(units: Sequence[ArchiveUnit]) -> list[str]:
    """Return the types of units under which all of these may go."""
    highest = max((ArchiveUnit.Type(unit.unit_type).rank for unit in units), default=0)
    return [kind for kind in ArchiveUnit.Type.values if ArchiveUnit.Type(kind).rank >= highest]
