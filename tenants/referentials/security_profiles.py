"""Security profiles: the calls of the external interface that an application may make."""

import re
from collections.abc import Sequence

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import SecurityProfile
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, identifier, reference_problem
from tenants.referentials.fields import Field
from tenants.referentials.json_reading import Entry
from tenants.selectors.built_in import SECURITY_PROFILES as BUILT_IN

_RESOURCES = """
    accesscontracts accesscontractsreferential accessionregisters accessionregisterssymbolic
    agencies agenciesfile agenciesreferential archiveunitprofiles audits batchreport bulk
    computeinheritedrules contexts dipexport dipexportv2 distributionreport elimination
    evidenceaudit forcepause formats formatsfile griffin griffins ingestcleanup ingestcontracts
    ingests logbookobjectslifecycles logbookoperations logbookunitlifecycles managementcontracts
    objects ontologies operations persistentidentifier preservation preservationreport
    preservationscenario preservationscenarios probativevalue profiles projects
    purgedpersistentidentifiers reclassification rectificationaudit referentialaudit reindex
    removeforcepause revert rules rulesfile rulesreferential rulesreport schema securityprofiles
    storageaccesslog switchindex traceability traceabilitychecks traceabilitylinkedchecks
    transactions transfers units unitswithinheritedrules upload workflows
"""
_PARTS = """
    id accessionregisterdetails archivetransfertreply atr binary binaire bulk dip json lifecycle
    local manifests meta objects reply rules sip status units
"""
_VERBS = "action analysis check close create delete read reply send update"

RESOURCES = frozenset(_RESOURCES.split())
"""First part of a permission, in lower case: the peers compare without case."""
PARTS = frozenset(_PARTS.split())
VERBS = frozenset(_VERBS.split())


def is_known(permission: str) -> bool:
    """Tell whether a permission is one of the interface's: ``resource[:part…]:verb[:form]``."""
    resource, *parts = permission.lower().split(":")
    return (
        resource in RESOURCES
        and bool(re.fullmatch(r"[a-z0-9:]+", permission.lower()))
        and bool(VERBS.intersection(parts))
        and all(part in PARTS or part in VERBS for part in parts)
    )


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find unknown permissions, and permissions listed beside every access."""
    problems = []
    for entry in entries:
        permissions = entry.values.get("permissions", ())
        if entry.values.get("full_access") and permissions:
            problems.append(
                reference_problem(
                    entry,
                    f"{event}.KO",
                    "permissions_in_excess",
                    element="Permissions",
                    seen=", ".join(permissions),
                )
            )
        problems += [
            reference_problem(
                entry,
                f"{event}.UNKNOWN_PERMISSION.KO",
                "permission_unknown",
                element="Permissions",
                seen=permission,
            )
            for permission in permissions
            if not is_known(permission)
        ]
    return problems


SECURITY_PROFILES = DocumentKind(
    slug="securityprofiles",
    model=SecurityProfile,
    event="STP_IMPORT_SECURITY_PROFILE",
    update_event="STP_UPDATE_SECURITY_PROFILE",
    backup_event="STP_BACKUP_SECURITY_PROFILE",
    prefix="SEC_PROFILE",
    check=check,
    reserved=tuple(BUILT_IN),
    fields=(
        identifier(),
        Field("Name", "name", read.filled_text, required=True, needed=True),
        Field("FullAccess", "full_access", read.flag, default=False),
        Field("Permissions", "permissions", read.list_of(read.filled_text), default=list),
    ),
)
