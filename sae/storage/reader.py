"""Read what is kept, from a good copy, and never let a byte out that has not been verified.

An object of one part, or one slice of a pack, is read whole, compared with its SHA-512, and then
given out. A larger one goes part by part: each is compared with its digest taken at the deposit
before any byte of it is given, so that a bad part is fetched from another copy in the middle of a
download; the SHA-512 of the whole is checked before the last part goes. Memory: one part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sae.storage import copies as copy_states
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.base import PART_SIZE, FingerprintBuilder, part_size_for, read_blocks
from sae.storage.offers.errors import CorruptCopy, ObjectMissing, OfferError
from sae.storage.ranges import RangeRequest
from sae.storage.strategies import offer as offer_named


class NoGoodCopyError(Exception):
    """No copy could be given out. ``retryable``: at least one offer was only out of reach."""

    def __init__(self, key: str, failures: Sequence[OfferError]) -> None:
        self.key = key
        self.failures = tuple(failures)
        self.retryable = any(
            failure.retryable and not isinstance(failure, CorruptCopy) for failure in failures
        )
        super().__init__(f"{key}: {'; '.join(map(str, failures)) or 'no copy left'}")


def open_stored(
    *,
    stored_object: StoredObject,
    offset: int = 0,
    length: int | None = None,
    expected_sha512: str | None = None,
    only: RangeRequest | None = None,
    without: ObjectCopy | None = None,
) -> Iterator[bytes]:
    """The verified bytes of a stored object, or of ``length`` bytes from ``offset`` in a pack.

    ``expected_sha512``: digest (hex) of that slice, as its data object knows it. ``only`` limits
    what is given to a range counted from ``offset``; it is verified all the same. ``without``
    leaves one copy aside (to repair it).

    Needs the tenant's scope to open, not to iterate. The first bytes are fetched and verified
    before returning. Raises NoGoodCopyError (then, or while iterating: nothing bad was given), and
    ValueError for a slice outside the object.
    """
    length = stored_object.size - offset if length is None else length
    wanted = only or RangeRequest(0, length)
    if offset < 0 or offset + length > stored_object.size or wanted.stop > length:
        raise ValueError(f"{stored_object.key}: no such slice")
    whole = (offset, length) == (0, stored_object.size)
    source = _Source(stored_object, without)
    sha512 = expected_sha512 or (stored_object.sha512 if whole else None)
    if sha512 and length <= PART_SIZE:
        stream = _one_piece(source, _Piece(offset, length, sha512=sha512), wanted, whole)
    else:
        place = RangeRequest(offset + wanted.start, offset + wanted.stop)
        stream = _part_by_part(source, place, sha512 if wanted.length == length else None)
    # Errors must come before the answer's first line has been sent.
    first = next(stream, b"")
    return _prefixed(first, stream)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes of the stored object fetched and verified at once."""

    offset: int
    length: int
    sha512: str = ""
    md5: bytes = b""

    def agrees(self, data: bytes) -> bool:
        if self.sha512:
            return hashlib.sha512(data).hexdigest() == self.sha512
        return hashlib.md5(data, usedforsecurity=False).digest() == self.md5


class _Source:
    """The copies of an object, the one that last answered well first."""

    def __init__(self, stored_object: StoredObject, without: ObjectCopy | None) -> None:
        self.stored_object = stored_object
        order = {State.PRESENT: 0, State.PENDING: 1}
        left = ObjectCopy.objects.filter(
            stored_object_id=stored_object.id, state__in=list(order)
        ).exclude(id=without.id if without else None)
        self.copies = sorted(left, key=lambda copy: (order[State(copy.state)], copy.offer))
        self.used: set[str] = set()
        self._failures: list[OfferError] = []

    def fetch(self, piece: _Piece) -> bytes:
        """Verified bytes from the first copy that has them right; bad copies are marked."""
        for copy in list(self.copies):
            try:
                data = offer_named(copy.offer).read_range(
                    self.stored_object.key, piece.offset, piece.length
                )
                if not piece.agrees(data):
                    raise CorruptCopy(copy.offer, f"{self.stored_object.key}: other bytes")
            except (OfferError, LookupError) as error:
                self.drop(copy, error)
            else:
                self.used.add(copy.offer)
                return data
        raise NoGoodCopyError(self.stored_object.key, self._failures)

    def drop(self, copy: ObjectCopy, error: Exception) -> None:
        self.copies.remove(copy)
        if isinstance(error, OfferError):
            self._failures.append(error)
        if isinstance(error, CorruptCopy):
            copy_states.record_fault(copy, State.CORRUPT, str(error))
        elif isinstance(error, ObjectMissing):
            copy_states.record_fault(copy, State.MISSING, str(error))

    def part_digests(self) -> tuple[int, bytes]:
        """Size of the parts and their digests; taken from a copy proved whole when unknown."""
        stored = self.stored_object
        if stored.part_digests:
            return stored.part_size, bytes(stored.part_digests)
        part_size = part_size_for(stored.size)
        for copy in list(self.copies):
            builder = FingerprintBuilder(part_size)
            try:
                for part in read_blocks(
                    offer_named(copy.offer), stored.key, length=stored.size, block=part_size
                ):
                    builder.add(part)
                fingerprint = builder.finish()
                if fingerprint.sha512 != stored.sha512:
                    raise CorruptCopy(copy.offer, f"{stored.key}: other bytes")
            except (OfferError, LookupError) as error:
                self.drop(copy, error)
            else:
                return part_size, fingerprint.part_digests
        raise NoGoodCopyError(stored.key, self._failures)

    def verified_whole(self) -> None:
        """Every byte was read and verified; when from one copy alone, that copy is good."""
        if len(self.used) == 1:
            for copy in self.copies:
                if copy.offer in self.used:
                    copy_states.record_good(copy)


State = ObjectCopy.State


def _one_piece(
    source: _Source, piece: _Piece, wanted: RangeRequest, whole: bool
) -> Iterator[bytes]:
    data = source.fetch(piece)
    if whole:
        source.verified_whole()
    yield data[wanted.start : wanted.stop] if wanted.length < len(data) else data


def _part_by_part(source: _Source, place: RangeRequest, sha512: str | None) -> Iterator[bytes]:
    """The bytes of `place` (of the stored object), each part verified before it is given."""
    if not place.length:
        return
    stored = source.stored_object
    part_size, digests = source.part_digests()
    whole = hashlib.sha512() if sha512 else None
    for number in range(place.start // part_size, -(-place.stop // part_size)):
        start = number * part_size
        piece = _Piece(
            start,
            min(part_size, stored.size - start),
            md5=digests[16 * number : 16 * number + 16],
        )
        data = source.fetch(piece)
        data = data[max(place.start - start, 0) : min(place.stop - start, len(data))]
        if whole:
            whole.update(data)
            if start + part_size >= place.stop:
                if whole.hexdigest() != sha512:
                    # The parts are those of the deposit and the whole is not: the digests kept
                    # in the database disagree with each other, and no copy is to blame.
                    raise NoGoodCopyError(
                        stored.key, [CorruptCopy("database", "digests disagree with each other")]
                    )
                if place.length == stored.size:
                    source.verified_whole()
        yield data


def _prefixed(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
