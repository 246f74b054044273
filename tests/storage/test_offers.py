"""An offer keeps what it is given, says what it holds, and never overwrites."""

import dataclasses
import datetime as dt
import errno
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sae.kernel.identifiers import new_id
from sae.storage.offers import buckets
from sae.storage.offers.base import PART_SIZE, FingerprintBuilder, Offer, fingerprint_of
from sae.storage.offers.confirmation import confirm, confirm_many
from sae.storage.offers.errors import (
    CorruptCopy,
    ObjectExists,
    ObjectMissing,
    OfferFull,
    OfferRefused,
    OfferUnavailable,
)
from sae.storage.offers.filesystem import MARKER, FilesystemOffer
from sae.storage.offers.s3 import S3Offer
from tests.storage.cuttable import CuttableNetwork

THREE_PARTS = os.urandom(2 * PART_SIZE + 12_345)


def parts(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PART_SIZE):
        yield data[start : start + PART_SIZE]


@pytest.mark.parametrize("data", [b"", b"un", os.urandom(100_000)], ids=["empty", "tiny", "small"])
def test_what_was_put_is_reported_and_read_back(offer: Offer, key: str, data: bytes) -> None:
    fingerprint = fingerprint_of(data)
    confirm(offer, key, offer.put_bytes(key, data), fingerprint)
    confirm(offer, key, offer.head(key), fingerprint)
    assert offer.size(key) == len(data)
    assert offer.read_range(key, 0, len(data)) == data


def test_an_object_sent_in_parts_is_reported_with_the_digest_of_its_parts(
    offer: Offer, key: str
) -> None:
    builder = FingerprintBuilder(PART_SIZE)
    for part in parts(THREE_PARTS):
        builder.add(part)
    fingerprint = builder.finish()
    assert fingerprint.sha512 == hashlib.sha512(THREE_PARTS).hexdigest()
    reported = offer.put_parts(key, parts(THREE_PARTS), part_size=PART_SIZE)
    assert confirm(offer, key, reported, fingerprint).digest in fingerprint.reportable
    assert offer.read_range(key, PART_SIZE - 5, 10) == THREE_PARTS[PART_SIZE - 5 : PART_SIZE + 5]


def test_a_key_taken_is_never_written_again(offer: Offer, key: str) -> None:
    offer.put_bytes(key, b"premier")
    with pytest.raises(ObjectExists):
        offer.put_bytes(key, b"second")
    with pytest.raises(ObjectExists):
        offer.put_parts(key, iter([b"troisieme"]), part_size=PART_SIZE)
    assert offer.read_range(key, 0, 7) == b"premier"


def test_a_read_that_fails_halfway_leaves_nothing(offer: Offer, key: str) -> None:
    def cut_short() -> Iterator[bytes]:
        yield THREE_PARTS[:PART_SIZE]
        raise RuntimeError("the source failed")

    with pytest.raises(RuntimeError, match="the source failed"):
        offer.put_parts(key, cut_short(), part_size=PART_SIZE)
    with pytest.raises(ObjectMissing):
        offer.head(key)
    assert list(offer.list(key.rpartition("/")[0] + "/")) == []
    if isinstance(offer, FilesystemOffer):
        assert list((offer.path / ".partial").iterdir()) == []
    else:
        assert isinstance(offer, S3Offer)
        pending = offer._client.list_multipart_uploads(Bucket=offer.bucket, Prefix=key)
        assert pending.get("Uploads", []) == []


def test_a_missing_object_is_said_to_be_missing(offer: Offer, key: str) -> None:
    for ask in (
        lambda: offer.head(key),
        lambda: offer.size(key),
        lambda: offer.read_range(key, 0, 1),
        lambda: offer.read_range(key, 0, 0),
    ):
        with pytest.raises(ObjectMissing):
            ask()
    offer.delete(key)


def test_an_object_shorter_than_asked_is_corrupt(offer: Offer, key: str) -> None:
    offer.put_bytes(key, b"court")
    for offset, length in ((0, 6), (5, 1), (100, 1)):
        with pytest.raises(CorruptCopy):
            offer.read_range(key, offset, length)


def test_a_listing_gives_the_keys_under_a_prefix_in_order(offer: Offer) -> None:
    prefix = f"{new_id()}/{new_id()}"
    names = ["a", "a.b", "b-2", "b1", "c/d"]
    for name in names:
        offer.put_bytes(f"{prefix}/{name}", name.encode())
    listed = list(offer.list(f"{prefix}/"))
    assert [each.key for each in listed] == [f"{prefix}/{name}" for name in names]
    assert [each.reported.size for each in listed] == [1, 3, 3, 2, 3]
    after = [each.key for each in offer.list(f"{prefix}/", after=f"{prefix}/a.b")]
    assert after == [f"{prefix}/{name}" for name in names[2:]]


def test_a_deleted_object_leaves_no_version_behind(offer: Offer, key: str) -> None:
    offer.put_bytes(key, b"a eliminer")
    offer.put_bytes(f"{key}-voisin", b"a garder")
    offer.delete(key)
    with pytest.raises(ObjectMissing):
        offer.head(key)
    assert offer.size(f"{key}-voisin") == 8
    if isinstance(offer, S3Offer):
        found = offer._client.list_object_versions(Bucket=offer.bucket, Prefix=key)
        assert [each["Key"] for each in found["Versions"]] == [f"{key}-voisin"]
        assert found.get("DeleteMarkers", []) == []


@pytest.mark.parametrize(
    "bad", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", "a b", "é", "a\x00", "x" * 201]
)
def test_a_key_that_could_leave_its_folder_is_refused(offer: Offer, bad: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        offer.put_bytes(bad, b"x")


def test_a_bulk_confirmation_catches_what_was_accepted_and_not_kept(
    offer: Offer, operation_id: object
) -> None:
    prefix = f"{new_id()}/{operation_id}"
    sent = {}
    for number in range(40):
        data = b"%d" % number
        offer.put_bytes(f"{prefix}/{number}", data)
        sent[f"{prefix}/{number}"] = fingerprint_of(data)
    assert confirm_many(offer, f"{prefix}/", sent).keys() == sent.keys()
    sent[f"{prefix}/absent"] = fingerprint_of(b"absent")
    with pytest.raises(CorruptCopy, match="not there"):
        confirm_many(offer, f"{prefix}/", sent)


def test_a_digest_that_is_no_md5_is_settled_by_reading_back(offer: Offer, key: str) -> None:
    fingerprint = fingerprint_of(b"chiffre")
    reported = dataclasses.replace(offer.put_bytes(key, b"chiffre"), digest="opaque:abc")
    confirmed = confirm(offer, key, reported, fingerprint)
    assert confirmed.digest == f"sha512:{fingerprint.sha512}"
    with pytest.raises(CorruptCopy):
        confirm(offer, key, reported, fingerprint_of(b"CHIFFRE"))


def test_an_offer_that_works_says_so(offer: Offer) -> None:
    state = offer.probe()
    assert state.available
    assert state.offer == offer.id


# S3


def test_wrong_credentials_are_refused_and_said(s3_offers: list[S3Offer], key: str) -> None:
    stranger = dataclasses.replace(s3_offers[0], secret_key="wrong")
    for ask in (
        lambda: stranger.put_bytes(key, b"x"),
        lambda: stranger.head(key),
        lambda: stranger.read_range(key, 0, 1),
        lambda: list(stranger.list("a/")),
        lambda: stranger.delete(key),
        stranger.prepare,
    ):
        with pytest.raises(OfferRefused) as caught:
            ask()
        assert caught.value.offer == stranger.id
    assert not stranger.probe().available


def test_a_cut_network_makes_the_offer_unavailable(
    far_offer: S3Offer, network: CuttableNetwork, key: str
) -> None:
    far_offer.put_bytes(key, b"x")
    network.cut()
    for ask in (
        lambda: far_offer.put_bytes(f"{key}-2", b"x"),
        lambda: far_offer.head(key),
        lambda: far_offer.read_range(key, 0, 1),
        lambda: list(far_offer.list("a/")),
        lambda: far_offer.delete(key),
        lambda: far_offer.abandon(key),
    ):
        with pytest.raises(OfferUnavailable):
            ask()
    assert not far_offer.probe().available
    network.mend()
    assert far_offer.head(key).size == 1


def test_a_silent_network_is_given_up_in_bounded_time(
    far_offer: S3Offer, network: CuttableNetwork, key: str
) -> None:
    network.silent = True
    start = time.monotonic()
    with pytest.raises(OfferUnavailable):
        far_offer.put_bytes(key, b"x")
    with pytest.raises(OfferUnavailable):
        far_offer.read_range(key, 0, 1)
    assert time.monotonic() - start < 30


def test_a_bucket_is_versioned_and_lockable_without_default_retention(
    s3_offers: list[S3Offer],
) -> None:
    offer = s3_offers[0]
    offer.prepare()
    client = offer._client
    assert client.get_bucket_versioning(Bucket=offer.bucket)["Status"] == "Enabled"
    lock = client.get_object_lock_configuration(Bucket=offer.bucket)["ObjectLockConfiguration"]
    assert lock == {"ObjectLockEnabled": "Enabled"}
    assert offer.probe().object_lock


def test_a_retained_object_refuses_to_be_deleted(s3_offers: list[S3Offer], key: str) -> None:
    offer = s3_offers[0]
    offer.put_bytes(key, b"retenu")
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    buckets.retain_until(offer._client, bucket=offer.bucket, key=key, until=until)
    with pytest.raises(OfferRefused):
        offer.delete(key)
    assert offer.read_range(key, 0, 6) == b"retenu"


def test_a_server_without_conditional_writes_overwrites_nothing_either(
    s3_offers: list[S3Offer], key: str
) -> None:
    offer = dataclasses.replace(s3_offers[0], conditional_put=False)
    offer.put_bytes(key, b"premier")
    with pytest.raises(ObjectExists):
        offer.put_bytes(key, b"second")


def test_secrets_are_not_in_what_is_printed(s3_offers: list[S3Offer]) -> None:
    assert s3_offers[0].secret_key not in repr(s3_offers[0])
    assert s3_offers[0].access_key not in repr(s3_offers[0])


# File systems


def test_an_unmounted_disk_is_not_written_to(disk_offers: list[FilesystemOffer], key: str) -> None:
    offer = disk_offers[0]
    (offer.path / MARKER).unlink()
    with pytest.raises(OfferUnavailable, match="not mounted"):
        offer.put_bytes(key, b"x")
    assert not offer.probe().available


def test_the_disk_of_another_offer_is_not_written_to(
    disk_offers: list[FilesystemOffer], key: str
) -> None:
    swapped = dataclasses.replace(disk_offers[0], path=disk_offers[1].path)
    with pytest.raises(OfferUnavailable, match="disk-b"):
        swapped.put_bytes(key, b"x")
    with pytest.raises(OfferUnavailable, match="disk-b"):
        swapped.prepare()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, OfferFull),
        (errno.EDQUOT, OfferFull),
        (errno.EIO, OfferUnavailable),
        (errno.EROFS, OfferUnavailable),
        (errno.EACCES, OfferRefused),
    ],
)
def test_a_failing_disk_is_named_and_keeps_no_half_object(
    disk_offers: list[FilesystemOffer],
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    expected: type[Exception],
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    offer = disk_offers[0]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(expected):
            offer.put_bytes(key, b"x")
    assert list((offer.path / ".partial").iterdir()) == []
    with pytest.raises(ObjectMissing):
        offer.head(key)
    offer.put_bytes(key, b"x")


def test_what_a_killed_process_left_on_a_disk_is_swept_at_the_next_try(
    disk_offers: list[FilesystemOffer], key: str
) -> None:
    offer = disk_offers[0]
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    leftover = offer.path / ".partial" / f"{name}-1234"
    leftover.write_bytes(b"half")
    Path(offer.path / ".partial" / "of-another-object").touch()
    offer.abandon(key)
    assert [each.name for each in (offer.path / ".partial").iterdir()] == ["of-another-object"]


def test_a_trial_folder_is_made_at_first_use_but_never_over_other_files(
    tmp_path: Path, key: str
) -> None:
    offer = FilesystemOffer("essai", "Essai", tmp_path / "deep" / "essai", create=True)
    assert offer.probe().available
    offer.put_bytes(key, b"x")
    (offer.path / MARKER).unlink()
    with pytest.raises(OfferUnavailable, match="not mounted"):
        offer.put_bytes(f"{key}-2", b"x")
