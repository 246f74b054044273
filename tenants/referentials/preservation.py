"""Griffins and preservation scenarios: JSON arrays that replace what the coffre had.

They are kept and checked here; the tools that would run them are no part of the platform yet.
"""

from collections.abc import Sequence
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import Griffin, PreservationScenario
from tenants.referentials import fields as read
from tenants.referentials.documents import (
    DocumentKind,
    carry_out_documents,
    dates,
    identifier,
    reference_problem,
    repeated_in_file,
)
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.imports import Agent, Judgement, Results
from tenants.referentials.json_reading import Entry, read_documents
from tenants.referentials.reports import ImportReport, problem
from tenants.selectors.ingest import known_formats

ACTIONS = ("ANALYSE", "GENERATE", "IDENTIFY", "EXTRACT", "EXTRACT_AU")


def _filled_list(item: read.Reader) -> read.Reader:
    reader = read.list_of(item, unique=False)

    def read_list(value: Any) -> list[Any]:
        kept: list[Any] = reader(value)
        if not kept:
            raise Refused(Fault("empty"))
        return kept

    return read_list


def _check_action(action: dict[str, Any]) -> None:
    values = action.get("Values")
    if action["Type"] == "GENERATE" and not (values and {"Extension", "Args"} <= set(values)):
        raise Refused(Fault("values_missing", inside="Values", seen=""))


ACTION_DETAIL = read.nested(
    (
        Field("Type", "", read.choice(*ACTIONS), required=True),
        Field(
            "Values",
            "",
            read.nested(
                (
                    Field("Extension", "", read.filled_text),
                    Field("Args", "", read.list_of(read.text, unique=False)),
                    Field(
                        "FilteredExtractedObjectGroupData",
                        "",
                        read.list_of(read.text, unique=False),
                    ),
                    Field("FilteredExtractedUnitData", "", read.list_of(read.text, unique=False)),
                )
            ),
        ),
    ),
    _check_action,
)
RUN_FIELDS = (
    Field("GriffinIdentifier", "", read.filled_text, required=True),
    Field("Timeout", "", read.whole, required=True),
    Field("MaxSize", "", read.whole, required=True),
    Field("Debug", "", read.flag, required=True),
    Field("ActionDetail", "", _filled_list(ACTION_DETAIL), required=True),
)
BY_FORMAT = read.nested(
    (Field("FormatList", "", _filled_list(read.filled_text), required=True), *RUN_FIELDS)
)
# Tools of the field repeat the formats in the default griffin, where they mean nothing.
DEFAULT_RUN = read.nested(
    (Field("FormatList", "", read.list_of(read.text, unique=False), ignored=True), *RUN_FIELDS)
)


def check_griffins(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Refuse to leave out a griffin that a scenario runs."""
    kept = {entry.identifier for entry in entries}
    used = {
        run["GriffinIdentifier"]
        for scenario in PreservationScenario.objects.all()
        for run in _runs(scenario.griffins_by_format, scenario.default_griffin)
    }
    known = set(Griffin.objects.values_list("identifier", flat=True))
    return [
        problem(f"{event}.KO", "deleted_in_use", identifier=name, seen=name)
        for name in sorted((used & known) - kept)
    ]


def _runs(
    by_format: Sequence[dict[str, Any]], default: dict[str, Any] | None
) -> list[dict[str, Any]]:
    return [*by_format, *([default] if default else [])]


def check_scenarios(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find unknown griffins and formats, and scenarios that run nothing."""
    griffins = set(Griffin.objects.values_list("identifier", flat=True))
    problems = []
    for entry in entries:
        by_format = entry.values.get("griffins_by_format") or []
        runs = _runs(by_format, entry.values.get("default_griffin"))
        given = any(entry.raw.get(name) for name in ("GriffinByFormat", "DefaultGriffin"))
        if not runs and not given:
            problems.append(
                reference_problem(
                    entry, f"{event}.KO", "griffin_missing", element="GriffinByFormat", seen=""
                )
            )
        for run in runs:
            if run["GriffinIdentifier"] not in griffins:
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.KO",
                        "griffin_unknown",
                        element="GriffinIdentifier",
                        seen=run["GriffinIdentifier"],
                    )
                )
        puids = {puid for run in by_format for puid in run["FormatList"]}
        problems += [
            reference_problem(
                entry, f"{event}.KO", "format_unknown", element="FormatList", seen=puid
            )
            for puid in sorted(puids - set(known_formats(puids)))
        ]
    return problems


GRIFFINS = DocumentKind(
    slug="griffins",
    model=Griffin,
    event="STP_IMPORT_GRIFFIN",
    update_event="STP_UPDATE_GRIFFIN",
    backup_event="STP_BACKUP_GRIFFIN",
    prefix="GRI",
    check=check_griffins,
    fields=(
        identifier(required=True),
        Field("Name", "name", read.filled_text, required=True),
        Field("Description", "description", read.text, default=""),
        Field("ExecutableName", "executable_name", read.filled_text, required=True),
        Field("ExecutableVersion", "executable_version", read.filled_text, required=True),
        *dates(),
    ),
)
SCENARIOS = DocumentKind(
    slug="scenarios",
    model=PreservationScenario,
    event="IMPORT_PRESERVATION_SCENARIO",
    update_event="UPDATE_PRESERVATION_SCENARIO",
    backup_event="STP_BACKUP_SCENARIO",
    prefix="PSC",
    check=check_scenarios,
    fields=(
        identifier(required=True),
        Field("Name", "name", read.filled_text, required=True),
        Field("Description", "description", read.text, default=""),
        Field("ActionList", "actions", _filled_list(read.choice(*ACTIONS)), required=True),
        Field(
            "GriffinByFormat",
            "griffins_by_format",
            read.list_of(BY_FORMAT, unique=False),
            default=list,
        ),
        Field("DefaultGriffin", "default_griffin", DEFAULT_RUN, default=None),
        Field("MetadataFilter", "metadata_filter", read.list_of(read.text), ignored=True),
        *dates(),
    ),
)


def import_preservation(
    kind: DocumentKind,
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    check: bool = False,
) -> ImportReport:
    """Replace the griffins, or the scenarios, of a coffre by those of a JSON file."""
    return carry_out_documents(
        kind,
        lambda: _judge(kind, content, tenant),
        tenant=tenant,
        content=content,
        agent=agent,
        file_name=file_name,
        check=check,
    )


def _judge(kind: DocumentKind, content: bytes, tenant: Tenant) -> Judgement:
    entries, problems = read_documents(
        content,
        kind.fields,
        code=f"{kind.event}.KO",
        fault_code=lambda fault: f"{kind.event}.KO",
        allow_empty=True,
        allow_single=True,
    )
    problems += repeated_in_file(kind, entries)
    problems += kind.check(entries, kind.event, tenant)
    if problems:
        return Judgement(
            problems=problems,
            document={"StatusCode": "KO", "errors": [found.reason for found in problems]},
        )
    rows = {row.identifier: row for row in kind.model.objects.all()}
    wanted = {entry.identifier: entry for entry in entries}
    inserted = [name for name in wanted if name not in rows]
    deleted = [name for name in rows if name not in wanted]
    updated = [name for name in wanted if name in rows and _differs(wanted[name], rows[name])]
    return Judgement(
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        after={name: wanted[name].raw for name in (*inserted, *updated)},
        document={
            "StatusCode": "OK",
            "RemovedIdentifiers": deleted,
            "AddedIdentifiers": inserted,
            "UpdatedIdentifiers": updated,
            "Warnings": [],
        },
        steps=[EventDraft(kind.backup_event, Outcome.OK)],
        apply=lambda _operation: _apply(kind, wanted, rows, deleted),
    )


def _differs(entry: Entry, row: Any) -> bool:
    return any(
        getattr(row, column) != value
        for column, value in entry.values.items()
        if column != "created_at"
    )


def _apply(
    kind: DocumentKind, wanted: dict[str, Entry], rows: dict[str, Any], deleted: Sequence[str]
) -> Results:
    moment = clock.now()
    kind.model.objects.filter(identifier__in=deleted).delete()
    for name, entry in wanted.items():
        row = rows.get(name)
        if row is None:
            kind.model(**{"created_at": moment, **entry.values}, updated_at=moment).save()
        elif _differs(entry, row):
            for column, value in entry.values.items():
                setattr(row, column, value)
            row.updated_at = moment
            row.version += 1
            row.save()
    return ()
