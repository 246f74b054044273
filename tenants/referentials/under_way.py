"""Deposits under way that rely on an element of a referential: it cannot leave beneath them.

Deposits belong to a room above, which answers here by registering when the application starts.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A deposit not yet ended: the number by which people name it, and its identifier."""

    reference: str
    deposit_id: str


Reader = Callable[[str, Collection[str]], Mapping[str, Sequence[UnderWay]]]

_readers: list[Reader] = []


def register_deposits_under_way(reader: Reader) -> None:
    """Have ``reader(kind, identifiers)`` name the deposits under way that use each element."""
    _readers.append(reader)


def deposits_under_way(kind: str, identifiers: Collection[str]) -> dict[str, list[UnderWay]]:
    """Return the deposits under way that rely on elements of a kind, in the open scope."""
    found: dict[str, list[UnderWay]] = {}
    for reader in _readers if identifiers else ():
        for identifier, deposits in reader(kind, identifiers).items():
            found.setdefault(identifier, []).extend(deposits)
    return found
