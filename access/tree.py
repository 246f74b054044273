"""What the classification tree shows: branches unfolded down to a unit, windows of long lists."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from sae.holdings.models import ROOT
from sae.holdings.projection import SearchQuery, Sort, search
from sae.holdings.selectors.tree import (
    Branch,
    Step,
    children,
    children_matching,
    paths_of,
    place_before,
)
from sae.holdings.selectors.units import units_by_ids

LINES = 40
"""Units shown at a time under one unit: a page stays light, « Voir la suite » brings the rest."""
MOST_MATCHES = 50


@dataclass(slots=True)
class Node:
    """One line of the tree; ``branches`` is filled when it is unfolded."""

    branch: Branch
    is_current: bool = False
    is_open: bool = False
    branches: "Level | None" = None

    @property
    def url(self) -> str:
        return reverse("unit", args=[self.branch.id])

    @property
    def branches_url(self) -> str:
        return reverse("classification_branch", args=[self.branch.id])


@dataclass(slots=True)
class Level:
    """The children of one unit that are shown, and where the others are.

    ``more_url`` is the fragment that continues the list, ``more_page`` the page that does so
    without script; ``earlier_page`` the same from the list's beginning.
    """

    parent_id: uuid.UUID
    nodes: list[Node] = field(default_factory=list)
    more_url: str = ""
    more_page: str = ""
    earlier_page: str = ""
    has_others: bool = False
    """Only the first are here, and nothing lists the others: the filter says too little."""


@dataclass(frozen=True, slots=True)
class Match:
    """A unit whose title or description answers the filter of the tree, and where it is."""

    branch_id: uuid.UUID
    title: str
    path: tuple[Step, ...]

    @property
    def url(self) -> str:
        return reverse("unit", args=[self.branch_id])

    @property
    def path_words(self) -> str:
        return " › ".join(step.title for step in self.path)


def level_of(parent_id: uuid.UUID, *, after: str = "") -> Level:
    """Return the children of a unit that follow ``after``, folded. One query."""
    page = children(parent_id, after=after, limit=LINES)
    level = Level(parent_id, [Node(branch) for branch in page.items])
    if page.next_after:
        query = urlencode({"suite": page.next_after})
        level.more_url = f"{reverse('classification_branch', args=[parent_id])}?{query}"
        level.more_page = f"{page_of(parent_id)}?{query}"
    if after:
        level.earlier_page = page_of(parent_id)
    return level


def level_matching(parent_id: uuid.UUID, text: str) -> Level:
    """Return the first children of a unit whose title holds a text. Three queries at most."""
    page = children_matching(parent_id, text, limit=LINES)
    return Level(parent_id, [Node(one) for one in page.items], has_others=bool(page.next_after))


def tree_down_to(path: Sequence[uuid.UUID]) -> Level:
    """Return the tree unfolded along a path of units from a root; the last is the current one.

    Two or three queries per level of the path, whatever the number of units.
    """
    top = level = level_of(ROOT, after=place_before(ROOT, path[0], most=LINES) if path else "")
    for depth, unit_id in enumerate(path):
        node = next((one for one in level.nodes if one.branch.id == unit_id), None)
        if node is None:
            break
        is_last = depth == len(path) - 1
        node.is_current = is_last
        if not node.branch.child_count:
            break
        following = "" if is_last else place_before(unit_id, path[depth + 1], most=LINES)
        node.is_open = True
        node.branches = level = level_of(unit_id, after=following)
    return top


def matches_of(text: str) -> list[Match]:
    """Return the units that answer the filter of the tree, by title. Four queries."""
    page = search(SearchQuery(text, sort=Sort.RELEVANCE, limit=MOST_MATCHES), with_facets=False)
    if page.ignored_text:
        return []
    units = units_by_ids(page.ids)
    paths = paths_of(units)
    return [Match(unit.id, unit.title, paths[unit.id][0]) for unit in units]


def page_of(parent_id: uuid.UUID) -> str:
    """Return the page that lists the children of a unit without script."""
    if parent_id == ROOT:
        return reverse("classification")
    return reverse("unit", args=[parent_id])
