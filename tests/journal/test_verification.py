"""A journal tampered with behind the application's back: the first broken link is named."""

import io

import pytest
from django.core.management import CommandError, call_command

from sae.journal.chain import BreakKind, Head
from sae.journal.life_cycle import (
    LifeCycleDraft,
    entry_line,
    life_cycle_path,
    write_life_cycle,
)
from sae.journal.merkle import encode_root, verify_path
from sae.journal.models import Event, LifeCycleEntry
from sae.journal.selectors import life_cycle_of
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id, new_ids
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope

CODES = ["LFC.CHECK_MANIFEST", "LFC.CHECK_UNIT_SCHEMA", "LFC.UNIT_METADATA_INDEXATION"]


def deposit(*, units=5, steps=3, close=True):
    operation = open_operation(
        type="PROCESS_SIP_UNITARY", category="INGEST", agent_id=new_id(), detail={"a": 1}
    )
    write_life_cycle(
        (LifeCycleDraft("unit", unit, CODES, detail={"up": [unit]}) for unit in new_ids(units)),
        operation=operation,
    )
    append_events(
        [EventDraft(f"STP_{number}", Outcome.OK, detail={"n": 1}) for number in range(steps)],
        operation=operation,
    )
    if close:
        close_operation(operation=operation, outcome=Outcome.OK)
    return operation


@pytest.fixture
def deposits(tenant):
    """Two deposits of five events each: sequences 1 to 5 and 6 to 10."""
    with tenant_scope(tenant.id):
        return [deposit(), deposit()]


def verify(tenant):
    broken = verify_tenant(tenant.id).broken
    return (broken.kind, broken.sequence, broken.operation_id) if broken else None


def test_an_untouched_journal_holds(tenant, deposits):
    verification = verify_tenant(tenant.id)
    assert verification.broken is None
    assert (verification.events, verification.operations, verification.entries) == (10, 2, 10)
    assert verification.head.sequence == 10


def test_a_journal_still_being_written_holds(tenant, deposits):
    with tenant_scope(tenant.id):
        deposit(close=False)
    assert verify(tenant) is None


def test_a_coffre_without_journal_holds(tenant):
    assert verify(tenant) is None


def test_an_edited_event_is_named(tenant, deposits, dishonest):
    dishonest.run(
        "journal_event", "UPDATE journal_event SET detail = '{\"n\": 2}' WHERE sequence = 3"
    )
    assert verify(tenant) == (BreakKind.EDITED, 3, deposits[0].id)


def test_a_deleted_event_is_named(tenant, deposits, dishonest):
    dishonest.run("journal_event", "DELETE FROM journal_event WHERE sequence = 7")
    assert verify(tenant)[:2] == (BreakKind.DELETED, 7)


def test_swapped_events_are_named(tenant, deposits, dishonest):
    for old, new in ((3, -3), (4, 3), (-3, 4)):
        dishonest.run(
            "journal_event", "UPDATE journal_event SET sequence = %s WHERE sequence = %s", new, old
        )
    assert verify(tenant)[:2] == (BreakKind.MOVED, 3)


def test_a_cut_tail_is_named_by_the_head(tenant, deposits, dishonest):
    dishonest.run("journal_event", "DELETE FROM journal_event WHERE sequence > 8")
    assert verify(tenant)[:2] == (BreakKind.TAIL_CUT, 9)


def cut_tail_and_rewind_head(tenant, dishonest, sequence):
    with tenant_scope(tenant.id):
        last = bytes(Event.objects.get(sequence=sequence).hash)
    dishonest.run("journal_event", "DELETE FROM journal_event WHERE sequence > %s", sequence)
    dishonest.run(
        "journal_journalhead",
        "UPDATE journal_journalhead SET sequence = %s, hash = %s",
        sequence,
        last,
    )


@pytest.mark.parametrize("sequence", [8, 5])
def test_a_cut_tail_with_the_head_sent_back_is_named_by_its_operation(
    tenant, deposits, dishonest, sequence
):
    cut_tail_and_rewind_head(tenant, dishonest, sequence)
    assert verify(tenant) == (BreakKind.TAIL_CUT, sequence + 1, deposits[1].id)


def test_the_whole_journal_cut_with_its_head_is_named(tenant, deposits, dishonest):
    dishonest.run("journal_event", "DELETE FROM journal_event")
    dishonest.run("journal_journalhead", "DELETE FROM journal_journalhead")
    assert verify(tenant)[:2] == (BreakKind.TAIL_CUT, 1)


def test_a_tail_cut_with_every_anchor_is_named_by_an_end_known_from_elsewhere(
    tenant, deposits, dishonest
):
    known = verify_tenant(tenant.id).head
    cut_tail_and_rewind_head(tenant, dishonest, 5)
    dishonest.run(
        "journal_lifecycleentry",
        "DELETE FROM journal_lifecycleentry WHERE operation_id = %s",
        deposits[1].id,
    )
    dishonest.run(
        "journal_operation", "DELETE FROM journal_operation WHERE id = %s", deposits[1].id
    )
    assert verify(tenant) is None
    broken = verify_tenant(tenant.id, expected=known).broken
    assert (broken.kind, broken.sequence) == (BreakKind.TAIL_CUT, 6)


def test_an_end_known_from_elsewhere_is_still_held_by_a_longer_chain(tenant, deposits):
    known = verify_tenant(tenant.id).head
    with tenant_scope(tenant.id):
        deposit()
    assert verify_tenant(tenant.id, expected=known).broken is None
    other = Head(known.sequence, bytes(64))
    assert verify_tenant(tenant.id, expected=other).broken.kind == BreakKind.REWRITTEN


def test_an_event_added_beyond_the_head_is_named(tenant, deposits, dishonest):
    dishonest.run(
        "journal_event",
        "INSERT INTO journal_event (id, tenant_id, sequence, operation_id, code, outcome, "
        "outcome_detail, occurred_at, detail, previous_hash, hash) "
        "SELECT gen_random_uuid(), tenant_id, 11, operation_id, code, outcome, outcome_detail, "
        "now(), '{}', hash, hash FROM journal_event WHERE sequence = 10",
    )
    assert verify(tenant)[:2] == (BreakKind.BEYOND_HEAD, 11)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("outcome = 'WARNING'", "outcome"),
        ("state = 'RUNNING'", "state"),
        ("type = 'HOLDINGSCHEME'", "identity"),
        ("agent_id = NULL", "identity"),
        ("ended_at = now()", "ended_at"),
        ("message_identifier = 'X'", "message_identifier"),
        ("detail = '{}'", "detail"),
    ],
)
def test_an_operation_s_row_that_its_events_deny_is_named(
    tenant, deposits, dishonest, change, what
):
    dishonest.run(
        "journal_operation",
        f"UPDATE journal_operation SET {change} WHERE id = %s",
        deposits[1].id,
    )
    broken = verify_tenant(tenant.id).broken
    assert (broken.kind, broken.operation_id, broken.what) == (
        BreakKind.OPERATION,
        deposits[1].id,
        what,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_lifecycleentry SET outcome = 'KO' WHERE operation_id = %s AND sequence = 2",
        "UPDATE journal_lifecycleentry SET codes = codes[1:1] "
        "WHERE operation_id = %s AND sequence = 2",
        "DELETE FROM journal_lifecycleentry WHERE operation_id = %s AND sequence = 4",
        "UPDATE journal_lifecycleentry SET sequence = 9 WHERE operation_id = %s AND sequence = 0",
    ],
)
def test_a_life_cycle_tampered_with_is_named(tenant, deposits, dishonest, statement):
    assert dishonest.run("journal_lifecycleentry", statement, deposits[1].id) == 1
    assert verify(tenant) == (BreakKind.LIFE_CYCLE, 10, deposits[1].id)


def test_life_cycles_come_in_several_transactions_under_one_root(tenant):
    units = new_ids(2500)
    with tenant_scope(tenant.id):
        operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
    for start in range(0, 2500, 700):
        with tenant_scope(tenant.id):
            total = write_life_cycle(
                [LifeCycleDraft("unit", unit, CODES) for unit in units[start : start + 700]],
                operation=operation,
            )
    with tenant_scope(tenant.id):
        closing = close_operation(operation=operation, outcome=Outcome.OK)
    assert closing.detail["life_cycle"] == {
        "algorithm": "SHA-512",
        "count": 2500,
        "root": total.root,
    }
    assert verify(tenant) is None


def test_a_life_cycle_entry_is_proved_by_a_path(tenant, deposits):
    with tenant_scope(tenant.id):
        entry = LifeCycleEntry.objects.filter(operation_id=deposits[1].id).order_by("sequence")[3]
        (same,) = life_cycle_of(entry.subject_id)
        path, root = life_cycle_path(same)
        closing = Event.objects.get(sequence=10)
    assert closing.detail["life_cycle"]["root"] == encode_root(root)
    assert verify_path(entry_line(entry), path, root)
    entry.outcome = "KO"
    assert not verify_path(entry_line(entry), path, root)


def command(*arguments):
    out = io.StringIO()
    call_command("journal", "verify", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_that_the_journal_holds_and_where_it_ends(tenant, deposits):
    told = command("--tenant", str(tenant.number))
    assert "intact — 10 événements, 2 opérations, 10 entrées" in told
    end = told.split("fin ")[1].strip()
    assert "intact" in command("--tenant", str(tenant.number), "--expect", end)


def test_the_command_names_the_broken_link_and_fails(tenant, other_tenant, deposits, dishonest):
    dishonest.run("journal_event", "UPDATE journal_event SET outcome = 'KO' WHERE sequence = 2")
    out = io.StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("journal", "verify", "--all", stdout=out)
    assert failure.value.returncode == 2
    assert f"événement n° 2 (opération {deposits[0].id})" in out.getvalue()
    assert "intact" in command("--tenant", str(other_tenant.number))


def test_the_command_refuses_an_unknown_coffre(tenant):
    with pytest.raises(CommandError, match="Aucun coffre"):
        command("--tenant", str(tenant.number + 1))
