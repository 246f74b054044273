"""Reading a JSON referential: an array of documents, each with its known fields and no other."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sae.kernel.problems import Problem
from tenants.referentials.fields import Fault, Field, read_fields
from tenants.referentials.markup import find_markup
from tenants.referentials.reports import problem

MAX_DEPTH = 60
CREATION_MARKS = frozenset({"_id", "#id", "_tenant", "#tenant", "_v", "#version"})
"""Fields that the platform alone writes: refused in a file that creates."""

FaultCode = Callable[[Fault], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the file: its ``position`` from 1, and its values by column.

    ``line`` is the line of the file on which it begins, when that is known.
    """

    position: int
    values: dict[str, Any]
    raw: Mapping[str, Any]
    line: int | None = None

    @property
    def identifier(self) -> str:
        found: str = self.values.get("identifier", "")
        return found

    @property
    def label(self) -> str:
        """Name the document in a problem: its identifier, else its name."""
        named = self.values.get("identifier") or self.values.get("name") or ""
        return str(named)


class _DuplicateKeyError(ValueError):
    pass


def parse_json(content: bytes, *, code: str) -> tuple[Any, list[Problem]]:
    """Parse JSON strictly: UTF-8, no repeated key, no markup; return the value or the faults."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [problem(code, "not_utf8")]
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        if text.lstrip()[:5] == "%PDF-":
            return None, [problem(code, "not_text")]
        return None, [problem(code, "not_json", line=error.lineno, column=error.colno)]
    except _DuplicateKeyError as error:
        return None, [problem(code, "duplicate_key", element=str(error), seen=str(error))]
    except (ValueError, RecursionError):
        return None, [problem(code, "not_json")]
    if _depth(value) > MAX_DEPTH:
        return None, [problem(code, "not_json")]
    markup = [
        problem(code, "markup", element=path, seen=found)
        for path, string in strings_of(value)
        if (found := find_markup(string))
    ]
    return value, markup


def read_documents(
    content: bytes,
    fields: Sequence[Field],
    *,
    code: str,
    fault_code: FaultCode,
    allow_empty: bool = False,
    allow_single: bool = False,
) -> tuple[list[Entry], list[Problem]]:
    """Read an array of documents; return those that could be read, and every fault.

    ``allow_single`` takes one document for an array of one.
    """
    value, problems = parse_json(content, code=code)
    if problems:
        return [], problems
    if allow_single and isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return [], [problem(code, "not_array")]
    if not value and not allow_empty:
        return [], [problem(code, "empty_file")]
    entries = []
    lines = lines_of_elements(content)
    for position, document in enumerate(value, start=1):
        line = lines[position - 1] if position <= len(lines) else None
        if not isinstance(document, dict):
            problems.append(
                problem(code, "not_object", element=f"[{position}]", line=line, position=position)
            )
            continue
        values, faults = read_fields(document, fields)
        entry = Entry(position, values, document, line)
        entries.append(entry)
        problems.extend(fault_problem(fault, entry, fault_code) for fault in faults)
    return entries, problems


def fault_problem(fault: Fault, entry: Entry, fault_code: FaultCode) -> Problem:
    """Make the problem of a fault found in a document of the file."""
    reason = "not_ours" if fault.inside in CREATION_MARKS else fault.reason
    seen = fault.seen if isinstance(fault.seen, str) else json.dumps(fault.seen, default=str)
    return problem(
        fault_code(fault),
        reason,
        element=fault.inside,
        identifier=entry.label or f"[{entry.position}]",
        seen=seen,
        expected=fault.expected,
        line=entry.line,
        position=entry.position,
    )


def lines_of_elements(content: bytes) -> list[int]:
    """Return the line on which each element of a JSON array begins; empty for anything else."""
    text = content.decode("utf-8-sig", "replace")
    decoder, lines = json.JSONDecoder(), []
    at, line, counted = _after_blanks(text, 0), 1, 0
    if text[at : at + 1] != "[":
        return []
    at = _after_blanks(text, at + 1)
    try:
        while at < len(text) and text[at] != "]":
            line += text.count("\n", counted, at)
            counted = at
            lines.append(line)
            _value, at = decoder.raw_decode(text, at)
            at = _after_blanks(text, at)
            if text[at : at + 1] == ",":
                at = _after_blanks(text, at + 1)
    except (ValueError, RecursionError):
        return []
    return lines


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def strings_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string of a JSON value, keys included, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, element in value.items():
            yield f"{path}.{key}".lstrip("."), key
            yield from strings_of(element, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield from strings_of(element, f"{path}[{position}]")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateKeyError(key)
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        following: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                following.extend(one.values())
            elif isinstance(one, list):
                following.extend(one)
        level = following
        if depth > MAX_DEPTH:
            break
    return depth
