"""The tus 1.0.0 protocol, spoken to the real views over the real database and disk."""

import base64
import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ingest import uploads
from ingest.models import Deposit, Upload
from ingest.upload_expiry import expire_tenant_uploads
from ingest.workspace import Workspace, incoming_path
from sae.jobs.models import Job
from sae.jobs.queue import claim_next
from sae.jobs.registry import AdvanceKind
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast

BODY = bytes(range(256)) * 40
OCTETS = "application/offset+octet-stream"


class Tus:
    """A client of the protocol, signed in as one person of the cast."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def send(self, method: str, address: str, body: bytes = b"", **headers: Any) -> Any:
        headers = {"Tus-Resumable": "1.0.0", **{k.replace("_", "-"): v for k, v in headers.items()}}
        # Set as a header: the test client forgets the type of an empty body.
        content_type = headers.pop("Content-Type", OCTETS if method == "PATCH" else "")
        if content_type:
            headers["Content-Type"] = content_type
        return self.client.generic(
            method, address, body, content_type=content_type, headers=headers
        )

    def create(self, length: int, *, name: str = "avril.zip", action: str = "ingest") -> Any:
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in (("filename", name), ("action", action))
        )
        return self.send(
            "POST", "/televersements/", Upload_Length=str(length), Upload_Metadata=metadata
        )

    def patch(self, address: str, offset: int, body: bytes, **headers: Any) -> Any:
        return self.send("PATCH", address, body, Upload_Offset=str(offset), **headers)

    def head(self, address: str) -> Any:
        return self.send("HEAD", address)


@pytest.fixture
def aline(cast: Cast) -> Tus:
    return Tus(cast.client(cast.aline))


def begun(tus: Tus, length: int = len(BODY)) -> str:
    answer = tus.create(length)
    assert answer.status_code == 201
    return str(answer["Location"])


def test_options_tells_what_the_server_can_do(aline: Tus) -> None:
    answer = aline.client.options("/televersements/")
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) >= {
        "creation", "termination", "expiration", "checksum"
    }  # fmt: skip
    assert int(answer["Tus-Max-Size"]) == uploads.max_length()
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_a_file_sent_in_pieces_becomes_a_deposit(cast: Cast, aline: Tus) -> None:
    address = begun(aline)
    first = aline.patch(address, 0, BODY[:4000])
    assert (first.status_code, first["Upload-Offset"]) == (204, "4000")
    assert "X-Deposit-Location" not in first
    told = aline.head(address)
    assert (told["Upload-Offset"], told["Upload-Length"]) == ("4000", str(len(BODY)))
    assert told["Cache-Control"] == "no-store"
    last = aline.patch(address, 4000, BODY[4000:])
    assert last["Upload-Offset"] == str(len(BODY))
    with tenant_scope(cast.coffre_a.id):
        deposit = Deposit.objects.get()
        assert last["X-Deposit-Location"] == f"/versements/{deposit.id}/"
        assert (deposit.file_name, deposit.action) == ("avril.zip", "ingest")
        assert (deposit.source, deposit.account_id) == ("browser", cast.aline.id)
        assert Workspace(cast.coffre_a.id, deposit.id).package.read_bytes() == BODY


def test_the_action_chosen_travels_with_the_file(cast: Cast, aline: Tus) -> None:
    address = str(aline.create(3, action="filing_scheme")["Location"])
    aline.patch(address, 0, b"abc")
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.get().action == "filing_scheme"


def test_an_empty_file_is_received_and_will_be_judged(cast: Cast, aline: Tus) -> None:
    answer = aline.create(0)
    assert answer.status_code == 201
    assert answer["Upload-Offset"] == "0"
    assert answer["X-Deposit-Location"].startswith("/versements/")


def test_creation_may_carry_the_first_bytes(aline: Tus) -> None:
    answer = aline.send(
        "POST", "/televersements/", b"abcd", Upload_Length="10", Content_Type=OCTETS
    )
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "4")


def test_a_wrong_offset_is_409_and_changes_nothing(aline: Tus) -> None:
    address = begun(aline)
    aline.patch(address, 0, BODY[:100])
    for offset in (0, 99, 101):
        assert aline.patch(address, offset, b"x").status_code == 409
    assert aline.head(address)["Upload-Offset"] == "100"


def test_another_version_of_the_protocol_is_412(aline: Tus) -> None:
    address = begun(aline)
    answer = aline.send("HEAD", address, Tus_Resumable="0.2.2")
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_a_body_of_another_type_is_415(aline: Tus) -> None:
    answer = aline.patch(begun(aline), 0, b"x", Content_Type="application/octet-stream")
    assert answer.status_code == 415


def test_more_than_announced_is_413_and_leaves_what_was_there(aline: Tus) -> None:
    address = begun(aline, 10)
    aline.patch(address, 0, b"01234")
    assert aline.patch(address, 5, b"567890").status_code == 413
    assert aline.head(address)["Upload-Offset"] == "5"


def test_a_file_beyond_the_limit_is_413(aline: Tus, settings: Any) -> None:
    settings.TUS_MAX_SIZE = 1000
    assert aline.create(1001).status_code == 413
    assert aline.create(1000).status_code == 201


def test_a_full_disk_refuses_new_uploads_early(aline: Tus, monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "RESERVE", 1 << 62)
    answer = aline.create(10)
    assert answer.status_code == 507
    assert "place" in answer.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload_Length": "-1"},
        {"Upload_Length": "dix"},
        {"Upload_Defer_Length": "1"},
        {"Upload_Length": "10", "Upload_Metadata": "filename pas-du-base64!"},
        {"Upload_Length": "10", "Upload_Metadata": "action bm9u"},
    ],
)
def test_a_malformed_creation_is_400(aline: Tus, headers: dict[str, str]) -> None:
    assert aline.send("POST", "/televersements/", **headers).status_code == 400


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_a_right_checksum_is_kept(aline: Tus, algorithm: str) -> None:
    digest = base64.b64encode(hashlib.new(algorithm, BODY[:500]).digest()).decode()
    address = begun(aline)
    answer = aline.patch(address, 0, BODY[:500], Upload_Checksum=f"{algorithm} {digest}")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "500")


def test_a_piece_with_a_wrong_checksum_is_460_and_dropped(aline: Tus) -> None:
    address = begun(aline)
    aline.patch(address, 0, BODY[:100])
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert (
        aline.patch(address, 100, BODY[100:200], Upload_Checksum=f"sha256 {wrong}").status_code
        == 460
    )
    assert aline.head(address)["Upload-Offset"] == "100"
    assert aline.patch(address, 100, b"x", Upload_Checksum="crc32 aaaa").status_code == 400


def test_what_came_before_a_cut_is_kept(aline: Tus, monkeypatch: Any) -> None:
    address = begun(aline)
    whole = io.BytesIO(BODY[:3000])

    def cut(self: Any, size: int = -1) -> bytes:
        chunk = whole.read(1000)
        if not chunk:
            raise OSError("connection reset")
        return chunk

    monkeypatch.setattr("django.test.client.FakePayload.read", cut)
    aline.patch(address, 0, BODY)
    monkeypatch.undo()
    assert aline.head(address)["Upload-Offset"] == "3000"
    assert aline.patch(address, 3000, BODY[3000:]).status_code == 204


def test_the_offset_is_what_the_disk_holds_whatever_the_database_says(
    cast: Cast, aline: Tus
) -> None:
    """A web process killed in the middle has written bytes whose row was never committed."""
    address = begun(aline)
    with tenant_scope(cast.coffre_a.id):
        upload = Upload.objects.get()
    incoming_path(upload.id).write_bytes(BODY[:777])
    assert aline.head(address)["Upload-Offset"] == "777"
    assert aline.patch(address, 777, BODY[777:]).status_code == 204


def test_a_whole_file_whose_last_answer_was_lost_is_deposited_at_the_next_look(
    cast: Cast, aline: Tus
) -> None:
    address = begun(aline)
    with tenant_scope(cast.coffre_a.id):
        upload = Upload.objects.get()
    incoming_path(upload.id).write_bytes(BODY)
    told = aline.head(address)
    assert told["Upload-Offset"] == str(len(BODY))
    again = aline.head(address)
    assert again["X-Deposit-Location"] == told["X-Deposit-Location"]
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1


def test_the_last_piece_sent_twice_makes_one_deposit(cast: Cast, aline: Tus) -> None:
    address = begun(aline)
    first = aline.patch(address, 0, BODY)
    second = aline.patch(address, len(BODY), b"")
    assert second.status_code == 204
    assert second["X-Deposit-Location"] == first["X-Deposit-Location"]
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1


def test_an_upload_given_up_leaves_nothing(
    cast: Cast, aline: Tus, django_capture_on_commit_callbacks: Any
) -> None:
    address = begun(aline)
    aline.patch(address, 0, BODY[:10])
    with tenant_scope(cast.coffre_a.id):
        path = incoming_path(Upload.objects.get().id)
    with django_capture_on_commit_callbacks(execute=True):
        assert aline.send("DELETE", address).status_code == 204
    assert not path.exists()
    assert aline.head(address).status_code == 404


def test_a_file_already_deposited_cannot_be_given_up(aline: Tus) -> None:
    address = begun(aline)
    aline.patch(address, 0, BODY)
    assert aline.send("DELETE", address).status_code == 403


def test_a_post_may_stand_for_another_method(aline: Tus) -> None:
    address = begun(aline)
    answer = aline.send(
        "POST",
        address,
        b"abc",
        Upload_Offset="0",
        X_HTTP_Method_Override="PATCH",
        Content_Type=OCTETS,
    )
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "3")


def test_an_unknown_method_is_405(aline: Tus) -> None:
    assert aline.send("PUT", begun(aline)).status_code == 405


def test_an_expired_upload_is_410_then_its_space_is_taken_back(
    cast: Cast, aline: Tus, django_capture_on_commit_callbacks: Any
) -> None:
    address = begun(aline)
    later = clock.now() + uploads.LIFETIME * 2
    with clock.fixed(later):
        # Whoever comes back after so long signs in again.
        assert Tus(cast.client(cast.aline)).head(address).status_code == 410
        with tenant_scope(cast.coffre_a.id):
            path = incoming_path(Upload.objects.get().id)
            with django_capture_on_commit_callbacks(execute=True):
                assert uploads.expire_uploads() == 1
    assert not path.exists()


def test_a_job_takes_the_space_back_and_waits_for_the_next(cast: Cast, aline: Tus) -> None:
    begun(aline)
    with clock.fixed(clock.now() + uploads.LIFETIME / 2):
        begun(Tus(cast.client(cast.aline)))
    with tenant_scope(cast.coffre_a.id):
        job = Job.objects.get(kind=uploads.EXPIRY_JOB)
        assert job.state == "waiting"
        Job.objects.update(state="queued", not_before=None)
    claim = claim_next("short", "test")
    assert claim is not None
    with clock.fixed(clock.now() + uploads.LIFETIME):
        answer = expire_tenant_uploads(claim)
    assert answer.kind is AdvanceKind.WAIT
    with tenant_scope(cast.coffre_a.id):
        assert Upload.objects.count() == 1
    with clock.fixed(clock.now() + uploads.LIFETIME * 2):
        assert expire_tenant_uploads(claim).kind is AdvanceKind.DONE
    with tenant_scope(cast.coffre_a.id):
        assert not Upload.objects.exists()


def test_files_of_no_upload_are_swept_after_a_while(cast: Cast) -> None:
    orphan = incoming_path(cast.aline.id)
    orphan.write_bytes(b"left by a process that died")
    assert uploads.sweep_incoming() == 0
    with clock.fixed(clock.now() + uploads.LIFETIME * 3):
        assert uploads.sweep_incoming() >= 1
    assert not orphan.exists()


def test_strangers_readers_and_the_unknown(cast: Cast, aline: Tus) -> None:
    address = begun(aline)
    assert Tus(cast.client(cast.chloe)).head(address).status_code == 404
    assert Tus(cast.client(cast.basile)).head(address).status_code == 403
    assert Tus(cast.client(cast.basile)).create(10).status_code == 403
    assert Tus(cast.client(None)).create(10).status_code == 302


def test_a_colleagues_upload_is_as_good_as_unknown(cast: Cast, aline: Tus) -> None:
    address = begun(aline)
    with tenant_scope(cast.coffre_a.id):
        Upload.objects.update(account_id=cast.basile.id)
    assert aline.head(address).status_code == 404
    assert aline.patch(address, 0, b"x").status_code == 404


def test_a_request_without_its_csrf_token_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.aline)
    tus = Tus(client)
    assert tus.create(10).status_code == 403
    page = client.get("/deposer/")
    token = page.context["csrf_token"]
    answer = tus.send("POST", "/televersements/", Upload_Length="10", X_CSRFToken=str(token))
    assert answer.status_code == 201


def test_two_connections_on_one_upload_never_mix(committed_cast: Cast) -> None:
    """While one request writes, another is told 423 and the file is not touched."""
    cast = committed_cast
    tus = Tus(cast.client(cast.aline))
    address = begun(tus)
    with tenant_scope(cast.coffre_a.id):
        upload = Upload.objects.get()
    held, released = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with tenant_scope(cast.coffre_a.id):
                assert uploads.lock_upload(upload)
                held.set()
                released.wait(20)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        assert tus.patch(address, 0, BODY).status_code == 423
        assert tus.send("DELETE", address).status_code == 423
        assert tus.head(address)["Upload-Offset"] == "0"
    finally:
        released.set()
        holder.join()
    assert tus.patch(address, 0, BODY).status_code == 204


def test_names_of_files_are_plain() -> None:
    assert uploads.plain_file_name("C:\\Paquets\\avril.zip") == "avril.zip"
    assert uploads.plain_file_name("../../etc/passwd") == "passwd"
    assert uploads.plain_file_name("a\r\nSet-Cookie: x.zip") == "aSet-Cookie: x.zip"
    assert uploads.plain_file_name("") == "paquet"
    assert len(uploads.plain_file_name("é" * 600)) == 255
    assert Path(uploads.plain_file_name("..")).name == ".."
