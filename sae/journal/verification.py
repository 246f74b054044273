"""Does the journal still say what was written? Names the first broken link of a tenant.

Four looks, each a stream in flat memory: the chain of events from the first to the head; each
operation's own anchor (number of events, last sequence, last hash), which catches a tail cut with
the head sent back; each operation's row against what its events say; each closed operation's
life-cycle entries against the Merkle root of its closing event. A proof kept outside (a seal, a
line of yesterday's log) is compared through ``expected``.
"""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from sae.journal.chain import GENESIS, Break, BreakKind, ChainedEvent, Head, first_break
from sae.journal.life_cycle import operation_lines
from sae.journal.merkle import MerkleTree, encode_root
from sae.journal.models import Event, JournalHead, Operation
from sae.journal.services import apply_master, identity_of
from sae.tenancy.scope import tenant_scope

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read of one tenant, where its chain ends, and the first broken link if any."""

    tenant_id: uuid.UUID
    head: Head
    events: int
    operations: int
    entries: int
    broken: Break | None


@dataclass(slots=True)
class _Count:
    events: int = 0
    operations: int = 0
    entries: int = 0


def verify_tenant(tenant_id: uuid.UUID, *, expected: Head | None = None) -> Verification:
    """Verify the whole journal of one tenant, as one snapshot shows it; it may grow meanwhile.

    ``expected`` is an earlier end of the chain, known from elsewhere, that it must still hold.
    """
    count = _Count()
    with _one_snapshot(), tenant_scope(tenant_id):
        head = current_head()
        broken = (
            first_break(_events(head, count), head)
            or _beyond_head()
            or _expected_break(head, expected)
            or _anchor_break(tenant_id, head)
            or _row_break(tenant_id, count)
            or _entry_count_break(tenant_id)
            or _life_cycle_break(count)
        )
    return Verification(tenant_id, head, count.events, count.operations, count.entries, broken)


@contextlib.contextmanager
def _one_snapshot() -> Iterator[None]:
    """Have every statement see the same rows; within a transaction already begun, its own do."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def current_head() -> Head:
    """Return where the chain of the tenant in scope ends."""
    row = JournalHead.objects.values_list("sequence", "hash").first()
    return Head(row[0], bytes(row[1])) if row else Head(0, GENESIS)


def _events(head: Head, count: _Count) -> Iterator[ChainedEvent]:
    """Yield the events up to the head that was read; later ones are another run's."""
    events = Event.objects.filter(sequence__lte=head.sequence).order_by("sequence")
    for event in events.iterator(chunk_size=_CHUNK):
        count.events += 1
        yield ChainedEvent(
            tenant_id=event.tenant_id,
            sequence=event.sequence,
            id=event.id,
            operation_id=event.operation_id,
            parent_id=event.parent_id,
            code=event.code,
            outcome=event.outcome,
            outcome_detail=event.outcome_detail,
            occurred_at=event.occurred_at,
            detail=event.detail,
            previous_hash=bytes(event.previous_hash),
            hash=bytes(event.hash),
        )


def _beyond_head() -> Break | None:
    """One statement, so one snapshot: an append that ends meanwhile shows both or neither."""
    row = _first_row(
        "SELECT e.sequence, e.operation_id FROM journal_event e WHERE e.sequence > "
        "COALESCE((SELECT max(h.sequence) FROM journal_journalhead h), 0) "
        "ORDER BY e.sequence LIMIT 1"
    )
    return Break(BreakKind.BEYOND_HEAD, row[0], row[1]) if row else None


def _expected_break(head: Head, expected: Head | None) -> Break | None:
    if expected is None or expected.sequence == 0:
        return None
    if expected.sequence > head.sequence:
        return Break(BreakKind.TAIL_CUT, head.sequence + 1, what="expected")
    event = Event.objects.get(sequence=expected.sequence)
    if bytes(event.hash) != expected.hash:
        return Break(BreakKind.REWRITTEN, expected.sequence, event.operation_id, "expected")
    return None


def _anchor_break(tenant_id: uuid.UUID, head: Head) -> Break | None:
    row = _first_row(
        "SELECT o.id, o.last_sequence, o.event_count, s.number FROM journal_operation o "
        "LEFT JOIN LATERAL (SELECT count(*) AS number, max(e.sequence) AS last FROM journal_event e"
        " WHERE e.tenant_id = o.tenant_id AND e.operation_id = o.id) s ON true "
        "LEFT JOIN journal_event l ON l.tenant_id = o.tenant_id AND l.sequence = o.last_sequence "
        "WHERE o.tenant_id = %s AND (s.number <> o.event_count OR s.last IS DISTINCT FROM "
        "o.last_sequence OR l.hash IS DISTINCT FROM o.last_hash OR l.operation_id <> o.id) "
        "ORDER BY o.last_sequence LIMIT 1",
        tenant_id,
    )
    if row is None:
        return None
    operation_id, last_sequence, expected, found = row
    if last_sequence > head.sequence:
        return Break(BreakKind.TAIL_CUT, head.sequence + 1, operation_id, f"{found}/{expected}")
    return Break(BreakKind.OPERATION, last_sequence, operation_id, f"events {found}/{expected}")


def _row_break(tenant_id: uuid.UUID, count: _Count) -> Break | None:
    """Compare each operation's row with its identity and the changes that its events attest.

    One statement, so one snapshot of rows and events: an operation that goes on meanwhile is seen
    before or after its step, never with the row of one and the events of the other.
    """
    for operation in _attested_operations(tenant_id).iterator(chunk_size=_CHUNK):
        count.operations += 1
        if operation.attested_identity != identity_of(operation):
            return Break(BreakKind.OPERATION, operation.last_sequence, operation.id, "identity")
        told = Operation(detail={})
        for master in operation.attested_masters:
            apply_master(told, master)
        for name in ("state", "outcome", "ended_at", "message_identifier", "detail"):
            if getattr(told, name) != getattr(operation, name):
                return Break(BreakKind.OPERATION, operation.last_sequence, operation.id, name)
    return None


def _attested_operations(tenant_id: uuid.UUID) -> QuerySet[Any]:
    """Return operations with what their events attest: an identity, and changes in order."""
    of_operation = (
        "FROM journal_event e WHERE e.tenant_id = %s AND e.operation_id = journal_operation.id)"
    )
    return Operation.objects.annotate(
        attested_identity=RawSQL(  # noqa: S611 - constants of this module
            f"(SELECT (array_agg(e.detail -> 'identity' ORDER BY e.sequence))[1] {of_operation}",
            [tenant_id],
            output_field=JSONField(),
        ),
        attested_masters=RawSQL(  # noqa: S611
            "(SELECT COALESCE(jsonb_agg(e.detail -> 'master' ORDER BY e.sequence) "
            f"FILTER (WHERE e.detail ? 'master'), '[]') {of_operation}",
            [tenant_id],
            output_field=JSONField(),
        ),
    ).order_by("id")


def _entry_count_break(tenant_id: uuid.UUID) -> Break | None:
    row = _first_row(
        "SELECT COALESCE(o.id, s.operation_id), COALESCE(o.last_sequence, 0), "
        "COALESCE(s.number, 0), COALESCE(o.life_cycle_count, 0) "
        "FROM (SELECT operation_id, count(*) AS number FROM journal_lifecycleentry "
        "WHERE tenant_id = %s GROUP BY operation_id) s "
        "FULL JOIN (SELECT * FROM journal_operation WHERE tenant_id = %s) o "
        "ON o.id = s.operation_id "
        "WHERE COALESCE(s.number, 0) <> COALESCE(o.life_cycle_count, 0) ORDER BY 2, 1 LIMIT 1",
        tenant_id,
        tenant_id,
    )
    if row is None:
        return None
    return Break(BreakKind.LIFE_CYCLE, row[1], row[0], f"{row[2]}/{row[3]}")


def _life_cycle_break(count: _Count) -> Break | None:
    """Rebuild the tree of each closed operation; one still open has not attested its own yet."""
    closed = Operation.objects.filter(state=Operation.State.COMPLETED, life_cycle_count__gt=0)
    for operation in closed.order_by("last_sequence").iterator(chunk_size=200):
        closing = Event.objects.get(sequence=operation.last_sequence)
        tree = MerkleTree()
        tree.add_lines(operation_lines(operation.id))
        count.entries += tree.count
        found = {
            "algorithm": "SHA-512",
            "count": tree.count,
            "root": encode_root(tree.root()) if tree.count else "",
        }
        if closing.detail.get("life_cycle") != found:
            return Break(BreakKind.LIFE_CYCLE, operation.last_sequence, operation.id, "root")
    return None


def _first_row(statement: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchone()
