"""Write objects to every offer of a strategy, and accept them only once all have confirmed.

No database here: what was stored is recorded by `records.record_stored`, in the caller's own
transaction. Calling again with the same items after a crash ends in the same state.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from sae.kernel import clock
from sae.storage.fanout import send_to_all
from sae.storage.offers.base import (
    PART_SIZE,
    Fingerprint,
    FingerprintBuilder,
    Offer,
    Reported,
    check_key,
    fingerprint_of,
    part_size_for,
)
from sae.storage.offers.confirmation import (
    confirm,
    confirm_many,
    withdrawn_if_corrupt,
)
from sae.storage.offers.errors import (
    CorruptCopy,
    ObjectConflict,
    ObjectExists,
    ObjectMissing,
)
from sae.storage.sources import ItemToStore, PackContent, PackedPlace
from sae.storage.strategies import Strategy

LARGEST_PACKED = 64 * 1024
"""An object smaller than this is worth packing: a request costs as much as its bytes."""

PACK_SIZE = 256 * 1024 * 1024

_SENDERS = 12  # on loopback 8 to 16 threads give the same; each holds one part at most

OnProgress = Callable[[int, int], None]
"""Called now and then with (objects stored, bytes read) so far, from the caller's own thread, so
that it may renew a lease or raise to stop everything."""


@dataclass(frozen=True, slots=True)
class ConfirmedCopy:
    """What one offer reported (see Reported.digest), and when."""

    offer: str
    digest: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredResult:
    """An object that every offer of the strategy has confirmed."""

    identifier: str
    key: str
    strategy: str
    fingerprint: Fingerprint
    copies: tuple[ConfirmedCopy, ...]

    @property
    def size(self) -> int:
        return self.fingerprint.size

    @property
    def sha512(self) -> str:
        return self.fingerprint.sha512


@dataclass(frozen=True, slots=True)
class PackResult:
    """A pack, and where each of its objects lies in it."""

    stored: StoredResult
    places: tuple[PackedPlace, ...]


def object_key(tenant_id: uuid.UUID, operation_id: uuid.UUID, identifier: str) -> str:
    """Key of an object at every offer. Raises ValueError for an unfit identifier."""
    return check_key(f"{tenant_id}/{operation_id}/{identifier}")


def store_files(
    *,
    tenant_id: uuid.UUID,
    operation_id: uuid.UUID,
    items: Iterable[ItemToStore],
    strategy: Strategy,
    on_progress: OnProgress | None = None,
) -> list[StoredResult]:
    """Store each item under its own key at every offer; results in the order of the items.

    Objects of one part (8 MiB) are read once and sent many at a time; larger ones are streamed one
    after the other, one read feeding every offer. An item already there with the same digest is
    not sent again.

    Raises OfferUnavailable, OfferFull, OfferRefused or CorruptCopy (all retryable, naming the
    offer: nothing is accepted with fewer copies than asked), ObjectConflict (the key holds other
    bytes), WrongDigestError (the item is not what was announced) or OSError (unreadable file).
    """
    with _Writing(tenant_id, operation_id, strategy, on_progress) as writing:
        return writing.store(items)


def store_pack(
    *,
    tenant_id: uuid.UUID,
    operation_id: uuid.UUID,
    items: Iterable[ItemToStore],
    strategy: Strategy,
    name: str = "pack",
    pack_size: int = PACK_SIZE,
    on_progress: OnProgress | None = None,
) -> list[PackResult]:
    """Store many small objects one after the other in packs of at most `pack_size` bytes.

    Packs are named "<name>-0001", "<name>-0002"… A retry must give the same items in the same
    order, or the pack differs and ObjectConflict is raised. Other errors: see store_files.
    """
    with _Writing(tenant_id, operation_id, strategy, on_progress) as writing:
        results = []
        for number, group in enumerate(_groups(items, pack_size), start=1):
            content = PackContent(group)
            identifier = f"{name}-{number:04}"
            stored = writing.store_pack(identifier, content)
            results.append(PackResult(stored, tuple(content.places)))
            writing.done(len(group))
        return results


def _groups(items: Iterable[ItemToStore], pack_size: int) -> Iterator[list[ItemToStore]]:
    group: list[ItemToStore] = []
    size = 0
    for item in items:
        if group and size + item.size > pack_size:
            yield group
            group, size = [], 0
        group.append(item)
        size += item.size
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Sent:
    """An object at every offer. A copy without report awaits the offer's listing."""

    identifier: str
    key: str
    fingerprint: Fingerprint
    reported: dict[str, Reported]


class _Writing:
    """One call of store_files or store_pack."""

    def __init__(
        self,
        tenant_id: uuid.UUID,
        operation_id: uuid.UUID,
        strategy: Strategy,
        on_progress: OnProgress | None,
    ) -> None:
        self._tenant_id = tenant_id
        self._operation_id = operation_id
        self._strategy = strategy
        self._on_progress = on_progress
        self._objects = 0
        self._bytes = 0
        # Set at the first object found already there: this is a retry, so look before sending.
        self._resumed = threading.Event()
        self._pool = ThreadPoolExecutor(_SENDERS, thread_name_prefix="store")

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def store(self, items: Iterable[ItemToStore]) -> list[StoredResult]:
        sent: dict[int, _Sent] = {}
        running: dict[Future[_Sent], int] = {}
        for index, item in enumerate(items):
            if item.size > PART_SIZE:
                sent[index] = self._send_large(item)
                self.done(1)
                continue
            while len(running) >= 2 * _SENDERS:
                self._collect(running, sent)
            running[self._pool.submit(self._send_small, item)] = index
        while running:
            self._collect(running, sent)
        ordered = [sent[index] for index in range(len(sent))]
        return self._confirmed(ordered)

    def store_pack(self, identifier: str, content: PackContent) -> StoredResult:
        key = self._key(identifier)
        if content.size <= PART_SIZE:
            data = b"".join(content.parts(PART_SIZE))
            fingerprint = fingerprint_of(data)
            sent = _Sent(identifier, key, fingerprint, self._send_bytes(key, data, fingerprint))
            self._read(len(data))
        else:
            sent = self._send_parts(identifier, content.size, content.parts, lambda _: None)
        return self._confirmed([sent])[0]

    def done(self, objects: int) -> None:
        self._objects += objects
        self._tell()

    def _key(self, identifier: str) -> str:
        return object_key(self._tenant_id, self._operation_id, identifier)

    def _collect(self, running: dict[Future[_Sent], int], sent: dict[int, _Sent]) -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            index = running.pop(future)
            sent[index] = future.result()
            self._read(sent[index].fingerprint.size)
            self.done(1)

    def _read(self, size: int) -> None:
        self._bytes += size

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self._objects, self._bytes)

    def _send_small(self, item: ItemToStore) -> _Sent:
        data = item.read()
        fingerprint = fingerprint_of(data)
        item.check_sha512(fingerprint.sha512)
        key = self._key(item.identifier)
        return _Sent(item.identifier, key, fingerprint, self._send_bytes(key, data, fingerprint))

    def _send_bytes(self, key: str, data: bytes, fingerprint: Fingerprint) -> dict[str, Reported]:
        reported: dict[str, Reported] = {}
        for offer in self._strategy.offers:
            if self._resumed.is_set() and (found := _already_there(offer, key, fingerprint)):
                reported[offer.id] = found
                continue
            try:
                answer = offer.put_bytes(key, data)
            except ObjectExists:
                self._resumed.set()
                if found := _already_there(offer, key, fingerprint):
                    reported[offer.id] = found
                    continue
                raise
            with withdrawn_if_corrupt(offer, key):
                answer = confirm(offer, key, answer, fingerprint)
            # Otherwise the offer's own listing, at the end, says whether it is really there.
            if offer.reports_on_put or answer.digest.startswith("sha512:"):
                reported[offer.id] = answer
        return reported

    def _send_large(self, item: ItemToStore) -> _Sent:
        def check(fingerprint: Fingerprint) -> None:
            item.check_size(fingerprint.size)
            item.check_sha512(fingerprint.sha512)

        return self._send_parts(item.identifier, item.size, item.parts, check)

    def _send_parts(
        self,
        identifier: str,
        size: int,
        parts: Callable[[int], Iterator[bytes]],
        check: Callable[[Fingerprint], None],
    ) -> _Sent:
        """One read feeds the offers that lack the object; those that have it are compared."""
        key = self._key(identifier)
        part_size = part_size_for(size)
        found: dict[str, Reported] = {}
        for offer in self._strategy.offers:
            with contextlib.suppress(ObjectMissing):
                found[offer.id] = offer.head(key)
        builder = FingerprintBuilder(part_size)
        fingerprints: list[Fingerprint] = []

        def on_part(part: bytes) -> None:
            builder.add(part)
            self._read(len(part))
            self._tell()

        def before_last() -> None:
            fingerprints.append(builder.finish())
            check(fingerprints[0])

        lacking = [offer for offer in self._strategy.offers if offer.id not in found]
        answers, failures = send_to_all(
            lacking,
            key,
            parts(part_size),
            part_size=part_size,
            on_part=on_part,
            before_last=before_last,
        )
        for failure in failures.values():
            raise failure
        fingerprint = fingerprints[0]
        reported: dict[str, Reported] = {}
        for offer in self._strategy.offers:
            if offer.id in answers:
                with withdrawn_if_corrupt(offer, key):
                    reported[offer.id] = confirm(offer, key, answers[offer.id], fingerprint)
            else:
                reported[offer.id] = _same(offer, key, found[offer.id], fingerprint)
        return _Sent(identifier, key, fingerprint, reported)

    def _confirmed(self, objects: Sequence[_Sent]) -> list[StoredResult]:
        """Ask each offer, once for all, for the objects whose PUT answer alone vouches so far."""
        listed: dict[str, dict[str, Reported]] = {}
        prefix = f"{self._tenant_id}/{self._operation_id}/"
        for offer in self._strategy.offers:
            waiting = {
                sent.key: sent.fingerprint for sent in objects if offer.id not in sent.reported
            }
            listed[offer.id] = confirm_many(offer, prefix, waiting)
        confirmed_at = clock.now()
        return [
            StoredResult(
                sent.identifier,
                sent.key,
                self._strategy.id,
                sent.fingerprint,
                tuple(
                    ConfirmedCopy(
                        offer.id,
                        (sent.reported.get(offer.id) or listed[offer.id][sent.key]).digest,
                        confirmed_at,
                    )
                    for offer in self._strategy.offers
                ),
            )
            for sent in objects
        ]


def _already_there(offer: Offer, key: str, fingerprint: Fingerprint) -> Reported | None:
    """What the offer reports of the same object; None without any; ObjectConflict for another."""
    try:
        reported = offer.head(key)
    except ObjectMissing:
        return None
    return _same(offer, key, reported, fingerprint)


def _same(offer: Offer, key: str, reported: Reported, fingerprint: Fingerprint) -> Reported:
    try:
        return confirm(offer, key, reported, fingerprint)
    except CorruptCopy as error:
        raise ObjectConflict(offer.id, error.detail) from error
