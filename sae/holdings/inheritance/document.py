"""``InheritedRules``: the rules in force in the shape that the field's clients read."""

import itertools
from typing import Any

from sae.holdings.inheritance.categories import CATEGORIES, GLOBAL
from sae.holdings.inheritance.computing import Inheritance
from sae.holdings.inheritance.values import Entry, UnitId

MOST_PATHS = 10_000
"""Paths that one document may tell, over all its entries."""


class TooManyPathsError(ValueError):
    """The parents of the unit cross so often that its paths cannot all be told."""


def inherited_rules(
    inheritance: Inheritance, unit_id: UnitId, *, most_paths: int = MOST_PATHS
) -> dict[str, Any]:
    """Return the ``InheritedRules`` of a unit: the seven categories always, empty or not.

    Paths go from the unit to the origin, both included. Raises ``TooManyPathsError``.
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
        return {
            "UnitId": str(entry.origin),
            "OriginatingAgency": entry.agency or None,
            "Paths": [[str(one) for one in path] for path in paths],
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
