"""Writing the journal: open an operation, append events, close it.

Everything here runs in the caller's ``tenant_scope`` transaction, with the change that it tells:
one missing, none exists.

**Call these last.** An append locks the operation's row, then the head of the tenant's chain until
the transaction ends: two acts of one tenant that write their events early wait for each other. Do
the work first, then append its events in one ``append_events``, then leave the scope. Always in
that order (own rows, operation, head), so that two transactions never wait crosswise.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sae.journal.acting import acting_detail
from sae.journal.canonical import admissible
from sae.journal.chain import GENESIS, ChainedEvent, Head, chain
from sae.journal.merkle import MerkleTree, encode_root
from sae.journal.models import Event, JournalHead, Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import current_tenant_id

MASTER_FIELDS = ("state", "outcome", "ended_at", "message_identifier", "detail")
"""What a later event may change on its operation, through ``EventDraft.master``."""


class OperationClosedError(RuntimeError):
    """An event was about to be added to an operation that is over."""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One event to append.

    ``detail`` holds arguments, counts and ``duration_ms``: no personal data, no float.
    ``outcome_detail`` defaults to ``<code>.<outcome>`` (``<code>.STARTED.OK`` for a start).
    ``parent_id`` is the ``id`` of the start event of the step or action that contains this one.
    ``master`` also changes the operation: ``state``, ``outcome``, ``message_identifier`` (written
    as is) or ``detail`` (merged key by key).
    """

    code: str
    outcome: Outcome
    outcome_detail: str = ""
    parent_id: uuid.UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: dt.datetime | None = None
    master: Mapping[str, Any] | None = None
    id: uuid.UUID = field(default_factory=new_id)


def open_operation(
    *,
    type: str,  # noqa: A002 - the trade's word (evType)
    category: str,
    agent_id: uuid.UUID | None = None,
    application_id: str = "",
    request_id: str = "",
    message_identifier: str = "",
    detail: Mapping[str, Any] | None = None,
    parent_id: uuid.UUID | None = None,
    id: uuid.UUID | None = None,  # noqa: A002
) -> Operation:
    """Start an operation (``RUNNING``, ``STARTED``) and append its opening event.

    ``type`` and ``category`` are the peers' ``evType`` and ``evTypeProc``. The opening event
    carries the operation's identity, so that a row edited later is found out.
    """
    moment = clock.now()
    operation = Operation(
        id=id or new_id(),
        tenant_id=current_tenant_id(),
        type=type,
        category=category,
        started_at=moment,
        agent_id=agent_id,
        application_id=application_id,
        request_id=request_id,
        message_identifier=admissible(message_identifier),
        parent_id=parent_id,
        detail=admissible({**acting_detail(), **(detail or {})}),
    )
    operation.save(force_insert=True)
    _append(
        operation,
        [
            EventDraft(
                code=type,
                outcome=Outcome.STARTED,
                outcome_detail=f"{type}.STARTED",
                occurred_at=moment,
                detail={"identity": identity_of(operation)},
                master={
                    "state": operation.state,
                    "outcome": operation.outcome,
                    "message_identifier": operation.message_identifier,
                    "detail": operation.detail,
                },
            )
        ],
    )
    return operation


def identity_of(operation: Operation) -> dict[str, Any]:
    """Return what never changes on an operation, as its opening event attests it."""
    identity: dict[str, Any] = admissible(
        {
            "type": operation.type,
            "category": operation.category,
            "started_at": operation.started_at,
            "agent": operation.agent_id,
            "application": operation.application_id,
            "request": operation.request_id,
            "parent": operation.parent_id,
        }
    )
    return identity


def append_event(
    *,
    operation: Operation,
    code: str,
    outcome: Outcome,
    outcome_detail: str = "",
    parent_id: uuid.UUID | None = None,
    detail: Mapping[str, Any] | None = None,
    occurred_at: dt.datetime | None = None,
    master: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event (see ``EventDraft``) and return it."""
    draft = EventDraft(code, outcome, outcome_detail, parent_id, detail or {}, occurred_at, master)
    return append_events([draft], operation=operation)[0]


def append_events(drafts: Iterable[EventDraft], *, operation: Operation) -> list[Event]:
    """Append events in order, in one go; ``operation`` is refreshed with what they change.

    Raises ``OperationClosedError`` when the operation is over.
    """
    _lock(operation)
    return _append(operation, list(drafts))


def close_operation(
    *,
    operation: Operation,
    outcome: Outcome,
    detail: Mapping[str, Any] | None = None,
    occurred_at: dt.datetime | None = None,
) -> Event:
    """Append the closing event (``<type>.<outcome>``) and mark the operation ``COMPLETED``.

    The event carries the Merkle root and number of the operation's life-cycle entries.
    """
    _lock(operation)
    moment = occurred_at or clock.now()
    closing = dict(detail or {})
    if operation.life_cycle_count:
        closing["life_cycle"] = life_cycle_sum(operation)
    draft = EventDraft(
        code=operation.type,
        outcome=outcome,
        occurred_at=moment,
        detail=closing,
        master={
            "state": Operation.State.COMPLETED,
            "outcome": outcome.name,
            "ended_at": moment,
        },
    )
    return _append(operation, [draft])[0]


def life_cycle_sum(operation: Operation) -> dict[str, Any]:
    """Return the sum of the life-cycle entries written so far, as the closing event carries it."""
    tree = MerkleTree.resume(operation.life_cycle_count, bytes(operation.life_cycle_frontier))
    return {"algorithm": "SHA-512", "count": tree.count, "root": encode_root(tree.root())}


def _lock(operation: Operation) -> None:
    """Lock the operation's row and refresh what may have changed meanwhile."""
    fresh = Operation.objects.select_for_update(of=("self",)).get(id=operation.id)
    for column in Operation.PROGRESS_COLUMNS:
        setattr(operation, column, getattr(fresh, column))
    if operation.state == Operation.State.COMPLETED:
        raise OperationClosedError(str(operation))


def _append(operation: Operation, drafts: Sequence[EventDraft]) -> list[Event]:
    if not drafts:
        return []
    masters = [_admit_master(draft.master) for draft in drafts]
    events = [_unchained(operation, *pair) for pair in zip(drafts, masters, strict=True)]
    head = _locked_head()
    links = list(chain(events, Head(head.sequence, bytes(head.hash))))
    rows = [
        Event(
            id=link.id,
            tenant_id=link.tenant_id,
            sequence=link.sequence,
            operation_id=link.operation_id,
            parent_id=link.parent_id,
            code=link.code,
            outcome=link.outcome,
            outcome_detail=link.outcome_detail,
            occurred_at=link.occurred_at,
            detail=link.detail,
            previous_hash=link.previous_hash,
            hash=link.hash,
        )
        for link in links
    ]
    Event.objects.bulk_create(rows)
    last = links[-1]
    JournalHead.objects.filter(id=head.id).update(sequence=last.sequence, hash=last.hash)
    for master in masters:
        apply_master(operation, master)
    operation.event_count += len(rows)
    operation.last_sequence, operation.last_hash = last.sequence, last.hash
    operation.save(update_fields=Operation.PROGRESS_COLUMNS)
    return rows


def _unchained(
    operation: Operation, draft: EventDraft, master: dict[str, Any] | None
) -> ChainedEvent:
    """Give a draft its defaults; its place in the chain comes with the head."""
    suffix = "STARTED.OK" if draft.outcome == Outcome.STARTED else draft.outcome.name
    detail = admissible(draft.detail)
    if master is not None:
        detail["master"] = master
    return ChainedEvent(
        tenant_id=operation.tenant_id,
        sequence=0,
        id=draft.id,
        operation_id=operation.id,
        parent_id=draft.parent_id,
        code=admissible(draft.code),
        outcome=draft.outcome.name,
        outcome_detail=admissible(draft.outcome_detail) or f"{draft.code}.{suffix}",
        occurred_at=draft.occurred_at or clock.now(),
        detail=detail,
    )


def _admit_master(master: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if master is None:
        return None
    unknown = set(master) - set(MASTER_FIELDS)
    if unknown:
        raise ValueError(f"an event cannot change {', '.join(sorted(unknown))}")
    kept: dict[str, Any] = admissible(master)
    return kept


def apply_master(operation: Operation, master: Mapping[str, Any] | None) -> None:
    """Change ``operation`` as the ``master`` part of an event says."""
    for name, value in (master or {}).items():
        if name == "detail":
            operation.detail = {**operation.detail, **value}
        elif name == "ended_at":
            operation.ended_at = dt.datetime.fromisoformat(value)
        else:
            setattr(operation, name, value)


def _locked_head() -> JournalHead:
    """Lock the head of the tenant's chain, made at the first event."""
    head = JournalHead.objects.select_for_update().first()
    if head is None:
        JournalHead.objects.bulk_create(
            [JournalHead(tenant_id=current_tenant_id(), hash=GENESIS)], ignore_conflicts=True
        )
        head = JournalHead.objects.select_for_update().get()
    return head
