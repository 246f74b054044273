"""What a worker process does when the bell rings: claim, advance, settle, for a slice of time."""

import datetime as dt
import logging
import os
import socket
import time
import traceback
import uuid
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawValue
from typing import Any

from django.db import Error, close_old_connections, connection

from sae.jobs import queue, wake
from sae.jobs.claim import Claim, LostClaimError
from sae.jobs.heart import Heart, renew
from sae.jobs.memory import give_back
from sae.jobs.quarantine import quarantine
from sae.jobs.registry import CONTINUE, Advance, AdvanceKind, registration_of, wait
from sae.jobs.tempo import tempo
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

_ERROR_LENGTH = 8000
_SETTLING_TRIES = 10


@dataclass(slots=True)
class Place:
    """Where this process works: made by the parent before it forks, shared with its children.

    Plain shared memory, no lock: a process killed while it held a lock would hang all the others.
    """

    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    stop: Any = field(default_factory=lambda: RawValue("b", 0))
    last_wake: Any = field(default_factory=lambda: RawValue("d", 0.0))

    @property
    def worker(self) -> str:
        """The name under which this process claims: machine, run of the parent, process."""
        host = socket.gethostname()[:100].replace(":", "-")
        return f"{host}:{self.run}:{os.getpid()}"

    def is_stopping(self) -> bool:
        return bool(self.stop.value)


place = Place()
_heart = Heart()


def serve(cluster: str) -> int:
    """Advance due jobs of a cluster for a slice of time; return how many were taken.

    Never raises: a message that failed would only be delivered again, and says nothing anyway.
    """
    place.last_wake.value = time.monotonic()
    taken = 0
    end = time.monotonic() + tempo().slice
    try:
        close_old_connections()
        while not place.is_stopping():
            claim = queue.claim_next(cluster, place.worker)
            if claim is None:
                return taken
            taken += 1
            advance(claim)
            if time.monotonic() >= end:
                # Hand the process back now and then; somebody has to come for the rest.
                wake.ring(cluster)
                break
    except Error as error:
        logger.warning("queue %s: %s", cluster, error)
        connection.close()
    except Exception:
        logger.exception("queue %s", cluster)
    return taken


def advance(claim: Claim) -> None:
    """Call the handler until it is done, waits, fails, or its slice is over; settle the job."""
    started = time.monotonic()
    claim.stopping = place.is_stopping
    claim.deadline = started + tempo().slice
    _heart.hold(claim)
    error = ""
    answer = CONTINUE
    try:
        answer = _step(claim)
        while answer.kind is AdvanceKind.CONTINUE and not claim.should_yield():
            answer = _step(claim)
    except LostClaimError:
        logger.warning("%s %s was given to another worker", claim.kind, claim.subject_id)
        return
    except Exception as failure:
        if isinstance(failure, Error) and not connection.is_usable():
            # Not the handler's doing: the database went away under it.
            answer = wait(dt.timedelta(seconds=tempo().backoff), "base de données indisponible")
        else:
            error = traceback.format_exc(limit=-20)[-_ERROR_LENGTH:]
        logger.exception("%s %s failed", claim.kind, claim.subject_id)
    finally:
        _heart.drop()
    _settle_through_outages(claim, answer, error, round((time.monotonic() - started) * 1000))


def _step(claim: Claim) -> Advance:
    claim.touched_at = time.monotonic()
    answer = registration_of(claim.kind).handler(claim)
    give_back()
    if not isinstance(answer, Advance):
        raise TypeError(f"the handler of {claim.kind} answered {answer!r}, not an Advance")
    if connection.in_atomic_block:
        raise RuntimeError(f"the handler of {claim.kind} left a transaction open")
    return answer


def _settle_through_outages(claim: Claim, answer: Advance, error: str, busy_ms: int) -> None:
    """Write the answer; a database that restarts meanwhile must not cost the job a death."""
    for tried in range(_SETTLING_TRIES):
        try:
            if tried:
                renew(claim)
            held = _settle(claim, answer, error, busy_ms)
        except Error as failure:
            logger.warning("%s %s not settled: %s", claim.kind, claim.subject_id, failure)
            connection.close()
            time.sleep(min(2**tried * 0.1, 5))
            continue
        if not held:
            logger.warning("%s %s was given to another worker", claim.kind, claim.subject_id)
        return


def _settle(claim: Claim, answer: Advance, error: str, busy_ms: int) -> bool:
    if claim.progress is not None:
        renew(claim)
    if error:
        return _settle_error(claim, error, busy_ms)
    if answer.kind is AdvanceKind.DONE:
        return queue.finish(claim, busy_ms=busy_ms)
    if answer.kind is AdvanceKind.WAIT:
        assert answer.until is not None  # noqa: S101 - `wait` always gives it
        return queue.postpone(claim, answer.until, answer.reason, busy_ms=busy_ms)
    if answer.kind is AdvanceKind.FAILED:
        return give_up(claim, answer.reason)
    return queue.give_back(claim, busy_ms=busy_ms)


def _settle_error(claim: Claim, error: str, busy_ms: int) -> bool:
    with tenant_scope(claim.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET last_error = %s WHERE tenant_id = %s AND id = %s AND token = %s "
            "RETURNING failures",
            [error, claim.tenant_id, claim.job_id, claim.token],
        )
        row = cursor.fetchone()
    if row is None:
        return False
    if row[0] + 1 >= tempo().failures:
        return give_up(claim, f"{row[0] + 1} échecs de suite")
    return queue.retry_later(claim, error, busy_ms=busy_ms)


def give_up(claim: Claim, reason: str) -> bool:
    """Quarantine the job in hand; if its subject cannot be told, try again later."""
    try:
        return quarantine(
            tenant_id=claim.tenant_id, job_id=claim.job_id, token=claim.token, reason=reason
        )
    except Error:
        raise
    except Exception:
        logger.exception("quarantine of %s %s", claim.kind, claim.subject_id)
        return queue.retry_later(claim, traceback.format_exc(limit=-20), busy_ms=0)
