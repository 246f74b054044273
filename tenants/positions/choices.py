"""What the picker shows: positions found by their words, or those under the one unfolded."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sae.holdings.levels import level_label
from sae.holdings.models import ROOT, ArchiveUnit
from sae.holdings.projection import SearchQuery, Sort, search
from sae.holdings.selectors.tree import Step, children, counts_below, path_of, paths_of
from sae.holdings.selectors.units import units_by_ids
from sae.kernel.identifiers import parse_id

FOUND = 20
LINES = 40
ABOVE = 50
"""Positions whose name answers the first words of « plan › dossier », under which the last are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the reader of a picker stands: words typed, or a position unfolded (and from where)."""

    words: str = ""
    under: uuid.UUID = ROOT
    after: str = ""

    @classmethod
    def read(cls, words: str, place: str) -> "Asked":
        """Read what a form or an address carries; ``place`` is ``identifier`` or ``….~after``."""
        identifier, _, after = place.partition("~")
        under = parse_id(identifier)
        if under is not None:
            return cls("", under, after)
        return cls(words.strip()[:200])


@dataclass(frozen=True, slots=True)
class Position:
    """A unit that can be chosen. ``path`` in words; ``is_known``: still in the fonds, and seen."""

    id: uuid.UUID
    title: str
    path: str = ""
    level: str = ""
    has_children: bool = False
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen now: matches of ``words``, or the children of the last of ``way``."""

    words: str
    lines: tuple[Position, ...]
    way: tuple[Step, ...] = ()
    more: str = ""
    """The place that continues the list, empty at its end."""
    total: int = 0


def choices_of(asked: Asked) -> Choices:
    """Return what the picker shows, under the open sight."""
    return _matching(asked.words) if asked.words else _unfolded(asked)


def positions_of(unit_ids: Sequence[uuid.UUID]) -> list[Position]:
    """Return chosen positions by name, in order; one that is gone or out of sight says so."""
    units = units_by_ids(unit_ids)
    known = {one.id: one for one in _positions(units)}
    return [
        known.get(one, Position(one, str(one), is_known=False)) for one in dict.fromkeys(unit_ids)
    ]


def _matching(words: str) -> Choices:
    """« finances › budget » looks for a budget below what finances names."""
    above, separator, last = words.replace(">", "›").rpartition("›")
    under: Collection[uuid.UUID] = ()
    if separator and above.strip() and last.strip():
        page = search(SearchQuery(above.replace("›", " "), limit=ABOVE), with_facets=False)
        if not page.ids:
            return Choices(words, ())
        under = page.ids
    page = search(
        SearchQuery(last if last.strip() else above, under=tuple(under), sort=Sort.RELEVANCE,
                    limit=FOUND),
        with_facets=False,
    )  # fmt: skip
    found = () if page.ignored_text else tuple(_positions(units_by_ids(page.ids)))
    return Choices(words, found, total=page.total if found else 0)


def _unfolded(asked: Asked) -> Choices:
    way: tuple[Step, ...] = ()
    under = asked.under
    if under != ROOT:
        units = units_by_ids([under])
        if units:
            way = (*path_of(units[0])[0], Step(units[0].id, units[0].title))
        else:
            under = ROOT
    page = children(under, after=asked.after, limit=LINES)
    lines = tuple(
        Position(
            one.id, one.title, level=level_label(one.level), has_children=bool(one.child_count)
        )
        for one in page.items
    )
    return Choices("", lines, way, more=f"{under}~{page.next_after}" if page.next_after else "")


def _positions(units: Sequence[ArchiveUnit]) -> list[Position]:
    paths, below = paths_of(units), counts_below(units)
    return [
        Position(
            unit.id,
            unit.title,
            path=" › ".join(step.title for step in paths[unit.id][0]),
            level=level_label(unit.level),
            has_children=bool(below[unit.id].children),
        )
        for unit in units
    ]
