"""The as@lae surface as its clients meet it: presence, credentials, forms of address, refusals."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from ingest.connectors import accesses
from ingest.connectors.accesses import AccessRefused, change_access, create_access
from ingest.connectors.asalae import door
from ingest.connectors.asalae.door import read_basic
from ingest.connectors.models import ConnectorAccess, ConnectorTransfer
from ingest.models import Deposit
from ingest.workspace import incoming_path
from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.pastell import File, Slip, tar_gz
from tests.builders.pastell_client import (
    BOUNDARY,
    LOGIN,
    PASSWORD,
    Pastell,
    basic,
    multipart,
    open_coffre,
)
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    cache.clear()
    yield
    assert not any(incoming_path(new_id()).parent.iterdir())


@pytest.fixture
def access(cast: Cast) -> ConnectorAccess:
    return open_coffre(cast.coffre_a)


@pytest.fixture
def pastell(cast: Cast, access: ConnectorAccess) -> Pastell:
    return Pastell(cast.coffre_a)


# Presence -------------------------------------------------------------------------------------


def test_ping_answers_a_json_string(pastell: Pastell) -> None:
    answer = pastell.get("/ping")
    assert (answer.status_code, answer.content) == (
        200,
        b'"webservices as@lae accessibles"',
    )
    assert answer["Content-Type"] == "application/json"


def test_versions_tells_the_surface_spoken(cast: Cast, pastell: Pastell) -> None:
    assert pastell.get("/versions").json() == {
        "application": "as@lae",
        "denomination": cast.coffre_a.name,
        "version": "V1.6.3",
    }


@pytest.mark.parametrize("path", ["/ping/", "//ping", "/versions/"])
def test_a_slash_more_or_less_is_neither_lost_nor_redirected(pastell: Pastell, path: str) -> None:
    assert pastell.get(path).status_code == 200


def test_a_post_with_a_slash_at_its_end_is_not_redirected(pastell: Pastell) -> None:
    slip = Slip()
    files = {"seda_message": ("b.xml", slip.v1()), "attachments": ("a.tar.gz", slip.tar_gz())}
    assert pastell.post("/sedaMessages/", multipart({}, files)).status_code == 200


# Credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("url_safe", [True, False])
def test_every_way_of_writing_the_password_opens(
    cast: Cast, access: ConnectorAccess, hashed: bool, url_safe: bool
) -> None:
    secret = hashlib.sha256(PASSWORD.encode()).hexdigest() if hashed else PASSWORD
    pastell = Pastell(cast.coffre_a)
    pastell.headers["Authorization"] = basic(LOGIN, secret, url_safe=url_safe)
    assert pastell.get("/versions").status_code == 200
    pastell.headers["Authorization"] = basic(LOGIN, secret.upper() if hashed else secret)
    assert pastell.get("/versions").status_code == 200


def test_base_64_for_addresses_without_padding_is_read() -> None:
    """« >>> » and « ?? » make + and / in base 64."""
    login, secret = "a>>>?~", "ÿÿ?>>~é"
    for url_safe in (True, False):
        assert read_basic(basic(login, secret, url_safe=url_safe)) == (login, secret.encode())
    for header in ("", "Basic", "Bearer abc", "Basic é", "Basic YWJj", "Basic OmFiYw=="):
        assert read_basic(header) is None


def test_refusals_do_not_tell_what_exists(cast: Cast, access: ConnectorAccess) -> None:
    answers = []
    for coffre, login, secret in (
        (cast.coffre_a, LOGIN, "autre-mot-de-passe"),
        (cast.coffre_a, "inconnu", PASSWORD),
        (cast.coffre_b, LOGIN, PASSWORD),
    ):
        answers.append(Pastell(coffre, login=login, password=secret).get("/ping"))
    unknown = Pastell(cast.coffre_a, base="/connecteurs/asalae/98765/restservices")
    answers.append(unknown.get("/ping"))
    assert {one.status_code for one in answers} == {401}
    assert len({one.content for one in answers}) == 1
    assert answers[0]["WWW-Authenticate"].startswith("Basic ")
    assert "Identifiant ou mot de passe refusé" in answers[0].content.decode()


@pytest.mark.parametrize("path", ["/ping", "/versions", "/sedaMessages", "/sedaMessages/x:y"])
def test_nothing_is_said_without_credentials(cast: Cast, access: Any, path: str) -> None:
    base = f"/connecteurs/asalae/{cast.coffre_a.number}/restservices"
    for client in (Client(), cast.client(cast.aline)):
        assert client.get(base + path).status_code == 401
        assert client.post(base + path, b"x", content_type="text/plain").status_code == 401


def test_an_access_closed_opens_nothing(cast: Cast, access: ConnectorAccess) -> None:
    pastell = Pastell(cast.coffre_a)
    assert pastell.get("/ping").status_code == 200
    with tenant_scope(cast.coffre_a.id):
        change_access(access, enabled=False)
    assert pastell.get("/ping").status_code == 401


def test_a_password_changed_is_in_force_at_once(cast: Cast, access: ConnectorAccess) -> None:
    pastell = Pastell(cast.coffre_a)
    assert pastell.get("/ping").status_code == 200
    with tenant_scope(cast.coffre_a.id):
        change_access(access, password="un-autre-mot-de-passe")
    assert pastell.get("/ping").status_code == 401
    assert Pastell(cast.coffre_a, password="un-autre-mot-de-passe").get("/ping").status_code == 200


def test_too_many_failures_are_slowed_down(cast: Cast, access: ConnectorAccess) -> None:
    wrong = Pastell(cast.coffre_a, password="autre-mot-de-passe")
    answers = [wrong.get("/ping").status_code for _try in range(door.FAILURES + 1)]
    assert answers == [401] * door.FAILURES + [429]
    slowed = Pastell(cast.coffre_a).get("/ping")
    assert (slowed.status_code, slowed["Retry-After"]) == (429, "300")
    elsewhere = Pastell(cast.coffre_a)
    assert elsewhere.client.get(
        elsewhere.base + "/ping", headers=elsewhere.headers, REMOTE_ADDR="192.0.2.9"
    ).status_code == 200  # fmt: skip


def test_a_password_found_right_is_not_hashed_slowly_again(
    cast: Cast, access: ConnectorAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    check = accesses.check_password
    monkeypatch.setattr(
        accesses, "check_password", lambda *given: calls.append(given) or check(*given)
    )
    pastell = Pastell(cast.coffre_a)
    assert [pastell.get("/ping").status_code for _call in range(3)] == [200, 200, 200]
    assert len(calls) == 1


def test_an_access_is_made_with_care_and_journalled(cast: Cast) -> None:
    given = {"tenant": cast.coffre_a, "kind": "asalae", "login": "p"}
    for wrong in (
        {**given, "password": "court"},
        {**given, "password": "a" * 64},
        {**given, "login": "a:b", "password": PASSWORD},
        {**given, "login": " ", "password": PASSWORD},
        {**given, "tenant": cast.proof_a, "password": PASSWORD},
    ):
        with pytest.raises(AccessRefused):
            create_access(**wrong)  # type: ignore[arg-type]
    made = create_access(**given, password=PASSWORD)  # type: ignore[arg-type]
    assert PASSWORD not in made.password_hash
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() not in made.password_hash
    with pytest.raises(AccessRefused, match="déjà"):
        create_access(**given, password=PASSWORD)  # type: ignore[arg-type]
    with tenant_scope(cast.coffre_a.id):
        [act] = Operation.objects.filter(type="CONNECTOR_ACCESS_CREATE")
        assert act.detail == {"access": str(made.id), "kind": "asalae"}
        change_access(made, ingest_contract="CE-2", password=f"{PASSWORD}!")
        change_access(made, rule=("AccessRule", "AR038", "ACC-00001"), ingest_contract="CE-2")
        acts = Operation.objects.filter(type="CONNECTOR_ACCESS_UPDATE").order_by("id")
        told = [(one.detail["before"], one.detail["after"]) for one in acts]
        place = "rules.AccessRule.AR038"
        assert told == [
            ({"ingest_contract": ""}, {"ingest_contract": "CE-2"}),
            ({place: ""}, {place: "ACC-00001"}),
        ]
        assert [one.detail["password_changed"] for one in acts] == [True, False]
        assert PASSWORD not in str([one.detail for one in acts])


def test_the_last_use_is_noted(cast: Cast, pastell: Pastell) -> None:
    pastell.get("/ping")
    with tenant_scope(cast.coffre_a.id):
        assert ConnectorAccess.objects.get().last_used_at is not None


# Addresses of messages ------------------------------------------------------------------------

ODD = "ABC/2026 é:1"


@pytest.fixture
def sent(cast: Cast, pastell: Pastell) -> Pastell:
    slip = Slip(identifier=ODD, transferring="MAIRIE DE X/2")
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    return pastell


def test_identifiers_with_signs_are_found_as_pastell_writes_them(sent: Pastell) -> None:
    answer = sent.ask("Acknowledgement", "MAIRIE DE X/2", ODD)
    assert answer.status_code == 200
    assert b"ABC/2026 \xc3\xa9:1" in answer.content


@pytest.mark.parametrize(
    "query",
    [
        "sequence=ArchiveTransfer&message=Acknowledgement"
        "&originMessageIdentifier=ABC%2F2026+%C3%A9%3A1"
        "&originOrganizationIdentification=MAIRIE+DE+X%2F2",
        "originOrganizationIdentification=MAIRIE%20DE%20X/2&message=Acknowledgement"
        "&originMessageIdentifier=ABC%2F2026%20%C3%A9:1&sequence=ArchiveTransfer",
    ],
)
def test_names_may_be_parameters_in_any_order(sent: Pastell, query: str) -> None:
    assert sent.get(f"/sedaMessages?{query}").status_code == 200


def test_names_encoded_once_more_by_a_proxy_are_found(sent: Pastell) -> None:
    answer = sent.get(
        "/sedaMessages/sequence:ArchiveTransfer/message:Acknowledgement"
        "/originOrganizationIdentification:MAIRIE%2520DE%2520X%252F2"
        "/originMessageIdentifier:ABC%252F2026%252B%25C3%25A9%253A1"
    )
    assert answer.status_code == 200


def test_an_identifier_with_a_plus_sign_is_itself_first(cast: Cast, pastell: Pastell) -> None:
    for identifier in ("A+1", "A 1"):
        slip = Slip(identifier=identifier)
        assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    exact = pastell.get(
        "/sedaMessages/sequence:ArchiveTransfer/message:Acknowledgement"
        "/originOrganizationIdentification:LS_PASTELL/originMessageIdentifier:A%2B1"
    )
    assert b"<MessageReceivedIdentifier>A+1<" in exact.content


@pytest.mark.parametrize(
    ("message", "agency", "identifier", "status"),
    [
        ("Acknowledgement", "LS_PASTELL", ODD, 404),
        ("ArchiveTransferReply", "MAIRIE DE X/2", "autre", 404),
        ("ArchiveRestitutionRequest", "MAIRIE DE X/2", ODD, 404),
        ("ArchiveTransferReply", "MAIRIE DE X/2", ODD, 500),
    ],
)
def test_what_is_not_there_is_told_in_one_sentence(
    sent: Pastell, message: str, agency: str, identifier: str, status: int
) -> None:
    answer = sent.ask(message, agency, identifier)
    assert answer.status_code == status
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "<" not in answer.content.decode()
    assert len(answer.content) < 300


def test_transfers_of_another_coffre_are_unknown(cast: Cast, sent: Pastell) -> None:
    create_access(tenant=cast.coffre_b, kind="asalae", login=LOGIN, password=PASSWORD)
    assert Pastell(cast.coffre_b).ask("Acknowledgement", "MAIRIE DE X/2", ODD).status_code == 404


# Refused at the door --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (b"", "XML lisible"),
        (b"<a", "XML lisible"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b"<ArchiveTransfer/>", "version"),
        (Slip().v1().replace(b"seda:v1.0", b"seda:v1.1"), "version"),
        (
            Slip()
            .v1()
            .replace(
                b"fr:gouv:culture:archivesdefrance:seda:v1.0",
                b"fr:gouv:ae:archive:draft:standard_echange_v0.2",
            ),
            "0.2",
        ),
        (Slip().v1().replace(b"ArchiveTransfer", b"ArchiveDelivery"), "message"),
        (Slip(identifier=" ").v1(), "identifiant de transfert"),
        (Slip(identifier="x" * 301).v1(), "300"),
        (Slip(transferring=" ").v2(), "service versant"),
    ],
)
def test_a_slip_that_cannot_be_named_is_refused_at_once(
    cast: Cast, pastell: Pastell, slip: bytes, said: str
) -> None:
    answer = pastell.send(slip, Slip().tar_gz())
    assert answer.status_code == 400
    assert said in answer.content.decode()
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


@pytest.mark.parametrize(
    "archive",
    [
        b"PK pas un zip",
        Slip().tar_gz()[:-20],
        Slip().tar_gz() + b"reste",
        b"",
        Slip().zip()[:-10],
    ],
)
def test_an_archive_that_cannot_be_opened_is_refused_at_once(
    cast: Cast, pastell: Pastell, archive: bytes
) -> None:
    answer = pastell.send(Slip().v1(), archive)
    assert answer.status_code == 400
    assert answer.content.decode().startswith("L’archive jointe ne peut pas être ouverte.")
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


def test_links_in_an_archive_are_refused(pastell: Pastell) -> None:
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        link = tarfile.TarInfo("deliberation.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert pastell.send(Slip().v1(), buffer.getvalue()).status_code == 400


def test_a_slip_alone_is_a_transfer_without_file(cast: Cast, pastell: Pastell) -> None:
    assert pastell.send(Slip(files=()).v1(), None).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        assert ConnectorTransfer.objects.count() == 1


def test_a_form_without_slip_or_no_form_at_all_is_told(cast: Cast, pastell: Pastell) -> None:
    without = multipart({}, {"attachments": ("a.tar.gz", Slip().tar_gz())})
    assert "seda_message" in pastell.post("/sedaMessages", without).content.decode()
    for body, kind in (
        (b"{}", "application/json"),
        (b"x", "multipart/form-data"),
        (b"", f"multipart/form-data; boundary={BOUNDARY}"),
    ):
        answer = pastell.post("/sedaMessages", body, content_type=kind)
        assert answer.status_code == 400
    assert pastell.client.put(pastell.base + "/ping", headers=pastell.headers).status_code == 405


def test_a_body_cut_leaves_nothing(
    cast: Cast, pastell: Pastell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut in the middle of the archive, what came would pass for a shorter one."""
    slip = Slip(files=(File("a.txt", b"x" * 5000),))
    whole = multipart(
        {},
        {"seda_message": ("b.xml", slip.v1()), "attachments": ("a.tar", tar_gz(slip.files))},
    )
    for kept in (len(whole) - 2000, len(whole) - 30, 200):
        read = io.BytesIO(whole[:kept]).read
        monkeypatch.setattr(
            "django.test.client.FakePayload.read", lambda _self, size=-1, r=read: r(size)
        )
        answer = pastell.post("/sedaMessages", whole)
        assert answer.status_code == 400
        assert "entier" in answer.content.decode()
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


@pytest.mark.parametrize("cut", [0, 60])
def test_a_chunked_body_is_read_to_its_end(cast: Cast, pastell: Pastell, cut: int) -> None:
    slip = Slip()
    whole = multipart(
        {}, {"seda_message": ("b.xml", slip.v1()), "attachments": ("a.tgz", slip.tar_gz())}
    )
    pastell.headers["Transfer-Encoding"] = "chunked"
    answer = pastell.post(
        "/sedaMessages",
        whole,
        CONTENT_LENGTH="",
        **{"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(whole[: len(whole) - cut])},
    )
    assert answer.status_code == (400 if cut else 200)


def test_too_large_a_transfer_is_refused(pastell: Pastell, settings: Any) -> None:
    settings.TUS_MAX_SIZE = -(1 << 20) + 100
    slip = Slip()
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 413


def test_a_fault_of_ours_is_a_sentence_too(
    pastell: Pastell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr("ingest.connectors.asalae.views.receive_transfer", broken)
    answer = pastell.send(Slip().v1(), Slip().tar_gz())
    assert answer.status_code == 503
    assert "<" not in answer.content.decode()
