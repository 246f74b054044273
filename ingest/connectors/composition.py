"""A slip and its archive, received apart, made one package that the workflow can judge.

The package is a plain tar, written once while the archive is read: the slip first, byte for byte,
then each file under ``content`` (see ``placing``). Nothing of it is judged here but that it can be
read: missing files, false digests and names are the workflow's affair.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.connectors.placing import placed_name
from ingest.uploads import has_room_for
from sae.seda.containers import DEFAULT_LIMITS, ContainerLimits, walk_files

_PIECE = 1 << 20
_SPACE_CHECKED_EVERY = 64 << 20


class NoRoomError(Exception):
    """The disk of the workspaces cannot take the package."""


@dataclass(frozen=True, slots=True)
class Composition:
    """What was composed. ``content_sha256`` depends on the slip's bytes, and on the names and
    bytes of the files, not on how the archive was packed.
    """

    size: int
    files: int
    slip_sha256: str
    content_sha256: str


def compose_package(
    slip: Path,
    attachments: Path | None,
    *,
    into: Path,
    slip_name: str,
    limits: ContainerLimits = DEFAULT_LIMITS,
) -> Composition:
    """Write the package, durably. ``attachments``: zip, tar, tar.gz or tar.bz2, ``None`` for none.

    Raises ``ContainerFault`` when the archive cannot be read, ``NoRoomError`` when the disk would
    be full; what was written is then removed.
    """
    try:
        with into.open("wb") as out:
            writer = _Tar(out)
            with slip.open("rb") as stream:
                slip_sha256 = writer.add(
                    slip_name, slip.stat().st_size, iter(lambda: stream.read(_PIECE), b"")
                )
            files = []
            if attachments is not None:
                for file in walk_files(attachments, limits=limits):
                    digest = writer.add(placed_name(file.name), file.size, file.pieces)
                    files.append(f"{digest} {placed_name(file.name)}\n")
            size = writer.close()
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        into.unlink(missing_ok=True)
        raise
    content = hashlib.sha256(f"{slip_sha256}\n".encode())
    for line in sorted(files):
        content.update(line.encode())
    return Composition(size, len(files), slip_sha256, content.hexdigest())


class _Tar:
    """Writes a tar whose entries come by pieces; the same content gives the same bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._written = self._checked = 0

    def add(self, name: str, size: int, pieces: Iterable[bytes | memoryview]) -> str:
        """Write one file and return its SHA-256."""
        header = tarfile.TarInfo(name)
        header.size = size
        header.mode = 0o644
        self._write(header.tobuf(tarfile.PAX_FORMAT))
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            self._write(piece)
        self._write(bytes(-size % tarfile.BLOCKSIZE))
        return digest.hexdigest()

    def close(self) -> int:
        """Write the end of the archive and return its size."""
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        return self._written

    def _write(self, piece: bytes | memoryview) -> None:
        self._out.write(piece)
        self._written += len(piece)
        if self._written - self._checked >= _SPACE_CHECKED_EVERY:
            self._checked = self._written
            if not has_room_for(0):
                raise NoRoomError
