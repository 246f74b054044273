"""Agencies: a CSV that replaces the whole referential of the coffre.

Three columns, or the twenty-one of an EAC-CPF record (several values are separated by ``|``). An
agency that owns archives, or that an access contract names, cannot be left out.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import Agency
from tenants.referentials.csv_reading import Row, Sheet, read_sheet
from tenants.referentials.dates import parse_day
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.line_reports import by_line
from tenants.referentials.reports import ImportReport, problem
from tenants.referentials.under_way import deposits_under_way
from tenants.referentials.usage import agencies_in_contracts, agencies_in_holdings

KIND = "agencies"
EVENT = "IMPORT_AGENCIES"
REQUIRED = ("Identifier", "Name", "Description")
SINGLE = (
    "EntityType",
    "EntityId",
    "BiogHist",
    "StructureOrGenealogy",
    "GeneralContext",
    "MaintenanceStatus",
    "LocalStatus",
    "EventDescription",
)
MULTIPLE = (
    "NameEntryParallel",
    "AuthorizedForm",
    "AlternativeForm",
    "Functions",
    "Places",
    "LegalStatuses",
    "Mandates",
    "Sources",
)
DATES = ("FromDate", "ToDate")

NOT_CSV = "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"
MISSING = "STP_IMPORT_AGENCIES_MISSING_INFORMATIONS.KO"
DUPLICATE = "STP_IMPORT_AGENCIES_ID_DUPLICATION.KO"
DELETED_IN_USE = "STP_IMPORT_AGENCIES_DELETE_USED_AGENCIES.KO"
DELETION = f"{EVENT}.DELETION.KO"
CONCURRENCE = f"{EVENT}.CONCURRENCE.KO"


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency as the file describes it."""

    identifier: str
    name: str
    description: str
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    def equals(self, row: Agency) -> bool:
        return (self.name, self.description, self.details) == (
            row.name,
            row.description,
            row.details,
        )

    @property
    def document(self) -> dict[str, str]:
        """The line as the file writes it; details that are empty are left out."""
        return _document(self.identifier, self.name, self.description, self.details)


def describe_agency(row: Agency) -> dict[str, str]:
    """Return an agency as the file that imports it writes it."""
    return _document(row.identifier, row.name, row.description, row.details)


def _document(
    identifier: str, name: str, description: str, details: Mapping[str, Any]
) -> dict[str, str]:
    written = {
        column: "|".join(details[column]) if isinstance(details[column], list) else details[column]
        for column in (*SINGLE, *MULTIPLE, *DATES)
        if column in details
    }
    return {"Identifier": identifier, "Name": name, "Description": description, **written}


def import_agencies(
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    replace: bool = True,
) -> ImportReport:
    """Replace the agencies of a coffre by those of a CSV file, or refuse the whole file.

    With ``replace=False`` the file completes the referential: what it does not name stays.
    """
    return carry_out(
        lambda: judge_agencies(content, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="csv",
        busy_code=CONCURRENCE,
    )


def check_agencies(
    *, tenant: Tenant, content: bytes, file_name: str = "", replace: bool = True
) -> ImportReport:
    """Say what an import would do, and do nothing."""
    return carry_out(
        lambda: judge_agencies(content, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=Agent(),
        content=content,
        file_name=file_name,
        media="csv",
        check=True,
    )


def read_agencies(content: bytes) -> tuple[list[AgencyLine], list[Problem]]:
    """Read the file; return its agencies and every fault."""
    sheet = read_sheet(
        content,
        code=NOT_CSV,
        encoding_code=NOT_CSV,
        required=REQUIRED,
        optional={*SINGLE, *MULTIPLE, *DATES},
    )
    problems = list(sheet.problems)
    lines: list[AgencyLine] = []
    first_lines: dict[str, int] = {}
    for row in sheet.rows:
        line, faults = _read_line(row, sheet)
        problems.extend(faults)
        if line.identifier and line.identifier in first_lines:
            problems.append(
                problem(
                    DUPLICATE,
                    "duplicate_in_file",
                    line=row.line,
                    column=sheet.column_number("Identifier"),
                    element="Identifier",
                    identifier=line.identifier,
                    seen=line.identifier,
                    first_line=first_lines[line.identifier],
                )
            )
        first_lines.setdefault(line.identifier, row.line)
        lines.append(line)
    problems.sort(key=lambda found: (found.place.line or 0, found.place.column or 0))
    return lines, problems


def _read_line(row: Row, sheet: Sheet) -> tuple[AgencyLine, list[Problem]]:
    problems = []
    for name in ("Identifier", "Name"):
        if not row[name]:
            problems.append(
                problem(
                    MISSING,
                    "empty",
                    line=row.line,
                    column=sheet.column_number(name),
                    element=name,
                    identifier=row["Identifier"],
                )
            )
    details: dict[str, Any] = {name: row[name] for name in SINGLE if row[name]}
    for name in MULTIPLE:
        if not row[name]:
            continue
        details[name] = [value.strip() for value in row[name].split("|")]
        if not all(details[name]):
            problems.append(_cell_problem(row, sheet, name, "empty_value", "a|b"))
    for name in DATES:
        if not row[name]:
            continue
        day = parse_day(row[name])
        if day is None:
            problems.append(_cell_problem(row, sheet, name, "not_date", "31/01/2026"))
        else:
            details[name] = day.isoformat()
    line = AgencyLine(row["Identifier"], row["Name"], row["Description"], details)
    return line, problems


def _cell_problem(row: Row, sheet: Sheet, name: str, reason: str, expected: str) -> Problem:
    return problem(
        NOT_CSV,
        reason,
        line=row.line,
        column=sheet.column_number(name),
        element=name,
        identifier=row["Identifier"],
        seen=row[name],
        expected=expected,
    )


def judge_agencies(content: bytes, *, replace: bool = True) -> Judgement:
    """Compare a file with the referential in the open scope."""
    lines, problems = read_agencies(content)
    if problems:
        return Judgement(
            problems=problems,
            document={"AgenciesToImport": [], "Errors": by_line(problems)},
            steps=[EventDraft("AGENCIES_REPORT", Outcome.OK)],
        )
    current = {row.identifier: row for row in Agency.objects.all()}
    wanted = {line.identifier: line for line in lines}
    inserted = [line for line in lines if line.identifier not in current]
    updated = [
        line
        for line in lines
        if line.identifier in current and not line.equals(current[line.identifier])
    ]
    deleted = [identifier for identifier in current if replace and identifier not in wanted]
    touched = [*deleted, *(line.identifier for line in updated)]
    in_contracts = agencies_in_contracts(touched)
    in_units = agencies_in_holdings(touched)
    in_deposits = deposits_under_way(KIND, deleted)
    refused = sorted({*in_contracts, *in_units, *in_deposits}.intersection(deleted))
    judgement = Judgement(
        problems=[
            problem(
                DELETED_IN_USE,
                "agency_has_archives"
                if identifier in in_units
                else "agency_in_contract"
                if identifier in in_contracts
                else "agency_in_deposit",
                identifier=identifier,
                seen=identifier,
            )
            for identifier in refused
        ],
        inserted=[line.identifier for line in inserted],
        updated=[line.identifier for line in updated],
        deleted=deleted,
        used=sorted(in_contracts | in_units),
        after={line.identifier: line.document for line in (*inserted, *updated)},
        outcome_detail=DELETION if refused else "",
        apply=lambda _operation: _apply(inserted, updated, deleted, current),
    )
    document: dict[str, Any] = {
        "AgenciesToImport": [line.identifier for line in lines],
        "InsertedAgencies": judgement.inserted,
        "UpdatedAgencies": judgement.updated,
        "DeletedAgencies": deleted,
        "UsedAgenciesByContracts": sorted(in_contracts),
        "UsedAgenciesByAu": sorted(in_units),
    }
    if refused:
        document["UsedAgenciesToDelete"] = refused
    judgement.document = document
    judgement.steps = _steps(in_contracts, in_units, accepted=not refused)
    return judgement


def _steps(in_contracts: set[str], in_units: set[str], *, accepted: bool) -> list[EventDraft]:
    steps = [
        EventDraft(
            f"{EVENT}.{name}",
            Outcome.WARNING if used else Outcome.OK,
            detail={"identifiers": sorted(used)} if used else {},
        )
        for name, used in (("USED_CONTRACT", in_contracts), ("USED_AU", in_units))
        if accepted or not used
    ]
    if accepted:
        steps += [
            EventDraft("IMPORT_AGENCIES_BACKUP_CSV", Outcome.OK),
            EventDraft("BACKUP_AGENCIES", Outcome.OK),
        ]
    return [*steps, EventDraft("AGENCIES_REPORT", Outcome.OK)]


def _apply(
    inserted: Sequence[AgencyLine],
    updated: Sequence[AgencyLine],
    deleted: Sequence[str],
    current: dict[str, Agency],
) -> Results:
    moment = clock.now()
    Agency.objects.filter(identifier__in=deleted).delete()
    Agency.objects.bulk_create(
        Agency(
            identifier=line.identifier,
            name=line.name,
            description=line.description,
            details=line.details,
            created_at=moment,
            updated_at=moment,
        )
        for line in inserted
    )
    for line in updated:
        row = current[line.identifier]
        row.name, row.description, row.details = line.name, line.description, line.details
        row.updated_at = moment
        row.version += 1
        row.save()
    return ()
