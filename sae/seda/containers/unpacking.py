"""Takes the files out of a container, hashing while writing, and refuses whatever is not plain.

No name of the container ever becomes a path: files are numbered in our own folder. What was
written is removed when the container is refused; an OSError (full disk) is ours and goes up.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sae.seda.containers.detection import detect_container
from sae.seda.containers.model import (
    CHECK_CONTAINER_KO,
    DEFAULT_LIMITS,
    UPLOAD_SIP_KO,
    ContainerKind,
    ContainerLimits,
    Faults,
    ListedEntry,
    Unpacked,
)
from sae.seda.containers.names import MANIFEST_NAME
from sae.seda.containers.shelf import Shelf
from sae.seda.containers.tar_reader import list_tar, tar_manifest, unpack_tar
from sae.seda.containers.zip_directory import read_directory
from sae.seda.containers.zip_reader import read_entry, unpack_zip

Progress = Callable[[int, int], None]
"""Called now and then with the files and the bytes taken out so far; may raise to give up."""


def list_entries(
    path: Path | str, *, limits: ContainerLimits = DEFAULT_LIMITS
) -> list[ListedEntry]:
    """The files and folders of a container, without unpacking (a tar is read through).

    Raises :class:`ContainerFault` (CHECK_CONTAINER.KO) when it cannot be read or costs more than
    ``limits``. Names are not judged here: ``unpack`` does it.
    """
    kind = detect_container(path)
    faults = Faults(CHECK_CONTAINER_KO, limits.max_problems)
    if kind is not ContainerKind.ZIP:
        return list_tar(Path(path), kind, limits, faults)
    with open(path, "rb") as file:
        entries = read_directory(file.fileno(), limits, faults)
    return [ListedEntry(e.name, e.size, e.is_folder) for e in entries if e.name]


def unpack(
    path: Path | str,
    into: Path | str,
    *,
    limits: ContainerLimits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Unpacked:
    """Unpack a container into a folder of ours and hash each file (SHA-512) on the way.

    ``into`` is made when missing; it receives ``manifest.xml`` and numbered files under ``files/``
    (those of an interrupted attempt are removed first). Raises :class:`ContainerFault`
    (UPLOAD_SIP.KO, every fault listed; nothing left behind), :class:`OSError` when we fail.
    """
    kind = detect_container(path)
    faults = Faults(UPLOAD_SIP_KO, limits.max_problems)
    shelf = Shelf(Path(into), progress)
    shelf.clear()
    try:
        if kind is ContainerKind.ZIP:
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
                unpack_zip(file.fileno(), shelf, limits, faults)
        else:
            unpack_tar(Path(path), kind, shelf, limits, faults)
        faults.raise_if_any()
    except BaseException:
        shelf.clear()
        raise
    return shelf.unpacked(kind)


def remove_unpacked(into: Path | str) -> None:
    """Remove what ``unpack`` wrote into a folder, and the folder itself."""
    shutil.rmtree(into, ignore_errors=True)


def read_manifest_bytes(
    path: Path | str, *, limits: ContainerLimits = DEFAULT_LIMITS
) -> Iterator[bytes]:
    """The manifest's bytes by pieces, straight from the container; nothing when it has none.

    Raises :class:`ContainerFault` (CHECK_CONTAINER.KO) when the container cannot be read.
    """
    kind = detect_container(path)
    faults = Faults(CHECK_CONTAINER_KO, limits.max_problems)
    if kind is not ContainerKind.ZIP:
        yield from tar_manifest(Path(path), kind, limits, faults)
        return
    with open(path, "rb") as file:
        for entry in read_directory(file.fileno(), limits, faults):
            if MANIFEST_NAME.fullmatch(entry.name) and not entry.is_folder:
                faults.raise_if_any()
                yield from read_entry(file.fileno(), entry, faults)
                return
