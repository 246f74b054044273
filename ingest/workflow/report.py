"""What a step says of itself: outcomes of its actions, problems, and what to write."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sae.kernel.outcomes import Outcome, worst
from sae.kernel.problems import Problem


@dataclass(slots=True)
class ActionReport:
    """Outcome of one action (or sub-action, in ``parts``).

    ``sub_code`` refines the outcome's detail: ``CHECK_SEDA`` + ``NOT_XSD_VALID`` + KO reads
    ``CHECK_SEDA.NOT_XSD_VALID.KO``. A sub-code of a part is propagated to its parent as the
    reference system does.
    """

    code: str
    outcome: Outcome = Outcome.OK
    sub_code: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    duration_ms: int = 0
    parts: list["ActionReport"] = field(default_factory=list)

    @property
    def outcome_detail(self) -> str:
        """Stable code of the outcome, as written in the journal and the reply."""
        parts = [self.code, self.sub_code, self.outcome.name]
        return ".".join(part for part in parts if part)


class TargetsChangedError(Exception):
    """What the deposit hangs from or adds to is no longer what its controls saw.

    Raised by ``StepReport.write``: nothing of the step is kept, the deposit is refused, and what
    its earlier steps had put in the fonds leaves it.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.seen for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class StepReport:
    """Everything one run of a step leaves behind.

    ``write`` makes the step's changes in the database; the runner calls it in the transaction
    that also writes the events and moves the deposit on, so that either all or nothing is kept.
    ``further`` is what the steps that will not run would have said of a package already refused:
    it changes neither outcome nor events, and is told beside.
    """

    actions: list[ActionReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    further: list[Problem] = field(default_factory=list)
    write: Callable[[], None] | None = None

    @property
    def outcome(self) -> Outcome:
        return worst(action.outcome for action in self.actions)

    @property
    def failed(self) -> bool:
        return self.outcome >= Outcome.KO

    @contextmanager
    def action(self, code: str) -> Iterator[ActionReport]:
        """Time one action and add it to the report."""
        with timed(ActionReport(code)) as report:
            self.actions.append(report)
            yield report

    def fault(self, action: ActionReport, problems: Iterable[Problem]) -> bool:
        """Record the problems of an action, whose outcome becomes the worst of them.

        The first problem of the worst outcome gives the sub-code. Returns whether the action
        failed.
        """
        found = list(problems)
        if found:
            self.problems.extend(found)
            gravest = max(found, key=lambda problem: problem.outcome)
            if gravest.outcome > action.outcome:
                action.outcome = gravest.outcome
                action.sub_code = sub_code_of(gravest.code, action.code)
            technical = gravest.arguments.get("evDetTechData")
            if technical:
                action.detail.setdefault("evDetTechData", technical)
            action.counts[gravest.outcome.name] = action.counts.get(gravest.outcome.name, 0) + sum(
                problem.outcome == gravest.outcome for problem in found
            )
        return action.outcome >= Outcome.KO


def not_told(found: Iterable[Problem], known: Iterable[Problem]) -> list[Problem]:
    """Return the refusals among ``found`` that ``known`` does not tell already, each once.

    Of an element that the grammar refuses, the rest is not judged: it may follow from that.
    """
    known = list(known)
    told = {_identity(problem) for problem in known}
    refused = {problem.place.identifier for problem in known if problem.code.startswith(_GRAMMAR)}
    fresh = []
    for problem in found:
        identity = _identity(problem)
        at_fault = problem.place.identifier and problem.place.identifier in refused
        if problem.outcome >= Outcome.KO and identity not in told and not at_fault:
            told.add(identity)
            fresh.append(problem)
    return fresh


_GRAMMAR = "CHECK_SEDA."


def _identity(problem: Problem) -> tuple[object, ...]:
    place = problem.place
    return problem.reason, place.line, place.element, place.identifier, place.file, problem.seen


@contextmanager
def timed(report: ActionReport) -> Iterator[ActionReport]:
    """Fill in the duration of an action's report."""
    start = time.monotonic()
    try:
        yield report
    finally:
        report.duration_ms = round((time.monotonic() - start) * 1000)


def sub_code_of(code: str, action: str) -> str:
    """Return what stands between an action's code and the outcome in a stable code.

    >>> sub_code_of("CHECK_SEDA.NOT_XSD_VALID.KO", "CHECK_SEDA")
    'NOT_XSD_VALID'
    """
    body = code.rpartition(".")[0] or code
    if body == action:
        return ""
    return body.removeprefix(action + ".") if body.startswith(action + ".") else body
