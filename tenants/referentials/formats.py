"""File formats: a PRONOM signature file that replaces the formats of the coffre.

Until a coffre imports one, it knows every format that the identifier in use can name. Importing an
older file, or one with fewer formats, is allowed and said (WARNING).
"""

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import FileFormat, FormatRelease
from tenants.referentials.dates import parse_moment, write_moment
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.markup import find_markup
from tenants.referentials.reports import ImportReport, problem
from tenants.selectors.built_in import PRONOM_VERSION, built_in_formats

KIND = "formats"
EVENT = "STP_REFERENTIAL_FORMAT_IMPORT"
NAMESPACE = "http://www.nationalarchives.gov.uk/pronom/SignatureFile"
NOT_PRONOM = f"{EVENT}.KO"
COMPARED = {
    "Name": "name",
    "Version": "version_name",
    "MIMEType": "mime_types",
    "Extension": "extensions",
    "HasPriorityOverFileFormatID": "priority_over",
}


@dataclass(frozen=True, slots=True)
class FormatLine:
    """One format of the file."""

    puid: str
    name: str
    version_name: str
    mime_types: str
    extensions: tuple[str, ...]
    priority_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A PRONOM file read: its version, its date, its formats."""

    version: int
    published_at: dt.datetime
    formats: tuple[FormatLine, ...]


def import_formats(
    *, tenant: Tenant, content: bytes, agent: Agent, file_name: str = ""
) -> ImportReport:
    """Replace the formats of a coffre by those of a PRONOM file."""
    return carry_out(
        lambda: judge_formats(content),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="xml",
    )


def check_formats(*, tenant: Tenant, content: bytes) -> ImportReport:
    """Say what an import would do, and do nothing."""
    return carry_out(
        lambda: judge_formats(content),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=Agent(),
        content=content,
        check=True,
    )


def read_formats(content: bytes) -> tuple[SignatureFile | None, list[Problem]]:
    """Read a signature file; no DOCTYPE, no entity, nothing fetched."""
    if b"<!DOCTYPE" in content:
        return None, [problem(NOT_PRONOM, "doctype")]
    try:
        return _parse(content)
    except etree.XMLSyntaxError as error:
        return None, [
            problem(NOT_PRONOM, "not_xml", line=error.lineno or 0, detail=str(error.msg)[:200])
        ]


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _parse(content: bytes) -> tuple[SignatureFile | None, list[Problem]]:
    tree = etree.parse(
        io.BytesIO(content),
        etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
    )
    root: Any = tree.getroot()
    version, published = root.get("Version", ""), parse_moment(root.get("DateCreated", ""))
    if root.tag != _name("FFSignatureFile") or not version.isdigit() or published is None:
        return None, [problem(NOT_PRONOM, "not_pronom", line=root.sourceline, seen=root.tag)]
    elements: list[Any] = root.findall(
        f"{{{NAMESPACE}}}FileFormatCollection/{{{NAMESPACE}}}FileFormat"
    )
    puids = {element.get("ID"): element.get("PUID", "") for element in elements}
    lines, problems, seen = [], [], set()
    for element in elements:
        line = _read_format(element, puids)
        if not line.puid or not line.name:
            problems.append(problem(NOT_PRONOM, "missing", line=element.sourceline, element="PUID"))
        elif line.puid in seen:
            problems.append(
                problem(NOT_PRONOM, "duplicate_in_file", line=element.sourceline, seen=line.puid)
            )
        elif found := find_markup(line.name):
            problems.append(problem(NOT_PRONOM, "markup", line=element.sourceline, seen=found))
        seen.add(line.puid)
        lines.append(line)
    if not lines:
        problems.append(problem(NOT_PRONOM, "not_pronom", line=root.sourceline))
    return SignatureFile(int(version), published, tuple(lines)), problems


def _read_format(element: Any, puids: dict[str, str]) -> FormatLine:
    def texts(name: str) -> list[str]:
        return [child.text or "" for child in element.findall(_name(name))]

    return FormatLine(
        puid=element.get("PUID", ""),
        name=element.get("Name", ""),
        version_name=element.get("Version", ""),
        mime_types=element.get("MIMEType", ""),
        extensions=tuple(texts("Extension")),
        priority_over=tuple(
            puids[one] for one in texts("HasPriorityOverFileFormatID") if one in puids
        ),
    )


def judge_formats(content: bytes) -> Judgement:
    """Compare a file with the formats in force in the open scope."""
    signature, problems = read_formats(content)
    if signature is None or problems:
        return Judgement(problems=problems)
    rows = {row.identifier: row for row in FileFormat.objects.all()}
    release = FormatRelease.objects.first()
    before = _before(rows)
    after = {line.puid: line for line in signature.formats}
    added = [puid for puid in after if puid not in before]
    removed = [puid for puid in before if puid not in after]
    updated = {puid: _differences(before[puid], after[puid]) for puid in after if puid in before}
    updated = {puid: lines for puid, lines in updated.items() if lines}
    previous = release.number if release else PRONOM_VERSION
    previous_date = release.published_at if release else None
    warnings = _warnings(signature, previous, previous_date, removed)
    document = {
        "StatusCode": "WARNING" if warnings else "OK",
        "PreviousPronomVersion": str(previous),
        "PreviousPronomCreationDate": write_moment(previous_date) if previous_date else None,
        "NewPronomVersion": str(signature.version),
        "NewPronomCreationDate": write_moment(signature.published_at),
        "RemovedPUIDs": removed,
        "AddedPUIDs": added,
        "UpdatedPUIDs": updated,
        "Warnings": [_warning_text(found) for found in warnings],
    }
    return Judgement(
        problems=warnings,
        inserted=added,
        updated=list(updated),
        deleted=removed,
        after={puid: _document(after[puid]) for puid in (*added, *updated)},
        warnings=[_warning_text(found) for found in warnings],
        document=document,
        steps=[
            EventDraft("FILE_FORMAT_REPORT", Outcome.OK),
            EventDraft("STP_BACKUP_REFERENTIAL_FORMAT", Outcome.OK),
        ],
        apply=lambda _operation: _apply(signature, rows, release),
    )


def describe_format(row: FileFormat) -> dict[str, Any]:
    """Return a format under the names of the PRONOM file."""
    return _document(_line_of(row))


def _document(line: FormatLine) -> dict[str, Any]:
    return {
        "PUID": line.puid,
        "Name": line.name,
        "Version": line.version_name,
        "MIMEType": line.mime_types,
        "Extension": list(line.extensions),
        "HasPriorityOverFileFormatID": list(line.priority_over),
    }


def _line_of(row: FileFormat) -> FormatLine:
    return FormatLine(
        row.identifier,
        row.name,
        row.version_name,
        row.mime_types,
        tuple(row.extensions),
        tuple(row.priority_over),
    )


def _before(rows: dict[str, FileFormat]) -> dict[str, FormatLine]:
    if not rows:
        return {
            one.puid: FormatLine(one.puid, one.name, one.version, one.mime_type, (), ())
            for one in built_in_formats().values()
        }
    return {row.identifier: _line_of(row) for row in rows.values()}


def _differences(before: FormatLine, after: FormatLine) -> list[str]:
    lines = []
    for name, column in COMPARED.items():
        old, new = getattr(before, column), getattr(after, column)
        if old != new:
            lines += [f"- {name} : {_written(old)}", f"+ {name} : {_written(new)}"]
    return lines


def _written(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _warnings(
    signature: SignatureFile, previous: int, previous_date: dt.datetime | None, removed: list[str]
) -> list[Problem]:
    code = f"{EVENT}.WARNING"
    found = []
    if signature.version == previous:
        found.append(("same_version", str(previous)))
    elif signature.version < previous:
        found.append(("older_version", str(signature.version)))
    if previous_date is not None and signature.published_at == previous_date:
        found.append(("same_date", write_moment(previous_date)))
    elif previous_date is not None and signature.published_at < previous_date:
        found.append(("older_date", write_moment(signature.published_at)))
    if removed:
        found.append(("formats_removed", str(len(removed))))
    return [problem(code, reason, seen=seen, outcome=Outcome.WARNING) for reason, seen in found]


def _warning_text(found: Problem) -> str:
    words = {
        "same_version": "Same referential version: {}",
        "older_version": "New imported referential version is older: {}",
        "same_date": "Same referential date: {}",
        "older_date": "New imported referential date is older: {}",
        "formats_removed": "{} puids removed.",
    }
    return words[found.reason].format(found.seen)


def _apply(
    signature: SignatureFile, rows: dict[str, FileFormat], release: FormatRelease | None
) -> Results:
    moment = clock.now()
    created = {identifier: row.created_at for identifier, row in rows.items()}
    versions = {identifier: row.version for identifier, row in rows.items()}
    FileFormat.objects.all().delete()
    FileFormat.objects.bulk_create(
        [_row(line, created, versions, moment) for line in signature.formats], batch_size=500
    )
    release = release or FormatRelease()
    release.number, release.published_at = signature.version, signature.published_at
    release.save()
    return ()


def _row(
    line: FormatLine,
    created: dict[str, dt.datetime],
    versions: dict[str, int],
    moment: dt.datetime,
) -> FileFormat:
    return FileFormat(
        identifier=line.puid,
        name=line.name,
        version_name=line.version_name,
        mime_types=line.mime_types,
        extensions=list(line.extensions),
        priority_over=list(line.priority_over),
        created_at=created.get(line.puid, moment),
        updated_at=moment,
        version=versions.get(line.puid, -1) + 1,
    )
