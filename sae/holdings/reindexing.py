"""The search projection of a coffre made again from its units, in batches, while it is used.

Each batch is a transaction: its units are held, their entries compared with what a deposit would
write, those that differ written again, those that no unit has removed, and an event says how far
it went. Killed, it goes on from there. At the end the rules in force, by which searches filter
too, are computed again.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext_lazy as _

from sae.holdings import projection
from sae.holdings.models import ArchiveUnit
from sae.holdings.rows import UnitRow, entry_values
from sae.holdings.rules_check import recompute_all
from sae.holdings.rules_store import share_rules
from sae.holdings.text import sort_key, text_of_content
from sae.journal.models import Operation
from sae.journal.services import append_event, close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import current_tenant_id, tenant_scope

OPERATION = "SEARCH_REINDEX"
BATCH_DONE = "SEARCH_REINDEX_BATCH"
BATCH = 5_000
"""Units between two commits: about a second."""
LABELS = {
    OPERATION: _("Reconstruction de l’index de recherche"),
    BATCH_DONE: _("Entrées de l’index comparées aux unités"),
}
_START, _END = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


class AlreadyRunningError(Exception):
    """Another process makes the projection of this coffre again."""


@dataclass(slots=True)
class Reindexed:
    """Where a rebuilding stands. ``total`` is the number of units when it began or resumed.

    ``altered``, ``added``, ``removed`` count entries; ``rules`` the units whose rules in force were
    wrong, known at the end.
    """

    total: int = 0
    units: int = 0
    altered: int = 0
    added: int = 0
    removed: int = 0
    rules: int = 0
    resumed: bool = False

    def counts(self) -> dict[str, int]:
        """What the journal keeps."""
        kept = asdict(self)
        return {name: kept[name] for name in ("units", "altered", "added", "removed", "rules")}


Progress = Callable[[Reindexed], None]


def reindex(tenant_id: uuid.UUID, progress: Progress = lambda done: None) -> Reindexed:
    """Make the search projection of a coffre again; call outside any scope.

    ``progress`` is called after each commit. Takes up the rebuilding that a stop left open, if any.
    Raises ``AlreadyRunningError`` when another process does the same.
    """
    operation_id, after, done = _begin(tenant_id)
    progress(done)
    while after != _END:
        with tenant_scope(tenant_id):
            operation = _hold(operation_id, after)
            after = _next_batch(after, done)
            append_event(
                operation=operation,
                code=BATCH_DONE,
                outcome=Outcome.OK,
                detail={"counts": done.counts()},
                master={"detail": {"after": str(after), "counts": done.counts()}},
            )
        progress(done)
    done.rules = recompute_all(tenant_id).changed
    with tenant_scope(tenant_id):
        operation = _hold(operation_id, after)
        close_operation(operation=operation, outcome=Outcome.OK, detail={"counts": done.counts()})
    return done


def _begin(tenant_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID, Reindexed]:
    """Open the operation, or take up the one that was left open."""
    with tenant_scope(tenant_id):
        _take_turn()
        projection.prepare_tenant(tenant_id)
        done = Reindexed(total=ArchiveUnit.objects.count())
        operation = Operation.objects.filter(
            type=OPERATION, state=Operation.State.RUNNING
        ).first() or open_operation(type=OPERATION, category="UPDATE")
        detail: dict[str, Any] = operation.detail
        if "after" in detail:
            done.resumed = True
            for name, count in detail["counts"].items():
                setattr(done, name, count)
        return operation.id, uuid.UUID(detail.get("after", str(_START))), done


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"search projection {current_tenant_id()}"],
        )
        if not cursor.fetchone()[0]:
            raise AlreadyRunningError


def _hold(operation_id: uuid.UUID, after: uuid.UUID) -> Operation:
    """Return the operation, if it still stands where this process left it."""
    _take_turn()
    operation: Operation = Operation.objects.get(id=operation_id)
    stands = uuid.UUID(operation.detail.get("after", str(_START)))
    if operation.state != Operation.State.RUNNING or stands != after:
        raise AlreadyRunningError
    return operation


def _next_batch(after: uuid.UUID, done: Reindexed) -> uuid.UUID:
    """Mend the entries of the units that follow; return the last one, or the end of all."""
    # Moves, whose order of rows is their own, wait or are waited for before any row is held.
    share_rules()
    rows = _held_units(after)
    upto = rows[-1].id if len(rows) == BATCH else _END
    entries = projection.encode_entries(
        entry_values(rows, [row.id.hex for row in rows], [sort_key(row.title) for row in rows]),
        tenant_id=current_tenant_id(),
    )
    mended = projection.mend_entries(entries, after=after, upto=upto)
    done.units += len(rows)
    done.altered += mended.altered
    done.added += mended.added
    done.removed += mended.removed
    return upto


def _held_units(after: uuid.UUID) -> Sequence[UnitRow]:
    """Read the units that follow, as a deposit would bring them, and hold their rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, operation_id, created_at, title, level, unit_type, ancestors, start_date, "
            "end_date, originating_agencies, object_group_id, content::text "
            "FROM holdings_archiveunit WHERE tenant_id = %s AND id > %s ORDER BY id LIMIT %s "
            "FOR SHARE",
            [current_tenant_id(), after, BATCH],
        )
        rows = []
        for (
            unit_id, operation_id, created_at, title, level, unit_type, ancestors, start_date,
            end_date, agencies, group_id, content,
        ) in cursor.fetchall():  # fmt: skip
            description, other = text_of_content(orjson.loads(content))
            rows.append(
                UnitRow(
                    id=unit_id,
                    operation_id=operation_id,
                    created_at=created_at,
                    title=title,
                    level=level,
                    unit_type=unit_type,
                    ancestors=tuple(ancestors),
                    start_date=start_date,
                    end_date=end_date,
                    originating_agencies=tuple(agencies),
                    object_group_id=group_id,
                    description=description,
                    other_text=other,
                )
            )
        return rows
