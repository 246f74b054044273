"""Headers of tar archives, read strictly: POSIX ustar and pax, and the long names of GNU tar.

The standard library's tarfile stops without a word at a damaged header in mid-archive, and
accepts links and devices that must be refused by name; hence this reader of our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sae.seda import reasons
from sae.seda.containers.model import ContainerLimits, Faults
from sae.seda.containers.names import tidy
from sae.seda.containers.streams import BlockReader

BLOCK = 512
_ZERO_BLOCK = bytes(BLOCK)
_MAX_EXTENDED_HEADER = 1 << 20
_SPECIAL_BITS = 0o6000

_REFUSED_KINDS = {
    b"1": "hard_link",
    b"2": "symbolic_link",
    b"3": "character_device",
    b"4": "block_device",
    b"6": "fifo",
    b"S": "sparse_file",
    b"D": "unknown",
    b"M": "unknown",
    b"V": "unknown",
}


@dataclass(frozen=True, slots=True)
class TarEntry:
    """A file or folder; the reader stands at the first of its ``size`` bytes."""

    name: str
    size: int
    is_folder: bool


def is_tar_header(block: bytes) -> bool:
    """True when the block is a tar header: its checksum is right and it names something."""
    return len(block) == BLOCK and block[0] != 0 and _checksum_right(block)


def read_entries(
    reader: BlockReader, limits: ContainerLimits, faults: Faults
) -> Iterator[TarEntry]:
    """The files and folders of a tar, in order.

    The consumer may read an entry's bytes with ``reader``; what it leaves is skipped. Entries of a
    refused kind are noted in ``faults`` and skipped. Raises when nothing more can be read.
    """
    names = _PendingNames()
    count = 0
    while True:
        header = reader.read(BLOCK)
        if header == _ZERO_BLOCK:
            break
        if len(header) < BLOCK:
            raise faults.stop(reasons.TRUNCATED)
        if not _checksum_right(header):
            raise faults.stop(
                reasons.CORRUPTED, entry=names.path or "", seen=f"tar header at {reader.position}"
            )
        size = _size(header, faults)
        kind = header[156:157]
        if kind in b"xgLKX" and kind:
            names.read_extension(kind, _extension(reader, size, faults), faults)
            continue
        count += 1
        if count > limits.max_entries:
            raise faults.stop(reasons.TOO_MANY_ENTRIES, limit=limits.max_entries)
        entry, size = names.entry(header, kind, size)
        names = _PendingNames()
        name = tidy(entry.name)
        refused = _REFUSED_KINDS.get(kind, "unknown" if kind not in b"05\0" else "")
        if refused:
            faults.add(reasons.ENTRY_KIND, entry=name, seen=refused)
            # Links have no data whatever their header says; other kinds are gone over.
            reader.skip(0 if kind in b"12346" else _padded(size))
            continue
        if entry.sparse:
            faults.add(reasons.ENTRY_KIND, entry=name, seen="sparse_file")
            reader.skip(_padded(size))
            continue
        is_folder = kind == b"5" or (entry.name.endswith("/") and size == 0)
        mode = _octal(header[100:108]) or 0
        if not is_folder and mode & _SPECIAL_BITS:
            faults.add(reasons.ENTRY_SPECIAL_MODE, entry=name, seen=f"{mode:o}")
        if size > limits.max_entry_bytes:
            raise faults.stop(reasons.ENTRY_TOO_LARGE, entry=name, limit=limits.max_entry_bytes)
        start = reader.position
        if name or not is_folder:
            yield TarEntry(name, 0 if is_folder else size, is_folder)
        reader.skip(start + _padded(0 if kind == b"5" else size) - reader.position)
    _end(reader, faults)


def _end(reader: BlockReader, faults: Faults) -> None:
    """After the first zero block, there must be nothing but zeros."""
    for piece in reader.rest():
        count = len(piece) - bytes(piece).count(0)
        if count:
            raise faults.stop(reasons.TRAILING_BYTES, seen=str(count), count=count)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    sparse: bool


class _PendingNames:
    """What extended headers say of the entry that follows them."""

    def __init__(self) -> None:
        self.path: str | None = None
        self.size: int | None = None
        self.sparse = False

    def read_extension(self, kind: bytes, content: bytes, faults: Faults) -> None:
        if kind == b"L":
            self.path = _text(content.partition(b"\0")[0])
            return
        if kind == b"K":
            return
        for key, value in _pax_records(content, faults):
            if key.startswith(b"GNU.sparse"):
                self.sparse = True
            elif kind == b"g":
                # A global header would rename every entry that follows: only comments are let be.
                if key in (b"path", b"size", b"linkpath"):
                    raise faults.stop(reasons.CORRUPTED, seen="pax global header")
            elif key == b"path":
                self.path = _text(value)
            elif key == b"size":
                if not value.isdigit() or len(value) > 19:
                    raise faults.stop(reasons.CORRUPTED, seen="pax size")
                self.size = int(value)

    def entry(self, header: bytes, kind: bytes, size: int) -> tuple[_Named, int]:
        name = self.path
        if name is None:
            name = _text(header[:100].partition(b"\0")[0])
            prefix = header[345:500].partition(b"\0")[0]
            if prefix and header[257:263] == b"ustar\0":
                name = f"{_text(prefix)}/{name}"
        if self.size is not None and kind in b"0\0":
            size = self.size
        return _Named(name, self.sparse), size


def _extension(reader: BlockReader, size: int, faults: Faults) -> bytes:
    if size > _MAX_EXTENDED_HEADER:
        raise faults.stop(reasons.CORRUPTED, seen="tar extended header")
    content = b"".join(bytes(piece) for piece in reader.pieces(_padded(size)))
    return content[:size]


def _pax_records(content: bytes, faults: Faults) -> Iterator[tuple[bytes, bytes]]:
    """``length key=value\\n`` records, the length counting the whole record."""
    while content:
        length, space, _ = content.partition(b" ")
        if not space or not length.isdigit() or len(length) > 7:
            raise faults.stop(reasons.CORRUPTED, seen="pax header")
        end = int(length)
        record = content[len(length) + 1 : end]
        key, equals, value = record.partition(b"=")
        if end > len(content) or not equals or not value.endswith(b"\n"):
            raise faults.stop(reasons.CORRUPTED, seen="pax header")
        yield key, value[:-1]
        content = content[end:]


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    if not digits:
        return 0
    try:
        return int(digits, 8)
    except ValueError:
        return None


def _size(header: bytes, faults: Faults) -> int:
    field = header[124:136]
    if field[0] & 0x80:  # base 256, for what octal cannot hold
        size: int | None = int.from_bytes(field, "big") & ((1 << 95) - 1)
    else:
        size = _octal(field)
    if size is None or size < 0 or size >= 1 << 63:
        raise faults.stop(reasons.CORRUPTED, seen="tar size")
    return size


def _checksum_right(header: bytes) -> bool:
    """The sum of the header's bytes, signed or not (both were written), its own field as spaces."""
    declared = _octal(header[148:156])
    if declared is None:
        return False
    summed = sum(header) - sum(header[148:156]) + 8 * 32
    if summed == declared:
        return True
    signed = summed - 256 * sum(1 for byte in header[:148] + header[156:] if byte > 127)
    return signed == declared


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
