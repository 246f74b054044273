"""Tells whether an identifier was declared twice, at eight bytes per identifier.

A set of two million texts would take 250 MB. Hashes of 64 bits take 16 MB; as two texts may share
a hash (once in some ten million manifests of that size, and Python's hash is keyed at random),
what the register suspects is looked at again with the texts themselves.
"""

from __future__ import annotations

from array import array
from typing import Protocol

_BUCKETS = 256


class IdentifierRegister(Protocol):
    """Receives every identifier that a manifest declares, with its line."""

    def add(self, identifier: str, line: int) -> None: ...


class CompactRegister:
    """Keeps hashes only; knows at the end which may be those of twice-declared identifiers."""

    def __init__(self) -> None:
        self._buckets = [array("q") for _ in range(_BUCKETS)]

    def add(self, identifier: str, line: int) -> None:
        """Register an identifier; its line is not kept."""
        hashed = hash(identifier)
        self._buckets[hashed % _BUCKETS].append(hashed)

    def suspects(self) -> frozenset[int]:
        """Hashes met more than once."""
        found: set[int] = set()
        for bucket in self._buckets:
            once: set[int] = set(bucket)
            if len(once) < len(bucket):
                for hashed in bucket:
                    if hashed in once:
                        once.discard(hashed)
                    else:
                        found.add(hashed)
        return frozenset(found)


class ExactRegister:
    """Keeps the texts of suspect hashes; ``repeated`` lists (identifier, line, first line)."""

    def __init__(self, suspects: frozenset[int]) -> None:
        self._suspects = suspects
        self._first: dict[str, int] = {}
        self.repeated: list[tuple[str, int, int]] = []

    def add(self, identifier: str, line: int) -> None:
        """Register an identifier, noting it when it was declared before."""
        if hash(identifier) not in self._suspects:
            return
        if identifier in self._first:
            self.repeated.append((identifier, line, self._first[identifier]))
        else:
            self._first[identifier] = line
