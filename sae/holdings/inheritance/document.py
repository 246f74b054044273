"""``InheritedRules``: the rules in force in the shape that the field's clients read."""

import itertools
from collections.abc import Collection
from typing import Any

from sae.holdings.inheritance.categories import CATEGORIES, GLOBAL
from sae.holdings.inheritance.computing import Inheritance
from sae.holdings.inheritance.values import Entry, UnitId

MOST_PATHS = 10_000
"""Paths that one document may tell, over all its entries."""


class TooManyPathsError(ValueError):
    """The parents of the unit cross so often that its paths cannot all be told."""


def inherited_rules(
    inheritance: Inheritance,
    unit_id: UnitId,
    *,
    shown: Collection[UnitId] | None = None,
    most_paths: int = MOST_PATHS,
) -> dict[str, Any]:
    """Return the ``InheritedRules`` of a unit: the seven categories always, empty or not.

    Paths go from the unit to the origin, both included. Units that are not ``shown`` (all are
    without it) are left out of them, and an origin among these is ``None``. Raises
    ``TooManyPathsError``.
    """
    remaining = most_paths

    def told(entry: Entry) -> dict[str, Any]:
        nonlocal remaining
        paths = list(itertools.islice(inheritance.paths(unit_id, entry), remaining + 1))
        remaining -= len(paths)
        if remaining < 0:
            raise TooManyPathsError(f"unit {unit_id} has more than {most_paths} paths")
        about = (
            {**entry.value, "Rule": entry.name}
            if entry.is_rule
            else {"PropertyName": entry.name, "PropertyValue": entry.value}
        )
        named = dict.fromkeys(
            tuple(str(one) for one in path if shown is None or one in shown) for path in paths
        )
        return {
            "UnitId": str(entry.origin) if shown is None or entry.origin in shown else None,
            "OriginatingAgency": entry.agency or None,
            "Paths": [list(path) for path in named],
            **about,
        }

    document: dict[str, Any] = {
        GLOBAL: [told(entry) for entry in inheritance.in_force(unit_id, GLOBAL).properties]
    }
    for category in CATEGORIES:
        part = inheritance.in_force(unit_id, category)
        document[category] = {
            "Rules": [told(entry) for entry in part.rules],
            "Properties": [told(entry) for entry in part.properties],
        }
    return document
