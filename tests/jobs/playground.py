"""Handlers for the tests of the queue: one that behaves, and every way of not behaving."""

import datetime as dt
import os
import signal
import time
import uuid
from pathlib import Path

from django.db import connection

from sae.jobs.claim import Claim
from sae.jobs.registry import CONTINUE, DONE, Advance, Quarantine, failed, register_handler, wait
from sae.journal.models import Event, Operation
from sae.journal.services import append_event, close_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope

STEPS = 4
NOTES = "PLAYGROUND_NOTES"


def note(subject_id: uuid.UUID, text: str) -> None:
    """Add a line to the subject's file: what happened, whatever the database kept of it."""
    line = f"{time.time():.3f} {os.getpid()} {text}\n".encode()
    path = Path(os.environ[NOTES]) / str(subject_id)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)


def die_if_planned(claim: Claim, place: str) -> None:
    """SIGKILL oneself at a place named by a file, once."""
    plan = Path(os.environ[NOTES]) / f"{claim.subject_id}.die.{place}"
    if plan.exists():
        plan.unlink()
        note(claim.subject_id, f"dies {place}")
        os.kill(os.getpid(), signal.SIGKILL)


def quick(claim: Claim) -> Advance:
    note(claim.subject_id, f"served {claim.attempt}")
    return DONE


def brief(claim: Claim) -> Advance:
    time.sleep(0.1)
    note(claim.subject_id, f"served {claim.tenant_id}")
    return DONE


def stepped(claim: Claim) -> Advance:
    """Advance an operation by one event per step, each committed under the token."""
    with tenant_scope(claim.tenant_id):
        operation = Operation.objects.get(id=claim.subject_id)
        done = Event.objects.filter(operation=operation, code__startswith="STP_").count()
    if operation.state == Operation.State.COMPLETED:
        return DONE
    die_if_planned(claim, f"before.{done}")
    if done == STEPS:
        with tenant_scope(claim.tenant_id):
            claim.assert_current()
            close_operation(operation=operation, outcome=Outcome.OK)
            die_if_planned(claim, f"in.{done}")
        die_if_planned(claim, f"after.{done}")
        return DONE
    with tenant_scope(claim.tenant_id):
        claim.checkpoint(done + 1, STEPS, f"étape {done + 1}")
        append_event(operation=operation, code=f"STP_{done}", outcome=Outcome.OK)
        die_if_planned(claim, f"in.{done}")
    die_if_planned(claim, f"after.{done}")
    return CONTINUE


def poison(claim: Claim) -> Advance:
    note(claim.subject_id, f"dies {claim.attempt}")
    os.kill(os.getpid(), signal.SIGKILL)
    return DONE


def raising(claim: Claim) -> Advance:
    note(claim.subject_id, f"raises {claim.attempt}")
    raise RuntimeError("the handler’s own fault")


def hanging(claim: Claim) -> Advance:
    note(claim.subject_id, f"hangs {claim.attempt}")
    if claim.attempt == 1:
        time.sleep(3600)
    return DONE


def long_step(claim: Claim) -> Advance:
    """A step far longer than the lease, deaf to « stop » but alive."""
    note(claim.subject_id, f"starts {claim.attempt}")
    for tenth in range(60):
        time.sleep(0.1)
        claim.report(tenth, 60, "dixième")
    note(claim.subject_id, "ends")
    return DONE


def deaf_once(claim: Claim) -> Advance:
    """Deaf to « stop » the first time it is served."""
    note(claim.subject_id, f"served {claim.attempt}")
    end = time.monotonic() + (30 if claim.attempt == 1 else 0)
    while time.monotonic() < end:
        time.sleep(0.1)
        claim.report(None)
    return DONE


def polite(claim: Claim) -> Advance:
    """A long step that commits and yields when told."""
    note(claim.subject_id, f"starts {claim.attempt}")
    for _ in range(300):
        time.sleep(0.1)
        if claim.should_yield():
            note(claim.subject_id, "yields")
            return CONTINUE
    return DONE


def zombie(claim: Claim) -> Advance:
    """Stops the first time as a frozen machine does, then tries to commit."""
    note(claim.subject_id, f"takes {claim.attempt}")
    if claim.attempt == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    with tenant_scope(claim.tenant_id):
        operation = Operation.objects.get(id=claim.subject_id)
        append_event(operation=operation, code="STP_ONCE", outcome=Outcome.OK)
        claim.assert_current()
    note(claim.subject_id, f"commits {claim.attempt}")
    return DONE


def patient(claim: Claim) -> Advance:
    note(claim.subject_id, f"served {claim.attempt}")
    if claim.attempt == 1:
        return wait(dt.timedelta(seconds=1), "Site A injoignable")
    return DONE


def hopeless(claim: Claim) -> Advance:
    return failed("le manifeste a disparu")


def disconnected(claim: Claim) -> Advance:
    """Loses its database connection in a step, the first time."""
    note(claim.subject_id, f"served {claim.attempt}")
    with tenant_scope(claim.tenant_id), connection.cursor() as cursor:
        claim.assert_current()
        if claim.attempt == 1:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return DONE


def tell_operation(given_up: Quarantine) -> None:
    operation = Operation.objects.filter(id=given_up.subject_id).first()
    note(given_up.subject_id, f"quarantined {given_up.reason}")
    if operation is not None:
        append_event(
            operation=operation,
            code=operation.type,
            outcome=Outcome.FATAL,
            detail={"reason": given_up.reason},
            master={"state": "PAUSE", "outcome": "FATAL"},
        )


HANDLERS = {
    "test.quick": quick,
    "test.brief": brief,
    "test.stepped": stepped,
    "test.poison": poison,
    "test.raising": raising,
    "test.hanging": hanging,
    "test.long_step": long_step,
    "test.deaf_once": deaf_once,
    "test.polite": polite,
    "test.zombie": zombie,
    "test.patient": patient,
    "test.hopeless": hopeless,
    "test.disconnected": disconnected,
}


def register_all() -> None:
    for kind, handler in HANDLERS.items():
        register_handler(kind, handler, on_quarantine=tell_operation)
