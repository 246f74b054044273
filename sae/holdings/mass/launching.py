"""Choosing the units, checking, launching, pausing, resuming, cancelling an act over many units."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sae.holdings.mass.advancing import JOB_KIND, finish, locked, next_batch
from sae.holdings.mass.kinds import kind_of
from sae.holdings.models import MassBatch, MassOperation
from sae.jobs.models import Cluster
from sae.jobs.queue import enqueue
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.literals import identifiers_literal
from sae.tenancy.scope import current_tenant_id

BATCH = 10_000
"""Units of one transaction: about a second of work, between two looks at pause and cancel."""
INLINE = 100
"""Up to so many units, the act is done at once, in the request: nobody waits for a worker."""
DRAFTS_KEPT = dt.timedelta(days=7)
State = MassOperation.State


class TooManyUnitsError(ValueError):
    """The selection is beyond what one act may touch (``MassKind.most``)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} units")
        self.limit = limit


class MassStateError(RuntimeError):
    """The act is not in a state that allows this: launched twice, resumed when it is over…"""

    def __init__(self, mass: MassOperation) -> None:
        super().__init__(f"{mass} is {mass.state}")
        self.mass = mass


def prepare_mass(
    *,
    kind: str,
    unit_ids: Iterable[Sequence[uuid.UUID]],
    agent_id: uuid.UUID | None,
    query: str = "",
    request_id: str = "",
    parameters: Mapping[str, Any] | None = None,
    refused: Callable[[Sequence[uuid.UUID]], Collection[uuid.UUID]] = lambda _ids: (),
    inputs: Mapping[uuid.UUID, Any] | None = None,
    contracts: Collection[str] = (),
) -> MassOperation:
    """Freeze a selection, given by parts, as a draft that nothing has yet been asked of.

    ``refused`` tells which units of a part may not be written. ``inputs`` holds what is asked
    of each unit, when it differs. ``contracts``: those of the sight in which units were chosen,
    none for the whole sight. Raises ``TooManyUnitsError``.
    """
    _forget_old_drafts()
    mass = MassOperation.objects.create(
        id=new_id(),
        kind=kind,
        query=query,
        contracts=sorted(contracts),
        parameters=dict(parameters or {}),
        agent_id=agent_id,
        request_id=request_id,
        created_at=clock.now(),
    )
    waiting: list[uuid.UUID] = []
    seen: set[uuid.UUID] = set()
    number = 0
    most = kind_of(mass).most
    for part in unit_ids:
        fresh = [one for one in dict.fromkeys(part) if one not in seen]
        seen.update(fresh)
        if most is not None and len(seen) > most:
            raise TooManyUnitsError(most)
        waiting += fresh
        while len(waiting) >= BATCH:
            number += 1
            _add_batch(mass, number, waiting[:BATCH], refused, inputs)
            waiting = waiting[BATCH:]
    if waiting:
        _add_batch(mass, number + 1, waiting, refused, inputs)
    mass.total = len(seen)
    mass.save(update_fields=["total"])
    return mass


def _add_batch(
    mass: MassOperation,
    number: int,
    unit_ids: Sequence[uuid.UUID],
    refused: Callable[[Sequence[uuid.UUID]], Collection[uuid.UUID]],
    inputs: Mapping[uuid.UUID, Any] | None,
) -> None:
    MassBatch.objects.create(
        id=new_id(),
        mass=mass,
        number=number,
        # As PostgreSQL reads it: a list of thousands is written in Python, far slower.
        unit_ids=identifiers_literal(unit_ids),
        refused=list(refused(unit_ids)),
        inputs={str(one): inputs[one] for one in unit_ids if one in inputs} if inputs else {},
    )


def _forget_old_drafts() -> None:
    """Selections that came to nothing are not kept."""
    MassOperation.objects.filter(
        state__in=[State.DRAFT, State.CHECKED],
        launched_at__isnull=True,
        created_at__lt=clock.now() - DRAFTS_KEPT,
    ).delete()


def check_mass(mass_id: uuid.UUID, *, parameters: Mapping[str, Any]) -> MassOperation:
    """Ask what would become of each unit. Nothing is written in the fonds.

    Small selections are checked at once, others by a job. Raises ``MassStateError``.
    """
    mass = _locked(mass_id, State.DRAFT, State.CHECKED, State.CHECKING)
    mass.parameters = {**mass.parameters, **parameters}
    mass.state = State.CHECKING
    mass.done, mass.preview = 0, {}
    mass.save()
    mass.batches.update(preview=None, seen=None)
    return _go_on(mass)


def launch_mass(
    mass_id: uuid.UUID,
    *,
    agent_id: uuid.UUID | None,
    request_id: str = "",
    application_id: str = "",
    detail: Mapping[str, Any] | None = None,
    inline: bool = True,
) -> MassOperation:
    """Open the operation in the journal and apply what is asked: at once, or by a job.

    ``detail`` (codes and technical identifiers alone) goes to the operation. Raises
    ``MassStateError`` when it was launched already.
    """
    mass = _locked(mass_id, State.DRAFT, State.CHECKED)
    kind = kind_of(mass)
    if mass.state == State.DRAFT:
        mass.batches.update(seen=None)  # what was checked is not what is asked now
    mass.state, mass.launched_at = State.RUNNING, clock.now()
    mass.done, mass.agent_id, mass.request_id = 0, agent_id, request_id
    mass.save()
    operation = open_operation(
        id=mass.id,
        type=kind.operation_type,
        category=kind.category,
        agent_id=agent_id,
        application_id=application_id,
        request_id=request_id,
        detail={"units": mass.total, **(detail or {})},
    )
    step = EventDraft(kind.steps[0], Outcome.OK, detail={"units": mass.total})
    append_events(
        [step, *(EventDraft(code, Outcome.OK, parent_id=step.id) for code in kind.checks)],
        operation=operation,
    )
    return _go_on(mass, inline=inline)


def _go_on(mass: MassOperation, *, inline: bool = True) -> MassOperation:
    if inline and mass.total <= INLINE:
        while next_batch(mass):
            pass
        if mass.is_launched:
            finish(mass)
        return mass
    enqueue(
        tenant_id=current_tenant_id(),
        kind=JOB_KIND,
        subject_id=mass.id,
        cluster=Cluster.LONG,
    )
    return mass


def pause_mass(mass_id: uuid.UUID) -> MassOperation:
    """Stop after the batch in hand. Raises ``MassStateError`` when it does not run."""
    mass = _locked(mass_id, State.RUNNING)
    mass.state = State.PAUSED
    mass.save(update_fields=["state"])
    _tell(mass, "MASS_UPDATE_PAUSE", Operation.State.PAUSE)
    return mass


def resume_mass(mass_id: uuid.UUID) -> MassOperation:
    """Go on where it stopped. Raises ``MassStateError`` when it is not paused."""
    mass = _locked(mass_id, State.PAUSED)
    mass.state = State.RUNNING
    mass.save(update_fields=["state"])
    enqueue(tenant_id=current_tenant_id(), kind=JOB_KIND, subject_id=mass.id, cluster=Cluster.LONG)
    _tell(mass, "MASS_UPDATE_RESUME", Operation.State.RUNNING)
    return mass


def cancel_mass(mass_id: uuid.UUID) -> MassOperation:
    """Stop for good: what was done stays, and is told. Raises ``MassStateError``."""
    mass = _locked(mass_id, State.RUNNING, State.PAUSED)
    finish(mass, cancelled=True)
    return mass


def discard_mass(mass_id: uuid.UUID) -> None:
    """Forget a selection that was not launched. Raises ``MassStateError`` for another."""
    _locked(mass_id, State.DRAFT, State.CHECKING, State.CHECKED).delete()


def _tell(mass: MassOperation, code: str, state: str) -> None:
    append_events(
        [EventDraft(code, Outcome.OK, detail={"done": mass.done}, master={"state": str(state)})],
        operation=Operation.objects.get(id=mass.id),
    )


def _locked(mass_id: uuid.UUID, *states: str) -> MassOperation:
    mass = locked(mass_id)
    if mass is None:
        raise MassOperation.DoesNotExist
    if mass.state not in states:
        raise MassStateError(mass)
    return mass
