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


@dataclass(slots=True)
class StepReport:
    """Everything one run of a step leaves behind.

    ``write`` makes the step's changes in the database; the runner calls it in the transaction
    that also writes the events and moves the deposit on, so that either all or nothing is kept.
    """

    actions: list[ActionReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
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
