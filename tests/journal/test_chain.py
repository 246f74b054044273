import dataclasses
import datetime as dt
import uuid

import pytest

from sae.journal.chain import GENESIS, BreakKind, ChainedEvent, Head, chain, event_line, first_break
from sae.journal.chain import link as link_hash

TENANT, OPERATION = uuid.UUID(int=1), uuid.UUID(int=2)


def drafts(count):
    return [
        ChainedEvent(
            tenant_id=TENANT,
            sequence=0,
            id=uuid.UUID(int=100 + number),
            operation_id=OPERATION,
            parent_id=None,
            code="STEP",
            outcome="OK",
            outcome_detail="STEP.OK",
            occurred_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            detail={"number": number},
        )
        for number in range(count)
    ]


@pytest.fixture
def events():
    return list(chain(drafts(6), Head(0, GENESIS)))


def head_of(events):
    return Head(events[-1].sequence, events[-1].hash)


def redo(event):
    """What someone who knows the algorithm does after an edit."""
    return dataclasses.replace(event, hash=link_hash(event.previous_hash, event_line(event)))


def test_an_untouched_chain_holds(events):
    assert first_break(events, head_of(events)) is None


def test_an_empty_chain_holds():
    assert first_break([], Head(0, GENESIS)) is None


def test_an_edited_event_is_named(events):
    head = head_of(events)
    events[2] = dataclasses.replace(events[2], detail={"number": 99})
    found = first_break(events, head)
    assert (found.kind, found.sequence, found.operation_id) == (BreakKind.EDITED, 3, OPERATION)


def test_an_edited_event_with_its_hash_redone_is_named_by_the_next(events):
    head = head_of(events)
    events[2] = redo(dataclasses.replace(events[2], outcome="KO"))
    found = first_break(events, head)
    assert (found.kind, found.sequence) == (BreakKind.REWRITTEN, 3)


def test_the_last_event_rewritten_is_named_by_the_head(events):
    head = head_of(events)
    events[5] = redo(dataclasses.replace(events[5], outcome="KO"))
    assert first_break(events, head).kind == BreakKind.HEAD


def test_a_deleted_event_is_named(events):
    head = head_of(events)
    del events[3]
    found = first_break(events, head)
    assert (found.kind, found.sequence) == (BreakKind.DELETED, 4)


def test_swapped_events_are_named(events):
    head = head_of(events)
    second, third = events[1], events[2]
    events[1] = dataclasses.replace(third, sequence=2)
    events[2] = dataclasses.replace(second, sequence=3)
    found = first_break(events, head)
    assert (found.kind, found.sequence) == (BreakKind.MOVED, 2)


def test_a_cut_tail_is_named(events):
    found = first_break(events[:4], head_of(events))
    assert (found.kind, found.sequence) == (BreakKind.TAIL_CUT, 5)


def test_events_beyond_the_head_are_named(events):
    found = first_break(events, head_of(events[:4]))
    assert (found.kind, found.sequence) == (BreakKind.BEYOND_HEAD, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "X"},
        {"outcome_detail": "X"},
        {"parent_id": uuid.UUID(int=9)},
        {"operation_id": uuid.UUID(int=9)},
        {"id": uuid.UUID(int=9)},
        {"tenant_id": uuid.UUID(int=9)},
        {"occurred_at": dt.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC)},
    ],
)
def test_every_field_is_under_the_hash(events, change):
    head = head_of(events)
    events[0] = dataclasses.replace(events[0], **change)
    assert first_break(events, head).sequence == 1
