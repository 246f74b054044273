"""Nothing is accepted before every offer has confirmed it; a retry ends in the same state."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sae.kernel.identifiers import new_id, new_ids
from sae.storage.offers.base import PART_SIZE, Offer, Reported
from sae.storage.offers.errors import (
    CorruptCopy,
    ObjectConflict,
    ObjectMissing,
    OfferError,
    OfferUnavailable,
)
from sae.storage.offers.filesystem import FilesystemOffer
from sae.storage.offers.s3 import S3Offer
from sae.storage.sources import ItemToStore, WrongDigestError
from sae.storage.strategies import Strategy
from sae.storage.writer import PackResult, StoredResult, store_files, store_pack
from tests.storage.cuttable import CuttableNetwork

TENANT = uuid.UUID("01900000-0000-7000-8000-000000000001")


def item(identifier: str, data: bytes) -> ItemToStore:
    return ItemToStore(identifier, data, len(data), hashlib.sha512(data).hexdigest())


def write_files(folder: Path, contents: list[bytes]) -> list[ItemToStore]:
    items = []
    for number, content in enumerate(contents):
        path = folder / f"{number:05}"
        path.write_bytes(content)
        digest = hashlib.sha512(content).hexdigest()
        items.append(ItemToStore(f"objet-{number:05}", path, len(content), digest))
    return items


def held(strategy: Strategy, operation_id: uuid.UUID) -> dict[str, dict[str, int]]:
    """Keys and sizes at each offer."""
    return {
        offer.id: {each.key: each.reported.size for each in offer.list(f"{TENANT}/{operation_id}/")}
        for offer in strategy.offers
    }


@pytest.fixture
def store(strategy: Strategy, operation_id: uuid.UUID) -> Callable[..., list[StoredResult]]:
    def call(items: list[ItemToStore], **more: Any) -> list[StoredResult]:
        given: dict[str, Any] = {"strategy": strategy, "operation_id": operation_id} | more
        return store_files(tenant_id=TENANT, items=items, **given)

    return call


def test_two_thousand_small_files_are_confirmed_by_both_offers(
    s3_offers: list[S3Offer], operation_id: uuid.UUID, tmp_path: Path
) -> None:
    strategy = Strategy("default", tuple(s3_offers))
    items = write_files(tmp_path, [os.urandom(900) for _ in range(2_000)])
    seen: list[tuple[int, int]] = []
    results = store_files(
        tenant_id=TENANT,
        operation_id=operation_id,
        items=iter(items),
        strategy=strategy,
        on_progress=lambda objects, size: seen.append((objects, size)),
    )
    assert [result.identifier for result in results] == [each.identifier for each in items]
    assert [result.sha512 for result in results] == [each.sha512 for each in items]
    for result in results:
        assert [copy.offer for copy in result.copies] == ["site-a", "site-b"]
        assert {copy.digest for copy in result.copies} <= result.fingerprint.reportable
    assert seen[-1] == (2_000, 2_000 * 900)
    for keys in held(strategy, operation_id).values():
        assert keys == {result.key: 900 for result in results}


def test_small_large_and_empty_objects_go_together_in_order(
    store: Callable[..., list[StoredResult]], strategy: Strategy
) -> None:
    contents = [b"a", os.urandom(PART_SIZE + 7), b"", os.urandom(PART_SIZE), os.urandom(100)]
    results = store([item(f"n{number}", content) for number, content in enumerate(contents)])
    for number, (result, content) in enumerate(zip(results, contents, strict=True)):
        assert result.identifier == f"n{number}"
        assert result.size == len(content)
        for offer in strategy.offers:
            assert offer.read_range(result.key, 0, len(content)) == content


@pytest.mark.parametrize("size", [1_000, PART_SIZE + 1_000], ids=["small", "large"])
@pytest.mark.parametrize("fault", ["digest", "longer", "shorter"])
def test_what_is_not_as_announced_is_refused_and_leaves_nothing(
    store: Callable[..., list[StoredResult]],
    strategy: Strategy,
    operation_id: uuid.UUID,
    tmp_path: Path,
    size: int,
    fault: str,
) -> None:
    content = os.urandom(size)
    path = tmp_path / "objet"
    digest = hashlib.sha512(content).hexdigest()
    match fault:
        case "digest":
            path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        case "longer":
            path.write_bytes(content + b"x")
        case "shorter":
            path.write_bytes(content[:-1])
    with pytest.raises(WrongDigestError) as caught:
        store([ItemToStore("objet", path, size, digest)])
    assert caught.value.identifier == "objet"
    assert all(not keys for keys in held(strategy, operation_id).values())


@pytest.mark.parametrize("size", [1_000, PART_SIZE + 1_000], ids=["small", "large"])
def test_the_same_items_again_send_nothing_and_end_the_same(
    store: Callable[..., list[StoredResult]], strategy: Strategy, size: int
) -> None:
    items = [item("objet", os.urandom(size))]
    first = store(items)
    watching = [Watched(offer) for offer in strategy.offers]
    watched = Strategy("default", tuple(watching))
    again = store(items, strategy=watched)
    assert [(each.key, each.fingerprint) for each in again] == [
        (each.key, each.fingerprint) for each in first
    ]
    if size > PART_SIZE:
        assert all(offer.put == 0 for offer in watching)


@pytest.mark.parametrize("size", [1_000, PART_SIZE + 1_000], ids=["small", "large"])
def test_another_content_under_the_same_key_is_a_conflict_and_the_first_stays(
    store: Callable[..., list[StoredResult]], strategy: Strategy, size: int
) -> None:
    content = os.urandom(size)
    (first,) = store([item("objet", content)])
    with pytest.raises(ObjectConflict):
        store([item("objet", os.urandom(size))])
    with pytest.raises(ObjectConflict):
        store([item("objet", os.urandom(size + 1))])
    for offer in strategy.offers:
        assert offer.read_range(first.key, 0, size) == content


def test_a_retry_after_thousands_were_sent_only_looks(
    store: Callable[..., list[StoredResult]], strategy: Strategy
) -> None:
    items = [item(f"n{number:04}", b"%d" % number) for number in range(300)]
    store(items[:200])
    watching = [Watched(offer) for offer in strategy.offers]
    watched = Strategy("default", tuple(watching))
    assert len(store(items, strategy=watched)) == 300
    # The hundred that lacked, and those in flight when the first was found to be there.
    assert all(100 <= offer.put <= 130 for offer in watching)


def test_a_failing_progress_stops_everything(
    store: Callable[..., list[StoredResult]], strategy: Strategy, operation_id: uuid.UUID
) -> None:
    def lease_lost(objects: int, size: int) -> None:
        if objects >= 20:
            raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        store([item(f"n{number}", b"x") for number in range(2_000)], on_progress=lease_lost)
    assert all(len(keys) < 200 for keys in held(strategy, operation_id).values())


# One offer down


def test_an_offer_cut_among_small_files_is_named_and_a_retry_ends_well(
    s3_offers: list[S3Offer], far_offer: S3Offer, network: CuttableNetwork, operation_id: uuid.UUID
) -> None:
    strategy = Strategy("default", (s3_offers[0], far_offer))
    items = [item(f"n{number:04}", os.urandom(500)) for number in range(400)]

    def cut_halfway(objects: int, size: int) -> None:
        if objects == 200:
            network.cut()

    with pytest.raises(OfferUnavailable) as caught:
        store_files(
            tenant_id=TENANT,
            operation_id=operation_id,
            items=items,
            strategy=strategy,
            on_progress=cut_halfway,
        )
    assert caught.value.offer == "site-b"
    assert caught.value.retryable
    network.mend()
    results = store_files(
        tenant_id=TENANT, operation_id=operation_id, items=items, strategy=strategy
    )
    expected = {result.key: 500 for result in results}
    assert held(strategy, operation_id) == {"site-a": expected, "site-b": expected}


def test_an_offer_cut_in_a_large_file_leaves_it_whole_at_the_other_and_a_retry_ends_well(
    s3_offers: list[S3Offer], far_offer: S3Offer, network: CuttableNetwork, operation_id: uuid.UUID
) -> None:
    strategy = Strategy("default", (s3_offers[0], far_offer))
    items = [item("objet", os.urandom(5 * PART_SIZE + 5))]
    network.cut_after = 2 * PART_SIZE
    with pytest.raises(OfferUnavailable) as caught:
        store_files(tenant_id=TENANT, operation_id=operation_id, items=items, strategy=strategy)
    assert caught.value.offer == "site-b"
    key = f"{TENANT}/{operation_id}/objet"
    assert s3_offers[0].size(key) == items[0].size
    with pytest.raises(ObjectMissing):
        s3_offers[1].size(key)
    network.mend()
    watched = Watched(s3_offers[0])
    (result,) = store_files(
        tenant_id=TENANT,
        operation_id=operation_id,
        items=items,
        strategy=Strategy("default", (watched, far_offer)),
    )
    assert watched.put == 0
    assert result.sha512 == items[0].sha512
    assert s3_offers[1].size(key) == items[0].size
    pending = s3_offers[1]._client.list_multipart_uploads(Bucket="sae-site-b", Prefix=key)
    assert pending.get("Uploads", []) == []


def test_both_offers_down_raises_at_once(
    disk_offers: list[FilesystemOffer], operation_id: uuid.UUID
) -> None:
    for offer in disk_offers:
        (offer.path / ".sae-offer").unlink()
    with pytest.raises(OfferUnavailable):
        store_files(
            tenant_id=TENANT,
            operation_id=operation_id,
            items=[item("objet", b"x")],
            strategy=Strategy("default", tuple(disk_offers)),
        )


# Offers that lie


class Watched:
    """A real offer that counts what it is sent."""

    reports_on_put = False

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self.reports_on_put = offer.reports_on_put
        self.put = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._offer, name)

    def put_bytes(self, key: str, data: bytes) -> Reported:
        reported = self._offer.put_bytes(key, data)
        self.put += 1
        return reported

    def put_parts(self, key: str, parts: Iterator[bytes], *, part_size: int) -> Reported:
        self.put += 1
        return self._offer.put_parts(key, parts, part_size=part_size)


class Forgetful(Watched):
    """Answers 200 with the right digest, and keeps nothing."""

    def put_bytes(self, key: str, data: bytes) -> Reported:
        reported = super().put_bytes(key, data)
        self._offer.delete(key)
        return reported


class Altering(Watched):
    """Keeps other bytes than those it is sent."""

    def put_bytes(self, key: str, data: bytes) -> Reported:
        return super().put_bytes(key, b"?" + data[1:])

    def put_parts(self, key: str, parts: Iterator[bytes], *, part_size: int) -> Reported:
        altered = (b"?" + part[1:] for part in parts)
        return super().put_parts(key, altered, part_size=part_size)


@pytest.mark.parametrize("count", [1, 40], ids=["asked one by one", "listed"])
def test_an_offer_that_accepts_and_keeps_nothing_is_caught(
    s3_offers: list[S3Offer], operation_id: uuid.UUID, count: int
) -> None:
    with pytest.raises(CorruptCopy) as caught:
        store_files(
            tenant_id=TENANT,
            operation_id=operation_id,
            items=[item(f"n{number}", b"x") for number in range(count)],
            strategy=Strategy("default", (s3_offers[0], Forgetful(s3_offers[1]))),
        )
    assert caught.value.offer == "site-b"


@pytest.mark.parametrize("size", [1_000, PART_SIZE + 1_000], ids=["small", "large"])
def test_an_offer_that_alters_is_caught_and_a_retry_ends_well(
    store: Callable[..., list[StoredResult]], strategy: Strategy, size: int
) -> None:
    items = [item("objet", os.urandom(size))]
    lying = Strategy("default", (strategy.offers[0], Altering(strategy.offers[1])))
    with pytest.raises(CorruptCopy) as caught:
        store(items, strategy=lying)
    assert caught.value.offer == strategy.offers[1].id
    (result,) = store(items)
    assert strategy.offers[1].read_range(result.key, 0, 100) == items[0].read()[:100]


# Packs


def test_each_object_of_a_pack_is_where_it_is_said_to_be(
    strategy: Strategy, operation_id: uuid.UUID
) -> None:
    items = [item(str(identifier), os.urandom(20 + n)) for n, identifier in enumerate(new_ids(90))]

    def store() -> list[PackResult]:
        return store_pack(
            tenant_id=TENANT,
            operation_id=operation_id,
            items=items,
            strategy=strategy,
            pack_size=2_000,
        )

    packs = store()
    assert [pack.stored.identifier for pack in packs][:2] == ["pack-0001", "pack-0002"]
    assert all(pack.stored.size <= 2_000 for pack in packs)
    places = [(pack, place) for pack in packs for place in pack.places]
    assert [place.identifier for _, place in places] == [each.identifier for each in items]
    for (pack, place), each in zip(places, items, strict=True):
        assert place.sha512 == each.sha512
        for offer in strategy.offers:
            found = offer.read_range(pack.stored.key, place.offset, place.length)
            assert found == each.source
    again = store()
    assert [(pack.stored.fingerprint, pack.places) for pack in again] == [
        (pack.stored.fingerprint, pack.places) for pack in packs
    ]


def test_a_pack_larger_than_a_part_is_streamed(
    s3_offers: list[S3Offer], operation_id: uuid.UUID
) -> None:
    strategy = Strategy("default", tuple(s3_offers))
    items = [item(f"n{number}", os.urandom(60_000)) for number in range(200)]
    (pack,) = store_pack(
        tenant_id=TENANT, operation_id=operation_id, items=items, strategy=strategy
    )
    assert pack.stored.size == 12_000_000 > PART_SIZE
    for place, each in zip(pack.places, items, strict=True):
        found = s3_offers[1].read_range(pack.stored.key, place.offset, place.length)
        assert found == each.source


def test_a_pack_with_one_wrong_object_is_not_written(
    strategy: Strategy, operation_id: uuid.UUID
) -> None:
    items = [item("a", b"aaa"), ItemToStore("b", b"bbb", 3, "0" * 128)]
    with pytest.raises(WrongDigestError) as caught:
        store_pack(tenant_id=TENANT, operation_id=operation_id, items=items, strategy=strategy)
    assert caught.value.identifier == "b"
    assert all(not keys for keys in held(strategy, operation_id).values())


# In a process of its own

_CHILD = """
    import json, sys, uuid
    from pathlib import Path
    from django.conf import settings
    settings.configure()
    from sae.storage.offers.s3 import S3Offer
    from sae.storage.sources import ItemToStore
    from sae.storage.strategies import Strategy
    from sae.storage.writer import store_files

    given = json.load(sys.stdin)
    strategy = Strategy("default", tuple(S3Offer(**each) for each in given["offers"]))
    items = [ItemToStore(name, Path(path), size) for name, path, size in given["items"]]
    def peak():  # ru_maxrss would count the parent that forked us
        status = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    before = peak()
    print("ready", flush=True)
    store_files(tenant_id=uuid.UUID(given["tenant"]), operation_id=uuid.UUID(given["operation"]),
                items=items, strategy=strategy, on_progress=lambda *seen: print(*seen, flush=True))
    print("memory", (peak() - before) // 1024, flush=True)
"""


def in_a_process(
    offers: list[S3Offer], operation_id: uuid.UUID, items: list[ItemToStore]
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    given = {
        "offers": [asdict(offer) for offer in offers],
        "items": [[each.identifier, str(each.source), each.size] for each in items],
        "tenant": str(TENANT),
        "operation": str(operation_id),
    }
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    return process


def big_file(path: Path, megabytes: int) -> ItemToStore:
    digest = hashlib.sha512()
    with path.open("wb") as file:
        for _ in range(megabytes):
            block = os.urandom(1024 * 1024)
            digest.update(block)
            file.write(block)
    return ItemToStore("objet", path, megabytes * 1024 * 1024, digest.hexdigest())


def test_two_hundred_megabytes_take_no_more_memory_than_a_few_parts(
    s3_offers: list[S3Offer], operation_id: uuid.UUID, tmp_path: Path
) -> None:
    process = in_a_process(s3_offers, operation_id, [big_file(tmp_path / "grand", 200)])
    assert process.stdout
    lines = process.stdout.read().splitlines()
    assert process.wait() == 0
    megabytes = int(lines[-1].split()[1])
    assert 10 < megabytes < 120  # two offers, each with at most four parts of 8 MiB


@pytest.mark.parametrize("kind", ["small", "large"])
def test_a_writer_killed_halfway_is_resumed_to_the_same_final_state(
    s3_offers: list[S3Offer], operation_id: uuid.UUID, tmp_path: Path, kind: str
) -> None:
    if kind == "small":
        items = write_files(tmp_path, [os.urandom(2_000) for _ in range(600)])
        enough = 200
    else:
        items = [big_file(tmp_path / "grand", 60)]
        enough = 4
    process = in_a_process(s3_offers, operation_id, items)
    assert process.stdout
    for count, _ in enumerate(process.stdout):
        if count == enough:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    strategy = Strategy("default", tuple(s3_offers))
    before = held(strategy, operation_id)
    assert all(len(keys) < len(items) for keys in before.values())
    results = store_files(
        tenant_id=TENANT, operation_id=operation_id, items=items, strategy=strategy
    )
    expected = {result.key: result.size for result in results}
    assert held(strategy, operation_id) == {"site-a": expected, "site-b": expected}
    undisturbed = new_id()
    fresh = store_files(tenant_id=TENANT, operation_id=undisturbed, items=items, strategy=strategy)
    assert [(each.identifier, each.fingerprint) for each in fresh] == [
        (each.identifier, each.fingerprint) for each in results
    ]
    for offer in s3_offers:
        pending = offer._client.list_multipart_uploads(
            Bucket=offer.bucket, Prefix=f"{TENANT}/{operation_id}/"
        )
        assert pending.get("Uploads", []) == []


def test_errors_survive_the_way_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(OfferUnavailable("site-b", "down")))
    assert isinstance(error, OfferError)
    assert (error.offer, error.detail) == ("site-b", "down")
