"""What a new coffre begins with: referentials and groups of a template organisation, or ours.

What names archives of the template (positions of contracts) stays there: a new coffre has none.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models.rights import Group, GroupProfile, Profile
from tenants.referentials.exports import export_kind
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport
from tenants.referentials.starter import load_starter_referentials
from tenants.rights.ready import READY
from tenants.rights.services import ensure_ready_group, free_name
from tenants.rights.telling import of_group, of_profile, tell
from tenants.services.organisations import proof_of

COPIED = ("agencies", "rules", "managementcontracts", "ingestcontracts", "accesscontracts")
"""Kinds in the order in which they name one another."""

_NAMES_OF_UNITS = ("RootUnits", "ExcludedRootUnits", "LinkParentId", "CheckParentId")
# A file of profile of the template would have to come along.
_LEFT_OUT = ("ArchiveProfiles", "CreationDate", "LastUpdate", "ActivationDate", "DeactivationDate")

READY_GROUPS = (
    "head_archivist", "archivist", "depositor", "reader", "coffre_administrator", "auditor",
)  # fmt: skip
"""Groups that every coffre begins with, so that its administrator only places people."""

READY_GROUPS_OF_PROOF = ("user_manager", "data_protection", "auditor")
"""The same for acts on the organisation: accounts, personal data, the journal of those acts."""


class TemplateRefusedError(Exception):
    """A referential of the template is refused by its own import: nothing was created."""

    def __init__(self, kind: str, report: ImportReport) -> None:
        super().__init__(kind)
        self.kind = kind
        self.report = report


@dataclass(frozen=True, slots=True)
class Copied:
    """What a coffre was given: number of elements by kind, and of groups."""

    elements: Mapping[str, int]
    groups: int


def template_organisations() -> list[Organisation]:
    """Return the organisations that serve to begin others."""
    return list(Organisation.objects.filter(is_template=True, suspended_at=None).order_by("name"))


def model_coffre_of(template: Organisation) -> Tenant | None:
    """Return the coffre of a template whose referentials are copied: its first of archives."""
    return (
        Tenant.objects.filter(organisation=template, kind=Tenant.Kind.ARCHIVES)
        .order_by("number")
        .first()
    )


def furnish(coffre: Tenant, *, template: Organisation | None, agent_id: uuid.UUID | None) -> Copied:
    """Give a new coffre its referentials and groups; raise ``TemplateRefusedError``."""
    agent = Agent(account_id=agent_id)
    model = model_coffre_of(template) if template is not None else None
    if model is None:
        reports = load_starter_referentials(coffre, agent)
        groups = _ready_groups(coffre)
    else:
        reports = _copy_referentials(model, coffre, agent)
        groups = _copy_groups(model, coffre, agent_id)
    for report in reports:
        if not report.is_accepted:
            raise TemplateRefusedError(report.kind, report)
    return Copied({report.kind: len(report.inserted) for report in reports}, groups)


def furnish_proof(organisation: Organisation) -> None:
    """Give a new organisation the groups whose acts are on itself."""
    for key in READY_GROUPS_OF_PROOF:
        ensure_ready_group(proof_of(organisation), key)


def _copy_referentials(model: Tenant, coffre: Tenant, agent: Agent) -> list[ImportReport]:
    reports = []
    for slug in COPIED:
        kind = KINDS[slug]
        with platform_scope(reason="organisation template"), tenant_scope(model.id):
            if not kind.model.objects.exists():
                continue
            exported = export_kind(slug)
        content = exported.content
        if kind.media == "json":
            content = _without_units(content)
            if not json.loads(content):
                continue
        reports.append(
            kind.importer(tenant=coffre, content=content, agent=agent, file_name=exported.name)
        )
    return reports


def _without_units(content: bytes) -> bytes:
    """Return documents without those that name archives, nor what ties them to their origin."""
    kept: list[dict[str, Any]] = [
        {
            name: value
            for name, value in document.items()
            if name not in _LEFT_OUT and value not in (None, "", [])
        }
        for document in json.loads(content)
        if not any(document.get(name) for name in _NAMES_OF_UNITS)
    ]
    return json.dumps(kept, ensure_ascii=False).encode()


def _ready_groups(coffre: Tenant) -> int:
    for key in READY_GROUPS:
        ensure_ready_group(coffre, key)
    return len(READY_GROUPS)


def _copy_groups(model: Tenant, coffre: Tenant, agent_id: uuid.UUID | None) -> int:
    """Copy the groups whose profiles are all of the model coffre, with those profiles.

    Administrators are left out: the first one is placed in a group of their own coffres.
    """
    with (
        platform_scope(reason="organisation template"),
        tenant_scope(proof_of(model.organisation).id),
    ):
        profiles = list(Profile.objects.filter(coffre_id=model.id).order_by("name"))
        ours = {one.id for one in profiles}
        carried: dict[uuid.UUID, list[uuid.UUID]] = {}
        for row in GroupProfile.objects.order_by("id").values_list("group_id", "profile_id"):
            carried.setdefault(row[0], []).append(row[1])
        groups = [
            one
            for one in Group.objects.filter(id__in=carried).order_by("name")
            if set(carried[one.id]) <= ours and not one.ready.startswith("administrator:")
        ]
    with tenant_scope(proof_of(coffre.organisation).id):
        made = _make_profiles(profiles, coffre, agent_id)
        for group in groups:
            _make_group(group, [made[one] for one in carried[group.id]], model, coffre, agent_id)
    return len(groups)


def _make_profiles(
    profiles: Iterable[Profile], coffre: Tenant, agent_id: uuid.UUID | None
) -> dict[uuid.UUID, Profile]:
    made = {}
    for one in profiles:
        profile = Profile.objects.create(
            name=one.name,
            description=one.description,
            coffre_id=coffre.id,
            level=one.level,
            permissions=one.permissions,
            sees_everything=one.sees_everything,
            access_contracts=one.access_contracts,
            deposit_reach=one.deposit_reach,
            deposit_contracts=one.deposit_contracts,
            deposit_agencies=one.deposit_agencies,
            ready=one.ready,
            ready_seen=one.ready_seen,
            created_at=clock.now(),
        )
        _told("PROFILE_CREATE", {"profile": str(profile.id)}, of_profile(profile), agent_id)
        made[one.id] = profile
    return made


def _make_group(
    one: Group,
    profiles: Sequence[Profile],
    model: Tenant,
    coffre: Tenant,
    agent_id: uuid.UUID | None,
) -> None:
    key = one.ready.partition(":")[0]
    # A group carries the name of its coffre; the copy carries its own.
    group = Group.objects.create(
        name=free_name(Group, one.name.replace(model.name, coffre.name)),
        description=one.description,
        level=one.level,
        ready=f"{key}:{coffre.id}" if key in READY else "",
        created_at=clock.now(),
    )
    for profile in profiles:
        GroupProfile.objects.create(group=group, profile=profile)
    ids = [profile.id for profile in profiles]
    _told("GROUP_CREATE", {"group": str(group.id)}, of_group(group, ids), agent_id)


def _told(
    code: str, thing: Mapping[str, Any], after: Mapping[str, Any], agent_id: uuid.UUID | None
) -> None:
    tell(code, thing=thing, before=None, after=after, agent_id=agent_id)
