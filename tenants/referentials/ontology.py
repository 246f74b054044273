"""The ontology: a JSON array that replaces the vocabularies of the coffre, by difference.

A vocabulary in use keeps a type its values can bear; those of the platform stay.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import OntologyTerm
from tenants.referentials import fields as read
from tenants.referentials.counting import count_uses
from tenants.referentials.documents import dates, reference_problem
from tenants.referentials.fields import Fault, Field
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.json_reading import Entry, read_documents
from tenants.referentials.reports import ImportReport, problem
from tenants.selectors.ontology import Term, effective_ontology

KIND = "ontologies"
EVENT = "IMPORT_ONTOLOGY"
PREFIX = "STP_IMPORT_ONTOLOGIES"

TYPE_DETAILS: Mapping[str, str] = {
    "TEXT": "STRING",
    "KEYWORD": "STRING",
    "GEO_POINT": "STRING",
    "DATE": "DATETIME",
    "LONG": "LONG",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "ENUM": "ENUM",
}
ALLOWED_CHANGES: Mapping[str, frozenset[str]] = {
    "TEXT": frozenset({"KEYWORD"}),
    "KEYWORD": frozenset({"TEXT"}),
    "DATE": frozenset({"KEYWORD", "TEXT"}),
    "GEO_POINT": frozenset({"KEYWORD", "TEXT"}),
    "ENUM": frozenset({"KEYWORD", "TEXT"}),
}
"""Types that a vocabulary may take: those that bear any value it already has."""

_BAD_EXTERNAL_NAME = re.compile(r"^[_#]|\s")

FIELDS = (
    Field("Identifier", "identifier", read.filled_text, required=True),
    Field("SedaField", "seda_field", read.text, default=""),
    Field("ApiField", "api_field", read.text, default=""),
    Field("ShortName", "short_name", read.text, default=""),
    Field("Description", "description", read.text, default=""),
    Field("Type", "type", read.choice(*OntologyTerm.Type.values), required=True),
    Field("TypeDetail", "type_detail", read.text, default=""),
    Field("StringSize", "string_size", read.choice("SHORT", "MEDIUM", "LARGE"), default=""),
    Field("Origin", "origin", read.choice(*OntologyTerm.Origin.values), required=True),
    Field("Collections", "collections", read.list_of(read.filled_text), required=True),
    *dates(),
)
COLUMNS = (
    "seda_field",
    "api_field",
    "short_name",
    "description",
    "type",
    "type_detail",
    "string_size",
    "origin",
    "collections",
)


def import_ontology(
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    force: bool = False,
    replace: bool = True,
    check: bool = False,
) -> ImportReport:
    """Replace the ontology of a coffre; ``force`` lifts the checks on types and removals.

    With ``replace=False`` what the file does not name stays.
    """
    return carry_out(
        lambda: judge_ontology(content, force=force, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="json",
        check=check,
    )


def _fault_code(fault: Fault) -> str:
    if fault.inside in ("_id", "#id"):
        return f"{PREFIX}_ID_NOT_ALLOWED_IN_CREATE.KO"
    if fault.reason in ("missing", "empty"):
        return f"{PREFIX}_MISSING_INFORMATION.KO"
    return f"{PREFIX}_INVALID_PARAMETER.KO"


def judge_ontology(content: bytes, *, force: bool = False, replace: bool = True) -> Judgement:
    """Compare a file with the ontology in force in the open scope."""
    entries, problems = read_documents(
        content, FIELDS, code=f"{PREFIX}_NOT_JSON_FORMAT.KO", fault_code=_fault_code
    )
    current = effective_ontology()
    for entry in entries:
        complete(entry.values)
    if not replace:
        entries += _others(entries, current)
    problems += _name_problems(entries)
    wanted = {entry.identifier: entry for entry in entries}
    inserted = [entry for entry in entries if entry.identifier not in current]
    updated = [
        entry
        for entry in entries
        if entry.identifier in current and _differs(entry, current[entry.identifier])
    ]
    deleted = [] if problems else [one for one in current if one not in wanted]
    if not force:
        problems += _change_problems(updated, current)
        problems += _removal_problems(deleted, current)
    report = EventDraft("ONTOLOGY_REPORT", Outcome.OK)
    if problems:
        return Judgement(
            problems=problems,
            document={
                "errors": {
                    found.place.identifier or "file": {"Code": found.code, "Seen": found.seen}
                    for found in problems
                }
            },
            steps=[report],
        )
    return Judgement(
        inserted=[entry.identifier for entry in inserted],
        updated=[entry.identifier for entry in updated],
        deleted=deleted,
        after={entry.identifier: entry.raw for entry in (*inserted, *updated)},
        document={
            "createdOntologies": [entry.identifier for entry in inserted],
            "updatedOntologies": [entry.identifier for entry in updated],
            "deletedOntologies": deleted,
        },
        steps=[report, EventDraft("BACKUP_ONTOLOGY", Outcome.OK)],
        apply=lambda _operation: _apply(entries, updated),
    )


def _others(entries: Sequence[Entry], current: Mapping[str, Term]) -> list[Entry]:
    """Return the vocabularies in force that a file does not name, as if it did."""
    named = {entry.identifier for entry in entries}
    return [
        Entry(0, {"identifier": name, **_columns_of(term)}, describe_term(term))
        for name, term in current.items()
        if name not in named
    ]


def _columns_of(term: Term) -> dict[str, Any]:
    values = {column: getattr(term, column) for column in COLUMNS}
    return {**values, "collections": list(term.collections)}


def complete(values: dict[str, Any]) -> None:
    """Give a vocabulary the detail of type and the size that its file leaves out."""
    kind = values.get("type")
    if kind and not values.get("type_detail"):
        values["type_detail"] = TYPE_DETAILS[kind]
    if values.get("type_detail") == "STRING" and not values.get("string_size"):
        values["string_size"] = "MEDIUM"


def _name_problems(entries: Sequence[Entry]) -> list[Problem]:
    """Identifiers are unique whatever their case; those of the organisation are plain words, and
    neither they nor the SEDA elements they name are those of another vocabulary.
    """
    owners: dict[str, set[int]] = {}
    identifiers = Counter(entry.identifier.lower() for entry in entries)
    for entry in entries:
        for name in _names(entry):
            owners.setdefault(name.lower(), set()).add(entry.position)
    problems = []
    for entry in entries:
        is_external = entry.values.get("origin") == OntologyTerm.Origin.EXTERNAL
        clashing = [name for name in _names(entry) if is_external and len(owners[name.lower()]) > 1]
        if identifiers[entry.identifier.lower()] > 1:
            clashing = clashing or [entry.identifier]
        problems += [
            reference_problem(
                entry,
                f"{PREFIX}_IDENTIFIER_ALREADY_IN_ONTOLOGY.KO",
                "same_field",
                element="Identifier" if name == entry.identifier else "SedaField",
                seen=name,
            )
            for name in clashing
        ]
        if is_external and _BAD_EXTERNAL_NAME.search(entry.identifier):
            problems.append(
                reference_problem(
                    entry,
                    f"{PREFIX}_INVALID_PARAMETER.KO",
                    "blank",
                    element="Identifier",
                    seen=entry.identifier,
                )
            )
    return problems


def _names(entry: Entry) -> set[str]:
    return {name for name in (entry.identifier, entry.values.get("seda_field")) if name}


def _differs(entry: Entry, term: Term) -> bool:
    for column in COLUMNS:
        before = getattr(term, column)
        # The platform's own vocabularies are shipped without labels: these say nothing new.
        if not term.is_stored and column in ("short_name", "description"):
            continue
        after = entry.values.get(column)
        if (list(before) if isinstance(before, tuple) else before) != after:
            return True
    return False


def _change_problems(updated: Sequence[Entry], current: Mapping[str, Term]) -> list[Problem]:
    problems = []
    for entry in updated:
        term, kind = current[entry.identifier], entry.values.get("type")
        if kind and kind != term.type and kind not in ALLOWED_CHANGES.get(term.type, ()):
            problems.append(
                reference_problem(
                    entry,
                    f"{PREFIX}_UPDATE_INVALID_TYPE.KO",
                    "type_change",
                    element="Type",
                    seen=kind,
                    before=term.type,
                )
            )
        if entry.values.get("origin") not in (None, term.origin):
            problems.append(
                reference_problem(
                    entry,
                    f"{PREFIX}_INTERNAL_EXTERNAL_CONFLICT_EXCEPTION.KO",
                    "internal_changed",
                    element="Origin",
                    seen=entry.identifier,
                )
            )
    return problems


def _removal_problems(deleted: Sequence[str], current: Mapping[str, Term]) -> list[Problem]:
    own = [one for one in deleted if current[one].origin != OntologyTerm.Origin.INTERNAL]
    used = count_uses(KIND, own)
    problems = []
    for identifier in deleted:
        if current[identifier].origin == OntologyTerm.Origin.INTERNAL:
            code, reason = f"{PREFIX}_DELETE_NOT_AUTHORIZED.KO", "internal_deleted"
        elif identifier in used:
            reason = "term_in_profile" if used[identifier].named_by else "term_in_units"
            code = f"{PREFIX}_DELETE_USED_ONTOLOGY.KO"
        else:
            continue
        problems.append(problem(code, reason, identifier=identifier, seen=identifier))
    return problems


def describe_term(row: OntologyTerm | Term) -> dict[str, Any]:
    """Return a vocabulary under the names of its file; what is empty is left out."""
    document = {}
    for one in FIELDS:
        value = getattr(row, one.column, None)
        if value and one.column not in ("created_at", "updated_at"):
            document[one.name] = list(value) if isinstance(value, tuple) else value
    return document


def _apply(entries: Sequence[Entry], updated: Sequence[Entry]) -> Results:
    """Write the whole ontology: from now on it stands in place of the platform's."""
    moment = clock.now()
    rows = {row.identifier: row for row in OntologyTerm.objects.all()}
    changed = {entry.identifier for entry in updated}
    wanted = {entry.identifier for entry in entries}
    OntologyTerm.objects.exclude(identifier__in=wanted).delete()
    fresh = []
    for entry in entries:
        values = {column: entry.values.get(column, "") for column in COLUMNS}
        row = rows.get(entry.identifier)
        if row is None:
            created = entry.values.get("created_at", moment)
            fresh.append(
                OntologyTerm(
                    identifier=entry.identifier, created_at=created, updated_at=moment, **values
                )
            )
        elif entry.identifier in changed:
            for column, value in values.items():
                setattr(row, column, value)
            row.updated_at = moment
            row.version += 1
            row.save()
    OntologyTerm.objects.bulk_create(fresh)
    return ()
