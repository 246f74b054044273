"""An offer on a mounted file system: a disk, an array, an NFS share of another site."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sae.storage.offers.base import PART_SIZE, Listed, OfferState, Reported, check_key
from sae.storage.offers.errors import (
    CorruptCopy,
    ObjectExists,
    ObjectMissing,
    OfferError,
    OfferFull,
    OfferRefused,
    OfferUnavailable,
)

MARKER = ".sae-offer"
_PARTIAL = ".partial"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM}
_LITTLE_SPACE = 1024**3
_TRIES = 3


@dataclass(frozen=True)
class FilesystemOffer:
    """A folder whose tree is the keys themselves, so that a person can read it without us.

    A marker file says that the medium is really there: without it, an unmounted disk would be an
    empty folder of the system's own disk, ready to be written to and lost. `manage.py offers
    prepare` makes it, once the disk is mounted. With `create`, a folder that is empty or absent is
    made ready at first use: for trials, where nothing is mounted.
    """

    id: str
    label: str
    path: Path
    create: bool = False

    reports_on_put = True

    @property
    def location(self) -> str:
        return str(self.path.resolve())

    def prepare(self) -> None:
        self._mark()
        self._check_mounted()

    def _mark(self) -> None:
        """The marker comes last, and whole: it vouches for the rest."""
        marker = self.path / MARKER
        mine = self.path / f"{_PARTIAL}/{uuid.uuid4().hex}"
        try:
            mine.parent.mkdir(parents=True, exist_ok=True)
            mine.write_text(f"{self.id}\n", encoding="utf-8")
            with contextlib.suppress(FileExistsError):
                os.link(mine, marker)
            mine.unlink()
            _sync_folder(self.path)
        except OSError as error:
            self._raise(error, MARKER)

    def put_bytes(self, key: str, data: bytes) -> Reported:
        return self._put(key, [data])

    def put_parts(self, key: str, parts: Iterator[bytes], *, part_size: int) -> Reported:
        return self._put(key, parts)

    def abandon(self, key: str) -> None:
        for partial in (self.path / _PARTIAL).glob(f"{_partial_prefix(key)}*"):
            partial.unlink(missing_ok=True)

    def head(self, key: str) -> Reported:
        """Reads the whole object: a file system keeps no digest of its own to report."""
        self._check_mounted()
        try:
            return self._read_back(self._path(key))
        except OSError as error:
            self._raise(error, key)

    def size(self, key: str) -> int:
        self._check_mounted()
        try:
            return self._path(key).stat().st_size
        except OSError as error:
            self._raise(error, key)

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        self._check_mounted()
        try:
            with self._path(key).open("rb") as file:
                file.seek(offset)
                data = file.read(length)
        except OSError as error:
            self._raise(error, key)
        if len(data) != length:
            raise CorruptCopy(self.id, f"{key}: {len(data)} bytes instead of {length}")
        return data

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        self._check_mounted()
        start = self._path(prefix.rstrip("/")) if prefix.strip("/") else self.path
        for key in _walk(self.path, start):
            if key > after:
                try:
                    size = (self.path / key).stat().st_size
                except FileNotFoundError:  # deleted since
                    continue
                yield Listed(key, Reported(size, "opaque:"))

    def delete(self, key: str) -> None:
        self._check_mounted()
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists():
                _sync_folder(path.parent)
            # The folder of an operation goes with its last object; rmdir spares a full one.
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        except OSError as error:
            self._raise(error, key)
        self.abandon(key)

    def probe(self) -> OfferState:
        try:
            self._check_mounted()
            free = shutil.disk_usage(self.path).free
        except OfferError as error:
            return OfferState(self.id, False, message=error.detail)
        except OSError as error:
            return OfferState(self.id, False, message=str(error))
        if not os.access(self.path / _PARTIAL, os.W_OK):
            return OfferState(self.id, False, free, "not writable")
        return OfferState(self.id, free > 0, free, "little space" if free < _LITTLE_SPACE else "")

    def _put(self, key: str, parts: Iterable[bytes]) -> Reported:
        """Write beside, sync, link into place, sync the folder, read back from the medium."""
        self._check_mounted()
        path = self._path(key)
        partial = self.path / _PARTIAL / f"{_partial_prefix(key)}{uuid.uuid4().hex}"
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                for part in parts:
                    _write_all(file.fileno(), part)
                os.fsync(file.fileno())
            self._publish(partial, path)
            return self._read_back(path)
        except OSError as error:
            self._raise(error, key)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def _publish(self, partial: Path, path: Path) -> None:
        """A hard link, unlike a rename, never replaces what is already there."""
        for attempt in range(_TRIES):
            _make_folder(path.parent, self.path)
            try:
                os.link(partial, path)
                break
            except FileNotFoundError:  # a deletion removed the folder in between
                if attempt == _TRIES - 1:
                    raise
        _sync_folder(path.parent)

    def _read_back(self, path: Path) -> Reported:
        digest = hashlib.sha512()
        size = 0
        with path.open("rb", buffering=0) as file:
            # Out of the page cache, so that the medium answers and not our own memory.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while block := file.read(PART_SIZE):
                digest.update(block)
                size += len(block)
        return Reported(size, f"sha512:{digest.hexdigest()}")

    def _path(self, key: str) -> Path:
        return self.path / check_key(key)

    def _check_mounted(self) -> None:
        if self.create and not (self.path / MARKER).exists() and not self._holds_objects():
            self._mark()
        try:
            found = (self.path / MARKER).read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise OfferUnavailable(self.id, f"{self.path}: no {MARKER}, not mounted?") from error
        except OSError as error:
            self._raise(error, MARKER)
        if found != self.id:
            raise OfferUnavailable(self.id, f"{self.path} belongs to the offer {found!r}")

    def _holds_objects(self) -> bool:
        try:
            return any(entry.name != _PARTIAL for entry in self.path.iterdir())
        except FileNotFoundError:
            return False

    def _raise(self, error: OSError, key: str) -> NoReturn:
        detail = f"{key}: {error.strerror or error}"
        if isinstance(error, FileExistsError):
            raise ObjectExists(self.id, f"{key}: already there") from error
        if isinstance(error, FileNotFoundError):
            raise ObjectMissing(self.id, f"{key}: not found") from error
        if error.errno in _FULL:
            raise OfferFull(self.id, detail) from error
        if error.errno in _REFUSED:
            raise OfferRefused(self.id, detail) from error
        raise OfferUnavailable(self.id, detail) from error


def _partial_prefix(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32] + "-"


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _make_folder(folder: Path, root: Path) -> None:
    """mkdir -p whose every new entry survives a power cut."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
    folder.mkdir(mode=0o750, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(root: Path, start: Path) -> Iterator[str]:
    """Keys under a folder, in the order of the whole key as S3 gives them."""
    if not start.is_dir():
        return
    with os.scandir(start) as found:
        entries = [entry for entry in found if not entry.name.startswith(".")]
    # "a.b" sorts before "a/c" in S3, since "." < "/": compare folders with their slash.
    entries.sort(key=lambda entry: entry.name + "/" if entry.is_dir() else entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield str(Path(entry.path).relative_to(root))
