"""Places where a worker kills itself while it undoes a deposit; plans are those of ``traps``.

Plans bear the identifier of the request. The steps are ``FONDS`` (everything leaves the fonds in
one transaction), ``OFFERS`` (the bytes are destroyed, batch by batch) and ``CERTIFICATE``.
"""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.cancellation import execution, leftovers
from ingest.services.cancelling import JOB_KIND
from sae.jobs import registry
from sae.jobs.claim import Claim
from sae.jobs.registry import CONTINUE, Advance
from tests.faults.traps import FOLDER, calls, die_if_planned, plan_path

STEPS = {"FONDS": "_from_fonds", "OFFERS": "destroy_stored", "CERTIFICATE": "_certify"}
"""The steps, and the functions of ``execution`` that carry them out."""

Step = Callable[..., Any]
_subject: list[uuid.UUID] = []


def install() -> None:
    """Put traps around the cancellation in this process."""
    for step, name in STEPS.items():
        setattr(execution, name, _trapped(step, getattr(execution, name)))
    leftovers.delete_stored = _trapped_batch(leftovers.delete_stored)
    known = registry.registration_of(JOB_KIND)
    registry._registered[JOB_KIND] = replace(known, handler=_trapped_handler(known.handler))


@contextmanager
def counted_cancellation() -> Iterator[None]:
    """Have the steps run in this process note how many calls each one makes."""
    kept = {name: getattr(execution, name) for name in STEPS.values()}
    for step, name in STEPS.items():
        setattr(execution, name, _counting(step, kept[name]))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(execution, name, function)


def _count_path(step: str) -> Path:
    return Path(os.environ[FOLDER]) / f"calls.cancellation.{step}"


def _counting(step: str, function: Step) -> Step:
    def run(*given: Any, **named: Any) -> Any:
        with calls(lambda count: None) as counter:
            answer = function(*given, **named)
        _count_path(step).write_text(str(counter[0]))
        return answer

    return run


def _trapped_handler(handler: registry.Handler) -> registry.Handler:
    def run(claim: Claim) -> Advance:
        _subject[:] = [claim.subject_id]
        answer = handler(claim)
        # Committed, the queue not yet told.
        die_if_planned(claim.subject_id, "after", "FONDS" if answer is CONTINUE else "CERTIFICATE")
        return answer

    return run


def _trapped(step: str, function: Step) -> Step:
    def run(*given: Any, **named: Any) -> Any:
        subject = _subject[0]
        die_if_planned(subject, "before", step)
        if plan_path(subject, "halfway", step).exists():
            half = int(_count_path(step).read_text()) // 2

            def die_halfway(count: int) -> None:
                if count == half:
                    sys.setprofile(None)
                    die_if_planned(subject, "halfway", step)

            with calls(die_halfway):
                answer = function(*given, **named)
        else:
            answer = function(*given, **named)
        # The bytes are destroyed by transactions of their own: see ``_trapped_batch``.
        die_if_planned(subject, "after" if step == "OFFERS" else "writing", step)
        return answer

    return run


def _trapped_batch(delete: Step) -> Step:
    def run(*given: Any, **named: Any) -> Any:
        answer = delete(*given, **named)
        if _subject:
            die_if_planned(_subject[0], "writing", "OFFERS")
        return answer

    return run
