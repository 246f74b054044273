"""What is written, with the change that it tells, as the application's role."""

import contextlib
import itertools
import threading
import uuid

import pytest
from django.db import connection

from sae.journal.chain import GENESIS
from sae.journal.models import Event, JournalHead, Operation
from sae.journal.selectors import build_tree, event_tree, events_of, find_operation, operations
from sae.journal.services import (
    EventDraft,
    OperationClosedError,
    append_event,
    append_events,
    close_operation,
    open_operation,
)
from sae.journal.verification import verify_tenant
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope


def open_deposit(**others):
    return open_operation(type="PROCESS_SIP_UNITARY", category="INGEST", **others)


def test_an_operation_opens_goes_on_and_closes(tenant):
    account = uuid.uuid4()
    with tenant_scope(tenant.id):
        operation = open_deposit(agent_id=account, detail={"contract": "IC-000001"})
    with tenant_scope(tenant.id):
        append_event(
            operation=operation,
            code="CHECK_HEADER",
            outcome=Outcome.OK,
            master={"message_identifier": "MSG-1", "detail": {"agency": "FRAN_NP_1"}},
        )
    with tenant_scope(tenant.id):
        close_operation(operation=operation, outcome=Outcome.WARNING)
    with tenant_scope(tenant.id):
        kept = find_operation(operation.id)
        assert (kept.state, kept.outcome, kept.agent_id) == ("COMPLETED", "WARNING", account)
        assert kept.message_identifier == "MSG-1"
        assert kept.detail == {"contract": "IC-000001", "agency": "FRAN_NP_1"}
        assert kept.ended_at is not None
        told = list(events_of(operation.id).values_list("sequence", "outcome_detail"))
        assert told == [
            (1, "PROCESS_SIP_UNITARY.STARTED"),
            (2, "CHECK_HEADER.OK"),
            (3, "PROCESS_SIP_UNITARY.WARNING"),
        ]
    assert verify_tenant(tenant.id).broken is None


def test_events_chain_across_operations_without_gap(tenant):
    with tenant_scope(tenant.id):
        first, second = open_deposit(), open_deposit()
        for operation in (second, first):
            append_events(
                [EventDraft(f"STEP_{number}", Outcome.OK) for number in range(3)],
                operation=operation,
            )
        rows = list(Event.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == list(range(1, 9))
    assert bytes(rows[0].previous_hash) == GENESIS
    for before, after in itertools.pairwise(rows):
        assert bytes(after.previous_hash) == bytes(before.hash)


def test_an_act_that_fails_leaves_neither_event_nor_gap(tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit()
    with contextlib.suppress(ZeroDivisionError), tenant_scope(tenant.id):
        append_event(operation=operation, code="STEP", outcome=Outcome.OK)
        1 / 0  # noqa: B018
    with tenant_scope(tenant.id):
        append_event(operation=operation, code="STEP", outcome=Outcome.OK)
        assert list(Event.objects.values_list("sequence", flat=True)) == [1, 2]
    assert verify_tenant(tenant.id).broken is None


def test_an_operation_that_is_over_takes_no_more_event(tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit()
        close_operation(operation=operation, outcome=Outcome.OK)
    with pytest.raises(OperationClosedError), tenant_scope(tenant.id):
        append_event(operation=operation, code="STEP", outcome=Outcome.OK)


def test_an_event_changes_of_its_operation_only_what_may_change(tenant):
    with pytest.raises(ValueError, match="agent_id"), tenant_scope(tenant.id):
        append_event(
            operation=open_deposit(),
            code="STEP",
            outcome=Outcome.OK,
            master={"agent_id": uuid.uuid4()},
        )


def test_coffres_have_each_their_own_chain(tenant, other_tenant):
    for each in (tenant, other_tenant, tenant):
        with tenant_scope(each.id):
            open_deposit()
    with tenant_scope(tenant.id):
        assert JournalHead.objects.get().sequence == 2
        assert operations().count() == 2
    with tenant_scope(other_tenant.id):
        assert list(Event.objects.values_list("sequence", flat=True)) == [1]


def test_a_stranger_finds_no_operation(tenant, other_tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit()
    with tenant_scope(other_tenant.id):
        assert find_operation(operation.id) is None


def test_acts_at_the_same_time_wait_for_each_other_and_leave_no_gap(tenant):
    failures = []

    def act():
        try:
            for _ in range(10):
                with tenant_scope(tenant.id):
                    operation = open_deposit()
                with tenant_scope(tenant.id):
                    close_operation(operation=operation, outcome=Outcome.OK)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    verification = verify_tenant(tenant.id)
    assert verification.broken is None
    assert (verification.events, verification.operations) == (80, 40)


def test_text_that_json_cannot_hold_does_not_break_the_chain(tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit(message_identifier="a\0b\ud800", detail={"file": "\0é\udcff"})
        append_event(
            operation=operation,
            code="STEP",
            outcome=Outcome.KO,
            detail={"seen": "\u2028 « \x01 » 😀", "number": 10**15},
        )
    assert verify_tenant(tenant.id).broken is None


def test_a_very_long_message_identifier_is_kept_and_found(tenant):
    identifier = "MSG" * 10_000
    with tenant_scope(tenant.id):
        operation = open_deposit(message_identifier=identifier)
        assert operations(message_identifier=identifier).get() == operation
        assert not operations(message_identifier=identifier[:200]).exists()


def test_operations_are_filtered_latest_first(tenant):
    with tenant_scope(tenant.id):
        first = open_deposit()
        second = open_operation(type="STP_IMPORT_RULES", category="MASTERDATA", parent_id=first.id)
        close_operation(operation=second, outcome=Outcome.KO)
        assert list(operations()) == [second, first]
        assert list(operations(categories=["MASTERDATA"])) == [second]
        assert list(operations(outcomes=["KO"], states=["COMPLETED"])) == [second]
        assert list(operations(parent_id=first.id)) == [second]
        assert list(operations(before=second.id)) == [first]
        assert list(operations(until=first.started_at)) == []


def test_steps_come_with_their_actions_and_durations(tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit()
        step = EventDraft("STP_INGEST_CONTROL_SIP", Outcome.STARTED)
        append_events(
            [
                step,
                EventDraft("CHECK_SEDA", Outcome.OK, parent_id=step.id, detail={"duration_ms": 42}),
                EventDraft("CHECK_HEADER", Outcome.KO, parent_id=step.id),
                EventDraft("STP_INGEST_CONTROL_SIP", Outcome.KO, detail={"duration_ms": 1500}),
            ],
            operation=operation,
        )
        close_operation(operation=operation, outcome=Outcome.KO)
        (node,) = event_tree(operation)
    assert (node.code, node.outcome, node.duration_ms) == (
        "STP_INGEST_CONTROL_SIP",
        Outcome.KO,
        1500,
    )
    assert [(child.code, child.outcome, child.duration_ms) for child in node.children] == [
        ("CHECK_SEDA", Outcome.OK, 42),
        ("CHECK_HEADER", Outcome.KO, None),
    ]


def test_a_step_taken_up_again_shows_the_one_that_was_interrupted():
    events = [
        Event(id=uuid.uuid4(), code="STP", outcome="STARTED", outcome_detail="STP.STARTED.OK"),
        Event(id=uuid.uuid4(), code="STP", outcome="STARTED", outcome_detail="STP.STARTED.OK"),
    ]
    interrupted, running = build_tree("PROCESS_SIP_UNITARY", events)
    assert interrupted.interrupted
    assert running.is_running


def test_state_is_operation_s_own(tenant):
    with tenant_scope(tenant.id):
        operation = open_deposit()
        append_event(
            operation=operation,
            code="STP_OBJ_STORING",
            outcome=Outcome.FATAL,
            master={"state": "PAUSE", "outcome": "FATAL"},
        )
        assert Operation.objects.get().state == "PAUSE"
    assert verify_tenant(tenant.id).broken is None
