"""Goes through the files of a container without a folder of ours: for those who pack them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sae.seda.containers.detection import detect_container
from sae.seda.containers.model import (
    CHECK_CONTAINER_KO,
    DEFAULT_LIMITS,
    ContainerKind,
    ContainerLimits,
    Faults,
)
from sae.seda.containers.tar_headers import read_entries
from sae.seda.containers.tar_reader import opened_tar
from sae.seda.containers.zip_directory import read_directory
from sae.seda.containers.zip_reader import read_entry


@dataclass(frozen=True, slots=True)
class WalkedFile:
    """A file of a container; ``pieces`` are its bytes, to be taken before the next file."""

    name: str
    size: int
    pieces: Iterator[bytes | memoryview]


def walk_files(
    path: Path | str, *, limits: ContainerLimits = DEFAULT_LIMITS
) -> Iterator[WalkedFile]:
    """Yield the files of a container in its order, under the names that they bear there.

    Names are not judged: they must never become paths. Raises :class:`ContainerFault`
    (CHECK_CONTAINER.KO) at the first thing wrong, links and devices included.
    """
    kind = detect_container(path)
    faults = Faults(CHECK_CONTAINER_KO, limits.max_problems)
    if kind is not ContainerKind.ZIP:
        with opened_tar(Path(path), kind, limits, faults) as reader:
            for entry in read_entries(reader, limits, faults):
                faults.raise_if_any()
                if not entry.is_folder:
                    yield WalkedFile(entry.name, entry.size, reader.pieces(entry.size))
        faults.raise_if_any()
        return
    with open(path, "rb") as file:
        entries = read_directory(file.fileno(), limits, faults)
        faults.raise_if_any()
        for item in entries:
            if not item.is_folder:
                yield WalkedFile(item.name, item.size, read_entry(file.fileno(), item, faults))
