"""The peers' API for ingest, as an existing client speaks it."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from ingest.models import Deposit
from ingest.uploads import incoming_folder
from ingest.workspace import Workspace
from sae.journal.services import open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken
from tests.builders.deposits import make_referentials, run_to_end
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

INGESTS = "/ingest-external/v1/ingests"
OCTETS = "application/octet-stream"


def make_token(coffre: Tenant, *, role: str = "head_archivist", **fields: Any) -> str:
    secret = ApiToken.new_secret()
    with tenant_scope(coffre.id):
        ApiToken.objects.create(
            name="Pastell",
            prefix=secret[:8],
            token_sha256=ApiToken.digest(secret),
            role=role,
            created_at=clock.now(),
            **fields,
        )
    return secret


class Application:
    """A client of the API, with its token and its coffre."""

    def __init__(self, coffre: Tenant, secret: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"X-Tenant-Id": str(coffre.number), "Authorization": f"Bearer {secret}"}

    def send(self, method: str, address: str, body: bytes = b"", **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method, address, body, content_type=OCTETS, headers={**self.headers, **given}
        )

    def deposit(self, body: bytes, **headers: str) -> Any:
        given = {"X_Action": "RESUME", "X_Context_Id": "DEFAULT_WORKFLOW", **headers}
        return self.send("POST", INGESTS, body, **given)


@pytest.fixture
def pastell(cast: Cast) -> Application:
    return Application(cast.coffre_a, make_token(cast.coffre_a))


@pytest.fixture
def package(tmp_path: Path) -> bytes:
    builder = SipBuilder().unit("Actes", level="File").unit("Arrêté", parent="Actes")
    return builder.binary(b"Arrete.\n", name="a.txt").zip(tmp_path / "sip.zip").read_bytes()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = set(incoming_folder().iterdir())
    yield
    assert set(incoming_folder().iterdir()) <= before


def test_a_package_is_deposited_followed_and_its_reply_fetched(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    make_referentials(cast.coffre_a)
    answer = pastell.deposit(package)
    assert (answer.status_code, answer.content) == (202, b"")
    operation = answer["X-Request-Id"]
    assert len(operation) == 36
    assert answer["X-Global-Execution-State"] == "RUNNING"
    assert answer["X-Global-Execution-Status"] == "UNKNOWN"
    assert answer["X-Context-Id"] == "DEFAULT_WORKFLOW"
    follow = f"/admin-external/v1/operations/{operation}"
    running = pastell.send("HEAD", follow)
    assert (running.status_code, running["X-Global-Execution-State"]) == (202, "RUNNING")
    assert pastell.send("GET", f"{INGESTS}/{operation}/archivetransferreply").status_code == 404

    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert (str(made.id), made.source, made.action) == (operation, "api", "ingest")
    assert run_to_end(cast.coffre_a, made.id).outcome == "OK"

    ended = pastell.send("HEAD", follow)
    assert (ended.status_code, ended.content) == (200, b"")
    assert ended["X-Global-Execution-State"] == "COMPLETED"
    assert ended["X-Global-Execution-Status"] == "OK"
    for name in ("archivetransferreply", "reports"):
        reply = pastell.send("GET", f"{INGESTS}/{operation}/{name}")
        assert reply.status_code == 200
        root = etree.fromstring(b"".join(reply))
        assert root.findtext("{*}ReplyCode") == "OK"
        assert root.findtext("{*}MessageIdentifier") == operation
        assert reply["X-Request-Id"] == operation
    manifest = pastell.send("GET", f"{INGESTS}/{operation}/manifests")
    assert b"<ArchiveTransfer" in b"".join(manifest)


def test_the_detail_of_an_operation_tells_its_steps(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    make_referentials(cast.coffre_a)
    operation = pastell.deposit(package)["X-Request-Id"]
    with tenant_scope(cast.coffre_a.id):
        run_to_end(cast.coffre_a, Deposit.objects.get().id)
    answer = pastell.send("GET", f"/admin-external/v1/operations/{operation}")
    body = answer.json()
    assert (body["httpCode"], body["$hits"]["total"]) == (200, 1)
    (found,) = body["$results"]
    assert (found["itemId"], found["globalState"], found["globalStatus"]) == (
        operation,
        "COMPLETED",
        "OK",
    )
    step = found["itemsStatus"]["STP_INGEST_CONTROL_SIP"]
    assert step["globalStatus"] == "OK"
    assert step["itemsStatus"]["CHECK_SEDA"]["globalStatus"] == "OK"
    assert sum(found["statusMeter"]) == 13


@pytest.mark.parametrize(
    ("context", "action"),
    [
        ("BLANK_TEST", "blank_test"),
        ("HOLDING_SCHEME", "holding_scheme"),
        ("FILING_SCHEME", "filing_scheme"),
    ],
)
def test_the_workflow_is_chosen_by_its_context(
    cast: Cast, pastell: Application, context: str, action: str
) -> None:
    answer = pastell.deposit(b"x", X_Context_Id=context)
    assert (answer.status_code, answer["X-Context-Id"]) == (202, context)
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.get().action == action


@pytest.mark.parametrize(
    "headers", [{"X_Context_Id": "AUTRE"}, {"X_Action": "PAUSE"}, {"Idempotency_Key": "k" * 201}]
)
def test_what_is_not_understood_is_400_and_nothing_is_kept(
    cast: Cast, pastell: Application, headers: dict[str, str]
) -> None:
    answer = pastell.deposit(b"x", **headers)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["httpCode"], body["state"], body["context"]) == (400, "KO", "ingest-external")
    assert body["description"]
    assert len(answer["X-Request-Id"]) == 36
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


def test_the_digest_of_the_manifest_is_checked(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    make_referentials(cast.coffre_a)
    pastell.deposit(package, X_Manifest_Digest_Algo="SHA-512", X_Manifest_Digest_Value="00")
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert made.manifest_digest_algorithm == "SHA-512"
    assert run_to_end(cast.coffre_a, made.id).outcome == "KO"


def test_a_request_sent_again_with_its_key_has_one_effect(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    first = pastell.deposit(package, Idempotency_Key="flux-147")
    again = pastell.deposit(package, Idempotency_Key="flux-147")
    other = pastell.deposit(package, Idempotency_Key="flux-148")
    assert first["X-Request-Id"] == again["X-Request-Id"] != other["X-Request-Id"]
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 2


def test_what_is_received_is_what_was_sent(cast: Cast, pastell: Application) -> None:
    body = hashlib.sha512(b"seed").digest() * 40_000
    operation = pastell.deposit(body, Content_Disposition='attachment; filename="../a b.zip"')
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get(id=operation["X-Request-Id"])
    assert made.file_name == "a b.zip"
    assert made.file_size == len(body)
    assert Workspace(cast.coffre_a.id, made.id).package.read_bytes() == body


def test_a_chunked_body_is_read_to_its_end(cast: Cast, pastell: Application) -> None:
    """Java clients send no length; the server in front says that its stream ends by itself."""
    answer = pastell.client.generic(
        "POST",
        INGESTS,
        content_type=OCTETS,
        headers={**pastell.headers, "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
        **{"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"0123456789" * 1000)},
    )
    assert answer.status_code == 202
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.get().file_size == 10_000


def test_a_body_cut_is_refused_and_leaves_nothing(
    cast: Cast, pastell: Application, monkeypatch: Any
) -> None:
    pieces = [b"x" * 1000]

    def cut(self: Any, size: int = -1) -> bytes:
        return pieces.pop() if pieces else b""

    monkeypatch.setattr("django.test.client.FakePayload.read", cut)
    assert pastell.deposit(b"x" * 5000).status_code == 400
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


def test_too_large_a_package_is_413(pastell: Application, settings: Any) -> None:
    settings.TUS_MAX_SIZE = 100
    assert pastell.deposit(b"x" * 101).status_code == 413


# Who calls ------------------------------------------------------------------------------------


def test_the_tenant_must_be_a_number(cast: Cast, pastell: Application) -> None:
    for value in ("", "un", "-1", "1.5", "9" * 30):
        answer = pastell.send(
            "HEAD", f"/admin-external/v1/operations/{new_id()}", X_Tenant_Id=value
        )
        assert answer.status_code == 412, value
    del pastell.headers["X-Tenant-Id"]
    assert pastell.deposit(b"x").status_code == 412


def test_an_unknown_tenant_and_one_that_the_token_does_not_open_are_alike(
    cast: Cast, pastell: Application
) -> None:
    unknown = pastell.deposit(b"x", X_Tenant_Id="987654")
    other = pastell.deposit(b"x", X_Tenant_Id=str(cast.coffre_b.number))
    assert unknown.status_code == other.status_code == 401
    assert unknown.json() == other.json() == {"Error": "X-Tenant-Id check failed!"}


@pytest.mark.parametrize("given", ["", "Bearer ", "Basic dGVzdA==", "Bearer sae_autre"])
def test_without_a_good_token_nothing_is_received(
    cast: Cast, pastell: Application, given: str
) -> None:
    answer = pastell.deposit(b"x", Authorization=given)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


def test_a_revoked_token_opens_nothing(cast: Cast) -> None:
    secret = make_token(cast.coffre_a, revoked_at=clock.now())
    assert Application(cast.coffre_a, secret).deposit(b"x").status_code == 401


def test_a_token_without_the_right_is_told_why(cast: Cast) -> None:
    reader = Application(cast.coffre_a, make_token(cast.coffre_a, role="reader"))
    answer = reader.deposit(b"x")
    assert answer.status_code == 403
    assert "déposer un paquet" in answer.json()["description"]


def test_operations_of_another_coffre_are_unknown(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    operation = pastell.deposit(package)["X-Request-Id"]
    stranger = Application(cast.coffre_b, make_token(cast.coffre_b))
    for address in (
        f"/admin-external/v1/operations/{operation}",
        f"{INGESTS}/{operation}/archivetransferreply",
        f"{INGESTS}/{operation}/manifests",
    ):
        answer = stranger.send("GET", address)
        unknown = stranger.send("GET", address.replace(operation, str(new_id())))
        assert (answer.status_code, answer.content) == (404, unknown.content)


def test_a_session_of_the_site_opens_no_door_here(cast: Cast) -> None:
    client = cast.client(cast.aline)
    answer = client.post(INGESTS, b"x", content_type=OCTETS, headers={"X-Tenant-Id": "1"})
    assert answer.status_code == 401


def test_the_last_use_of_a_token_is_noted(cast: Cast, pastell: Application) -> None:
    pastell.send("HEAD", f"/admin-external/v1/operations/{new_id()}")
    with tenant_scope(cast.coffre_a.id):
        assert ApiToken.objects.get().last_used_at is not None


# Connection tests -----------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["ingest-external", "admin-external"])
def test_a_client_tests_its_connection(cast: Cast, service: str) -> None:
    client = Client()
    options = client.options(f"/{service}/v1/")
    assert options.status_code == 200
    assert {"endpoint", "verb"} <= set(options.json()[0])
    status = client.get(f"/{service}/v1/status")
    assert (status.status_code, status.content) == (204, b"")
    assert len(status["X-Request-Id"]) == 36


def test_a_method_of_no_use_is_405(pastell: Application) -> None:
    answer = pastell.send("DELETE", INGESTS)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


# Referentials ---------------------------------------------------------------------------------


def test_agencies_are_imported_read_and_refused(cast: Cast, pastell: Application) -> None:
    good = b"Identifier,Name,Description\nSP-1,Voirie,Service\n"
    answer = pastell.send("POST", "/admin-external/v1/agencies", good, X_Filename="a.csv")
    assert answer.status_code == 201
    assert len(answer["X-Request-Id"]) == 36
    found = pastell.send("GET", "/admin-external/v1/agencies/SP-1").json()
    assert found["$results"][0]["Name"] == "Voirie"
    bad = pastell.send("POST", "/admin-external/v1/agencies", b"Identifier;Name\n")
    assert (bad.status_code, bad.json()["state"]) == (400, "KO")
    assert pastell.send("GET", "/admin-external/v1/inconnu").status_code == 404


def test_a_read_only_token_changes_no_referential(cast: Cast) -> None:
    auditor = Application(cast.coffre_a, make_token(cast.coffre_a, role="auditor"))
    assert auditor.send("POST", "/admin-external/v1/agencies", b"x").status_code == 403


ADMIN = "/admin-external/v1"
CONTRACT = b'[{"Identifier": "CA-1", "Name": "Tout", "EveryOriginatingAgency": true}]'
CONTEXT = (
    b'[{"Identifier": "CT-1", "Name": "Tout", "SecurityProfile": "SEC_PROFILE-000001",'
    b' "Status": "ACTIVE", "Permissions": []}]'
)
PROFILE = b'[{"Identifier": "SP-TOUT", "Name": "Tout", "FullAccess": true}]'


@pytest.mark.parametrize(
    ("method", "path", "body", "refused", "admitted"),
    [
        ("POST", "agencies", b"Identifier,Name,Description\nA,A,\n", "archivist", "head_archivist"),
        ("POST", "agenciesfile", b"Identifier,Name,Description\nA,A,\n", "archivist",
         "head_archivist"),
        # What says who sees what is not changed by all who keep referentials.
        ("POST", "accesscontracts", CONTRACT, "head_archivist", "coffre_administrator"),
        ("POST", "contexts", CONTEXT, "head_archivist", "coffre_administrator"),
        ("POST", "securityprofiles", PROFILE, "head_archivist", "coffre_administrator"),
        ("PUT", "accesscontracts/X", b"{}", "head_archivist", "coffre_administrator"),
        ("PUT", "contexts/X", b"{}", "head_archivist", "coffre_administrator"),
        ("PUT", "securityprofiles/X", b"{}", "head_archivist", "coffre_administrator"),
        ("PUT", "ingestcontracts/X", b"{}", "archivist", "head_archivist"),
        ("GET", "accesscontracts", b"", "reader", "archivist"),
        ("GET", "rulesreferential/x", b"", "reader", "archivist"),
        ("GET", "operations", b"", "reader", "depositor"),
    ],
)  # fmt: skip
def test_a_key_asks_what_the_screens_ask(
    cast: Cast, method: str, path: str, body: bytes, refused: str, admitted: str
) -> None:
    """One with no security profile too: nothing else limits it."""
    answers = {
        role: Application(cast.coffre_a, make_token(cast.coffre_a, role=role)).send(
            method, f"{ADMIN}/{path}", body
        )
        for role in (refused, admitted)
    }
    assert answers[refused].status_code == 403
    assert "Aucun de vos profils" in answers[refused].json()["description"]
    assert answers[admitted].status_code in (200, 201, 404), answers[admitted].content


def test_a_method_written_in_a_header_asks_as_much(cast: Cast) -> None:
    key = Application(cast.coffre_a, make_token(cast.coffre_a))
    answer = key.send("POST", f"{ADMIN}/accesscontracts/X", b"{}", X_Http_Method_Override="PUT")
    assert answer.status_code == 403


def test_an_operation_is_read_by_who_may_read_it_on_the_screens(
    cast: Cast, pastell: Application, package: bytes
) -> None:
    deposit = pastell.deposit(package)["X-Request-Id"]
    agencies = b"Identifier,Name,Description\nSP-1,Voirie,\n"
    imported = pastell.send("POST", f"{ADMIN}/agencies", agencies)["X-Request-Id"]
    with tenant_scope(cast.coffre_a.id):
        other = str(open_operation(type="API_TOKEN_CREATE", category="APPLICATION").id)
    expected = {
        "depositor": (202, 200, 403),
        "auditor": (403, 403, 202),
        "archivist": (202, 200, 202),
        "reader": (403, 403, 403),
    }
    for role, statuses in expected.items():
        key = Application(cast.coffre_a, make_token(cast.coffre_a, role=role))
        found = tuple(
            key.send("HEAD", f"{ADMIN}/operations/{one}").status_code
            for one in (deposit, imported, other)
        )
        assert found == statuses, role


def test_a_search_with_a_body_is_a_get_in_disguise(cast: Cast, pastell: Application) -> None:
    body = b'{"$query": {}, "$filter": {}, "$projection": {}}'
    plain = pastell.send("GET", "/admin-external/v1/rules", body)
    disguised = pastell.send("POST", "/admin-external/v1/rules", body, X_Http_Method_Override="GET")
    assert plain.status_code == disguised.status_code == 200
    assert plain.json()["$hits"]["total"] == disguised.json()["$hits"]["total"] == 0
