"""Line 29: the journal of real deposits, tampered with behind the application's back, and not."""

import io
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ingest.models import Deposit
from sae.journal import verification
from sae.journal.chain import Break, BreakKind, Head
from sae.journal.models import Event
from sae.journal.services import append_event, close_operation, open_operation
from sae.journal.verification import verify_tenant
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk
from tests.services import ServiceEnv


@pytest.fixture
def superuser(committed_db: None, services: ServiceEnv) -> Iterator[psycopg.Connection]:
    """Whoever holds the database: no trigger, no policy, no grant stops them."""
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        yield admin


@pytest.fixture
def made(desk: Desk, tmp_path: Path) -> Deposit:
    package = SipBuilder().unit("Dossier").unit("Pièce", parent="Dossier").binary(b"x")
    desk.deposit(package.zip(tmp_path / "sip.zip"))
    return desk.deposit(package.zip(tmp_path / "sip.zip"))


DISHONESTY = {
    "edited": (
        "UPDATE journal_event SET detail = jsonb_set(detail, '{counts}', '{\"OK\": 9}') "
        "WHERE operation_id = %(deposit)s AND code = 'CHECK_DIGEST'",
        BreakKind.EDITED,
    ),
    "deleted": (
        "DELETE FROM journal_event WHERE operation_id = %(deposit)s AND code = 'CHECK_DIGEST'",
        BreakKind.DELETED,
    ),
    "tail cut": (
        "DELETE FROM journal_event WHERE operation_id = %(deposit)s "
        "AND code IN ('PROCESS_SIP_UNITARY', 'STP_INGEST_FINALISATION') AND outcome = 'OK'",
        None,
    ),
    "operation's row": (
        "UPDATE journal_operation SET outcome = 'WARNING' WHERE id = %(deposit)s",
        BreakKind.OPERATION,
    ),
    "history of a unit": (
        "UPDATE journal_lifecycleentry SET outcome = 'WARNING' WHERE operation_id = %(deposit)s "
        "AND subject_kind = 'unit'",
        BreakKind.LIFE_CYCLE,
    ),
    "history deleted": (
        "DELETE FROM journal_lifecycleentry WHERE operation_id = %(deposit)s AND sequence = 1",
        BreakKind.LIFE_CYCLE,
    ),
}


@pytest.mark.parametrize("act", DISHONESTY)
def test_what_a_superuser_changes_is_named(
    desk: Desk, made: Deposit, superuser: psycopg.Connection, act: str
) -> None:
    call_command("journal", "verify", tenant=desk.coffre.number, stdout=io.StringIO())
    statement, kind = DISHONESTY[act]
    assert superuser.execute(statement, {"deposit": made.id}).rowcount
    broken = verify_tenant(desk.coffre.id).broken
    assert broken is not None
    with tenant_scope(desk.coffre.id):
        first = Event.objects.filter(operation_id=made.id).earliest("sequence").sequence
    assert broken.sequence >= first
    assert kind in (None, broken.kind)
    said = io.StringIO()
    with pytest.raises((CommandError, SystemExit)):
        call_command("journal", "verify", tenant=desk.coffre.number, stdout=said, stderr=said)


def test_a_journal_verified_while_it_is_written_is_not_accused(desk: Desk) -> None:
    stopped = threading.Event()

    def write() -> None:
        try:
            while not stopped.is_set():
                with tenant_scope(desk.coffre.id):
                    operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
                with tenant_scope(desk.coffre.id):
                    append_event(
                        operation=operation,
                        code="STP",
                        outcome=Outcome.OK,
                        master={"message_identifier": "M"},
                    )
                with tenant_scope(desk.coffre.id):
                    close_operation(operation=operation, outcome=Outcome.OK)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        found = [verify_tenant(desk.coffre.id).broken for _ in range(25)]
    finally:
        stopped.set()
        for writer in writers:
            writer.join()
    assert set(found) == {None}


def test_a_verification_sees_one_moment_of_the_journal(
    desk: Desk, made: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation that opens and closes between two of its looks belongs to the next run."""
    before = verify_tenant(desk.coffre.id)
    look = verification._anchor_break

    def another_one() -> None:
        try:
            with tenant_scope(desk.coffre.id):
                operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
                close_operation(operation=operation, outcome=Outcome.OK)
        finally:
            connection.close()

    def interrupted(tenant_id: uuid.UUID, head: Head) -> Break | None:
        writer = threading.Thread(target=another_one)
        writer.start()
        writer.join()
        return look(tenant_id, head)

    monkeypatch.setattr(verification, "_anchor_break", interrupted)
    during = verify_tenant(desk.coffre.id)
    assert during.broken is None
    assert (during.events, during.operations) == (before.events, before.operations)
    monkeypatch.undo()
    assert verify_tenant(desk.coffre.id).operations == before.operations + 1
