"""Operations that took place elsewhere, written in the journal by the application they are of."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse

from ingest.external.external_journal import LARGEST_BODY
from sae.journal.models import Event, Operation
from sae.journal.selectors import event_tree, events_of
from sae.journal.verification import verify_tenant
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.applications.services import issue_token, rotate_token
from tenants.models import Context, SecurityProfile
from tenants.rights.ready import READY
from tests.access.test_screens import text_of
from tests.builders.people import Cast, make_cast
from tests.ingest.test_external import Application, make_token
from tests.ingest.test_told_operations import event, told

ADDRESS = "/admin-external/v1/logbookoperations"


def tell(application: Application, document: Any, **headers: str) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return application.send("POST", ADDRESS, body, **headers)


def written(coffre: Tenant) -> list[Operation]:
    """Return the operations of applications in a coffre, once its journal was verified."""
    verification = verify_tenant(coffre.id)
    assert verification.broken is None
    with tenant_scope(coffre.id):
        return list(Operation.objects.filter(type="EXTERNAL_OPERATION").order_by("id"))


@pytest.fixture
def portal(cast: Cast) -> Application:
    return Application(cast.coffre_a, make_token(cast.coffre_a))


FRONT_OFFICE = told(
    eventIdentifier="67b0c1",
    eventType="EXT_VITAMUI_UPDATE_USER",
    eventIdentifierProcess="67b0c1",
    outcomeDetailMessage="L’utilisateur a été modifié",
    agentIdentifierApplicationSession="USERS_APP:5043309c:Utilisateurs:216:-:3",
    eventIdentifierRequest="5043309c-c8d7-4bc9-bfcc-bd20852ce90e",
    events=[
        event(
            eventIdentifier=f"67b0c{rank}",
            eventType=kind,
            eventIdentifierProcess="67b0c1",
            eventTypeProcess="EXTERNAL_LOGBOOK",
            outcome=outcome,
            outcomeDetail=f"{kind}.{outcome}",
            outcomeDetailMessage="Modifié",
            eventDetailData=json.dumps({"diff": {"-Nom": "-", "+Nom": "-"}}),
            eventDateTime=f"2026-03-31T08:00:0{rank}.164438Z",
            objectIdentifier="216",
            objectIdentifierRequest="users",
        )
        for rank, (kind, outcome) in enumerate(
            [
                ("EXT_VITAMUI_UPDATE_GROUP", "STARTED"),
                ("EXT_VITAMUI_UPDATE_GROUP", "STARTED"),
                ("EXT_VITAMUI_UPDATE_GROUP", "KO"),
                ("EXT_VITAMUI_UPDATE_USER", "OK"),
            ]
        )
    ],
)
"""What the known front office sends: the first event told again as the last, no date above."""


def test_it_is_written_as_one_closed_operation_of_the_application(
    cast: Cast, portal: Application
) -> None:
    before = clock.now()
    answer = tell(portal, FRONT_OFFICE)
    assert answer.status_code == 201
    assert answer.json()["httpCode"] == 201
    assert answer.json()["$results"] == []
    (operation,) = written(cast.coffre_a)
    assert answer["X-Request-Id"] == str(operation.id)
    assert answer["X-Global-Execution-State"] == "COMPLETED"
    assert answer["X-Global-Execution-Status"] == "KO"
    assert operation.id.version == 7
    assert (operation.category, operation.state, operation.outcome) == (
        "EXTERNAL_LOGBOOK",
        "COMPLETED",
        "KO",
    )
    assert operation.message_identifier == "67b0c1"
    assert operation.application_id == str(operation.agent_id)
    assert set(operation.detail) == {"sha512"}
    assert len(operation.detail["sha512"]) == 128
    with tenant_scope(cast.coffre_a.id):
        opening, statement, *told_events, closing = events_of(operation.id)
        nodes = event_tree(operation)
    assert (opening.code, closing.outcome_detail) == ("EXTERNAL_OPERATION", "EXTERNAL_OPERATION.KO")
    assert statement.outcome_detail == "EXTERNAL_STATEMENT.EXT_VITAMUI_UPDATE_USER.OK"
    texts = {name: value for name, value in FRONT_OFFICE.items() if name != "events"}
    assert statement.detail == texts
    assert [one.detail for one in told_events] == FRONT_OFFICE["events"]
    assert [one.outcome_detail for one in told_events] == [
        "EXTERNAL_EVENT.EXT_VITAMUI_UPDATE_GROUP.STARTED.OK",
        "EXTERNAL_EVENT.EXT_VITAMUI_UPDATE_GROUP.STARTED.OK",
        "EXTERNAL_EVENT.EXT_VITAMUI_UPDATE_GROUP.KO",
        "EXTERNAL_EVENT.EXT_VITAMUI_UPDATE_USER.OK",
    ]
    # Dates of the journal are the journal's; those told are told.
    assert all(before <= one.occurred_at <= clock.now() for one in told_events)
    # Each event apart, none joined to another nor taken for interrupted.
    assert [node.outcome.name for node in nodes] == ["OK", "OK", "OK", "KO", "OK"]
    assert not any(node.interrupted or node.is_running for node in nodes)


def test_a_beginning_without_an_end_is_closed_with_a_warning(
    cast: Cast, portal: Application
) -> None:
    assert tell(portal, told(outcome="STARTED")).status_code == 201
    (operation,) = written(cast.coffre_a)
    assert (operation.state, operation.outcome) == ("COMPLETED", "WARNING")
    with tenant_scope(cast.coffre_a.id):
        closing = events_of(operation.id).last()
    assert closing is not None
    assert closing.detail["reason"] == "end_not_told"


@pytest.mark.parametrize(
    ("document", "status", "code", "words"),
    [
        (told(eventTypeProcess="AUDIT"), 400, "NOT_EXTERNAL_PROCESS", "« AUDIT »"),
        (told(outcome=None), 400, "MISSING", "« outcome » est obligatoire."),
        (told(couleur="x"), 400, "UNKNOWN_FIELD", "« couleur »"),
        (told(outcomeDetailMessage="a@b.fr"), 400, "PERSONAL", "aucune donnée personnelle"),
        (told(events=[event(outcome="?")]), 400, "NOT_IN_LIST", "« events[0].outcome »"),
        (told(objectIdentifier="\ud800"), 400, "UNREADABLE", "« objectIdentifier »"),
        (told(**{"\ud800": "x"}), 400, "UNKNOWN_FIELD", "n’est pas prévu"),
        (told(outcome="\ud800"), 400, "UNREADABLE", "« outcome »"),
        (told(objectIdentifier="<b>"), 412, "MARKUP", "« objectIdentifier » contient du HTML"),
        (b'{"outcome": "OK",}', 412, "NOT_JSON", "(ligne 1, colonne"),
        (b"\xff", 400, "NOT_UTF8", "UTF-8"),
        (b"[]", 400, "NOT_OBJECT", "« le corps »"),
        (b"%PDF-1.7", 400, "NOT_TEXT", "pas du texte"),
    ],
)
def test_a_refusal_says_what_and_where_and_nothing_is_written(
    cast: Cast, portal: Application, document: Any, status: int, code: str, words: str
) -> None:
    answer = tell(portal, document)
    assert answer.status_code == status
    body = answer.json()
    assert (body["httpCode"], body["state"], body["context"]) == (status, "KO", "admin-external")
    first = body["errors"][0]
    assert first["code"] == f"EXTERNAL_LOGBOOK.{code}.KO"
    assert words in first["description"]
    assert first["description"] in body["description"]
    assert len(answer["X-Request-Id"]) == 36
    with tenant_scope(cast.coffre_a.id):
        assert not Operation.objects.exists()
        assert not Event.objects.exists()


def test_every_fault_is_answered_at_once(portal: Application) -> None:
    document = told(eventTypeProcess="AUDIT", events=[event(outcome="?"), event(eventType="X")])
    errors = tell(portal, document).json()["errors"]
    assert [one["code"].split(".")[1] for one in errors] == [
        "NOT_EXTERNAL_PROCESS",
        "NOT_IN_LIST",
        "NOT_EXTERNAL_TYPE",
    ]


def test_too_large_a_body_is_413(cast: Cast, portal: Application) -> None:
    answer = tell(portal, b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert "1024 Kio" in answer.json()["description"]
    assert written(cast.coffre_a) == []


def test_no_other_method_is_admitted(portal: Application) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = portal.send(method, ADDRESS)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


class TestToldAgain:
    def test_the_same_operation_is_answered(self, cast: Cast, portal: Application) -> None:
        first = tell(portal, FRONT_OFFICE)
        again = tell(portal, dict(reversed(FRONT_OFFICE.items())))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first["X-Request-Id"] == again["X-Request-Id"]
        assert len(written(cast.coffre_a)) == 1

    def test_something_else_under_the_same_identifier_is_409(
        self, cast: Cast, portal: Application
    ) -> None:
        tell(portal, told())
        other = tell(portal, told(outcome="KO"))
        assert other.status_code == 409
        assert "op-1" in other.json()["description"]
        (operation,) = written(cast.coffre_a)
        assert operation.outcome == "OK"

    def test_identifiers_of_another_application_are_its_own(
        self, cast: Cast, portal: Application
    ) -> None:
        other = Application(cast.coffre_a, make_token(cast.coffre_a))
        assert tell(portal, told()).status_code == 201
        assert tell(other, told(outcome="KO")).status_code == 201
        one, two = written(cast.coffre_a)
        assert one.application_id != two.application_id

    def test_an_application_stays_the_same_when_its_key_is_renewed(self, cast: Cast) -> None:
        coffre = cast.coffre_a
        with tenant_scope(coffre.id):
            first = issue_token(name="Portail", role="head_archivist")
            until = clock.now() + dt.timedelta(days=1)
            second = rotate_token(first.token.id, old_until=until)
            third = rotate_token(second.token.id, old_until=until)
        answers = {
            tell(Application(coffre, one.secret), told())["X-Request-Id"]
            for one in (first, second, third)
        }
        (operation,) = written(coffre)
        assert answers == {str(operation.id)}
        assert operation.application_id == str(first.token.id)

    def test_the_identifier_is_compared_whole(self, cast: Cast, portal: Application) -> None:
        for end in ("a", "b"):
            document = told(eventIdentifier="x" * 255 + end)
            assert tell(portal, document).status_code == 201
        assert len(written(cast.coffre_a)) == 2


def test_told_twice_at_the_same_moment_it_is_written_once(committed_db: None) -> None:
    cast = make_cast()
    secret = make_token(cast.coffre_a)

    def once(_turn: int) -> tuple[int, str]:
        try:
            answer = tell(Application(cast.coffre_a, secret), FRONT_OFFICE)
            return answer.status_code, answer["X-Request-Id"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(once, range(8)))
    (operation,) = written(cast.coffre_a)
    assert answers == {(201, str(operation.id))}


class TestWhoMay:
    @pytest.mark.parametrize("role", READY)
    def test_the_right_to_write_is_not_the_right_to_read(self, cast: Cast, role: str) -> None:
        may = {"administrator", "head_archivist", "coffre_administrator"}
        answer = tell(Application(cast.coffre_a, make_token(cast.coffre_a, role=role)), told())
        assert answer.status_code == (201 if role in may else 403)
        if role not in may:
            assert "écrire au journal" in answer.json()["description"]
        assert len(written(cast.coffre_a)) == (role in may)

    @pytest.mark.parametrize(
        ("permission", "status"),
        [("logbookoperations:create", 201), ("logbookoperations:read", 403)],
    )
    def test_the_security_profile_names_the_call(
        self, cast: Cast, permission: str, status: int
    ) -> None:
        moment = {"created_at": clock.now(), "updated_at": clock.now()}
        with tenant_scope(cast.coffre_a.id):
            SecurityProfile.objects.create(
                identifier="SP-1", name="Journal", permissions=[permission], **moment
            )
            Context.objects.create(
                identifier="CT-1", name="x", security_profile="SP-1", status="ACTIVE", **moment
            )
        secret = make_token(cast.coffre_a, context_id="CT-1")
        assert tell(Application(cast.coffre_a, secret), told()).status_code == status
        assert [one.application_id for one in written(cast.coffre_a)] == ["CT-1"] * (status == 201)

    def test_a_key_writes_in_its_own_coffre_alone(self, cast: Cast, portal: Application) -> None:
        portal.headers["X-Tenant-Id"] = str(cast.coffre_b.number)
        stranger = tell(portal, told())
        portal.headers["X-Tenant-Id"] = "999999"
        unknown = tell(portal, told())
        assert (stranger.status_code, stranger.content) == (401, unknown.content)
        assert written(cast.coffre_a) == written(cast.coffre_b) == []

    def test_the_same_identifier_in_another_coffre_is_another_operation(
        self, cast: Cast, portal: Application
    ) -> None:
        neighbour = Application(cast.coffre_b, make_token(cast.coffre_b))
        here = tell(portal, told())["X-Request-Id"]
        there = tell(neighbour, told(outcome="KO"))
        assert there.status_code == 201
        assert [str(one.id) for one in written(cast.coffre_a)] == [here]
        assert [one.outcome for one in written(cast.coffre_b)] == ["KO"]
        follow = f"/admin-external/v1/operations/{here}"
        assert portal.send("HEAD", follow).status_code == 200
        assert neighbour.send("HEAD", follow).status_code == 404


class TestShown:
    def test_the_journal_names_it_and_says_whose_words_they_are(
        self, cast: Cast, portal: Application
    ) -> None:
        # The code of one of our own acts, dressed as theirs, is never said as ours.
        disguised = told(eventType="EXT_PROCESS_SIP_UNITARY", eventIdentifier="=1+1", events=[
            event(eventType="EXT_CHECK_SEDA", outcomeDetailMessage="2 < 10 & plus")
        ])  # fmt: skip
        tell(portal, disguised)
        (operation,) = written(cast.coffre_a)
        auditor = cast.client(cast.auditor_a)
        listing = text_of(auditor.get(reverse("journal"), {"q": "application externe"}))
        assert "Opération d’une application externe" in listing
        assert "Application externe" in listing
        page = auditor.get(reverse("operation", args=[operation.id]))
        shown = text_of(page)
        assert "Événement dit par l’application" in shown
        assert "EXTERNAL_EVENT.EXT_CHECK_SEDA.OK" in shown
        assert f"Application {operation.application_id}" in shown
        assert b"2 &lt; 10 &amp; plus" in page.content
        assert "Contrôle du bordereau" not in shown
        assert "Entrée" not in shown.partition("Événements")[2]
        stranger = cast.client(cast.chloe)
        assert stranger.get(reverse("operation", args=[operation.id])).status_code == 404

    def test_exports_carry_it_whole(self, cast: Cast, portal: Application) -> None:
        tell(portal, {**FRONT_OFFICE, "eventIdentifier": "=cmd()"})
        auditor = cast.client(cast.auditor_a)
        streamed: Any = auditor.get(reverse("journal_json"))
        (document,) = json.loads(b"".join(streamed.streaming_content))
        assert (document["evType"], document["evTypeProc"], document["obIdIn"]) == (
            "EXTERNAL_OPERATION",
            "EXTERNAL_LOGBOOK",
            "=cmd()",
        )
        statement, *details, _closing = [
            json.loads(one["evDetData"] or "{}") for one in document["events"]
        ]
        assert statement["eventType"] == "EXT_VITAMUI_UPDATE_USER"
        assert details == FRONT_OFFICE["events"]
        assert [one["outMessg"] for one in document["events"][:2]] == [
            "Ce que dit l’application : succès",
            "Événement dit par l’application : début",
        ]
        streamed = auditor.get(reverse("journal_csv"))
        lines = b"".join(streamed.streaming_content).decode()
        assert "'=cmd()" in lines
        assert "Opération d’une application externe" in lines
