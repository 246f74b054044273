"""What every offer does, and the values that pass between offers and their callers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

PART_SIZE = 8 * 1024 * 1024
"""Bytes sent, read and verified at a time; an object that fits in one part is sent in one PUT."""

_MOST_PARTS = 9_000  # Amazon allows 10 000 parts
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST_KEY = 900  # Amazon: 1 024 bytes; SeaweedFS and file systems: 255 for one segment
_LONGEST_SEGMENT = 200


def part_size_for(size: int) -> int:
    """Bytes of each part of an object of that size: 8 MiB up to 70 GiB, a multiple of it beyond."""
    times = -(-size // (PART_SIZE * _MOST_PARTS))
    return PART_SIZE * max(times, 1)


def check_key(key: str) -> str:
    """Return the key if every offer can hold it as it is; raise ValueError otherwise.

    Our keys are made of our own identifiers, never of names given by depositors, so a short
    alphabet is enough and leaves no way out of a folder.
    """
    too_long = len(key) > _LONGEST_KEY or any(
        len(segment) > _LONGEST_SEGMENT for segment in key.split("/")
    )
    if too_long or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key[:100]!r}")
    return key


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What we computed over the bytes that were sent.

    `part_digests` is the 16-byte MD5 of each part of `part_size` bytes, one after the other.
    SHA-512 is the proof; MD5 is what S3 servers report (ETag) and detects their accidents.
    """

    size: int
    sha512: str
    part_size: int
    part_digests: bytes

    @property
    def reportable(self) -> frozenset[str]:
        """The digests that an offer may report for these bytes (see Reported.digest)."""
        count = len(self.part_digests) // 16
        if count == 1:
            return frozenset({f"md5:{self.part_digests.hex()}", f"sha512:{self.sha512}"})
        # What S3 calls the ETag of a multipart upload: MD5 of the parts' MD5s, and their number.
        whole = hashlib.md5(self.part_digests, usedforsecurity=False).hexdigest()
        return frozenset({f"md5-parts:{whole}-{count}", f"sha512:{self.sha512}"})


class FingerprintBuilder:
    """Computes a Fingerprint in one pass; fed whole parts, the last one perhaps shorter."""

    def __init__(self, part_size: int) -> None:
        self._part_size = part_size
        self._sha512 = hashlib.sha512()
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._sha512.update(part)
        self._parts.append(hashlib.md5(part, usedforsecurity=False).digest())
        self._size += len(part)

    def finish(self) -> Fingerprint:
        if not self._parts:  # an empty object has one empty part
            self.add(b"")
        return Fingerprint(
            self._size, self._sha512.hexdigest(), self._part_size, b"".join(self._parts)
        )


def fingerprint_of(data: bytes) -> Fingerprint:
    """The fingerprint of an object that is sent in one part."""
    builder = FingerprintBuilder(max(part_size_for(len(data)), len(data)))
    builder.add(data)
    return builder.finish()


@dataclass(frozen=True, slots=True)
class Reported:
    """What an offer says of an object that it holds.

    `digest`: "md5:<hex>", "md5-parts:<hex>-<number>", "sha512:<hex>" (recomputed from the bytes it
    gave back) or "opaque:<text>" (an ETag that is no digest, e.g. under SSE-KMS).
    """

    size: int
    digest: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    key: str
    reported: Reported


@dataclass(frozen=True, slots=True)
class OfferState:
    """What the platform's state page shows. `free_bytes` is None where the offer does not say."""

    offer: str
    available: bool
    free_bytes: int | None = None
    message: str = ""
    object_lock: bool = False


class Offer(Protocol):
    """One place, on one site, that keeps bytes under keys and never overwrites them.

    Every method may raise OfferUnavailable, OfferFull or OfferRefused; all of them come back in
    bounded time, except the calls to a file system that has itself stopped answering.
    """

    @property
    def id(self) -> str:
        """Name in the settings and in the records of copies."""

    @property
    def label(self) -> str:
        """Name for people."""

    @property
    def location(self) -> str:
        """Where the bytes really are, without secrets: two equal locations are one offer."""

    @property
    def reports_on_put(self) -> bool:
        """True when what `put_…` returns was read back from the medium itself."""

    def prepare(self) -> None:
        """Make the bucket or folder ready. Idempotent."""

    def put_bytes(self, key: str, data: bytes) -> Reported:
        """Write an object of at most one part. Raises ObjectExists, and then writes nothing."""

    def put_parts(self, key: str, parts: Iterator[bytes], *, part_size: int) -> Reported:
        """Write an object given part by part; visible only once complete.

        An exception of the iterator cancels the write, leaves nothing behind and comes through.
        Not more than a few parts are held in memory. May raise ObjectExists.
        """

    def abandon(self, key: str) -> None:
        """Remove what writes that were cut (a killed process) may have left under this key."""

    def head(self, key: str) -> Reported:
        """Raises ObjectMissing."""

    def size(self, key: str) -> int:
        """Bytes that the offer now holds under this key. Raises ObjectMissing."""

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises ObjectMissing, CorruptCopy (fewer bytes than that)."""

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """Objects whose key begins with prefix (a folder: "a/b/"), in order of key."""

    def delete(self, key: str) -> None:
        """Destroy every version of an object. A missing object is a success.

        Raises OfferRefused when a retention forbids it.
        """

    def probe(self) -> OfferState:
        """State seen now, in a few seconds at most. Never raises."""


def read_blocks(
    offer: Offer, key: str, *, offset: int = 0, length: int, block: int = PART_SIZE
) -> Iterator[bytes]:
    """The bytes from offset, block by block.

    One short request a block rather than one long answer: a slow reader holds no connection
    open, and one time-out suits every request.
    """
    end = offset + length
    while offset < end:
        data = offer.read_range(key, offset, min(block, end - offset))
        yield data
        offset += len(data)
