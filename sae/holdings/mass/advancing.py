"""One batch at a time: the dry run, then the act. What is committed stays, whoever is killed.

A batch is one transaction: units, journals, outcomes and totals together, under the row of the
operation, which pause and cancel take too. So a batch is done once, entirely or not at all.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection

from sae.holdings.mass.kinds import LEFT, UNKNOWN, Decision, MassKind, kind_of
from sae.holdings.mass.report import report_lines
from sae.holdings.mass.seen import left_as_changed, seen_in
from sae.holdings.metadata_files import REPORT, keep_metadata
from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.unit_states import UnitState, lock_units, read_units
from sae.jobs.claim import Claim
from sae.jobs.registry import CONTINUE, DONE, Advance, Quarantine
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope

JOB_KIND = "mass_operation"
State = MassOperation.State


def advance_mass(claim: Claim) -> Advance:
    """Do the next batch; see ``sae.jobs.registry.register_handler``."""
    with tenant_scope(claim.tenant_id):
        mass = locked(claim.subject_id)
        if mass is None or not mass.is_live:
            return DONE
        more = next_batch(mass)
        claim.checkpoint(mass.done, mass.total)
        if not more and mass.is_launched:
            finish(mass)
    return CONTINUE if more else DONE


def locked(mass_id: uuid.UUID) -> MassOperation | None:
    """Return the operation, its row locked until the transaction ends."""
    found: MassOperation | None = (
        MassOperation.objects.select_for_update(of=("self",)).filter(id=mass_id).first()
    )
    return found


def next_batch(mass: MassOperation) -> bool:
    """Check or apply one batch; return whether there are others. Closes the dry run, not the act.

    The operation's row is locked by the caller.
    """
    if mass.state == State.CHECKING:
        batch = _to_do(mass, "preview")
        if batch is not None:
            _check(mass, batch)
        if mass.done >= mass.total:
            mass.state = State.CHECKED
    else:
        batch = _to_do(mass, "entries")
        if batch is not None and not (mass.done == 0 and _is_refused(mass)):
            _apply(mass, batch)
    mass.save()
    return batch is not None and mass.done < mass.total


def _to_do(mass: MassOperation, wanted: str) -> MassBatch | None:
    """Return the next batch whose outcomes are not known, without those that are of no use here."""
    waiting = mass.batches.filter(**{f"{wanted}__isnull": True}).order_by("number")
    found: MassBatch | None = waiting.defer("preview", "entries", "undo").first()
    return found


def _is_refused(mass: MassOperation) -> bool:
    """Check the whole of an act that goes as a whole, before any write; tell it when refused."""
    kind = kind_of(mass)
    if not kind.whole:
        return False
    kind.begin()
    batches = mass.batches.order_by("number").defer("preview", "entries", "undo")

    def fates(batch: MassBatch) -> list[Decision]:
        decisions = _decided(kind, mass, batch, read_units(batch.unit_ids))
        return left_as_changed(decisions, batch.seen)

    every = (one for batch in batches.iterator(chunk_size=4) for one in fates(batch))
    if all(one.outcome < Outcome.KO for one in every):
        return False
    for batch in batches.iterator(chunk_size=4):
        decisions = [
            one if one.outcome >= Outcome.KO else Decision(one.unit_id, Outcome.KO, LEFT)
            for one in fates(batch)
        ]
        _keep(batch, entries=_entries(decisions))
        _count(mass.counts, decisions)
    mass.done = mass.ko = mass.total
    return True


def _check(mass: MassOperation, batch: MassBatch) -> None:
    kind = kind_of(mass)
    units = read_units(batch.unit_ids, described=kind.reads_descriptions)
    decisions = _decided(kind, mass, batch, units)
    _keep(batch, preview=_entries(decisions))
    batch.seen = seen_in(decisions)
    batch.save(update_fields=["seen"])
    _count(mass.preview, decisions)
    mass.done += len(decisions)


def _apply(mass: MassOperation, batch: MassBatch) -> None:
    kind = kind_of(mass)
    kind.begin()
    units = lock_units(batch.unit_ids, described=kind.reads_descriptions)
    decisions = left_as_changed(_decided(kind, mass, batch, units), batch.seen)
    changes = [one.change for one in decisions if one.change is not None]
    undo = {str(one.unit_id): one.undo for one in decisions if one.undo is not None}
    _keep(batch, entries=_entries(decisions), undo=undo)
    _count(mass.counts, decisions)
    mass.done += len(decisions)
    mass.changed += len(changes)
    for decision in decisions:
        if decision.outcome >= Outcome.KO:
            mass.ko += 1
        elif decision.outcome == Outcome.WARNING:
            mass.warning += 1
        else:
            mass.ok += 1
    if changes:
        operation = Operation.objects.get(id=mass.id)
        kind.write(mass, changes, operation, f"units-{batch.number:06}.jsonl.gz")


def _decided(
    kind: MassKind, mass: MassOperation, batch: MassBatch, units: dict[uuid.UUID, UnitState]
) -> list[Decision]:
    """Return a decision for each unit of the batch, in its order."""
    refused = set(batch.refused)
    asked = [one for one in batch.unit_ids if one not in refused] if refused else batch.unit_ids
    open_units = [unit for one in asked if (unit := units.get(one)) is not None]
    decided = {one.unit_id: one for one in kind.plan(mass, batch, open_units)}
    return [decided.get(one) or Decision(one, Outcome.KO, UNKNOWN) for one in batch.unit_ids]


def _keep(batch: MassBatch, **told: Any) -> None:
    """Write what is told of a batch, ``name=value``; the ORM's own encoder is six times slower."""
    assignments = ", ".join(f"{name} = %s::jsonb" for name in told)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {MassBatch._meta.db_table} SET {assignments} "  # noqa: S608 names of columns
            "WHERE tenant_id = %s AND id = %s",
            [*(orjson.dumps(one).decode() for one in told.values()), batch.tenant_id, batch.id],
        )


def _entries(decisions: Sequence[Decision]) -> orjson.Fragment:
    """Return a JSON list of ``[unit, status, result key, message]``."""
    # Most units end alike: what follows the identifier is written once for all of them.
    ends: dict[tuple[Outcome, str, str], str] = {}
    entries = []
    for one in decisions:
        end = (one.outcome, one.key, one.message)
        text = ends.get(end)
        if text is None:
            told = orjson.dumps([one.outcome.name, one.key, one.message]).decode()
            text = ends[end] = told.removeprefix("[")
        entries.append(f'["{one.unit_id}",{text}')
    return orjson.Fragment(f"[{','.join(entries)}]")


def _count(counts: dict[str, int], decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        counts[decision.key] = counts.get(decision.key, 0) + 1


def finish(mass: MassOperation, *, cancelled: bool = False, fault: str = "") -> None:
    """Close the operation in the journal, with its report on its way to the offers."""
    kind = kind_of(mass)
    mass.state = State.FAILED if fault else State.CANCELLED if cancelled else State.DONE
    mass.fault = fault
    mass.ended_at = clock.now()
    mass.save()
    outcome = outcome_of(mass)
    keep_metadata(report_lines(mass, outcome=outcome), operation_id=mass.id, name=REPORT)
    counts = {"total": mass.total, "OK": mass.ok, "WARNING": mass.warning, "KO": mass.ko}
    operation = Operation.objects.get(id=mass.id)
    _check_step, update, final = kind.steps
    treated = EventDraft(update, outcome, detail={"counts": counts})
    told = EventDraft(final, Outcome.OK)
    append_events(
        [
            treated,
            EventDraft(kind.action, outcome, parent_id=treated.id, detail={"results": mass.counts}),
            *(EventDraft(code, outcome) for code in kind.also),
            told,
            EventDraft(f"{final.removeprefix('STP_')}", Outcome.OK, parent_id=told.id),
        ],
        operation=operation,
    )
    detail: dict[str, object] = {"counts": counts, "cancelled": cancelled}
    if fault:
        detail["reason"] = fault
    close_operation(operation=operation, outcome=outcome, detail=detail)


def outcome_of(mass: MassOperation) -> Outcome:
    """One unit refused makes the whole a warning; all of them, a refusal."""
    if mass.state == State.FAILED:
        return Outcome.FATAL
    if mass.ko and mass.ko == mass.total:
        return Outcome.KO
    if mass.ko or mass.warning or mass.state == State.CANCELLED:
        return Outcome.WARNING
    return Outcome.OK


def give_mass_up(quarantine: Quarantine) -> None:
    """The job was given up: what was done stays, the operation ends FATAL with the reason."""
    mass = locked(quarantine.subject_id)
    if mass is None or mass.is_over:
        return
    if mass.is_launched:
        finish(mass, fault=quarantine.reason)
        return
    mass.state, mass.fault = State.FAILED, quarantine.reason
    mass.save(update_fields=["state", "fault"])
