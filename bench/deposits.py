"""One deposit by the real engine, as a worker process does it, and what its journal says of it."""

import datetime as dt
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from ingest.models import Deposit, DepositProblem
from ingest.services.receive import LARGE_PACKAGE, receive_package
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workspace import incoming_path
from sae.jobs.serving import serve
from sae.journal.models import Event
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope

_GIVE_UP_AFTER = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A deposit that is over. ``steps`` maps codes to seconds, in the order of the workflow."""

    deposit: Deposit
    seconds: float
    steps: dict[str, float]


def receive(tenant_id: uuid.UUID, package: Path) -> Deposit:
    """Receive a package without moving it away."""
    incoming = incoming_path(new_id())
    try:
        os.link(package, incoming)
    except OSError:
        shutil.copyfile(package, incoming)
    return receive_package(
        tenant_id=tenant_id,
        file=incoming,
        file_name=package.name,
        action=Deposit.Action.INGEST,
        source=Deposit.Source.COMMAND_LINE,
        account_id=None,
    )


def run_deposit(tenant_id: uuid.UUID, package: Path) -> Measured:
    """Receive a package and work on it in this process until it is in the fonds.

    Raises ``RuntimeError`` when it is refused or waits: a bench measures accepted packages.
    """
    made = receive(tenant_id, package)
    cluster = "long" if made.file_size > LARGE_PACKAGE else "short"
    began = time.monotonic()
    while made.state != Deposit.State.COMPLETED:
        if not serve(cluster) or time.monotonic() - began > _GIVE_UP_AFTER:
            raise RuntimeError(_story(made))
        with tenant_scope(tenant_id):
            made = Deposit.objects.get(id=made.id)
    seconds = time.monotonic() - began
    if Outcome[made.settled_outcome] >= Outcome.KO:
        raise RuntimeError(_story(made))
    return Measured(made, seconds, step_seconds(made))


def step_seconds(deposit: Deposit) -> dict[str, float]:
    """Return how long each step took, from its first event to the next step's, commit included."""
    codes = {step.code for step in WORKFLOWS[deposit.action].steps}
    with tenant_scope(deposit.tenant_id):
        starts = list(
            Event.objects.filter(
                operation_id=deposit.id, code__in=codes, outcome=Outcome.STARTED.name
            )
            .order_by("sequence")
            .values_list("code", "occurred_at")
        )
    ends: list[dt.datetime] = [moment for _code, moment in starts[1:]]
    if deposit.ended_at is not None:
        ends.append(deposit.ended_at)
    return {
        code: (end - start).total_seconds() for (code, start), end in zip(starts, ends, strict=True)
    }


def _story(deposit: Deposit) -> str:
    with tenant_scope(deposit.tenant_id):
        problems = DepositProblem.objects.filter(deposit=deposit).order_by("position")[:5]
        told = [f"{one.code} {one.reason} {one.seen}" for one in problems]
    state = f"{deposit.state} {deposit.outcome} {deposit.waiting_reason}"
    return f"{deposit.file_name}: {state} at step {deposit.next_step} {told}"
