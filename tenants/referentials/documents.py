"""Referentials written in JSON: an array of elements added to those of the coffre, all or none.

``DocumentKind`` says what a kind is made of; importing is the same for all.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import IdentifierSequence, Referential
from tenants.referentials import fields as read
from tenants.referentials.dates import write_moment
from tenants.referentials.fields import Field
from tenants.referentials.identifiers import Mode, give_identifiers, mode_of
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.json_reading import Entry, read_documents
from tenants.referentials.reports import ImportReport, problem

Check = Callable[[Sequence[Entry], str, Tenant], list[Problem]]


def no_check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find nothing wrong: the fields say all there is to say."""
    return []


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of referential: its table, its fields, its events and its own rules.

    ``check(entries, event, tenant)`` finds what fields alone cannot: references, consistency; its
    codes begin with ``event``, which is the import's or the update's. ``derive(values)`` fills the
    columns that follow from others. ``suffixes`` gives the code of a reason where it is not that
    of ``CODES``. ``shown`` are names and columns given out, and never taken in; ``reserved`` are
    identifiers of the platform's own elements.
    """

    slug: str
    model: type[Referential]
    event: str
    update_event: str
    backup_event: str
    prefix: str
    fields: tuple[Field, ...]
    mode: Mode = IdentifierSequence.Mode.EITHER
    check: Check = no_check
    derive: Callable[[dict[str, Any]], None] = lambda values: None
    suffixes: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[tuple[str, str], ...] = ()
    reserved: Collection[str] = ()

    def code(self, event: str, reason: str) -> str:
        """Return the outcome code of a fault of reading."""
        suffix = self.suffixes.get(reason) or CODES.get(reason, "BAD_REQUEST")
        return f"{event}.{suffix}.KO"

    def field_named(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


CODES = {
    "missing": "EMPTY_REQUIRED_FIELD",
    "empty": "EMPTY_REQUIRED_FIELD",
    "not_date": "EMPTY_REQUIRED_FIELD",
    "unknown_field": "UNKNOWN_VALUE",
    "already_exists": "IDENTIFIER_DUPLICATION",
    "duplicate_in_file": "IDENTIFIER_DUPLICATION",
}


def dates() -> tuple[Field, ...]:
    """Fields of time that every referential has; the platform alone writes the last update."""
    return (
        Field("CreationDate", "created_at", read.moment, frozen=True, dumps=write_moment),
        Field("LastUpdate", "updated_at", read.moment, ignored=True, dumps=write_moment),
    )


def identifier(*, required: bool = False) -> Field:
    return Field("Identifier", "identifier", read.filled_text, required=required, frozen=True)


def contract_fields(*, status_required: bool = False) -> tuple[Field, ...]:
    """Fields that every contract, context and profile has."""
    return (
        identifier(),
        Field("Name", "name", read.filled_text, required=True, needed=True),
        Field("Description", "description", read.text, default=""),
        Field(
            "Status",
            "status",
            read.choice("ACTIVE", "INACTIVE"),
            required=status_required,
            default="INACTIVE",
            needed=True,
        ),
        Field("ActivationDate", "activated_at", read.moment, default=None, dumps=_optional_moment),
        Field(
            "DeactivationDate", "deactivated_at", read.moment, default=None, dumps=_optional_moment
        ),
        *dates(),
    )


def _optional_moment(value: Any) -> str | None:
    return None if value is None else write_moment(value)


def import_documents(
    kind: DocumentKind,
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    check: bool = False,
) -> ImportReport:
    """Add the elements of a JSON file to a coffre, all or none; ``check`` only says what for."""
    return carry_out_documents(
        kind,
        lambda: judge_documents(kind, content, tenant),
        tenant=tenant,
        content=content,
        agent=agent,
        file_name=file_name,
        check=check,
    )


def carry_out_documents(
    kind: DocumentKind,
    judge: Callable[[], Judgement],
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str,
    check: bool,
) -> ImportReport:
    """Judge a JSON file of a kind, apply and journal it; ``check`` only judges."""
    return carry_out(
        judge,
        kind=kind.slug,
        event=kind.event,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="json",
        check=check,
    )


def judge_documents(kind: DocumentKind, content: bytes, tenant: Tenant) -> Judgement:
    """Read a file and compare it with the referential in the open scope."""
    entries, problems = read_documents(
        content,
        kind.fields,
        code=f"{kind.event}.BAD_REQUEST.KO",
        fault_code=lambda fault: kind.code(kind.event, fault.reason),
        allow_single=True,
    )
    if entries:
        problems += identifier_problems(kind, entries)
        problems += kind.check(entries, kind.event, tenant)
    problems.sort(key=lambda found: found.arguments.get("position", 0))
    if problems:
        return Judgement(
            problems=problems,
            outcome_detail=problems[0].code,
            document={"errors": [found.code for found in problems]},
        )
    return Judgement(
        inserted=[entry.label for entry in entries],
        after={entry.label: entry.raw for entry in entries},
        document={"inserted": [entry.label for entry in entries]},
        steps=[EventDraft(kind.backup_event, Outcome.OK)],
        apply=lambda _operation: _insert(kind, entries, tenant),
    )


def identifier_problems(kind: DocumentKind, entries: Sequence[Entry]) -> list[Problem]:
    """Say which identifiers are missing, repeated in the file, or already taken."""
    mode = mode_of(kind.slug, kind.mode)
    if mode == IdentifierSequence.Mode.GENERATED:
        return []
    rows = kind.model.objects.filter(identifier__in=[entry.identifier for entry in entries])
    taken = {*rows.values_list("identifier", flat=True), *kind.reserved}
    found = repeated_in_file(kind, entries)
    for entry in entries:
        if entry.identifier in taken:
            found.append(identifier_problem(kind, entry, "already_exists"))
        elif mode == IdentifierSequence.Mode.GIVEN and entry.raw.get("Identifier") is None:
            found.append(identifier_problem(kind, entry, "missing"))
    return found


def repeated_in_file(kind: DocumentKind, entries: Sequence[Entry]) -> list[Problem]:
    """Say which identifiers the file gives twice."""
    counts = Counter(entry.identifier for entry in entries if entry.identifier)
    return [
        identifier_problem(kind, entry, "duplicate_in_file")
        for entry in entries
        if counts[entry.identifier] > 1
    ]


def identifier_problem(kind: DocumentKind, entry: Entry, reason: str) -> Problem:
    element = next(one.name for one in kind.fields if one.column == "identifier")
    return problem(
        kind.code(kind.event, reason),
        reason,
        element=element,
        identifier=entry.label or f"[{entry.position}]",
        seen=entry.identifier,
        line=entry.line,
        position=entry.position,
    )


def reference_problem(
    entry: Entry, code: str, reason: str, *, element: str, seen: object, **more: Any
) -> Problem:
    """Make the problem of a value that the rest of the coffre contradicts."""
    return problem(
        code,
        reason,
        element=element,
        identifier=entry.label or f"[{entry.position}]",
        seen=seen,
        line=entry.line,
        position=entry.position,
        **more,
    )


def _insert(kind: DocumentKind, entries: Sequence[Entry], tenant: Tenant) -> Results:
    moment = clock.now()
    give_identifiers(
        kind.slug,
        kind.mode,
        kind.prefix,
        [entry.values for entry in entries],
        is_taken=lambda name: (
            name in kind.reserved or kind.model.objects.filter(identifier=name).exists()
        ),
    )
    rows = []
    for entry in entries:
        values = {"created_at": moment, **entry.values}
        kind.derive(values)
        rows.append(kind.model(**values, updated_at=moment, tenant_id=tenant.id))
    kind.model.objects.bulk_create(rows)
    return tuple(as_document(kind, row, tenant) for row in rows)


_EMPTY: Collection[Any] = (None, "", [], {})


def _value(one: Field, row: Referential) -> Any:
    """Return what a document says of one field; what is accepted and not kept has no column."""
    if one.ignored and one.dumps is None:
        return None
    value = getattr(row, one.column)
    return one.dumps(value) if one.dumps else value


def describe(kind: DocumentKind, row: Referential) -> dict[str, Any]:
    """Return an element under the names of its file, its own dates and what is empty left out.

    An empty list counts as given in a file, and some are then refused: it is left out too.
    """
    document = {}
    for one in kind.fields:
        value = _value(one, row)
        if value not in _EMPTY and one.column not in ("created_at", "updated_at"):
            document[one.name] = value
    return document


def as_document(kind: DocumentKind, row: Referential, tenant: Tenant) -> dict[str, Any]:
    """Return an element in the peers' shape; what is empty is left out."""
    document: dict[str, Any] = {
        "#id": str(row.id),
        "#tenant": tenant.number,
        "#version": row.version,
    }
    for one in kind.fields:
        value = _value(one, row)
        if value is not None and value != "":
            document[one.name] = value
    for name, column in kind.shown:
        if value := getattr(row, column):
            document[name] = value
    return document
