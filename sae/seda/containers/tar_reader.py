"""Lists and unpacks tar archives, plain, gzipped or bzip2-compressed, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sae.seda.containers.model import ContainerKind, ContainerLimits, Faults, ListedEntry
from sae.seda.containers.names import MANIFEST_NAME, NameRegister, check_name
from sae.seda.containers.shelf import Shelf
from sae.seda.containers.streams import PIECE, BlockReader, decompressor, inflated
from sae.seda.containers.tar_headers import read_entries


def list_tar(
    path: Path, kind: ContainerKind, limits: ContainerLimits, faults: Faults
) -> list[ListedEntry]:
    """The files and folders of a tar; links and devices are not listed."""
    with opened_tar(path, kind, limits, faults) as reader:
        return [
            ListedEntry(entry.name, entry.size, entry.is_folder)
            for entry in read_entries(reader, limits, faults)
            if entry.name
        ]


def unpack_tar(
    path: Path, kind: ContainerKind, shelf: Shelf, limits: ContainerLimits, faults: Faults
) -> None:
    """Put the files of a tar on the shelf; after a first fault, only go on reading headers."""
    with opened_tar(path, kind, limits, faults) as reader:
        register = NameRegister(faults)
        for entry in read_entries(reader, limits, faults):
            legal = not entry.name or check_name(entry.name, limits, faults)
            if not legal or not register.add(entry.name, is_folder=entry.is_folder):
                continue
            if entry.is_folder:
                shelf.add_folder(entry.name)
            elif not faults.problems:
                shelf.write(entry.name, entry.size, reader.pieces(entry.size))


def tar_manifest(
    path: Path, kind: ContainerKind, limits: ContainerLimits, faults: Faults
) -> Iterator[bytes]:
    """The bytes of the first root file that has a manifest's name, by pieces."""
    with opened_tar(path, kind, limits, faults) as reader:
        for entry in read_entries(reader, limits, faults):
            if MANIFEST_NAME.fullmatch(entry.name) and not entry.is_folder:
                yield from (bytes(piece) for piece in reader.pieces(entry.size))
                return


@contextmanager
def opened_tar(
    path: Path, kind: ContainerKind, limits: ContainerLimits, faults: Faults
) -> Iterator[BlockReader]:
    """The blocks of a tar, decompressed, within the budget that its size justifies."""
    with open(path, "rb") as file:
        if kind is ContainerKind.TAR:
            pieces = _read(file)
        else:
            pieces = inflated(file, decompressor(kind), faults)
        budget = limits.unpacked_budget(path.stat().st_size)
        yield BlockReader(pieces, faults, budget=budget)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
