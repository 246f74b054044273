"""Accesses of other doors (connectors), which their rooms tell the screen of applications."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class OtherAccess:
    """One access of a connector to the coffre in scope."""

    name: str
    kind: str | Promise
    is_open: bool
    context_id: str
    last_used_at: dt.datetime | None
    ingest_contract: str = ""


_listers: list[Callable[[], Iterable[OtherAccess]]] = []


def register_accesses(lister: Callable[[], Iterable[OtherAccess]]) -> None:
    """Have the accesses of a door listed beside those of the interface."""
    if lister not in _listers:
        _listers.append(lister)


def other_accesses() -> list[OtherAccess]:
    """Return every access of the other doors, by name."""
    return sorted((one for lister in _listers for one in lister()), key=lambda one: one.name)
