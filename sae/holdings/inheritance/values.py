"""What goes into the computation, and what comes out of it."""

import datetime as dt
import enum
import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UnitId = uuid.UUID | str
Path = tuple[UnitId, ...]
"""From the unit one asks about to the unit that declares, both included."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the graph.

    ``management`` is what it declares, end dates computed (``ArchiveUnit.management``); ``agency``
    its originating agency, ``""`` when it has none (a positioning tree).
    """

    id: UnitId
    parents: Sequence[UnitId] = ()
    management: Mapping[str, Any] = field(default_factory=dict)
    agency: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A rule or a property, where it is declared. Shared by all the units it reaches.

    ``category`` is one of ``CATEGORIES``, or ``GLOBAL`` for a property that belongs to none.
    ``name`` is the identifier of the rule, or the name of the property. ``value`` holds what the
    rule says beside (``StartDate``, ``EndDate``, ``HoldOwner``…), or the value of the property.
    ``is_implicit`` marks the Keep that nobody declared; ``place`` is the position of a rule among
    those of its origin. Compared by identity: two declarations are never the same one, even when
    one unit declares a rule twice.
    """

    category: str
    origin: UnitId
    agency: str
    name: str
    value: Any
    is_rule: bool
    is_implicit: bool = False
    place: int = 0

    @property
    def start(self) -> dt.date | None:
        return self._day("StartDate")

    @property
    def end(self) -> dt.date | None:
        """The day the rule ends; ``None`` when it never does by itself."""
        return self._day("EndDate")

    def _day(self, key: str) -> dt.date | None:
        text = self.value.get(key) if self.is_rule else None
        return _day_of(str(text)) if text else None


@functools.lru_cache(maxsize=4096)
def _day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class CategoryInForce:
    """What is in force of one category on a unit; the same object for all units that share it."""

    rules: tuple[Entry, ...] = ()
    properties: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.rules + self.properties


NOTHING = CategoryInForce()


class Cause(enum.Enum):
    """Why something inherited stops at a unit."""

    PREVENT_INHERITANCE = "the unit refuses the whole category"
    PREVENTED_RULE = "the unit refuses this rule"
    REDEFINED = "the unit declares this rule, or this property, itself"
    IMPLICIT_KEEP = "its agency has decided nothing, so its Keep hides what the others decided"


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry that parents of ``by`` carry, and that ``by`` and those below it do not get."""

    entry: Entry
    by: UnitId
    cause: Cause
