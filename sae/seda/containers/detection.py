"""Tells the kind of a container by its bytes; its name is never looked at."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from sae.seda import reasons
from sae.seda.containers.model import CHECK_CONTAINER_KO, ContainerFault, ContainerKind, Faults
from sae.seda.containers.streams import decompressor, inflated
from sae.seda.containers.tar_headers import BLOCK, is_tar_header

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")
"""A first entry, an empty zip, a first entry after the marker of a split that was not needed."""

GZIP_START = b"\x1f\x8b\x08"
BZIP2_START = b"BZh"


def detect_container(path: Path | str) -> ContainerKind:
    """CHECK_CONTAINER: the kind of the file received, from its first bytes.

    Raises :class:`ContainerFault` when it is empty or is none of the four kinds.
    """
    faults = Faults(CHECK_CONTAINER_KO, limit=1)
    with open(path, "rb") as file:
        start = file.read(BLOCK)
        if not start:
            raise faults.stop(reasons.EMPTY_FILE)
        if start.startswith(ZIP_STARTS):
            return ContainerKind.ZIP
        if is_tar_header(start):
            return ContainerKind.TAR
        for kind, magic in (
            (ContainerKind.TAR_GZ, GZIP_START),
            (ContainerKind.TAR_BZ2, BZIP2_START),
        ):
            if start.startswith(magic):
                file.seek(0)
                if is_tar_header(_first_block(file, kind, faults)):
                    return kind
                raise faults.stop(reasons.COMPRESSED_NOT_TAR, seen=kind.removeprefix("tar."))
    raise faults.stop(reasons.NOT_A_CONTAINER, seen=start[:8].hex(" "))


def _first_block(file: BinaryIO, kind: ContainerKind, faults: Faults) -> bytes:
    block = b""
    try:
        for piece in inflated(file, decompressor(kind), faults, piece_size=BLOCK):
            block += piece
            if len(block) >= BLOCK:
                break
    except ContainerFault:
        if not block:
            raise
    return block[:BLOCK]
