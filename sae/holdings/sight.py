"""What a reader may see of the fonds: the access contract as a filter of the archives.

A sight is opened beside the tenant scope, and every reading of the fonds goes through it: lists,
search, counts, facets, tree, downloads, exports, applications. It fails closed: without one,
reading raises ``NoSightError``. Work that nobody reads (jobs, commands) opens ``Sight.whole()`` and
says so.

Several contracts see together what each sees apart. What may be done with a unit comes from the
contracts that show it: one contract's writing never applies to another's archives.

Source: the access contracts of the field's reference system (producers, root and excluded nodes,
rule categories to be due, usages, writing, access log).
"""

import contextlib
import enum
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace

from sae.tenancy.scope import current_tenant_id


class NoSightError(RuntimeError):
    """The fonds was read without saying for whom: a bug, never an answer."""


class Writing(enum.IntEnum):
    """What may be modified, each level holding the one before."""

    NONE = 0
    DESCRIPTION = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Grant:
    """What one access contract opens. Empty members open nothing, but ``roots``: no limit.

    A unit is shown when it is one of ``roots`` or below one (anywhere without roots), its
    agencies meet ``agencies`` (a unit of a holding tree has none, and is shown beside those), and
    the rules in force on it of ``due_categories`` are all over: it has some, each with an end date
    before today. ``due_categories_of_others``: units of
    other agencies are shown too once these are past. ``plans_always``: filing and holding plans
    are shown wherever they are. ``excluded`` prevails over everything: those and what is below.
    """

    contract: str = ""
    name: str = ""
    every_agency: bool = False
    agencies: tuple[str, ...] = ()
    roots: tuple[uuid.UUID, ...] = ()
    excluded: tuple[uuid.UUID, ...] = ()
    due_categories: tuple[str, ...] = ()
    due_categories_of_others: tuple[str, ...] = ()
    plans_always: bool = False
    every_usage: bool = False
    usages: tuple[str, ...] = ()
    writing: Writing = Writing.NONE
    access_logged: bool = False

    @property
    def holds_below(self) -> bool:
        """A unit it shows has everything below it shown as well."""
        narrows = self.due_categories or self.excluded or (self.plans_always and self.roots)
        return self.every_agency and not narrows

    def opens_usage(self, usage: str) -> bool:
        """Tell whether objects of a usage (``BinaryMaster``…) may be had."""
        return self.every_usage or usage in self.usages


_WHOLE = Grant(every_agency=True, every_usage=True, writing=Writing.ALL)


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be seen: the union of ``grants``; of none, nothing.

    ``reason`` says, when nothing is seen, why (a code of ``tenants.sights``).
    """

    grants: tuple[Grant, ...] = ()
    reason: str = ""

    @classmethod
    def whole(cls) -> "Sight":
        """Return the sight of everything: for work that shows nothing to anyone, and for those
        who have the whole fonds in charge."""
        return cls((_WHOLE,))

    @property
    def is_whole(self) -> bool:
        return _WHOLE in self.grants

    @property
    def is_empty(self) -> bool:
        return not self.grants

    @property
    def contracts(self) -> frozenset[str]:
        """The access contracts that make it, by identifier; none for the whole sight."""
        return frozenset(one.contract for one in self.grants if one.contract)

    def for_writing(self, level: Writing) -> "Sight":
        """Return the part of the sight in which ``level`` may be modified."""
        return replace(self, grants=tuple(one for one in self.grants if one.writing >= level))


@dataclass(frozen=True, slots=True)
class _Opened:
    tenant_id: uuid.UUID
    make: Callable[[], Sight]


_opened: ContextVar[_Opened | None] = ContextVar("sight", default=None)


def current_sight() -> Sight:
    """Return the open sight; raise ``NoSightError`` when there is none for the tenant in scope."""
    opened = _opened.get()
    if opened is None:
        raise NoSightError("the fonds is read without a sight")
    if opened.tenant_id != current_tenant_id():
        raise NoSightError("the open sight is of another tenant than the one in scope")
    return opened.make()


@contextlib.contextmanager
def seeing(sight: Sight | Callable[[], Sight]) -> Iterator[None]:
    """Open a sight in the open tenant scope. Given as a function, it is made when first needed."""
    token = _opened.set(_Opened(current_tenant_id(), _once(sight)))
    try:
        yield
    finally:
        _opened.reset(token)


def _once(sight: Sight | Callable[[], Sight]) -> Callable[[], Sight]:
    if isinstance(sight, Sight):
        return lambda: sight
    made: list[Sight] = []

    def make() -> Sight:
        if not made:
            made.append(sight())
        return made[0]

    return make
