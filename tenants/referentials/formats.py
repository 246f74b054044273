"""File formats: a PRONOM signature file that replaces the formats of the coffre.

Until a coffre imports one, it knows every format that the identifier in use can name. Importing an
older file, or one with fewer formats, is allowed and said (WARNING). The external formats of the
organisation, and what it notes on those of PRONOM, outlive the files of PRONOM.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import FileFormat, FormatRelease
from tenants.referentials.counting import count_uses
from tenants.referentials.dates import write_moment
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.reports import ImportReport, problem
from tenants.referentials.signature_file import (
    EVENT,
    NOT_PRONOM,
    FormatLine,
    SignatureFile,
    document_of,
    is_external,
    read_formats,
    write_formats,
)
from tenants.selectors.built_in import PRONOM_VERSION, built_in_formats

KIND = "formats"
SHIPPED_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""Date written for the formats that the platform ships, whose list has none."""
COMPARED = {
    "Name": "name",
    "Version": "version_name",
    "MIMEType": "mime_types",
    "Extension": "extensions",
    "HasPriorityOverFileFormatID": "priority_over",
    "Alert": "alert",
    "Comment": "comment",
}
OWN_FIELDS = ("Alert", "Comment")
"""What an organisation may say of a format of PRONOM."""


def import_formats(
    *, tenant: Tenant, content: bytes, agent: Agent, file_name: str = ""
) -> ImportReport:
    """Replace the formats of a coffre by those of a PRONOM file."""
    return change_formats(tenant=tenant, content=content, agent=agent, file_name=file_name)


def check_formats(*, tenant: Tenant, content: bytes, file_name: str = "") -> ImportReport:
    """Say what an import would do, and do nothing."""
    return change_formats(
        tenant=tenant, content=content, agent=Agent(), file_name=file_name, check=True
    )


def change_formats(
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    replace: bool = True,
    check: bool = False,
) -> ImportReport:
    """Replace the formats of PRONOM, or only add and change those that the file names."""
    return carry_out(
        lambda: judge_formats(content, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="xml",
        check=check,
    )


def judge_formats(content: bytes, *, replace: bool = True) -> Judgement:
    """Compare a file with the formats in force in the open scope."""
    signature, problems = read_formats(content)
    if signature is None or problems:
        return Judgement(problems=problems)
    rows = {row.identifier: row for row in FileFormat.objects.all()}
    release = FormatRelease.objects.first()
    before = _before(rows)
    after = _completed(signature, before)
    if not replace:
        after = {**before, **after}
    added = [puid for puid in after if puid not in before]
    removed = [puid for puid in before if puid not in after]
    if conflicts := _conflicts(removed):
        return Judgement(problems=conflicts)
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
        after={puid: document_of(after[puid]) for puid in (*added, *updated)},
        warnings=[_warning_text(found) for found in warnings],
        document=document,
        steps=[
            EventDraft("FILE_FORMAT_REPORT", Outcome.OK),
            EventDraft("STP_BACKUP_REFERENTIAL_FORMAT", Outcome.OK),
        ],
        apply=lambda _operation: _apply(signature, after, list(updated), rows, release),
    )


def _completed(signature: SignatureFile, before: Mapping[str, FormatLine]) -> dict[str, FormatLine]:
    """Return the formats that there would be: a file of PRONOM leaves what is not its own."""
    after = {line.puid: line for line in signature.formats}
    if not signature.is_complete:
        after |= {
            puid: line for puid, line in before.items() if is_external(puid) and puid not in after
        }
    for puid, line in after.items():
        known = None if signature.is_complete else before.get(puid)
        alert = line.alert if line.alert is not None else bool(known and known.alert)
        comment = line.comment if line.comment is not None else (known and known.comment) or ""
        after[puid] = replace(line, alert=alert, comment=comment)
    return after


def _conflicts(removed: Sequence[str]) -> list[Problem]:
    """Say which formats cannot leave: a contract allows them by name, or objects have them."""
    return [
        problem(
            NOT_PRONOM,
            "format_in_contract" if uses.named_by else "format_of_objects",
            identifier=puid,
            seen=puid,
        )
        for puid, uses in sorted(count_uses(KIND, removed).items())
    ]


def present_formats() -> dict[str, dict[str, Any]]:
    """Return the formats in force, by identifier, under the names of the file."""
    rows = {row.identifier: row for row in FileFormat.objects.all()}
    return {puid: document_of(line) for puid, line in sorted(_before(rows).items())}


def file_of_formats(documents: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Write formats as the file that would put them in place of those in force."""
    release = FormatRelease.objects.first()
    return write_formats(
        documents.values(),
        version=release.number if release else PRONOM_VERSION,
        published_at=release.published_at if release else SHIPPED_AT,
    )


def describe_format(row: FileFormat) -> dict[str, Any]:
    """Return a format under the names of the PRONOM file."""
    return document_of(_line_of(row))


def _line_of(row: FileFormat) -> FormatLine:
    return FormatLine(
        row.identifier,
        row.name,
        row.version_name,
        row.mime_types,
        tuple(row.extensions),
        tuple(row.priority_over),
        row.alert,
        row.comment,
    )


def _before(rows: dict[str, FileFormat]) -> dict[str, FormatLine]:
    if not rows:
        return {
            one.puid: FormatLine(
                one.puid, one.name, one.version, one.mime_type, (), (), alert=False, comment=""
            )
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
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _warnings(
    signature: SignatureFile, previous: int, previous_date: dt.datetime | None, removed: list[str]
) -> list[Problem]:
    code = f"{EVENT}.WARNING"
    found = []
    if signature.is_complete:
        # Written here from what there is: that it is of the same day says nothing.
        previous, previous_date = -1, None
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
    signature: SignatureFile,
    after: Mapping[str, FormatLine],
    updated: Sequence[str],
    rows: Mapping[str, FileFormat],
    release: FormatRelease | None,
) -> Results:
    """Write what differs; all of it where the formats of the platform stood."""
    moment = clock.now()
    FileFormat.objects.exclude(identifier__in=list(after)).delete()
    fresh = [
        FileFormat(identifier=puid, created_at=moment, updated_at=moment, **_columns(line))
        for puid, line in after.items()
        if puid not in rows
    ]
    FileFormat.objects.bulk_create(fresh, batch_size=500)
    changed = [rows[puid] for puid in updated if puid in rows]
    for row in changed:
        for column, value in _columns(after[row.identifier]).items():
            setattr(row, column, value)
        row.updated_at, row.version = moment, row.version + 1
    columns = [*_columns(_NO_FORMAT), "updated_at", "version"]
    FileFormat.objects.bulk_update(changed, columns, batch_size=500)
    release = release or FormatRelease()
    release.number, release.published_at = signature.version, signature.published_at
    release.save()
    return ()


_NO_FORMAT = FormatLine("", "", "", "", (), ())


def _columns(line: FormatLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "version_name": line.version_name,
        "mime_types": line.mime_types,
        "extensions": list(line.extensions),
        "priority_over": list(line.priority_over),
        "alert": bool(line.alert),
        "comment": line.comment or "",
    }
