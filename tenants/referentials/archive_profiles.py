"""Archive profiles (profils d’archivage): the notice, then its XSD or RNG file."""

from sae.kernel import clock
from sae.kernel.problems import Problem
from sae.seda.profile import ProfileUnusable, load_schema
from sae.tenancy.models import Tenant
from tenants.models import ArchiveProfile
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, as_document, contract_fields
from tenants.referentials.fields import Field
from tenants.referentials.imports import Agent, Judgement, carry_out
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


def attach_profile_file(
    *, tenant: Tenant, identifier: str, content: bytes, agent: Agent, file_name: str = ""
) -> ImportReport:
    """Give a notice its file, in place of any other; refused unless it is a whole, valid schema.

    The file must stand alone: nothing is fetched, neither here nor when a manifest is checked.
    """
    return carry_out(
        lambda: _judge(identifier, content, tenant),
        kind=ARCHIVE_PROFILES.slug,
        event=FILE_EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
    )


def _judge(identifier: str, content: bytes, tenant: Tenant) -> Judgement:
    row = ArchiveProfile.objects.filter(identifier=identifier).first()
    if row is None:
        unknown = problem(
            f"{FILE_EVENT}.PROFILE_NOT_FOUND.KO",
            "profile_unknown",
            identifier=identifier,
            seen=identifier,
        )
        return Judgement(problems=[unknown], outcome_detail=unknown.code)
    faults = _schema_problems(row, content)
    if faults:
        return Judgement(problems=faults)

    def keep(_operation: object) -> tuple[dict[str, object], ...]:
        moment = clock.now()
        row.file = content
        row.path = (
            f"{tenant.number}_profile_{identifier}_{moment:%Y%m%d_%H%M%S}.{row.format.lower()}"
        )
        row.updated_at = moment
        row.version += 1
        row.save()
        return (as_document(ARCHIVE_PROFILES, row, tenant),)

    return Judgement(updated=[identifier], apply=keep)


def _schema_problems(row: ArchiveProfile, content: bytes) -> list[Problem]:
    code = f"{FILE_EVENT}.KO"
    if b"<!DOCTYPE" in content:
        return [problem(code, "doctype", identifier=row.identifier)]
    try:
        load_schema(row.format, content)
    except ProfileUnusable as unusable:
        return [
            problem(
                code,
                "not_schema",
                identifier=row.identifier,
                expected=row.format,
                detail=str(unusable)[:300],
            )
        ]
    return []
