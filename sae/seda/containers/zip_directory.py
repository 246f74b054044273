"""The central directory of a zip, read strictly and held against what precedes each entry's data.

Two readers that disagree on what a zip holds are the root of most attacks by archive: so the end
record, the directory, every local header and every byte between them must tell one story.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sae.seda import reasons
from sae.seda.containers.model import ContainerLimits, Faults
from sae.seda.containers.names import tidy

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_NAME_LENGTH, _EXTRA_LENGTH, _COMMENT_LENGTH = 10, 11, 12
_LOCAL = struct.Struct("<4s5H3L2H")
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNIX_SYSTEMS = (3, 19)  # Unix and macOS: the upper half of the external attributes is a mode
_FILE_KINDS = {
    stat.S_IFLNK: "symbolic_link",
    stat.S_IFCHR: "character_device",
    stat.S_IFBLK: "block_device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}

_END_SIGNATURE = b"PK\x05\x06"
_SPLIT_MARKER = b"PK00"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_DESCRIPTOR = 0x8
_PATCHED = 0x20
_UTF8 = 0x800
STORED, DEFLATED = 0, 8
_READ = 1 << 20


@dataclass(slots=True)
class ZipEntry:
    """A file or folder of a zip. ``data_start`` is known once the local header was read."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    is_folder: bool
    data_start: int = 0


@dataclass(frozen=True, slots=True)
class _Directory:
    offset: int
    size: int
    count: int


def read_directory(fd: int, limits: ContainerLimits, faults: Faults) -> list[ZipEntry]:
    """The entries, in the order of their data. Notes every fault of structure in ``faults``.

    Raises when the directory itself cannot be read, or is beyond the limits.
    """
    file_size = os.fstat(fd).st_size
    directory = _find_directory(fd, file_size, faults)
    if directory.count > limits.max_entries:
        raise faults.stop(
            reasons.TOO_MANY_ENTRIES, seen=str(directory.count), limit=limits.max_entries
        )
    entries = list(_central_entries(fd, directory, faults))
    total = sum(entry.size for entry in entries)
    budget = limits.unpacked_budget(file_size)
    if total > budget:
        raise faults.stop(reasons.TOO_LARGE, seen=str(total), limit=budget)
    entries.sort(key=lambda entry: entry.offset)
    _check_local_headers(fd, entries, directory, limits, faults)
    return entries


def _find_directory(fd: int, file_size: int, faults: Faults) -> _Directory:
    tail_start = max(0, file_size - _END.size - _FULL16)
    tail = os.pread(fd, file_size - tail_start, tail_start)
    at = _end_record(tail, faults)
    _, disk, start_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    locator_at = end - _LOCATOR64.size
    locator = os.pread(fd, _LOCATOR64.size, locator_at) if locator_at >= 0 else b""
    if locator.startswith(b"PK\x06\x07") and len(locator) == _LOCATOR64.size:
        return _directory64(fd, locator, locator_at, (here, count, size, offset), faults)
    if disk or start_disk or here != count:
        raise faults.stop(reasons.SEVERAL_DISKS)
    if offset + size != end:
        raise faults.stop(reasons.CORRUPTED, seen="zip directory position")
    return _Directory(offset, size, count)


def _end_record(tail: bytes, faults: Faults) -> int:
    """Where the end record is in the tail: its comment must reach the end of the file exactly."""
    at = tail.rfind(_END_SIGNATURE)
    while at >= 0:
        if len(tail) - at >= _END.size:
            comment = _END.unpack_from(tail, at)[-1]
            following = len(tail) - at - _END.size - comment
            if following == 0:
                if _END_SIGNATURE in tail[at + _END.size :]:
                    raise faults.stop(reasons.AMBIGUOUS_DIRECTORY)
                return at
            if following > 0 and tail.rfind(_END_SIGNATURE, 0, at) < 0:
                raise faults.stop(reasons.TRAILING_BYTES, seen=str(following), count=following)
        at = tail.rfind(_END_SIGNATURE, 0, at)
    raise faults.stop(reasons.TRUNCATED)


def _directory64(
    fd: int, locator: bytes, locator_at: int, short: tuple[int, int, int, int], faults: Faults
) -> _Directory:
    _, disk, at, disks = _LOCATOR64.unpack(locator)
    record = os.pread(fd, _END64.size, at) if at < locator_at else b""
    if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
        raise faults.stop(reasons.CORRUPTED, seen="zip64 end record")
    _, length, _, _, this, start, here, count, size, offset = _END64.unpack(record)
    if disk or this or start or disks > 1 or here != count:
        raise faults.stop(reasons.SEVERAL_DISKS)
    if at + 12 + length != locator_at or offset + size != at:
        raise faults.stop(reasons.CORRUPTED, seen="zip64 directory position")
    for told, real, full in zip(
        short, (here, count, size, offset), (_FULL16, _FULL16, _FULL32, _FULL32), strict=True
    ):
        if told not in (real, full):
            raise faults.stop(reasons.HEADERS_DISAGREE, field="zip64")
    return _Directory(offset, size, count)


def _central_entries(fd: int, directory: _Directory, faults: Faults) -> Iterator[ZipEntry]:
    """Entries as the directory tells them; exactly ``count`` of them in exactly ``size`` bytes."""
    held, at = b"", 0
    position, end = directory.offset, directory.offset + directory.size
    for _ in range(directory.count):
        if len(held) - at < _CENTRAL.size + 3 * _FULL16 and position < end:
            more = os.pread(fd, min(_READ, end - position), position)
            if not more:
                raise faults.stop(reasons.TRUNCATED)
            position += len(more)
            held, at = held[at:] + more, 0
        if len(held) - at < _CENTRAL.size or held[at : at + 4] != b"PK\x01\x02":
            raise faults.stop(reasons.CORRUPTED, seen="zip directory entry")
        header = _CENTRAL.unpack_from(held, at)
        name_at = at + _CENTRAL.size
        extra_at = name_at + header[_NAME_LENGTH]
        at = extra_at + header[_EXTRA_LENGTH] + header[_COMMENT_LENGTH]
        if at > len(held):
            raise faults.stop(reasons.CORRUPTED, seen="zip directory entry")
        extra = held[extra_at : extra_at + header[_EXTRA_LENGTH]]
        yield _entry(header, held[name_at:extra_at], extra, faults)
    if at != len(held) or position != end:
        raise faults.stop(reasons.CORRUPTED, seen="zip directory size")


def _entry(header: tuple[int, ...], raw_name: bytes, extra: bytes, faults: Faults) -> ZipEntry:
    _, made_by, _, flags, method, _, _, crc, packed, size, _, _, _, disk, _, mode, offset = header
    name = _decoded(raw_name, flags)
    if _FULL32 in (packed, size, offset) or disk == _FULL16:
        size, packed, offset, disk = _zip64_values(
            extra, (size, packed, offset, disk), name, faults
        )
    if disk:
        raise faults.stop(reasons.SEVERAL_DISKS, entry=name)
    is_folder = name.endswith("/")
    entry = ZipEntry(tidy(name), raw_name, flags, method, crc, packed, size, offset, is_folder)
    if flags & _ENCRYPTED:
        faults.add(reasons.ENTRY_ENCRYPTED, entry=name)
    elif method not in (STORED, DEFLATED) or flags & _PATCHED:
        faults.add(reasons.ENTRY_COMPRESSION, entry=name, seen=str(method))
    elif (method == STORED and packed != size) or (is_folder and size):
        faults.add(reasons.ENTRY_SIZE, entry=name, seen=str(packed), expected=str(size))
    other = _unicode_name(extra)
    if other is not None and _decoded(other, _UTF8) != name:
        faults.add(reasons.HEADERS_DISAGREE, entry=name, field="unicode name")
    kind = _FILE_KINDS.get(stat.S_IFMT(mode >> 16)) if made_by >> 8 in _UNIX_SYSTEMS else None
    if kind:
        faults.add(reasons.ENTRY_KIND, entry=name, seen=kind)
    return entry


def _decoded(raw_name: bytes, flags: int) -> str:
    if raw_name.isascii():
        return raw_name.decode("ascii")
    return (
        raw_name.decode("utf-8", "surrogateescape") if flags & _UTF8 else raw_name.decode("cp437")
    )


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        yield tag, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _zip64_values(
    extra: bytes, told: tuple[int, int, int, int], name: str, faults: Faults
) -> tuple[int, int, int, int]:
    """Size, packed size, offset, disk: those that are full stand in the zip64 extra, in order."""
    values = list(told)
    content = next((value for tag, value in _extra_fields(extra) if tag == _ZIP64), b"")
    at = 0
    for index, full in enumerate((_FULL32, _FULL32, _FULL32, _FULL16)):
        if values[index] != full:
            continue
        width = 4 if index == 3 else 8
        if at + width > len(content):
            raise faults.stop(reasons.CORRUPTED, entry=name, seen="zip64 entry")
        values[index] = int.from_bytes(content[at : at + width], "little")
        at += width
    return values[0], values[1], values[2], values[3]


def _unicode_name(extra: bytes) -> bytes | None:
    """The UTF-8 name of Info-ZIP's extra field, which some readers prefer to the entry's own."""
    for tag, value in _extra_fields(extra):
        if tag == _UNICODE_PATH and len(value) > 5:
            return value[5:]
    return None


def _check_local_headers(
    fd: int, entries: list[ZipEntry], directory: _Directory, limits: ContainerLimits, faults: Faults
) -> None:
    """Entries must fill the file from its start to the directory, each told the same way twice."""
    expected = 0
    previous = ""
    if entries and os.pread(fd, 4, 0) == _SPLIT_MARKER:
        expected = len(_SPLIT_MARKER)
    for entry in entries:
        gap = entry.offset - expected
        if gap < 0:
            faults.add(reasons.OVERLAPPING_ENTRIES, entry=entry.name, other=previous)
        elif gap and not previous:
            faults.add(reasons.LEADING_BYTES, entry=entry.name, seen=str(gap), count=gap)
        elif gap:
            faults.add(reasons.HIDDEN_BYTES, entry=entry.name, seen=str(gap), count=gap)
        if entry.size > limits.max_entry_bytes:
            faults.add(reasons.ENTRY_TOO_LARGE, entry=entry.name, limit=limits.max_entry_bytes)
        header = os.pread(fd, _LOCAL.size + len(entry.raw_name), entry.offset)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise faults.stop(reasons.CORRUPTED, entry=entry.name, seen="zip local header")
        field = _disagreement(fd, entry, header)
        if field:
            faults.add(reasons.HEADERS_DISAGREE, entry=entry.name, field=field)
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        entry.data_start = entry.offset + _LOCAL.size + lengths
        expected = entry.data_start + entry.packed
        if (entry.flags | header[6]) & _DESCRIPTOR:
            expected += _descriptor_length(fd, entry, expected)
        previous = entry.name or "./"
    gap = directory.offset - expected
    if gap < 0:
        faults.add(reasons.OVERLAPPING_ENTRIES, entry=previous, other="")
    elif gap:
        reason = reasons.HIDDEN_BYTES if entries else reasons.LEADING_BYTES
        faults.add(reason, entry=previous, seen=str(gap), count=gap)


def _disagreement(fd: int, entry: ZipEntry, header: bytes) -> str:
    """The field on which the local header differs from the directory, "" if none."""
    _, _, flags, method, _, _, crc, packed, size, names, extras = _LOCAL.unpack_from(header)
    if header[_LOCAL.size :] != entry.raw_name or names != len(entry.raw_name):
        return "name"
    if method != entry.method:
        return "method"
    if (flags ^ entry.flags) & _ENCRYPTED:
        return "flags"
    if packed == _FULL32 or size == _FULL32:
        extra = os.pread(fd, extras, entry.offset + _LOCAL.size + names)
        zip64 = next((value for tag, value in _extra_fields(extra) if tag == _ZIP64), b"")
        size, zip64 = _wider(size, zip64)
        packed, _ = _wider(packed, zip64)
    late = flags & _DESCRIPTOR  # told after the data: zeros are right here
    for field, told, real in (
        ("crc", crc, entry.crc),
        ("packed size", packed, entry.packed),
        ("size", size, entry.size),
    ):
        if told != real and not (late and told == 0):
            return field
    return ""


def _wider(told: int, zip64: bytes) -> tuple[int, bytes]:
    """A size that is full in its field is in the zip64 extra; the rest of that extra."""
    if told != _FULL32 or len(zip64) < 8:
        return told, zip64
    return int.from_bytes(zip64[:8], "little"), zip64[8:]


def _descriptor_length(fd: int, entry: ZipEntry, at: int) -> int:
    """Length of the data descriptor found after the data, in any of its four forms; 0 if none."""
    found = os.pread(fd, 24, at)
    crc = entry.crc.to_bytes(4, "little")
    for signature in (b"PK\x07\x08", b""):
        for width in (4, 8):
            sizes = entry.packed, entry.size
            if any(size >= 1 << 8 * width for size in sizes):
                continue
            written = signature + crc + b"".join(size.to_bytes(width, "little") for size in sizes)
            if found.startswith(written):
                # Told wider when both read: a narrow one would leave four zeros behind it.
                if width == 4 and found[len(written) :].startswith(bytes(4)):
                    continue
                return len(written)
    return 0
