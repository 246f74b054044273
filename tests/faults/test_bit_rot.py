"""Lines 27 and 28: copies that change behind our back, and a database that lies about them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.urls import reverse

from ingest.models import Deposit
from sae.holdings.models import DataObject
from sae.storage.audit import repair_copy, verify_copy
from sae.storage.models import ObjectCopy
from sae.storage.offers.base import read_blocks
from sae.storage.offers.s3 import S3Offer
from sae.storage.reader import NoGoodCopyError
from sae.storage.strategies import offers
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk
from tests.services import ServiceEnv

PAYLOADS = {
    "packed": b"petite piece\n",
    "apart": b"piece moyenne\n" * 9000,
    "in parts": b"grande piece\n" * 700_000,
}
Rot = Callable[[bytes], bytes]


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


ROTS: dict[str, Rot] = {
    "bit flipped": flip,
    "truncated": lambda data: data[:-1],
    "block of zeros": lambda data: (
        bytes(4096) + data[4096:] if len(data) > 4096 else bytes(len(data))
    ),
    "longer": lambda data: data + b"\0",
}


class Medium:
    """What an offer keeps, changed as a failing disk or a clumsy hand would."""

    def __init__(self, offer_id: str) -> None:
        offer = offers()[offer_id]
        assert isinstance(offer, S3Offer)
        self.offer = offer

    def read(self, key: str) -> bytes:
        return b"".join(read_blocks(self.offer, key, length=self.offer.size(key)))

    def write(self, key: str, data: bytes) -> None:
        self.offer._client.put_object(Bucket=self.offer.bucket, Key=key, Body=data)

    def lose(self, key: str) -> None:
        self.offer.delete(key)


@pytest.fixture
def made(desk: Desk, tmp_path: Path) -> Deposit:
    sip = SipBuilder()
    for title, payload in PAYLOADS.items():
        sip.unit(title).binary(payload, name=f"{title}.txt")
    deposit = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(deposit)
    return deposit


def objects(desk: Desk) -> dict[str, DataObject]:
    with tenant_scope(desk.coffre.id):
        found = DataObject.objects.select_related("stored_object")
        return {one.filename.removesuffix(".txt"): one for one in found}


def copies(desk: Desk, found: DataObject) -> dict[str, ObjectCopy]:
    with tenant_scope(desk.coffre.id):
        states = ObjectCopy.objects.filter(stored_object_id=found.stored_object_id)
        return {copy.offer: copy for copy in states.select_related("stored_object")}


def download(cast: Cast, found: DataObject) -> bytes:
    answer = cast.client(cast.aline).get(reverse("object_download", args=[found.id]))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("rot", ROTS)
def test_bad_bytes_are_never_served_and_are_mended_from_the_good_copy(
    desk: Desk, made: Deposit, committed_cast: Cast, rot: str
) -> None:
    site_a, site_b = Medium("site-a"), Medium("site-b")
    for title, found in objects(desk).items():
        key = found.stored_object.key
        good = site_b.read(key)
        site_a.write(key, ROTS[rot](good))
        assert download(committed_cast, found) == PAYLOADS[title]
        copy = copies(desk, found)["site-a"]
        if rot != "longer":
            # Reading stops at the length that is known: a longer copy is found by the audit.
            assert copy.state == ObjectCopy.State.CORRUPT, title
        with tenant_scope(desk.coffre.id):
            assert verify_copy(copy=copy) == ObjectCopy.State.CORRUPT
            assert repair_copy(copy=copy) == ObjectCopy.State.PRESENT
        assert site_a.read(key) == site_b.read(key) == good


def test_copies_swapped_or_lost_are_found_and_mended(
    desk: Desk, made: Deposit, committed_cast: Cast
) -> None:
    site = Medium("site-a")
    found = objects(desk)
    apart, parts = (found[title].stored_object.key for title in ("apart", "in parts"))
    first, second = site.read(apart), site.read(parts)
    site.write(apart, second)
    site.write(parts, first)
    site.lose(found["packed"].stored_object.key)
    for title, one in found.items():
        assert download(committed_cast, one) == PAYLOADS[title]
        copy = copies(desk, one)["site-a"]
        expected = "missing" if title == "packed" else "corrupt"
        assert copy.state == expected
        with tenant_scope(desk.coffre.id):
            assert repair_copy(copy=copy) == ObjectCopy.State.PRESENT
    assert (site.read(apart), site.read(parts)) == (first, second)


def test_when_no_copy_is_good_nothing_is_served_and_it_is_journalled(
    desk: Desk, made: Deposit, committed_cast: Cast
) -> None:
    for title, found in objects(desk).items():
        key = found.stored_object.key
        for site in (Medium("site-a"), Medium("site-b")):
            site.write(key, flip(site.read(key)))
        client = committed_cast.client(committed_cast.aline)
        answer = client.get(reverse("object_download", args=[found.id]))
        if answer.status_code == 200:
            # The first parts of a large object are good, and given: the bad one ends the answer.
            with pytest.raises(NoGoodCopyError):
                given = b""
                for chunk in answer.streaming_content:  # type: ignore[attr-defined]
                    given += chunk
                    assert PAYLOADS[title].startswith(given)
        else:
            assert answer.status_code == 503
        assert {copy.state for copy in copies(desk, found).values()} == {"corrupt"}


def test_a_database_that_lies_about_a_digest_overwrites_no_good_copy(
    desk: Desk, made: Deposit, services: ServiceEnv, committed_cast: Cast
) -> None:
    found = objects(desk)["apart"]
    key = found.stored_object.key
    forged = hashlib.sha512(b"forged").hexdigest()
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute("UPDATE storage_storedobject SET sha512 = %s WHERE key = %s", [forged, key])
        admin.execute(
            "UPDATE holdings_dataobject SET sha512 = %s WHERE id = %s", [forged, found.id]
        )
    client = committed_cast.client(committed_cast.aline)
    assert client.get(reverse("object_download", args=[found.id])).status_code == 503
    for copy in copies(desk, found).values():
        with tenant_scope(desk.coffre.id), pytest.raises(NoGoodCopyError):
            repair_copy(copy=copy)
    for site in (Medium("site-a"), Medium("site-b")):
        assert site.read(key) == PAYLOADS["apart"]
