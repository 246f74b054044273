"""What is to be stored, read part by part as often as needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class WrongDigestError(ValueError):
    """The bytes to store are not those that were announced: nothing of them is kept."""

    def __init__(self, identifier: str, *, expected: str, found: str) -> None:
        self.identifier = identifier
        self.expected = expected
        self.found = found
        super().__init__(identifier, expected, found)

    def __str__(self) -> str:
        return f"{self.identifier}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class ItemToStore:
    """One object, from a file or from memory.

    `identifier` ends the object's key (our own identifier, or a name we chose: "manifest.xml").
    `size` is in bytes. `sha512` is lower-case hex; empty when nobody has computed it yet.
    """

    identifier: str
    source: Path | bytes
    size: int
    sha512: str = ""

    def read(self) -> bytes:
        """The whole content, for an object known to be small. Raises WrongDigestError, OSError."""
        if isinstance(self.source, bytes):
            content = self.source
        else:
            with self.source.open("rb", buffering=0) as file:
                # One byte more than announced is enough to know that the file has grown.
                content = file.read(self.size + 1)
        self.check_size(len(content))
        return content

    def parts(self, part_size: int) -> Iterator[bytes]:
        """The content in parts of exactly part_size bytes, the last one perhaps shorter."""
        if isinstance(self.source, bytes):
            for start in range(0, len(self.source), part_size):
                yield self.source[start : start + part_size]
            return
        with self.source.open("rb") as file:
            while part := file.read(part_size):
                yield part

    def check_size(self, size: int) -> None:
        """Raises WrongDigestError when that many bytes is not what was announced."""
        if size != self.size:
            raise WrongDigestError(
                self.identifier, expected=f"{self.size} bytes", found=f"{size} bytes"
            )

    def check_sha512(self, sha512: str) -> None:
        """Raises WrongDigestError when a digest was announced and is not this one."""
        if self.sha512 and self.sha512 != sha512:
            raise WrongDigestError(self.identifier, expected=self.sha512, found=sha512)


@dataclass(frozen=True, slots=True)
class PackedPlace:
    """Where a small object lies in its pack (bytes), and its own digest (hex)."""

    identifier: str
    offset: int
    length: int
    sha512: str


class PackContent:
    """Small objects one after the other; reading it fills in `places`."""

    def __init__(self, items: Sequence[ItemToStore]) -> None:
        self._items = items
        self.size = sum(item.size for item in items)
        self.places: list[PackedPlace] = []

    def parts(self, part_size: int) -> Iterator[bytes]:
        """Raises WrongDigestError at the first object that is not what was announced."""
        self.places = []
        offset = 0
        part = bytearray()
        for item in self._items:
            content = item.read()
            sha512 = hashlib.sha512(content).hexdigest()
            item.check_sha512(sha512)
            self.places.append(PackedPlace(item.identifier, offset, len(content), sha512))
            offset += len(content)
            part += content
            while len(part) >= part_size:
                yield bytes(part[:part_size])
                del part[:part_size]
        if part:
            yield bytes(part)
