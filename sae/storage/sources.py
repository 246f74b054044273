"""What is to be stored, read part by part as often as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_READ_SIZE = 1024 * 1024


class WrongDigestError(ValueError):
    """The bytes to store are not those that were announced: nothing of them is kept."""

    def __init__(self, identifier: str, *, expected: str, found: str) -> None:
        self.identifier = identifier
        self.expected = expected
        self.found = found
        super().__init__(f"{identifier}: expected {expected}, found {found}")


@dataclass(frozen=True, slots=True)
class ItemToStore:
    """One object, from a file or from memory.

    `identifier` ends the object's key (our own identifier, or a name we chose: "manifest.xml").
    `sha512` is lower-case hex; empty when nobody has computed it yet. `size` is in bytes.
    """

    identifier: str
    source: Path | bytes
    size: int
    sha512: str = ""

    def read(self) -> bytes:
        """The whole content: for objects known to be small. Raises WrongDigestError."""
        content = self.source if isinstance(self.source, bytes) else self._read_file()
        if len(content) != self.size:
            raise self._wrong_size(len(content))
        return content

    def blocks(self) -> Iterator[bytes]:
        """The content in blocks of at most 1 MiB (memory: as one block)."""
        if isinstance(self.source, bytes):
            yield self.read()
            return
        read = 0
        with self.source.open("rb", buffering=0) as file:
            while block := file.read(_READ_SIZE):
                read += len(block)
                yield block
        if read != self.size:
            raise self._wrong_size(read)

    def check(self, sha512: str) -> None:
        """Raises WrongDigestError when a digest was announced and is not this one."""
        if self.sha512 and self.sha512 != sha512:
            raise WrongDigestError(self.identifier, expected=self.sha512, found=sha512)

    def _read_file(self) -> bytes:
        assert isinstance(self.source, Path)  # noqa: S101 (narrows the type for `read`)
        with self.source.open("rb", buffering=0) as file:
            # One byte more than announced is enough to know that the file has grown.
            return file.read(self.size + 1)

    def _wrong_size(self, found: int) -> WrongDigestError:
        return WrongDigestError(
            self.identifier, expected=f"{self.size} bytes", found=f"{found} bytes"
        )


def parts_of(items: Sequence[ItemToStore], part_size: int) -> Iterator[bytes]:
    """The contents of the items, one after the other, in parts of exactly part_size (but one)."""
    part = bytearray()
    for item in items:
        for block in item.blocks():
            rest = memoryview(block)
            while rest:
                room = part_size - len(part)
                part += rest[:room]
                rest = rest[room:]
                if len(part) == part_size:
                    yield bytes(part)
                    part = bytearray()
    if part:
        yield bytes(part)
