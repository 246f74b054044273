"""Unpacks zip archives whose directory was read and found coherent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from isal import isal_zlib

from sae.seda import reasons
from sae.seda.containers.model import ContainerLimits, Faults
from sae.seda.containers.names import NameRegister, check_name
from sae.seda.containers.shelf import Shelf, write_all
from sae.seda.containers.streams import DECOMPRESSION_ERRORS, PIECE, raw_deflate
from sae.seda.containers.zip_directory import STORED, ZipEntry, read_directory

_READ = 1 << 18
_SMALL = 1 << 20
"""Up to this size an entry is read, unpacked, hashed and written in one go by either thread."""


class _EntryFault(Exception):  # noqa: N818
    """An entry's data is not what was declared."""

    def __init__(self, reason: str, seen: object = "", expected: object = "") -> None:
        super().__init__(reason)
        self.reason, self.seen, self.expected = reason, str(seen), str(expected)


def unpack_zip(fd: int, shelf: Shelf, limits: ContainerLimits, faults: Faults) -> None:
    """Put the files of a zip on the shelf. Nothing is written when the directory has a fault."""
    entries = read_directory(fd, limits, faults)
    register = NameRegister(faults)
    for entry in entries:
        if entry.name and check_name(entry.name, limits, faults):
            register.add(entry.name, is_folder=entry.is_folder)
    faults.raise_if_any()
    files = [entry for entry in entries if not entry.is_folder]
    for entry in entries:
        if entry.is_folder:
            shelf.add_folder(entry.name)
    shelf.require_space(sum(entry.size for entry in files))
    with ThreadPoolExecutor(2, thread_name_prefix="unzip") as threads:
        for run in _runs(files):
            if run[0].size > _SMALL:
                _unpack_large(fd, run[0], shelf, faults)
            else:
                _unpack_small(fd, run, shelf, faults, threads)


def read_entry(fd: int, entry: ZipEntry, faults: Faults) -> Iterator[bytes]:
    """The bytes of one entry, by pieces; raises when they are not what was declared."""
    try:
        yield from _pieces(fd, entry)
    except _EntryFault as fault:
        _note(entry, fault, faults)
        faults.raise_if_any()


def _runs(files: list[ZipEntry], *, most: int = 2048) -> Iterator[list[ZipEntry]]:
    """Runs of small entries, in their order; a large one is alone."""
    run: list[ZipEntry] = []
    for entry in files:
        if entry.size > _SMALL or len(run) >= most:
            if run:
                yield run
            run = []
        if entry.size > _SMALL:
            yield [entry]
        else:
            run.append(entry)
    if run:
        yield run


def _unpack_large(fd: int, entry: ZipEntry, shelf: Shelf, faults: Faults) -> None:
    try:
        shelf.write(entry.name, entry.size, _pieces(fd, entry))
    except _EntryFault as fault:
        _note(entry, fault, faults)


def _unpack_small(
    fd: int, run: list[ZipEntry], shelf: Shelf, faults: Faults, threads: ThreadPoolExecutor
) -> None:
    places = [shelf.reserve(entry.name) for entry in run]
    paths = [os.fspath(shelf.root / place) for place in places]
    half = len(run) // 2 + 1
    # Two slices rather than two thousand tasks: handing a task over costs as much as a small file.
    slices = [(run[:half], paths[:half]), (run[half:], paths[half:])]
    done = [threads.submit(_write_small, fd, *each) for each in slices]
    outcomes = [outcome for future in done for outcome in future.result()]
    for entry, place, outcome in zip(run, places, outcomes, strict=True):
        if isinstance(outcome, _EntryFault):
            _note(entry, outcome, faults)
        else:
            shelf.keep(entry.name, place, entry.size, outcome)


def _write_small(fd: int, run: list[ZipEntry], paths: list[str]) -> list[bytes | _EntryFault]:
    outcomes: list[bytes | _EntryFault] = []
    for entry, path in zip(run, paths, strict=True):
        try:
            content = b"".join(_pieces(fd, entry))
        except _EntryFault as fault:
            outcomes.append(fault)
            continue
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            write_all(target, content)
        finally:
            os.close(target)
        outcomes.append(hashlib.sha512(content).digest())
    return outcomes


def _pieces(fd: int, entry: ZipEntry) -> Iterator[bytes]:
    """The entry's bytes, stopping at the first more than declared; size and CRC checked."""
    crc, count = 0, 0
    for piece in _stored(fd, entry) if entry.method == STORED else _inflated(fd, entry):
        count += len(piece)
        if count > entry.size:
            raise _EntryFault(reasons.ENTRY_SIZE, f"> {entry.size}", entry.size)
        crc = isal_zlib.crc32(piece, crc)
        yield piece
    if count != entry.size:
        raise _EntryFault(reasons.ENTRY_SIZE, count, entry.size)
    if crc != entry.crc:
        raise _EntryFault(reasons.ENTRY_CHECKSUM, f"{crc:08x}", f"{entry.crc:08x}")


def _stored(fd: int, entry: ZipEntry) -> Iterator[bytes]:
    position, end = entry.data_start, entry.data_start + entry.packed
    while position < end:
        piece = os.pread(fd, min(PIECE, end - position), position)
        if not piece:
            raise _EntryFault(reasons.TRUNCATED)
        position += len(piece)
        yield piece


def _inflated(fd: int, entry: ZipEntry) -> Iterator[bytes]:
    position, end = entry.data_start, entry.data_start + entry.packed
    stream = raw_deflate()
    while not stream.eof:
        data = b""
        if stream.needs_input:
            data = os.pread(fd, min(_READ, end - position), position)
            if not data:
                raise _EntryFault(reasons.ENTRY_DATA)
            position += len(data)
        try:
            piece = stream.decompress(data, PIECE)
        except DECOMPRESSION_ERRORS as error:
            raise _EntryFault(reasons.ENTRY_DATA, error) from error
        if piece:
            yield piece
    unread = end - position + len(stream.unused_data)
    if unread:
        raise _EntryFault(reasons.HIDDEN_BYTES, unread)


def _note(entry: ZipEntry, fault: _EntryFault, faults: Faults) -> None:
    arguments = {"count": int(fault.seen)} if fault.reason == reasons.HIDDEN_BYTES else {}
    faults.add(
        fault.reason, entry=entry.name, seen=fault.seen, expected=fault.expected, **arguments
    )
