"""Contexts (contextes applicatifs): which coffres and contracts an application may use.

A context lives in the coffre whose token names it and may open other coffres of the same
organisation, never those of another: their contracts are read each in its own scope.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import (
    AccessContract,
    Context,
    IdentifierSequence,
    IngestContract,
    SecurityProfile,
)
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, contract_fields, reference_problem
from tenants.referentials.fields import Field
from tenants.referentials.json_reading import Entry
from tenants.selectors.built_in import SECURITY_PROFILES as BUILT_IN

CONTRACTS: Mapping[str, Any] = {
    "AccessContracts": AccessContract,
    "IngestContracts": IngestContract,
}

PERMISSIONS = read.list_of(
    read.nested(
        (
            Field("tenant", "", read.whole, required=True),
            Field("AccessContracts", "", read.list_of(read.filled_text), default=list),
            Field("IngestContracts", "", read.list_of(read.filled_text), default=list),
        )
    ),
    unique=False,
)


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find unknown security profiles, coffres and contracts."""
    wanted = {entry.values.get("security_profile", "") for entry in entries}
    rows = SecurityProfile.objects.filter(identifier__in=wanted)
    profiles = {*BUILT_IN, *rows.values_list("identifier", flat=True)}
    coffres = {
        one.number: one for one in Tenant.objects.filter(organisation_id=tenant.organisation_id)
    }
    problems = []
    for entry in entries:
        profile = entry.values.get("security_profile")
        if profile and profile not in profiles:
            problems.append(
                reference_problem(
                    entry,
                    f"{event}.SECURITY_PROFILE_NOT_FOUND.KO",
                    "security_profile_unknown",
                    element="SecurityProfile",
                    seen=profile,
                )
            )
        for position, permission in enumerate(entry.values.get("permissions", ())):
            problems += _permission_problems(entry, event, position, permission, coffres)
    return problems


def _permission_problems(
    entry: Entry,
    event: str,
    position: int,
    permission: Mapping[str, Any],
    coffres: Mapping[int, Tenant],
) -> list[Problem]:
    code = f"{event}.UNKNOWN_VALUE.KO"
    coffre = coffres.get(permission["tenant"])
    if coffre is None:
        return [
            reference_problem(
                entry,
                code,
                "tenant_unknown",
                element=f"Permissions[{position}].tenant",
                seen=permission["tenant"],
            )
        ]
    problems = []
    for name, model in CONTRACTS.items():
        for identifier in _unknown(model, permission[name], coffre):
            problems.append(
                reference_problem(
                    entry,
                    code,
                    "contract_unknown",
                    element=f"Permissions[{position}].{name}",
                    seen=identifier,
                    tenant=coffre.number,
                )
            )
    return problems


def _unknown(model: Any, identifiers: Collection[str], coffre: Tenant) -> list[str]:
    if not identifiers:
        return []
    with tenant_scope(coffre.id):
        rows = model.objects.filter(identifier__in=identifiers)
        known = set(rows.values_list("identifier", flat=True))
    return [identifier for identifier in identifiers if identifier not in known]


CONTEXTS = DocumentKind(
    slug="contexts",
    model=Context,
    event="STP_IMPORT_CONTEXT",
    update_event="STP_UPDATE_CONTEXT",
    backup_event="STP_BACKUP_CONTEXT",
    prefix="CT",
    # Tokens and certificates name it: its owner chooses the name.
    mode=IdentifierSequence.Mode.GIVEN,
    check=check,
    fields=(
        *contract_fields(status_required=True),
        Field("EnableControl", "enable_control", read.flag, default=False),
        Field("SecurityProfile", "security_profile", read.filled_text, required=True, needed=True),
        Field("Permissions", "permissions", PERMISSIONS, default=list),
    ),
)
