"""What an import found and did, in our words and in the report the peers' tools read."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sae.kernel.outcomes import Outcome, worst
from sae.kernel.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one import, or of one check (``operation_id`` is then ``None``).

    ``outcome_detail`` is the code written in the journal (``STP_IMPORT_RULES.KO``). ``document`` is
    the report in the peers' shape. ``results`` are the elements written, in the peers' shape, for
    the kinds whose interface returns them.
    """

    kind: str
    outcome: Outcome
    outcome_detail: str
    problems: tuple[Problem, ...] = ()
    inserted: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    after: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operation_id: uuid.UUID | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    results: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Tell whether the file was applied (or would be)."""
        return self.outcome < Outcome.KO

    @property
    def is_malformed(self) -> bool:
        """Tell whether the file was refused before any reading of its meaning (HTTP 412)."""
        return any(problem.reason in MALFORMED for problem in self.problems)


MALFORMED = frozenset({"markup", "not_json"})


def problem(
    code: str,
    reason: str,
    *,
    line: int | None = None,
    column: int | None = None,
    element: str = "",
    identifier: str = "",
    seen: object = "",
    expected: object = "",
    outcome: Outcome = Outcome.KO,
    **arguments: Any,
) -> Problem:
    """Make a fault of a referential file; values seen are cut at 200 characters."""
    return Problem(
        code=code,
        outcome=outcome,
        reason=reason,
        place=Place(line=line, column=column, element=element, identifier=identifier[:200]),
        seen=str(seen)[:200],
        expected=str(expected),
        arguments=arguments,
    )


def outcome_of(problems: Sequence[Problem]) -> Outcome:
    """Return the worst outcome of a list of problems, OK when empty."""
    return worst(found.outcome for found in problems)


def problem_as_json(found: Problem) -> dict[str, Any]:
    """Return a problem as kept with its import."""
    return {
        "code": found.code,
        "outcome": found.outcome.name,
        "reason": found.reason,
        "line": found.place.line,
        "column": found.place.column,
        "element": found.place.element,
        "identifier": found.place.identifier,
        "seen": found.seen,
        "expected": found.expected,
        "arguments": dict(found.arguments),
    }


def problem_from_json(kept: Mapping[str, Any]) -> Problem:
    """Return a problem kept by ``problem_as_json``."""
    return Problem(
        code=kept["code"],
        outcome=Outcome[kept["outcome"]],
        reason=kept["reason"],
        place=Place(
            line=kept["line"],
            column=kept["column"],
            element=kept["element"],
            identifier=kept["identifier"],
        ),
        seen=kept["seen"],
        expected=kept["expected"],
        arguments=kept["arguments"],
    )
