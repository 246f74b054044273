"""The workspace of a deposit: its package, what was unpacked, and the spools between steps.

A directory per deposit under ``SAE_WORKSPACE_DIR``. Steps write a spool under a temporary name
and rename it, so that a spool that exists is whole. It all goes when the deposit ends; the
package of a refused deposit stays, to be checked again.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson
from django.conf import settings


class Workspace:
    """Files of one deposit."""

    def __init__(self, tenant_id: uuid.UUID, deposit_id: uuid.UUID) -> None:
        self.root = Path(settings.WORKSPACE_DIR) / str(tenant_id) / str(deposit_id)

    @property
    def package(self) -> Path:
        return self.root / "package"

    @property
    def unpacked(self) -> Path:
        return self.root / "unpacked"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.xml"

    def path(self, name: str) -> Path:
        return self.root / name

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Write a spool that appears under its name only once whole."""
        temporary = self.path(f"{name}.part")
        with temporary.open("wb", buffering=1 << 20) as stream:
            yield stream
        temporary.replace(self.path(name))

    def write_json(self, name: str, value: Any) -> None:
        with self.writing(name) as stream:
            stream.write(orjson.dumps(value, default=dict, option=orjson.OPT_NON_STR_KEYS))

    def read_json(self, name: str, default: Any = None) -> Any:
        try:
            return orjson.loads(self.path(name).read_bytes())
        except FileNotFoundError:
            return default

    def read_lines(self, name: str) -> Iterator[Any]:
        """Read a JSON Lines spool one value at a time; nothing when it does not exist."""
        return map(orjson.loads, self.read_raw_lines(name))

    def read_raw_lines(self, name: str) -> Iterator[bytes]:
        """Read a spool line by line; nothing when it does not exist."""
        try:
            stream = self.path(name).open("rb", buffering=1 << 20)
        except FileNotFoundError:
            return
        with stream:
            yield from stream

    def clean(self, *, keep_package: bool) -> None:
        """Remove what the steps left; the whole directory unless the package is kept."""
        if not keep_package:
            _remove_folder(self.root)
            return
        for entry in self.root.iterdir() if self.root.exists() else ():
            if entry == self.package:
                continue
            if entry.is_dir():
                _remove_folder(entry)
            else:
                entry.unlink(missing_ok=True)


def _remove_folder(folder: Path) -> None:
    """Remove a folder; one that resists is an error, or its room would never be given back."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def incoming_path(upload_id: uuid.UUID) -> Path:
    """Return where an upload under way is kept, on the file system of the workspaces."""
    folder = Path(settings.WORKSPACE_DIR) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / str(upload_id)


def adopt_package(workspace: Workspace, file: Path) -> None:
    """Move a received file into its workspace, durably: after a power cut it is there."""
    _make_folder(workspace.root)
    try:
        file.replace(workspace.package)
    except OSError:
        shutil.copyfile(file, workspace.package)
        file.unlink()
    with workspace.package.open("rb") as stream:
        os.fsync(stream.fileno())
    _sync_folder(workspace.root)


def _make_folder(folder: Path) -> None:
    """mkdir -p whose every new entry is flushed."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
