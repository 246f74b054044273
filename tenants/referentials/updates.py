"""Changing one element of a referential, as the peers write it: ``$action``, ``$set``, ``$unset``.

The element is judged as a whole after the change, by the same rules as an import.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import Referential
from tenants.referentials.documents import DocumentKind, as_document
from tenants.referentials.fields import MISSING, Field, Refused
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.json_reading import Entry, parse_json
from tenants.referentials.reports import ImportReport, problem

OWN_DATES = frozenset({"CreationDate", "LastUpdate"})
"""Dates that the platform keeps: an update that carries them is not refused, they stay."""

_ENUM_REASONS = frozenset({"not_in_list", "not_boolean"})


class UnknownElementError(LookupError):
    """No element of that kind has that identifier in the coffre."""


@dataclass(slots=True)
class _Change:
    """What an update asks: columns to write, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def update_document(
    kind: DocumentKind, *, tenant: Tenant, identifier: str, content: bytes, agent: Agent
) -> ImportReport:
    """Change an element; raises ``UnknownElementError`` when there is none.

    ``results`` of the report hold the element as it is after, ``document["updatedDiffs"]`` each
    field changed (``{"Status": ["- INACTIVE", "+ ACTIVE"]}``).
    """
    return carry_out(
        lambda: _judge(kind, identifier, content, tenant),
        kind=kind.slug,
        event=kind.update_event,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=f"{identifier}.json",
    )


def _judge(kind: DocumentKind, identifier: str, content: bytes, tenant: Tenant) -> Judgement:
    row = kind.model.objects.filter(identifier=identifier).first()
    if row is None:
        raise UnknownElementError(identifier)
    change = _read_change(kind, row, content)
    problems = change.problems
    if not problems:
        merged = {one.column: getattr(row, one.column) for one in kind.fields if not one.ignored}
        merged.update(change.values)
        kind.derive(merged)
        problems = kind.check([Entry(1, merged, {})], kind.update_event, tenant)
    if problems:
        return Judgement(problems=problems, outcome_detail=problems[0].code)
    diffs = field_differences(kind, row, merged)

    def keep(_operation: uuid.UUID) -> Results:
        if diffs:
            for column, value in merged.items():
                setattr(row, column, value)
            row.updated_at = clock.now()
            row.version += 1
            row.save()
        return (as_document(kind, row, tenant),)

    return Judgement(
        updated=[identifier] if diffs else [],
        document={"updatedDiffs": diffs},
        steps=[
            EventDraft(
                kind.backup_event,
                Outcome.OK,
                detail={"identifier": identifier, "updatedDiffs": diffs},
            )
        ],
        apply=keep,
    )


def _read_change(kind: DocumentKind, row: Referential, content: bytes) -> _Change:
    bad_request = f"{kind.update_event}.BAD_REQUEST.KO"
    query, problems = parse_json(content, code=bad_request)
    change = _Change(problems=problems)
    if problems:
        return change
    actions = query.get("$action") if isinstance(query, dict) else None
    if not isinstance(actions, list) or not actions:
        change.problems.append(problem(bad_request, "bad_action", element="$action"))
        return change
    for action in actions:
        if not isinstance(action, dict) or set(action) - {"$set", "$unset"}:
            change.problems.append(problem(bad_request, "bad_action", element="$action"))
            continue
        _read_set(kind, row, action.get("$set", {}), change)
        _read_unset(kind, row, action.get("$unset", []), change)
    return change


def _read_set(kind: DocumentKind, row: Referential, wanted: Any, change: _Change) -> None:
    bad_request = f"{kind.update_event}.BAD_REQUEST.KO"
    if not isinstance(wanted, Mapping):
        change.problems.append(problem(bad_request, "bad_action", element="$set"))
        return
    for name, value in wanted.items():
        one = kind.field_named(name)
        if name in OWN_DATES:
            continue
        if one is None:
            change.problems.append(_refusal(row, bad_request, "unknown_field", name, name))
        elif one.frozen:
            _check_frozen(kind, row, one, value, change)
        elif value is None:
            _remove(kind, row, name, one, change)
        else:
            _set(kind, row, one, value, change)


def _set(kind: DocumentKind, row: Referential, one: Field, value: Any, change: _Change) -> None:
    try:
        change.values[one.column] = one.read(value)
    except Refused as refused:
        for fault in refused.faults:
            inside = f"{one.name}{'' if fault.inside[:1] in ('', '[') else '.'}{fault.inside}"
            seen = value if fault.seen is MISSING else fault.seen
            is_choice = fault.reason in _ENUM_REASONS
            code = (
                f"{kind.update_event}.NOT_IN_ENUM.KO"
                if is_choice
                else kind.code(kind.update_event, fault.reason)
            )
            change.problems.append(
                _refusal(row, code, fault.reason, inside, seen, expected=fault.expected)
            )


def _check_frozen(
    kind: DocumentKind, row: Referential, one: Field, value: Any, change: _Change
) -> None:
    """An identifier given again unchanged is no change; any other is refused."""
    if value == getattr(row, one.column):
        return
    taken = kind.model.objects.filter(identifier=value if isinstance(value, str) else "").exists()
    suffix, reason = (
        ("IDENTIFIER_DUPLICATION", "already_exists") if taken else ("BAD_REQUEST", "frozen")
    )
    change.problems.append(
        _refusal(row, f"{kind.update_event}.{suffix}.KO", reason, one.name, value)
    )


def _read_unset(kind: DocumentKind, row: Referential, names: Any, change: _Change) -> None:
    bad_request = f"{kind.update_event}.BAD_REQUEST.KO"
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list | dict):
        change.problems.append(problem(bad_request, "bad_action", element="$unset"))
        return
    for name in names:
        one = kind.field_named(name) if isinstance(name, str) else None
        if one is None:
            change.problems.append(_refusal(row, bad_request, "unknown_field", str(name), name))
        else:
            _remove(kind, row, name, one, change)


def _remove(kind: DocumentKind, row: Referential, name: str, one: Field, change: _Change) -> None:
    """Bring a field back to its default; some fields an element cannot be without."""
    if one.required or one.needed or one.frozen or one.ignored or one.default is MISSING:
        code = f"{kind.update_event}.BAD_REQUEST.KO"
        change.problems.append(_refusal(row, code, "cannot_remove", name, name))
        return
    change.values[one.column] = one.default() if callable(one.default) else one.default


def _refusal(
    row: Referential, code: str, reason: str, element: str, seen: Any, *, expected: str = ""
) -> Problem:
    return problem(
        code, reason, element=element, identifier=row.identifier, seen=seen, expected=expected
    )


def field_differences(
    kind: DocumentKind, row: Referential, merged: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return each field that would change: ``{"Status": ["- INACTIVE", "+ ACTIVE"]}``."""
    diffs: dict[str, list[str]] = {}
    for one in kind.fields:
        if one.ignored or one.frozen:
            continue
        before, after = getattr(row, one.column), merged[one.column]
        if before != after:
            old, new = (one.dumps(v) if one.dumps else v for v in (before, after))
            diffs[one.name] = [f"- {old}", f"+ {new}"]
    return diffs
