"""Where the files taken out of a container are put, under numbers, and hashed as they come."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sae.seda.containers.model import ContainerKind, Unpacked, UnpackedEntry
from sae.seda.containers.names import MANIFEST_NAME

_PER_FOLDER = 1000
_PLAIN_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")
_HASH_APART = 4 << 20
"""From this size the hash runs in its own thread while the next piece is unpacked and written."""

Piece = bytes | memoryview


class Shelf:
    """The folder of ours that receives a container's files."""

    def __init__(self, root: Path, progress: Callable[[int, int], None] | None = None) -> None:
        self.root = root
        self._progress = progress
        self._manifest: UnpackedEntry | None = None
        self._entries: list[UnpackedEntry] = []
        self._folders: list[str] = []
        self._bytes = 0
        self._number = 0
        self._made: set[str] = set()
        self._hashing: ThreadPoolExecutor | None = None
        self._told = 0

    def clear(self) -> None:
        """Remove whatever this shelf, or an earlier attempt on the same folder, has written."""
        if self._hashing is not None:
            self._hashing.shutdown()
            self._hashing = None
        shutil.rmtree(self.root / "files", ignore_errors=True)
        (self.root / "manifest.xml").unlink(missing_ok=True)
        self._made.clear()

    def require_space(self, count: int) -> None:
        """Raise the OSError of a full disk before filling it, when ``count`` bytes cannot fit."""
        self.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free
        if count > free:
            raise OSError(errno.ENOSPC, f"{count} bytes to unpack, {free} free", str(self.root))

    def reserve(self, name: str) -> str:
        """The place, relative to the root, where a file of the container will be written."""
        if self._manifest is None and MANIFEST_NAME.fullmatch(name):
            self.root.mkdir(parents=True, exist_ok=True)
            # Reserved at once: a second manifest must not take the same place.
            self._manifest = UnpackedEntry(name, self.root, "manifest.xml", 0, b"")
            return "manifest.xml"
        folder = f"files/{self._number // _PER_FOLDER:04d}"
        if folder not in self._made:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            self._made.add(folder)
        # The extension is kept when it is plain: format identification reads it as a hint.
        extension = _PLAIN_EXTENSION.search(name)
        stored_as = f"{folder}/{self._number:07d}{extension[0].lower() if extension else ''}"
        self._number += 1
        return stored_as

    def add_folder(self, name: str) -> None:
        """Note a folder that the container names."""
        if name:
            self._folders.append(name)

    def write(self, name: str, size: int, pieces: Iterable[Piece]) -> None:
        """Write and hash a file that comes by pieces; ``size`` is what it should have."""
        stored_as = self.reserve(name)
        fd = os.open(self.root / stored_as, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        hashing = hashlib.sha512()
        written = 0
        pending: Future[None] | None = None
        try:
            for piece in pieces:
                if size >= _HASH_APART:
                    if pending is not None:
                        pending.result()
                    pending = self._thread().submit(hashing.update, piece)
                else:
                    hashing.update(piece)
                write_all(fd, piece)
                written += len(piece)
                self._tell(written)
            if pending is not None:
                pending.result()
        finally:
            if pending is not None:
                pending.exception()
            os.close(fd)
        self.keep(name, stored_as, written, hashing.digest())

    def keep(self, name: str, stored_as: str, size: int, digest: bytes) -> None:
        """Note a file already written at its reserved place."""
        entry = UnpackedEntry(name, self.root, stored_as, size, digest)
        if stored_as == "manifest.xml":
            self._manifest = entry
        else:
            self._entries.append(entry)
        self._bytes += size
        self._tell(0)

    def unpacked(self, kind: ContainerKind) -> Unpacked:
        """What was put here."""
        if self._hashing is not None:
            self._hashing.shutdown()
        self.root.mkdir(parents=True, exist_ok=True)
        return Unpacked(
            kind, self._manifest, tuple(self._entries), tuple(self._folders), self._bytes
        )

    def _thread(self) -> ThreadPoolExecutor:
        if self._hashing is None:
            self._hashing = ThreadPoolExecutor(1, thread_name_prefix="sha512")
        return self._hashing

    def _tell(self, current: int) -> None:
        """Tell the progress every 16 MiB or so, and every thousand files."""
        if self._progress is None:
            return
        done = self._bytes + current
        if done - self._told >= 16 << 20 or (not current and len(self._entries) % 1000 == 0):
            self._told = done
            self._progress(len(self._entries), done)


def write_all(fd: int, piece: Piece) -> None:
    """Write every byte: a disk about to be full takes a part of them without an error."""
    written = os.write(fd, piece)
    while written < len(piece):
        written += os.write(fd, memoryview(piece)[written:])
