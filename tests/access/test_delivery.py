"""Objects are handed out verified, by range, under their name, and every access is written."""

import hashlib

import pytest
from django.test import Client
from django.urls import reverse

from access.delivery import safe_name
from sae.holdings.models import DataObject
from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.storage.models import ObjectCopy
from sae.storage.strategies import offers
from sae.tenancy.scope import tenant_scope
from tests.access.conftest import Fonds
from tests.builders.fonds import FondsBuilder

CONTENT = b"bonjour " * 1000


def accesses(fonds: Fonds) -> list[Operation]:
    with tenant_scope(fonds.cast.coffre_a.id):
        return list(Operation.objects.filter(type="OBJECT_DOWNLOAD").order_by("id"))


@pytest.fixture
def address(fonds: Fonds) -> str:
    return reverse("object_download", args=[fonds.piece.object_id])


def body(client: Client, address: str, **headers: str) -> bytes:
    return b"".join(client.get(address, headers=headers).streaming_content)  # type: ignore[attr-defined]


def test_the_bytes_are_those_of_the_deposit(fonds: Fonds, address: str) -> None:
    answer = fonds.basile.get(address)
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha512(content).digest() == hashlib.sha512(CONTENT).digest()
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''PV%20r%C3%A9ception.txt"
    assert answer["ETag"] == f'"{hashlib.sha512(CONTENT).hexdigest()}"'


def test_each_access_is_written_with_its_author(fonds: Fonds, address: str) -> None:
    body(fonds.basile, address)
    (operation,) = accesses(fonds)
    assert operation.agent_id == fonds.cast.basile.id
    assert (operation.state, operation.outcome) == ("COMPLETED", "OK")
    assert operation.detail["object"] == str(fonds.piece.object_id)
    assert operation.life_cycle_count == 1


def test_a_range_is_served_and_continues_the_same_access(fonds: Fonds, address: str) -> None:
    client = fonds.basile
    first = client.get(address, headers={"Range": "bytes=0-9"})
    assert first.status_code == 206
    assert first["Content-Range"] == f"bytes 0-9/{len(CONTENT)}"
    assert b"".join(first.streaming_content) == CONTENT[:10]  # type: ignore[attr-defined]
    assert body(client, address, Range="bytes=10-") == CONTENT[10:]
    assert body(client, address, Range="bytes=-5") == CONTENT[-5:]
    assert len(accesses(fonds)) == 1


def test_a_range_from_the_middle_alone_is_an_access(fonds: Fonds, address: str) -> None:
    body(fonds.basile, address, Range="bytes=1-")
    assert len(accesses(fonds)) == 1


def test_a_range_of_another_version_gives_the_whole(fonds: Fonds, address: str) -> None:
    answer = fonds.basile.get(address, headers={"Range": "bytes=0-9", "If-Range": '"autre"'})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == CONTENT  # type: ignore[attr-defined]


def test_a_range_beyond_the_end_is_refused(fonds: Fonds, address: str) -> None:
    answer = fonds.basile.get(address, headers={"Range": "bytes=99999-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert accesses(fonds) == []


def test_asking_for_the_headers_is_no_access(fonds: Fonds, address: str) -> None:
    answer = fonds.basile.head(address)
    assert answer["Content-Length"] == str(len(CONTENT))
    assert accesses(fonds) == []


def test_objects_of_a_pack_come_out_alone(fonds: Fonds) -> None:
    with tenant_scope(fonds.cast.coffre_a.id):
        builder = FondsBuilder(bytes_kept="pack")
        pieces = [
            builder.unit(f"Pièce {number}", file=f"contenu {number}".encode() * 50)
            for number in range(3)
        ]
        builder.load()
    for piece in pieces:
        address = reverse("object_download", args=[piece.object_id])
        assert body(fonds.basile, address) == piece.file
        assert body(fonds.basile, address, Range="bytes=3-6") == (piece.file or b"")[3:7]


def test_a_bad_copy_is_never_sent_the_good_one_is(fonds: Fonds, address: str) -> None:
    with tenant_scope(fonds.cast.coffre_a.id):
        stored = DataObject.objects.get(id=fonds.piece.object_id).stored_object
        assert stored is not None
        first = ObjectCopy.objects.filter(stored_object_id=stored.id).order_by("offer")[0]
    spoil(first.offer, stored.key, b"BONJOUR " * 1000)
    assert body(fonds.basile, address) == CONTENT


def test_without_any_good_copy_nothing_is_sent_and_it_is_written(
    fonds: Fonds, address: str
) -> None:
    with tenant_scope(fonds.cast.coffre_a.id):
        stored = DataObject.objects.get(id=fonds.piece.object_id).stored_object
        assert stored is not None
    for offer in offers():
        spoil(offer, stored.key, b"BONJOUR " * 1000)
    answer = fonds.basile.get(address)
    assert answer.status_code == 503
    assert b"BONJOUR" not in answer.content
    (operation,) = accesses(fonds)
    assert operation.outcome == "FATAL"


def spoil(offer_id: str, key: str, content: bytes) -> None:
    """Put other bytes of the same length in the place of a copy, behind the application."""
    offer = offers()[offer_id]
    offer.delete(key)
    offer.put_bytes(key, content)


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.doc", "a.doc"),
        ("facture\u202efdp.exe", "facture_fdp.exe"),
        ('a"b\r\nSet-Cookie: x.txt', "a_b__Set-Cookie_ x.txt"),
        ("é" * 300 + ".pdf", "é" * 118 + ".pdf"),
        (" .. ", "BinaryMaster_1-"),
    ],
)
def test_names_are_made_safe(filename: str, name: str) -> None:
    found = DataObject(id=new_id(), usage="BinaryMaster", filename=filename)
    assert safe_name(found).startswith(name)


def test_a_stranger_and_an_auditor_get_nothing(fonds: Fonds, address: str) -> None:
    assert fonds.chloe.get(address).status_code == 404
    assert fonds.cast.client(fonds.cast.auditor_a).get(address).status_code == 403
    assert accesses(fonds) == []
