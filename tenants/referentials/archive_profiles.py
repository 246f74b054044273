"""Archive profiles (profils d’archivage): the notice, then its XSD or RNG file.

Applications write the notice and its file apart, as with the peers. For people the file is a field
of the notice: versions carry it, exports give it and imports take it (``profile_bundles``).
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

from sae.kernel import clock
from sae.kernel.problems import Problem
from sae.seda.profile import ProfileUnusable, load_schema
from sae.tenancy.models import Tenant
from tenants.models import ArchiveProfile, ProfileFile
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, as_document, contract_fields
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.imports import Agent, Judgement, carry_out
from tenants.referentials.json_reading import Entry
from tenants.referentials.reports import ImportReport, problem

FILE_EVENT = "STP_IMPORT_PROFILE_FILE"
SEDA_VERSIONS = ("1.0", "2.0", "2.1", "2.2", "2.3")

ARCHIVE_PROFILES = DocumentKind(
    slug="archiveprofiles",
    model=ArchiveProfile,
    event="STP_IMPORT_PROFILE_JSON",
    update_event="STP_UPDATE_PROFILE_JSON",
    backup_event="STP_BACKUP_PROFILE",
    prefix="PR",
    fields=(
        *contract_fields(),
        Field(
            "Format",
            "format",
            read.choice(*ArchiveProfile.Format.values),
            required=True,
            needed=True,
        ),
        Field("SedaVersion", "seda_version", read.choice(*SEDA_VERSIONS), default=""),
    ),
    shown=(("Path", "path"),),
)

_NOBODY = Agent()
_FILE = read.nested(
    (
        Field("Name", "Name", read.filled_text, required=True),
        Field("Sha512", "Sha512", read.filled_text, required=True),
        Field("Size", "Size", read.whole, default=0),
    )
)


def read_file(value: Any) -> dict[str, Any]:
    """Read which file a notice carries; ``{}`` for none. A bare name was found in no archive."""
    if value == {}:
        return {}
    if not isinstance(value, dict):
        raise Refused(Fault("file_not_brought"))
    return _FILE(value)


def check_files(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Say which notices carry a file that the coffre does not have, or that is no valid schema."""
    found = []
    for entry in entries:
        facts = entry.values.get("file_facts")
        if not facts:
            continue
        content = ProfileFile.content_of(facts["Sha512"])
        place: dict[str, Any] = {"element": "File", "line": entry.line, "position": entry.position}
        if content is None:
            found.append(
                problem(
                    f"{event}.KO",
                    "file_not_brought",
                    identifier=entry.label or f"[{entry.position}]",
                    seen=facts["Name"],
                    **place,
                )
            )
        else:
            found += _schema_problems(entry.values.get("format", ""), content, entry.label, **place)
    return found


PROFILES_WITH_FILES = dataclasses.replace(
    ARCHIVE_PROFILES,
    fields=(*ARCHIVE_PROFILES.fields, Field("File", "file_facts", read_file)),
    check=check_files,
)
"""Archive profiles as people change them: a field left out keeps the file, ``{}`` takes it away."""


def keep_file(content: bytes) -> str:
    """Keep the content of a file of profile in the open coffre, once; return its SHA-512."""
    digest = hashlib.sha512(content).hexdigest()
    moment = clock.now()
    if not ProfileFile.objects.filter(sha512=digest).update(created_at=moment):
        ProfileFile.objects.create(sha512=digest, content=content, created_at=moment)
    return digest


def attach_profile_file(
    *,
    tenant: Tenant,
    identifier: str,
    content: bytes,
    agent: Agent = _NOBODY,
    file_name: str = "",
    check: bool = False,
    over: int | None = None,
) -> ImportReport:
    """Give a notice its file, in place of any other; refused unless it is a whole, valid schema.

    The file must stand alone: nothing is fetched, neither here nor when a manifest is checked.
    ``check`` only judges it. ``over`` is the version of the notice that somebody was shown: another
    is not written over.
    """
    return carry_out(
        lambda: _judge(identifier, content, tenant, over),
        kind=ARCHIVE_PROFILES.slug,
        event=FILE_EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        check=check,
    )


def _judge(identifier: str, content: bytes, tenant: Tenant, over: int | None) -> Judgement:
    row = ArchiveProfile.objects.filter(identifier=identifier).first()
    if row is None:
        unknown = problem(
            f"{FILE_EVENT}.PROFILE_NOT_FOUND.KO",
            "profile_unknown",
            identifier=identifier,
            seen=identifier,
        )
        return Judgement(problems=[unknown], outcome_detail=unknown.code)
    faults = _schema_problems(row.format, content, identifier)
    if over is not None and row.version != over:
        faults.append(problem(f"{FILE_EVENT}.KO", "profile_changed", identifier=identifier))
    if faults:
        return Judgement(problems=faults)

    def keep(_operation: object) -> tuple[dict[str, object], ...]:
        moment = clock.now()
        keep_file(content)
        row.file = content
        row.path = (
            f"{tenant.number}_profile_{identifier}_{moment:%Y%m%d_%H%M%S}.{row.format.lower()}"
        )
        row.updated_at = moment
        row.version += 1
        row.save()
        return (as_document(ARCHIVE_PROFILES, row, tenant),)

    return Judgement(updated=[identifier], apply=keep)


def _schema_problems(
    file_format: str, content: bytes, identifier: str, **place: Any
) -> list[Problem]:
    code = f"{FILE_EVENT}.KO"
    if b"<!DOCTYPE" in content:
        return [problem(code, "doctype", identifier=identifier, **place)]
    try:
        load_schema(file_format, content)
    except ProfileUnusable as unusable:
        return [
            problem(
                code,
                "not_schema",
                identifier=identifier,
                expected=file_format,
                detail=str(unusable)[:300],
                **place,
            )
        ]
    return []
