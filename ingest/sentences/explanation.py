"""From a problem's code and arguments to the words an archivist reads."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.models import DepositProblem
from ingest.sentences import (
    containers,
    grammar,
    header,
    keeping,
    manifest,
    objects,
    package,
    reception,
    units,
)
from ingest.sentences.sentence import Sentence
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.ui import french

CATALOGUE: dict[tuple[str, str], Sentence] = {
    key: sentence
    for room in (reception, containers, grammar, manifest, header, package, objects, units, keeping)
    for key, sentence in room.SENTENCES.items()
}

_OUTCOMES = {outcome.name for outcome in Outcome}
_ABSENT = "…"
_DIGEST = re.compile(r"[0-9a-fA-F]{32,}")


@dataclass(frozen=True, slots=True)
class Explained:
    """One problem in French. ``code`` is the stable code, shown in small beside the title."""

    title: str
    why: str
    sentence: str
    advice: str
    code: str
    outcome: str
    file: str
    line: int | None
    column: int | None
    element: str
    identifier: str
    subject: str
    seen: str
    expected: str
    further: bool = False

    @property
    def has_place(self) -> bool:
        """Whether a file, an element or an identifier says where the problem stands."""
        return bool(self.file or self.element or self.identifier)

    @property
    def note(self) -> str:
        """What names the place for people: the file, or the title of the unit."""
        return self.file or self.subject


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one kind, in the order in which they were found; ``further``: see
    ``DepositProblem``."""

    title: str
    why: str
    code: str
    reason: str
    outcome: str
    items: tuple[Explained, ...]
    count: int
    further: bool = False

    @property
    def left(self) -> int:
        """How many problems of this kind are not among ``items``."""
        return self.count - len(self.items)


def explain(problem: Problem | DepositProblem) -> Explained:
    """Put one problem in words; a code without words of its own is still explained."""
    place = problem.place if isinstance(problem, Problem) else problem
    outcome = problem.outcome.name if isinstance(problem, Problem) else problem.outcome
    words = sentence_of(problem.code, problem.reason)
    arguments = _Arguments(problem.arguments)
    for name, value in {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "element": place.element,
        "identifier": place.identifier,
        "seen": problem.seen,
        "expected": problem.expected,
    }.items():
        if value not in ("", None):
            arguments[name] = _readable(value)
    advice = str(words.advice).format_map(arguments)
    if words.hint and problem.arguments.get("suggestion"):
        advice = f"{str(words.hint).format_map(arguments)} {advice}"
    return Explained(
        title=str(words.title),
        why=str(words.why),
        sentence=str(words.text).format_map(arguments),
        advice=advice,
        code=problem.code,
        outcome=outcome,
        file=place.file,
        line=place.line,
        column=place.column,
        element=place.element,
        identifier=place.identifier,
        subject=str(problem.arguments.get("title", "")),
        seen=problem.seen,
        expected=problem.expected,
        further=isinstance(problem, DepositProblem) and problem.further,
    )


def group_problems(
    problems: Iterable[Problem | DepositProblem],
    *,
    counts: Mapping[tuple[str, str, bool], int] | None = None,
) -> list[ProblemGroup]:
    """Gather problems of one kind: those of the controls that ran, then the others; within each,
    gravest first, then by first appearance.

    ``counts`` gives, by (code, reason, further), the real number of problems when only the first
    ones of each kind were read from the database.
    """
    groups: dict[tuple[str, str, bool], list[Explained]] = {}
    for problem in problems:
        further = isinstance(problem, DepositProblem) and problem.further
        groups.setdefault((problem.code, problem.reason, further), []).append(explain(problem))
    made = [
        ProblemGroup(
            title=items[0].title,
            why=items[0].why,
            code=code,
            reason=reason,
            outcome=items[0].outcome,
            items=tuple(items),
            count=counts[code, reason, further] if counts else len(items),
            further=further,
        )
        for (code, reason, further), items in groups.items()
    ]
    return sorted(made, key=lambda group: (group.further, -Outcome[group.outcome]))


def sentence_of(code: str, reason: str = "") -> Sentence:
    """Return the words of a code and reason: the most precise first, then its parents'."""
    for candidate in _candidates(code, reason):
        if candidate in CATALOGUE:
            return CATALOGUE[candidate]
    return keeping.OURS if code.endswith(".FATAL") else keeping.THEIRS


def has_sentence(code: str, reason: str = "") -> bool:
    """Tell whether this very code and reason have words of their own."""
    keys = [(code, reason), (_stem(code), reason)] + ([("", reason)] if reason else [])
    return any(key in CATALOGUE for key in keys)


def _candidates(code: str, reason: str) -> Iterable[tuple[str, str]]:
    stem = _stem(code)
    if reason:
        yield (code, reason)
        yield (stem, reason)
        yield ("", reason)
    yield (code, "")
    if code.endswith(".FATAL"):
        # The words of a KO must not be said of our own fault, unless the detail is its own.
        action, _dot, detail = stem.partition(".")
        if detail:
            yield (stem, "")
        yield (f"{action}.FATAL", "")
        if (action, "") not in keeping.SENTENCES:
            return
    while stem:
        yield (stem, "")
        stem = stem.rpartition(".")[0]


def _stem(code: str) -> str:
    stem, _dot, outcome = code.rpartition(".")
    return stem if outcome in _OUTCOMES else code


def _readable(value: Any) -> Any:
    """Shorten a digest within a sentence: whole, two of them fill the page."""
    return french.shorten(value) if isinstance(value, str) and _DIGEST.fullmatch(value) else value


class _Arguments(dict[str, Any]):
    """Arguments of a sentence; one that the problem lacks leaves an ellipsis, never an error."""

    def __missing__(self, key: str) -> str:
        return _ABSENT
