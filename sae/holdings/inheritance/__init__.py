"""Inheritance of management rules, as pure functions over values: no Django, no database.

``compute(units)`` gives the rules in force on every unit of a graph; ``compute_one(unit, above)``
those of one unit read with its ancestors. Both return an ``Inheritance``, which also tells by which
paths a rule comes and what was set aside on the way.
"""

from sae.holdings.inheritance.categories import CATEGORIES, GLOBAL
from sae.holdings.inheritance.computing import (
    PARTS,
    CycleError,
    Inheritance,
    Result,
    UnknownParentError,
    compute,
    compute_one,
    in_force_under,
)
from sae.holdings.inheritance.document import TooManyPathsError, inherited_rules
from sae.holdings.inheritance.values import (
    CategoryInForce,
    Cause,
    Entry,
    SetAside,
    Unit,
    UnitId,
)

__all__ = [
    "CATEGORIES",
    "GLOBAL",
    "PARTS",
    "CategoryInForce",
    "Cause",
    "CycleError",
    "Entry",
    "Inheritance",
    "Result",
    "SetAside",
    "TooManyPathsError",
    "Unit",
    "UnitId",
    "UnknownParentError",
    "compute",
    "compute_one",
    "in_force_under",
    "inherited_rules",
]
