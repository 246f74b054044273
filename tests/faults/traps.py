"""Places where a worker kills itself, planned by files; installed in the workers of these tests.

A plan is a file ``<deposit>.<moment>.<step>`` in the folder named by ``SAE_FAULTS_FOLDER``: sprung
once, then removed (kept when it begins with ``always.``). The moments, in the order of a step:

before    the step is about to begin
halfway   in the middle of its work: half of the calls that an undisturbed run made
writing   in the transaction, its rows written, not committed
after     committed, the answer not yet given to the queue
"""

import datetime as dt
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from ingest.services import advancing
from ingest.steps import STEPS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from ingest.workflow.runner import Advance

FOLDER = "SAE_FAULTS_FOLDER"
MOMENTS = ("before", "halfway", "writing", "after")
RETRY_OFFER_AFTER = dt.timedelta(seconds=0.4)


def plan_path(deposit_id: uuid.UUID, moment: str, step: str, *, always: bool = False) -> Path:
    """Return the file that plans a death."""
    name = f"{deposit_id}.{moment}.{step}"
    return Path(os.environ[FOLDER]) / (f"always.{name}" if always else name)


def deaths_of(deposit_id: uuid.UUID) -> list[str]:
    """Return where workers died on a deposit, in order: « moment step »."""
    path = Path(os.environ[FOLDER]) / f"{deposit_id}.deaths"
    return path.read_text().splitlines() if path.exists() else []


def die_if_planned(deposit_id: uuid.UUID, moment: str, step: str) -> None:
    """SIGKILL oneself when it was planned here."""
    always = plan_path(deposit_id, moment, step, always=True)
    plan = plan_path(deposit_id, moment, step)
    if not always.exists():
        if not plan.exists():
            return
        plan.unlink()
    _note(f"{deposit_id}.deaths", f"{moment} {step}")
    os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Put traps around every step of this process."""
    for code, function in list(STEPS.items()):
        STEPS[code] = _trapped(code, function)
    advancing.advance = _trapped_advance(advancing.advance)  # type: ignore[assignment]
    advancing.RETRY_OFFER_AFTER = RETRY_OFFER_AFTER


@contextmanager
def counted_calls() -> Iterator[None]:
    """Have the steps run in this process note how many calls each one makes."""
    kept = dict(STEPS)
    for code, function in kept.items():
        STEPS[code] = _counting(code, function)
    try:
        yield
    finally:
        STEPS.update(kept)


StepFunction = Callable[[StepContext], StepReport]


def _counting(code: str, function: StepFunction) -> StepFunction:
    def run(context: StepContext) -> StepReport:
        with calls(lambda count: None) as counter:
            report = function(context)
        (Path(os.environ[FOLDER]) / f"calls.{code}").write_text(str(counter[0]))
        return report

    return run


def _trapped(code: str, function: StepFunction) -> StepFunction:
    def run(context: StepContext) -> StepReport:
        deposit = context.deposit.id
        die_if_planned(deposit, "before", code)
        if plan_path(deposit, "halfway", code).exists():
            half = int((Path(os.environ[FOLDER]) / f"calls.{code}").read_text()) // 2

            def die_halfway(count: int) -> None:
                if count == half:
                    sys.setprofile(None)
                    die_if_planned(deposit, "halfway", code)

            with calls(die_halfway):
                report = function(context)
        else:
            report = function(context)
        write = report.write

        def write_then_die() -> None:
            if write is not None:
                write()
            die_if_planned(deposit, "writing", code)

        return replace(report, write=write_then_die)

    return run


def _trapped_advance(advance: Callable[..., Advance]) -> Callable[..., Advance]:
    def run(**arguments: Any) -> Advance:
        steps = arguments["steps"]
        ran: list[str] = []

        def noted(code: str) -> StepFunction:
            def step(context: StepContext) -> StepReport:
                ran.append(code)
                return steps[code](context)

            return step

        answer = advance(**{**arguments, "steps": {code: noted(code) for code in steps}})
        for code in ran:
            die_if_planned(arguments["deposit_id"], "after", code)
        return answer

    return run


@contextmanager
def calls(on_call: Callable[[int], None]) -> Iterator[list[int]]:
    """Count the calls made by this thread within the block."""
    counter = [0]

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            counter[0] += 1
            on_call(counter[0])

    sys.setprofile(profile)
    try:
        yield counter
    finally:
        sys.setprofile(None)


def _note(name: str, line: str) -> None:
    path = Path(os.environ[FOLDER]) / name
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)
