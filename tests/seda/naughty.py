"""Containers that no honest tool would write, in a few lines each."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RawEntry:
    """One zip entry; ``local`` and ``central`` override fields of either header."""

    name: bytes
    payload: bytes = b""
    deflate: bool = False
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    extra: bytes = b""
    local_extra: bytes = b""
    written: bytes | None = None
    descriptor: bytes = b""
    shares_previous: bool = False
    gap: bytes = b""


def raw_zip(
    entries: Iterable[RawEntry],
    *,
    prefix: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    before_end: bytes = b"",
) -> bytes:
    """A zip written field by field, each of which may lie."""
    out, central = bytearray(prefix), bytearray()
    offset = number = 0
    for entry in entries:
        number += 1
        packed = entry.payload
        if entry.deflate:
            deflater = zlib.compressobj(9, wbits=-15)
            packed = deflater.compress(entry.payload) + deflater.flush()
        written = packed if entry.written is None else entry.written
        told: dict[str, Any] = {
            "name": entry.name,
            "flags": 0,
            "method": 8 if entry.deflate else 0,
            "crc": zlib.crc32(entry.payload),
            "packed": len(packed),
            "size": len(entry.payload),
        }
        if not entry.shares_previous:
            out += entry.gap
            offset = len(out)
        local = {**told, **entry.local}
        if not entry.shares_previous:
            out += struct.pack(
                "<4s5H3L2H",
                b"PK\3\4",
                20,
                local["flags"],
                local["method"],
                0,
                33,
                local["crc"],
                local["packed"],
                local["size"],
                len(local["name"]),
                len(entry.local_extra),
            )
            out += local["name"] + entry.local_extra + written + entry.descriptor
        main = {**told, "made_by": 20, "mode": 0, "disk": 0, "offset": offset, **entry.central}
        central += struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            main["made_by"],
            20,
            main["flags"],
            main["method"],
            0,
            33,
            main["crc"],
            main["packed"],
            main["size"],
            len(main["name"]),
            len(entry.extra),
            0,
            main["disk"],
            0,
            main["mode"],
            main["offset"],
        )
        central += main["name"] + entry.extra
    start = len(out)
    told_count = number if count is None else count
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, told_count, told_count, len(central), start, len(comment)
    )
    return bytes(out + central + before_end + end + comment + suffix)


def tar_of(*members: tarfile.TarInfo | tuple[str, bytes], **options: Any) -> bytes:
    """A tar of members; (name, bytes) is a plain file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        for member in members:
            if isinstance(member, tuple):
                name, payload = member
                info = tarfile.TarInfo(name)
                info.size = len(payload)
                archive.addfile(info, io.BytesIO(payload))
            else:
                archive.addfile(member, io.BytesIO(bytes(member.size)))
    return buffer.getvalue()


def tar_member(name: str, **fields: Any) -> tarfile.TarInfo:
    """A tar member with fields of one's choice (type, linkname, mode, size…)."""
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    return info
