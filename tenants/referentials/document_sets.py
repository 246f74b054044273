"""Contracts, contexts, profiles: a file that completes what the coffre has, or replaces it.

What people bring on the screen. Applications, as with the peers, only add (``documents``), and
change one element at a time (``updates``).
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import IdentifierSequence, Referential, ReferentialVersion
from tenants.referentials.counting import count_uses
from tenants.referentials.documents import (
    DocumentKind,
    as_document,
    carry_out_documents,
    describe,
    identifier_problem,
    repeated_in_file,
)
from tenants.referentials.identifiers import give_identifiers, mode_of
from tenants.referentials.imports import Agent, Judgement, Results
from tenants.referentials.json_reading import Entry, read_documents
from tenants.referentials.reports import ImportReport, problem
from tenants.referentials.updates import field_differences

_NEVER_WRITTEN = ("identifier", "created_at")
"""Columns that a file does not change in an element that is there."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """An element of the coffre and what the file makes of it."""

    row: Referential
    after: Referential
    differences: Mapping[str, list[str]]


def change_documents(
    kind: DocumentKind,
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    replace: bool = False,
    check: bool = False,
) -> ImportReport:
    """Add and change the elements of a JSON file; with ``replace``, remove those it does not name.

    An element that the file names is as the file says, whole: a field left out has its default.
    One operation; ``check`` only says what it would do.
    """
    return carry_out_documents(
        kind,
        lambda: judge_set(kind, content, tenant, replace=replace),
        tenant=tenant,
        content=content,
        agent=agent,
        file_name=file_name,
        check=check,
    )


def judge_set(kind: DocumentKind, content: bytes, tenant: Tenant, *, replace: bool) -> Judgement:
    """Compare a file with the whole of a kind in the open scope.

    Elements that the file does not change are not checked again: an export imports, whatever has
    become of what it names.
    """
    entries, problems = read_documents(
        content,
        kind.fields,
        code=f"{kind.event}.BAD_REQUEST.KO",
        fault_code=lambda fault: kind.code(kind.event, fault.reason),
        allow_single=True,
    )
    rows = {row.identifier: row for row in kind.model.objects.all()}
    problems += repeated_in_file(kind, entries)
    faulty = {found.arguments.get("position") for found in problems}
    fresh = [one for one in entries if one.identifier not in rows]
    problems += _naming_problems(kind, fresh)
    changed = _changed(kind, [one for one in entries if one.position not in faulty], rows)
    touched = [
        one
        for one in entries
        if one.identifier not in rows or one.position in faulty or one.identifier in changed
    ]
    problems += kind.check(touched, kind.event, tenant)
    problems.sort(key=lambda found: found.arguments.get("position", 0))
    deleted: list[str] = []
    if replace and entries:
        named = {entry.identifier for entry in entries}
        deleted = [name for name in rows if name not in named]
        problems += _removal_problems(kind, deleted)
    if problems:
        return Judgement(
            problems=problems,
            outcome_detail=problems[0].code,
            document={"errors": [found.code for found in problems]},
        )
    after = {one.label: describe(kind, _made(kind, one)) for one in fresh}
    after |= {name: describe(kind, one.after) for name, one in changed.items()}
    differences = {name: one.differences for name, one in changed.items()}
    return Judgement(
        inserted=[one.label for one in fresh],
        updated=list(changed),
        deleted=deleted,
        after=after,
        document={
            "inserted": [one.label for one in fresh],
            "updatedDiffs": differences,
            "deleted": deleted,
        },
        steps=[
            EventDraft(
                kind.backup_event,
                Outcome.OK,
                detail={"updatedDiffs": differences, "deleted": deleted},
            )
        ],
        apply=lambda _operation: _apply(kind, fresh, changed, deleted, tenant),
    )


def _naming_problems(kind: DocumentKind, fresh: Sequence[Entry]) -> list[Problem]:
    """Say which new elements lack a name that a file must give, or take one of the platform's."""
    mode = mode_of(kind.slug, kind.mode)
    found = []
    for entry in fresh:
        if entry.identifier in kind.reserved:
            found.append(identifier_problem(kind, entry, "already_exists"))
        elif mode == IdentifierSequence.Mode.GIVEN and not entry.identifier:
            found.append(identifier_problem(kind, entry, "missing"))
    return found


def _changed(
    kind: DocumentKind, entries: Sequence[Entry], rows: Mapping[str, Referential]
) -> dict[str, _Changed]:
    """Return the elements of the coffre that the file changes, by identifier."""
    found = {}
    for entry in entries:
        row = rows.get(entry.identifier)
        if row is None:
            continue
        values = dict(entry.values)
        kind.derive(values)
        after = copy.copy(row)
        for column, value in values.items():
            if column not in _NEVER_WRITTEN:
                setattr(after, column, value)
        columns = {one.column: getattr(after, one.column) for one in kind.fields if not one.ignored}
        if differences := field_differences(kind, row, columns):
            found[entry.identifier] = _Changed(row, after, differences)
    return found


def _removal_problems(kind: DocumentKind, deleted: Sequence[str]) -> list[Problem]:
    return [
        problem(f"{kind.event}.KO", "deleted_in_use", identifier=name, seen=name)
        for name in count_uses(kind.slug, deleted)
    ]


def _made(kind: DocumentKind, entry: Entry) -> Referential:
    moment = clock.now()
    values = {"created_at": moment, **entry.values}
    kind.derive(values)
    return kind.model(**values, updated_at=moment)


def _apply(
    kind: DocumentKind,
    fresh: Sequence[Entry],
    changed: Mapping[str, _Changed],
    deleted: Sequence[str],
    tenant: Tenant,
) -> Results:
    _give_names(kind, fresh)
    moment = clock.now()
    kind.model.objects.filter(identifier__in=deleted).delete()
    made = [_made(kind, one) for one in fresh]
    kind.model.objects.bulk_create(made)
    for one in changed.values():
        one.after.updated_at = moment
        one.after.version = one.row.version + 1
        one.after.save()
    return tuple(as_document(kind, row, tenant) for row in made)


def _give_names(kind: DocumentKind, fresh: Sequence[Entry]) -> None:
    """Number new elements; one that comes back has the identifier it had."""
    names = {one.identifier for one in fresh if one.identifier}
    known: set[str] = set(
        ReferentialVersion.objects.filter(kind=kind.slug, identifier__in=names).values_list(
            "identifier", flat=True
        )
    )

    def is_taken(name: str) -> bool:
        if name in kind.reserved or name in known:
            return True
        return kind.model.objects.filter(identifier=name).exists()

    give_identifiers(
        kind.slug,
        kind.mode,
        kind.prefix,
        [one.values for one in fresh if one.identifier not in known],
        is_taken=is_taken,
    )
