"""UPDATE_RULES_ARCHIVE_UNITS: the fonds follows a rule of the referential whose length changed.

Every unit on which the rule is in force is taken, by depth: those that declare it get their end
dates, with a life-cycle event and a line for the offers; all get the rules that follow. A slice is
one transaction with the place reached, so a worker killed anywhere changes nothing to the outcome.

A deposit under way is right too: it enters either before a slice, which then takes its units, or
after the referential changed, and dates its units again as they enter.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import itertools
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sae.holdings.models import ArchiveUnit, RulesUpdate
from sae.holdings.recomputing import BATCH, Recomputed, recompute_batch, recompute_waiting
from sae.holdings.redating import redate, rules_named
from sae.holdings.rules_laying import Layer
from sae.holdings.rules_store import RESULTS, UNITS, hold_rules_still
from sae.holdings.unit_states import lock_units
from sae.holdings.updating import UnitChange, write_changes
from sae.jobs.claim import Claim
from sae.jobs.models import Cluster
from sae.jobs.queue import enqueue
from sae.jobs.registry import CONTINUE, DONE, Advance, Quarantine
from sae.journal.models import Operation
from sae.journal.services import (
    EventDraft,
    append_events,
    close_operation,
    open_operation,
)
from sae.kernel.outcomes import Outcome
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id, tenant_scope

OPERATION = "UPDATE_RULES_ARCHIVE_UNITS"
JOB_KIND = "rules_update"
LIFE_CYCLE = "LFC.UPDATE_UNIT_RULES"
SLICE = 50_000
"""Units of one transaction: some ten seconds, during which deposits wait to enter."""

LABELS = {
    OPERATION: _("Mise à jour des échéances après une modification des règles"),
    "STP_PREPARE_LISTS": _("Recherche des unités concernées"),
    "LIST_ARCHIVE_UNITS": _("Unités sur lesquelles les règles sont en vigueur"),
    "STP_UNIT_UPDATE": _("Mise à jour des unités"),
    "UPDATE_UNIT_RULES": _("Échéances calculées de nouveau"),
    "STP_UPDATE_RUNNING_INGESTS": _("Versements en cours"),
    "UPDATE_RUNNING_INGESTS": _("Échéances des versements en cours"),
    "COMPUTE_INHERITED_RULES": _("Calcul des règles en vigueur de tout le coffre"),
    LIFE_CYCLE: _("Échéances calculées de nouveau après une modification des règles"),
}


def start_update(identifiers: Collection[str], *, parent_id: uuid.UUID | None = None) -> uuid.UUID:
    """Have the fonds follow rules that changed; return the operation.

    In the transaction that changes them (``parent_id``: its operation), whose last act it is.
    """
    operation = open_operation(
        type=OPERATION,
        category="UPDATE",
        parent_id=parent_id,
        detail={"rules": sorted(identifiers)},
    )
    RulesUpdate.objects.create(
        id=operation.id, operation_id=operation.id, rules=sorted(identifiers)
    )
    enqueue(
        tenant_id=current_tenant_id(),
        kind=JOB_KIND,
        subject_id=operation.id,
        cluster=Cluster.LONG,
    )
    return operation.id


def advance_update(claim: Claim) -> Advance:
    """Do the next slice; see ``sae.jobs.registry.register_handler``."""
    with tenant_scope(claim.tenant_id):
        hold_rules_still()
        update = (
            RulesUpdate.objects.select_for_update(of=("self",)).filter(id=claim.subject_id).first()
        )
        if update is None or update.operation.state == Operation.State.COMPLETED:
            return DONE
        if update.after is None and recompute_waiting(limit=SLICE).units:
            claim.checkpoint()
            return CONTINUE
        more = next_slice(update)
        if not more:
            _finish(update)
        claim.checkpoint(update.seen, update.total)
    return CONTINUE if more else DONE


def next_slice(update: RulesUpdate) -> bool:
    """Do one slice in the caller's transaction; return whether more may follow."""
    if update.after is None:
        update.total = _count(update.rules)
    found = _next_units(update)
    layer = Layer()
    done = Recomputed()
    for batch in _batches(found):
        name = f"units-{update.seen + done.units:09}.jsonl.gz"
        _redate([unit_id for unit_id, _depth, declares in batch if declares], update, name)
        recompute_batch([unit_id for unit_id, _depth, _declares in batch], layer, done)
    update.seen += done.units
    update.changed += done.changed
    if found:
        update.after, update.depth, _declares = found[-1]
    update.save()
    return len(found) == SLICE


_IN_FORCE = (
    f"{UNITS} AS given JOIN {RESULTS} AS result ON result.tenant_id = given.tenant_id "
    "AND result.id = given.result_id AND result.rules && %(rules)s::text[]"
)


def _count(rules: Sequence[str]) -> int:
    with joining_whole(UNITS, RESULTS), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {_IN_FORCE} WHERE given.tenant_id = %(tenant)s",
            {"tenant": current_tenant_id(), "rules": list(rules)},
        )
        return int(cursor.fetchone()[0])


def _next_units(update: RulesUpdate) -> list[tuple[uuid.UUID, int, bool]]:
    """Return (unit, depth, whether it declares one of the rules), in order, after the place."""
    with joining_whole(UNITS, RESULTS, ArchiveUnit._meta.db_table), connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit.id, unit.depth, result.own_rules && %(rules)s::text[] "
            f"FROM {_IN_FORCE} JOIN {ArchiveUnit._meta.db_table} AS unit "
            "ON unit.tenant_id = given.tenant_id AND unit.id = given.id "
            "WHERE given.tenant_id = %(tenant)s AND (unit.depth, unit.id) > (%(depth)s, %(after)s) "
            "ORDER BY unit.depth, unit.id LIMIT %(limit)s",
            {
                "tenant": current_tenant_id(),
                "rules": update.rules,
                "depth": update.depth,
                "after": update.after or uuid.UUID(int=0),
                "limit": SLICE,
            },
        )
        return list(cursor.fetchall())


def _redate(unit_ids: Sequence[uuid.UUID], update: RulesUpdate, name: str) -> None:
    """Give the units that declare the rules their end dates."""
    if not unit_ids:
        return
    referential = rules_named(update.rules)
    changes = []
    for state in lock_units(unit_ids, described=False).values():
        redated = redate(state.management, referential)
        update.refused += len(redated.faults)
        if redated.categories:
            changes.append(
                UnitChange(
                    state,
                    LIFE_CYCLE,
                    management=redated.management,
                    fields=redated.categories,
                )
            )
    update.redated += len(changes)
    write_changes(changes, operation=update.operation, name=name)


def _finish(update: RulesUpdate) -> None:
    """Close the operation with what it did."""
    outcome = Outcome.WARNING if update.refused else Outcome.OK
    counts = {
        "units": update.seen,
        "declaring": update.redated,
        "changed": update.changed,
        "undated": update.refused,
    }
    operation = update.operation
    listed = EventDraft("STP_PREPARE_LISTS", Outcome.OK)
    updated = EventDraft("STP_UNIT_UPDATE", outcome)
    running = EventDraft("STP_UPDATE_RUNNING_INGESTS", Outcome.OK)
    append_events(
        [
            listed,
            EventDraft(
                "LIST_ARCHIVE_UNITS",
                Outcome.OK,
                parent_id=listed.id,
                detail={"counts": {"units": update.total}, "rules": update.rules},
            ),
            updated,
            EventDraft(
                "UPDATE_UNIT_RULES", outcome, parent_id=updated.id, detail={"counts": counts}
            ),
            running,
            EventDraft("UPDATE_RUNNING_INGESTS", Outcome.OK, parent_id=running.id),
        ],
        operation=operation,
    )
    close_operation(operation=operation, outcome=outcome, detail={"counts": counts})


def give_update_up(quarantine: Quarantine) -> None:
    """Close an update that kills its workers: the fonds does not follow, and it is said."""
    operation = Operation.objects.get(id=quarantine.subject_id)
    if operation.state != Operation.State.COMPLETED:
        close_operation(
            operation=operation, outcome=Outcome.FATAL, detail={"reason": quarantine.reason[:500]}
        )


def _batches(units: Sequence[Any]) -> Iterator[list[Any]]:
    wanted = iter(units)
    while batch := list(itertools.islice(wanted, BATCH)):
        yield batch
