"""Reading the journal of the tenant in scope."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left

from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.kernel.outcomes import Outcome


def operations(
    *,
    types: Sequence[str] = (),
    categories: Sequence[str] = (),
    states: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    message_identifier: str = "",
    agent_id: uuid.UUID | None = None,
    application_id: str = "",
    parent_id: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
) -> QuerySet[Operation]:
    """Return the operations that match, latest first (identifiers are ordered in time).

    ``since`` is included, ``until`` is not; ``before`` gives the page that follows an operation.
    Walks the primary key or the index of the narrowest filter: nothing is sorted.
    """
    found: QuerySet[Operation] = Operation.objects.order_by("-id")
    if types:
        found = found.filter(type__in=types)
    if categories:
        found = found.filter(category__in=categories)
    if states:
        found = found.filter(state__in=states)
    if outcomes:
        found = found.filter(outcome__in=outcomes)
    if since:
        found = found.filter(started_at__gte=since)
    if until:
        found = found.filter(started_at__lt=until)
    if message_identifier:
        # Left() first: the index holds the first 200 characters.
        found = found.alias(short=Left("message_identifier", 200)).filter(
            short=message_identifier[:200], message_identifier=message_identifier
        )
    if agent_id:
        found = found.filter(agent_id=agent_id)
    if application_id:
        found = found.filter(application_id=application_id)
    if parent_id:
        found = found.filter(parent_id=parent_id)
    if before:
        found = found.filter(id__lt=before)
    return found


def find_operation(identifier: uuid.UUID) -> Operation | None:
    """Return the operation of the tenant in scope, ``None`` when unknown there."""
    operation: Operation | None = Operation.objects.filter(id=identifier).first()
    return operation


def events_of(operation_id: uuid.UUID) -> QuerySet[Event]:
    """Return the events of an operation, in the order of the chain."""
    events: QuerySet[Event] = Event.objects.filter(operation_id=operation_id).order_by("sequence")
    return events


def life_cycle_of(subject_id: uuid.UUID) -> QuerySet[LifeCycleEntry]:
    """Return what happened to one unit or object group, oldest operation first."""
    entries: QuerySet[LifeCycleEntry] = LifeCycleEntry.objects.filter(
        subject_id=subject_id
    ).order_by("operation_id", "sequence")
    return entries


@dataclass(slots=True)
class EventNode:
    """A step, action or treatment: its start and end joined, with what it contains.

    ``interrupted`` marks a start without end that was taken up again later (a worker died).
    ``duration_ms`` is what the step measured itself, else the time between its two events.
    """

    code: str
    parent_id: uuid.UUID | None
    outcome: Outcome
    outcome_detail: str
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    duration_ms: int | None = None
    interrupted: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    children: list["EventNode"] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        return self.ended_at is None and not self.interrupted


def event_tree(operation: Operation, events: Iterable[Event] | None = None) -> list[EventNode]:
    """Return the steps of an operation with their actions, in order, with durations."""
    return build_tree(operation.type, events_of(operation.id) if events is None else events)


def build_tree(operation_type: str, events: Iterable[Event]) -> list[EventNode]:
    """Join starts and ends by code and container (pure; ``events`` in the order of the chain)."""
    roots: list[EventNode] = []
    by_event: dict[uuid.UUID, EventNode] = {}
    started: dict[tuple[uuid.UUID | None, str], EventNode] = {}
    for event in events:
        if event.code == operation_type and event.parent_id is None:
            continue
        key = (event.parent_id, event.code)
        is_start = event.outcome == Outcome.STARTED.name
        node = started.get(key)
        if is_start and node is not None:
            node.interrupted = True
            node = None
        if node is None:
            node = EventNode(event.code, event.parent_id, Outcome.STARTED, event.outcome_detail)
            container = by_event.get(event.parent_id) if event.parent_id else None
            (container.children if container else roots).append(node)
        by_event[event.id] = node
        if is_start:
            started[key] = node
            node.started_at = event.occurred_at
            node.detail = event.detail
        else:
            started.pop(key, None)
            _end(node, event)
    return roots


def _end(node: EventNode, event: Event) -> None:
    node.outcome = Outcome[event.outcome]
    node.outcome_detail = event.outcome_detail
    node.ended_at = event.occurred_at
    node.detail = {**node.detail, **event.detail}
    measured = event.detail.get("duration_ms")
    if isinstance(measured, int):
        node.duration_ms = measured
        if node.started_at is None:
            node.started_at = event.occurred_at - dt.timedelta(milliseconds=measured)
    elif node.started_at is not None:
        node.duration_ms = round(
            (event.occurred_at - node.started_at) / dt.timedelta(milliseconds=1)
        )
