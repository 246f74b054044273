"""What is recorded is read back verified, from a good copy, and bad bytes are never given."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from sae.kernel.identifiers import new_id
from sae.storage import copies as copy_states
from sae.storage import strategies
from sae.storage.audit import delete_stored, repair_copy, verify_copy
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.base import PART_SIZE, Offer
from sae.storage.offers.errors import ObjectConflict, ObjectMissing, OfferRefused, OfferUnavailable
from sae.storage.offers.filesystem import FilesystemOffer
from sae.storage.offers.s3 import S3Offer
from sae.storage.ranges import RangeRequest
from sae.storage.reader import NoGoodCopyError, open_stored
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import Strategy
from sae.storage.writer import store_files, store_pack
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.storage.cuttable import CuttableNetwork

SMALL = os.urandom(50_000)
LARGE = os.urandom(2 * PART_SIZE + 1_000)
Garbage = Callable[[Offer, str, bytes], None]
State = ObjectCopy.State


def digest(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()


@pytest.fixture(autouse=True)
def known_offers(offers: list[Offer], monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name the offers of this test."""
    use_offers(monkeypatch, offers)


def use_offers(monkeypatch: pytest.MonkeyPatch, offers: list[Offer]) -> None:
    known = {offer.id: offer for offer in offers}
    monkeypatch.setattr(strategies, "_offers", (settings.OFFERS, known))


@pytest.fixture
def keep(tenant: Tenant, strategy: Strategy) -> Callable[[bytes], StoredObject]:
    """Store and record an object."""

    def call(data: bytes) -> StoredObject:
        operation_id = new_id()
        results = store_files(
            tenant_id=tenant.id,
            operation_id=operation_id,
            items=[ItemToStore("objet", data, len(data))],
            strategy=strategy,
        )
        with tenant_scope(tenant.id):
            ids = record_stored(
                results,
                tenant_id=tenant.id,
                operation_id=operation_id,
                kind=StoredObject.Kind.OBJECT,
            )
            return StoredObject.objects.get(id=ids["objet"])

    return call


def read(stored: StoredObject, **more: object) -> bytes:
    with tenant_scope(stored.tenant_id):
        stream = open_stored(stored_object=stored, **more)  # type: ignore[arg-type]
    # As a streamed answer does: the scope of the request is closed by then.
    return b"".join(stream)


def copies_of(stored: StoredObject) -> dict[str, ObjectCopy]:
    with tenant_scope(stored.tenant_id):
        found = ObjectCopy.objects.filter(stored_object_id=stored.id)
        return {copy.offer: copy for copy in found.select_related("stored_object")}


def states_of(stored: StoredObject) -> list[str]:
    return [copy.state for _, copy in sorted(copies_of(stored).items())]


@pytest.fixture
def alarms() -> Iterator[list[copy_states.CopyFault]]:
    heard: list[copy_states.CopyFault] = []
    copy_states.on_copy_fault(heard.append)
    yield heard
    copy_states._listeners.remove(heard.append)


# Records


def test_what_was_stored_is_recorded_with_each_copy(
    keep: Callable[[bytes], StoredObject], offers: list[Offer]
) -> None:
    stored = keep(LARGE)
    assert (stored.size, stored.sha512, stored.strategy) == (len(LARGE), digest(LARGE), "default")
    assert stored.part_size == PART_SIZE
    assert len(stored.part_digests) == 3 * 16
    copies = copies_of(stored)
    assert copies.keys() == {offer.id for offer in offers}
    for copy in copies.values():
        assert copy.state == State.PRESENT
        assert copy.confirmed_at
        assert copy.reported_digest.partition(":")[0] in ("md5-parts", "sha512")


def test_recording_twice_keeps_the_first_rows(tenant: Tenant, strategy: Strategy) -> None:
    operation_id = new_id()

    def run(contents: list[bytes]) -> dict[str, uuid.UUID]:
        results = store_files(
            tenant_id=tenant.id,
            operation_id=operation_id,
            items=[ItemToStore(f"n{n}", each, len(each)) for n, each in enumerate(contents)],
            strategy=strategy,
        )
        with tenant_scope(tenant.id):
            return record_stored(
                results,
                tenant_id=tenant.id,
                operation_id=operation_id,
                kind=StoredObject.Kind.OBJECT,
            )

    first = run([b"a", b"b"])
    second = run([b"a", b"b", b"c"])
    assert second["n0"] == first["n0"]
    assert second["n1"] == first["n1"]
    with tenant_scope(tenant.id):
        assert StoredObject.objects.count() == 3
        assert ObjectCopy.objects.count() == 6
        results = store_files(
            tenant_id=tenant.id,
            operation_id=new_id(),
            items=[ItemToStore("n0", b"other", 5)],
            strategy=strategy,
        )
        forged = replace(results[0], key=f"{tenant.id}/{operation_id}/n0")
        with pytest.raises(ObjectConflict):
            record_stored(
                [forged],
                tenant_id=tenant.id,
                operation_id=operation_id,
                kind=StoredObject.Kind.OBJECT,
            )


def test_a_copy_cannot_belong_to_another_tenant_than_its_object(
    keep: Callable[[bytes], StoredObject],
) -> None:
    stored = keep(SMALL)
    insert = (
        "INSERT INTO storage_objectcopy (tenant_id, id, stored_object_id, offer, state, "
        "reported_digest) VALUES (%s, %s, %s, 'x', 'present', '')"
    )
    with tenant_scope(new_id()), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM storage_storedobject")
        assert cursor.fetchone() == (0,)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute(insert, [stored.tenant_id, new_id(), stored.id])


# Reading


@pytest.mark.parametrize("data", [b"", b"x", SMALL, LARGE], ids=["empty", "tiny", "small", "large"])
def test_what_was_kept_is_read_back(keep: Callable[[bytes], StoredObject], data: bytes) -> None:
    stored = keep(data)
    assert read(stored) == data
    assert states_of(stored) == [State.PRESENT] * 2
    if data:
        assert any(copy.last_verified_at for copy in copies_of(stored).values())


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_any_range_is_read_back(keep: Callable[[bytes], StoredObject], data: bytes) -> None:
    stored = keep(data)
    size = len(data)
    ranges = [(0, 1), (size - 1, size), (0, size), (100, 20_000), (size // 2, size // 2 + 1)]
    if size > PART_SIZE:
        ranges += [(PART_SIZE - 1, PART_SIZE + 1), (PART_SIZE, 2 * PART_SIZE), (5, size - 5)]
    for start, stop in ranges:
        assert read(stored, only=RangeRequest(start, stop)) == data[start:stop]
    with pytest.raises(ValueError, match="no such slice"):
        read(stored, only=RangeRequest(0, size + 1))
    with pytest.raises(ValueError, match="no such slice"):
        read(stored, offset=1, length=size)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fault", ["bit", "truncated", "emptied", "deleted"])
def test_a_bad_copy_is_never_given_and_is_marked(
    keep: Callable[[bytes], StoredObject],
    offers: list[Offer],
    write_garbage: Garbage,
    alarms: list[copy_states.CopyFault],
    data: bytes,
    fault: str,
) -> None:
    stored = keep(data)
    bad = sorted(offers, key=lambda offer: offer.id)[0]
    middle = len(data) // 2
    match fault:
        case "bit":
            altered = bytearray(data)
            altered[middle] ^= 1
            write_garbage(bad, stored.key, bytes(altered))
        case "truncated":
            write_garbage(bad, stored.key, data[:middle])
        case "emptied":
            write_garbage(bad, stored.key, b"")
        case "deleted":
            bad.delete(stored.key)
    assert read(stored) == data
    expected = State.MISSING if fault == "deleted" else State.CORRUPT
    assert states_of(stored) == [expected, State.PRESENT]
    assert [(alarm.copy.offer, alarm.state) for alarm in alarms] == [(bad.id, expected)]
    assert read(stored) == data
    assert len(alarms) == 1


def test_a_range_of_a_bad_part_is_never_given_and_other_parts_are(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    stored = keep(LARGE)
    altered = bytearray(LARGE)
    altered[PART_SIZE + 5] ^= 1
    for offer in offers:
        write_garbage(offer, stored.key, bytes(altered))
    wanted = RangeRequest(10, 20)
    assert read(stored, only=wanted) == LARGE[10:20]
    with pytest.raises(NoGoodCopyError):
        read(stored, only=RangeRequest(PART_SIZE + 100, PART_SIZE + 200))
    assert states_of(stored) == [State.CORRUPT] * 2


def test_two_bad_copies_give_not_one_bad_byte(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    stored = keep(LARGE)
    altered = bytearray(LARGE)
    altered[-1] ^= 1
    for offer in offers:
        write_garbage(offer, stored.key, bytes(altered))
    given: list[bytes] = []
    with tenant_scope(stored.tenant_id):
        stream = open_stored(stored_object=stored)
    with pytest.raises(NoGoodCopyError) as caught:
        given.extend(stream)
    assert not caught.value.retryable
    assert b"".join(given) == LARGE[: 2 * PART_SIZE]


def test_each_copy_is_good_where_the_other_is_bad(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    stored = keep(LARGE)
    first, second = sorted(offers, key=lambda offer: offer.id)
    write_garbage(first, stored.key, LARGE[:PART_SIZE] + b"?" * (PART_SIZE + 1_000))
    write_garbage(second, stored.key, LARGE)
    assert read(stored) == LARGE
    assert states_of(stored) == [State.CORRUPT, State.PRESENT]


def test_two_objects_swapped_at_an_offer_are_caught(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    one, other = keep(b"a" * 1_000), keep(b"b" * 1_000)
    for offer in offers:
        write_garbage(offer, one.key, b"b" * 1_000)
    with pytest.raises(NoGoodCopyError):
        read(one)
    assert read(other) == b"b" * 1_000


def test_an_object_rebuilt_without_the_digests_of_its_parts_is_proved_whole_first(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    stored = keep(LARGE)
    stored.part_digests = b""
    assert read(stored) == LARGE
    assert read(stored, only=RangeRequest(5, 10)) == LARGE[5:10]
    bad = sorted(offers, key=lambda offer: offer.id)[0]
    write_garbage(bad, stored.key, LARGE[:-1] + b"?")
    assert read(stored, only=RangeRequest(5, 10)) == LARGE[5:10]
    assert states_of(stored) == [State.CORRUPT, State.PRESENT]


def test_a_digest_altered_in_the_database_stops_the_reading(
    keep: Callable[[bytes], StoredObject],
) -> None:
    for data in (SMALL, LARGE):
        stored = keep(data)
        stored.sha512 = "0" * 128
        with pytest.raises(NoGoodCopyError):
            read(stored)


def test_a_small_object_is_read_from_its_pack(
    tenant: Tenant, strategy: Strategy, offers: list[Offer], write_garbage: Garbage
) -> None:
    operation_id = new_id()
    contents = {f"n{n}": os.urandom(100 + n) for n in range(50)}
    (pack,) = store_pack(
        tenant_id=tenant.id,
        operation_id=operation_id,
        items=[ItemToStore(name, data, len(data)) for name, data in contents.items()],
        strategy=strategy,
    )
    with tenant_scope(tenant.id):
        ids = record_stored(
            [pack.stored],
            tenant_id=tenant.id,
            operation_id=operation_id,
            kind=StoredObject.Kind.PACK,
        )
        stored = StoredObject.objects.get(id=ids["pack-0001"])
    place = pack.places[20]

    def read_place(**more: object) -> bytes:
        return read(
            stored,
            offset=place.offset,
            length=place.length,
            expected_sha512=place.sha512,
            **more,
        )

    assert read_place() == contents["n20"]
    assert read_place(only=RangeRequest(5, 9)) == contents["n20"][5:9]
    # Without its own digest, the slice is verified through the digests of the pack.
    assert read(stored, offset=place.offset, length=place.length) == contents["n20"]
    bad = sorted(offers, key=lambda offer: offer.id)[0]
    write_garbage(bad, stored.key, b"?" * stored.size)
    assert read_place() == contents["n20"]
    assert states_of(stored) == [State.CORRUPT, State.PRESENT]


# Audit, repair, destruction


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_an_audit_finds_a_good_copy_good(
    keep: Callable[[bytes], StoredObject], data: bytes
) -> None:
    stored = keep(data)
    for copy in copies_of(stored).values():
        assert verify_copy(copy=copy) == State.PRESENT
    assert all(copy.last_verified_at for copy in copies_of(stored).values())


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_an_audit_finds_a_bad_copy_and_a_repair_mends_it(
    keep: Callable[[bytes], StoredObject],
    offers: list[Offer],
    write_garbage: Garbage,
    alarms: list[copy_states.CopyFault],
    data: bytes,
) -> None:
    stored = keep(data)
    first, second = sorted(offers, key=lambda offer: offer.id)
    for spoil in (
        lambda: write_garbage(first, stored.key, data + b"more"),
        lambda: write_garbage(first, stored.key, data[:-1] + b"?"),
        lambda: first.delete(stored.key),
    ):
        spoil()
        copy = copies_of(stored)[first.id]
        assert verify_copy(copy=copy) in (State.CORRUPT, State.MISSING)
        assert read(stored) == data
        with tenant_scope(stored.tenant_id):
            assert repair_copy(copy=copy) == State.PRESENT
        assert states_of(stored) == [State.PRESENT] * 2
        assert first.read_range(stored.key, 0, len(data)) == data
    assert len(alarms) == 3
    second.delete(stored.key)
    assert read(stored) == data


def test_a_repair_without_a_good_copy_touches_nothing(
    keep: Callable[[bytes], StoredObject], offers: list[Offer], write_garbage: Garbage
) -> None:
    stored = keep(SMALL)
    first, second = sorted(offers, key=lambda offer: offer.id)
    write_garbage(first, stored.key, b"first")
    write_garbage(second, stored.key, b"second")
    copies = copies_of(stored)
    with pytest.raises(NoGoodCopyError), tenant_scope(stored.tenant_id):
        repair_copy(copy=copies[first.id])
    assert first.read_range(stored.key, 0, 5) == b"first"


def test_destruction_leaves_nothing_at_any_offer(
    keep: Callable[[bytes], StoredObject], offers: list[Offer]
) -> None:
    gone, kept = keep(SMALL), keep(SMALL)
    with tenant_scope(gone.tenant_id):
        assert delete_stored(stored_objects=[gone]) == 1
        assert delete_stored(stored_objects=[gone]) == 1
    for offer in offers:
        with pytest.raises(ObjectMissing):
            offer.head(gone.key)
    assert states_of(gone) == [State.DELETED] * 2
    with pytest.raises(NoGoodCopyError):
        read(gone)
    assert read(kept) == SMALL


@pytest.mark.parametrize("offers", ["disk"], indirect=True)
def test_destruction_with_an_offer_down_does_the_other_and_is_finished_later(
    keep: Callable[[bytes], StoredObject], disk_offers: list[FilesystemOffer]
) -> None:
    stored = keep(SMALL)
    marker = disk_offers[0].path / ".sae-offer"
    text = marker.read_text()
    marker.unlink()
    with tenant_scope(stored.tenant_id), pytest.raises(OfferUnavailable):
        delete_stored(stored_objects=[stored])
    assert states_of(stored) == [State.PRESENT, State.DELETED]
    marker.write_text(text)
    with tenant_scope(stored.tenant_id):
        assert delete_stored(stored_objects=[stored]) == 1
    assert states_of(stored) == [State.DELETED] * 2


# Offers out of reach


@pytest.mark.parametrize("offers", ["s3"], indirect=True)
def test_an_offer_out_of_reach_is_not_called_corrupt(
    keep: Callable[[bytes], StoredObject],
    s3_offers: list[S3Offer],
    far_offer: S3Offer,
    network: CuttableNetwork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = keep(SMALL)
    refused = replace(s3_offers[0], secret_key="wrong")
    use_offers(monkeypatch, [refused, far_offer])
    assert read(stored) == SMALL
    network.cut()
    with pytest.raises(NoGoodCopyError) as caught:
        read(stored)
    assert caught.value.retryable
    copies = copies_of(stored)
    with pytest.raises(OfferRefused):
        verify_copy(copy=copies["site-a"])
    with pytest.raises(OfferUnavailable):
        verify_copy(copy=copies["site-b"])
    assert states_of(stored) == [State.PRESENT] * 2
