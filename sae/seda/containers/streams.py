"""Bytes of compressed containers, piece by piece and never more than asked in memory."""

from __future__ import annotations

import bz2
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, cast

from isal import igzip_lib

from sae.seda import reasons
from sae.seda.containers.model import ContainerKind, Faults

PIECE = 1 << 20
"""Bytes unpacked at a time."""

_READ = 1 << 18


class Decompressor(Protocol):
    """What bz2 and igzip share: bounded output, and a member that ends."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def raw_deflate() -> Decompressor:
    """A decompressor for a zip entry (igzip: six times zlib's speed on this work)."""
    return cast(Decompressor, igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE))


def _gzip() -> Decompressor:
    return cast(Decompressor, igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _bzip2() -> Decompressor:
    return cast(Decompressor, bz2.BZ2Decompressor())


def decompressor(kind: ContainerKind) -> Callable[[], Decompressor]:
    """The maker of decompressors of a compressed tar."""
    return _gzip if kind is ContainerKind.TAR_GZ else _bzip2


DECOMPRESSION_ERRORS: tuple[type[Exception], ...] = (
    cast(type[Exception], igzip_lib.IsalError),
    ValueError,
    EOFError,
)
"""What the two libraries raise on bad data (bz2 raises OSError, which is told apart below)."""


def inflated(
    file: BinaryIO,
    make: Callable[[], Decompressor],
    faults: Faults,
    *,
    piece_size: int = PIECE,
) -> Iterator[bytes]:
    """The decompressed bytes of a gzip or bzip2 file, several members being one content.

    Raises :class:`ContainerFault` on bad data, on a cut, and on bytes after the last member
    (zeros, with which tapes were filled, are let be).
    """
    member = make()
    started = False
    data = b""
    while True:
        if member.needs_input and not data:
            data = file.read(_READ)
            if not data:
                if started or member.needs_input is False:
                    raise faults.stop(reasons.TRUNCATED)
                return
        started = True
        piece = _decompress(member, data, piece_size, faults)
        data = b""
        if piece:
            yield piece
        if member.eof:
            data = member.unused_data or file.read(_READ)
            if not data.strip(b"\0"):
                _only_zeros(file, faults)
                return
            if not data.startswith((b"\x1f\x8b", b"BZh")):
                raise faults.stop(reasons.TRAILING_BYTES, seen=str(len(data)), count=len(data))
            member = make()


def _decompress(member: Decompressor, data: bytes, size: int, faults: Faults) -> bytes:
    try:
        return member.decompress(data, size)
    except DECOMPRESSION_ERRORS as error:
        raise faults.stop(reasons.CORRUPTED, seen=str(error)) from error
    except OSError as error:
        # bz2 says bad data with an OSError without number; any other is a fault of ours.
        if error.errno is not None:
            raise
        raise faults.stop(reasons.CORRUPTED, seen=str(error)) from error


def _only_zeros(file: BinaryIO, faults: Faults) -> None:
    while rest := file.read(_READ):
        if rest.strip(b"\0"):
            raise faults.stop(reasons.TRAILING_BYTES, seen=str(len(rest)), count=len(rest))


class BlockReader:
    """Reads exact lengths out of pieces; knows how many bytes went by."""

    def __init__(self, pieces: Iterator[bytes], faults: Faults, *, budget: int) -> None:
        self._pieces = pieces
        self._faults = faults
        self._budget = budget
        self._held = memoryview(b"")
        self.position = 0

    def read(self, count: int) -> bytes:
        """``count`` bytes (few: headers); fewer only at the very end."""
        taken = b""
        while len(taken) < count and self._fill():
            part = self._held[: count - len(taken)]
            taken += part
            self._advance(len(part))
        return taken

    def pieces(self, count: int) -> Iterator[memoryview]:
        """``count`` bytes by pieces; raises when the container ends before."""
        while count:
            if not self._fill():
                raise self._faults.stop(reasons.TRUNCATED)
            part = self._held[:count]
            self._advance(len(part))
            count -= len(part)
            yield part

    def skip(self, count: int) -> None:
        """Go over ``count`` bytes."""
        for _ in self.pieces(count):
            pass

    def rest(self) -> Iterator[memoryview]:
        """All that remains, by pieces."""
        while self._fill():
            part = self._held
            self._advance(len(part))
            yield part

    def _fill(self) -> bool:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._held = memoryview(piece)
        return True

    def _advance(self, count: int) -> None:
        self._held = self._held[count:]
        self.position += count
        if self.position > self._budget:
            raise self._faults.stop(reasons.TOO_LARGE, limit=self._budget)
