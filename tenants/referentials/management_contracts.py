"""Management contracts (contrats de gestion): storage, versions kept, persistent identifiers."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from sae.kernel.problems import Problem
from sae.storage.strategies import DEFAULT_STRATEGY
from sae.tenancy.models import Tenant
from tenants.models import ManagementContract
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, contract_fields, reference_problem
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.ingest_contracts import USAGES
from tenants.referentials.json_reading import Entry

MASTER = "BinaryMaster"
STRATEGIES = ("UnitStrategy", "ObjectGroupStrategy", "ObjectStrategy")
ANY_VERSION = read.choice("ALL", "LAST", "NONE")
KEPT_VERSION = read.choice("ALL", "LAST")


def authority(value: Any) -> str:
    """Read a naming authority: 5 or 9 digits, whether the file quotes them or not."""
    written = read.text(value)
    if not re.fullmatch(r"[0-9]{5}|[0-9]{9}", written):
        raise Refused(Fault("authority", "12345", seen=written))
    return written


def check_usages(usages: Sequence[dict[str, Any]]) -> None:
    """Refuse a usage that comes twice."""
    names = [usage["UsageName"] for usage in usages]
    for name in {name for name in names if names.count(name) > 1}:
        raise Refused(Fault("duplicate_usage", seen=name))


def check_retention(policy: dict[str, Any]) -> None:
    """The first version is kept; that of the archival master, and one version after it, too."""
    if policy.get("InitialVersion") is False:
        raise Refused(Fault("initial_version", inside="InitialVersion", seen="false"))
    for position, usage in enumerate(policy.get("Usages", ())):
        if usage["UsageName"] != MASTER:
            continue
        inside = f"Usages[{position}]"
        if usage.get("InitialVersion") is False:
            raise Refused(Fault("initial_version", inside=inside, seen="false"))
        if usage.get("IntermediaryVersion") == "NONE":
            raise Refused(Fault("intermediary_version", "ALL, LAST", inside, "NONE"))


def usages(value: Any) -> list[dict[str, Any]]:
    """Read the usages of a policy."""
    read_usages: list[dict[str, Any]] = read.list_of(
        read.nested(
            (
                Field("UsageName", "", read.choice(*USAGES), required=True),
                Field("InitialVersion", "", read.flag),
                Field("IntermediaryVersion", "", ANY_VERSION),
            )
        ),
        unique=False,
    )(value)
    check_usages(read_usages)
    return read_usages


STORAGE = read.nested(tuple(Field(name, "", read.filled_text) for name in STRATEGIES))

RETENTION = read.nested(
    (
        Field("InitialVersion", "", read.flag, default=True),
        Field("IntermediaryVersion", "", KEPT_VERSION, default="LAST"),
        Field("Usages", "", usages),
    ),
    check_retention,
)

PERSISTENT_IDENTIFIERS = read.list_of(
    read.nested(
        (
            Field("PersistentIdentifierPolicyType", "", read.choice("ARK"), required=True),
            Field("PersistentIdentifierUnit", "", read.flag),
            Field("PersistentIdentifierAuthority", "", authority),
            Field("PersistentIdentifierUsages", "", usages),
        )
    ),
    unique=False,
)


def known_strategies() -> set[str]:
    """Return the names of the storage strategies of the platform."""
    return {DEFAULT_STRATEGY, *getattr(settings, "STRATEGIES", {})}


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find storage strategies that the platform does not have."""
    known = known_strategies()
    return [
        reference_problem(
            entry,
            f"{event}.STRATEGY_VALIDATION_ERROR.KO",
            "strategy_unknown",
            element=f"Storage.{name}",
            seen=strategy,
        )
        for entry in entries
        for name, strategy in entry.values.get("storage", {}).items()
        if strategy not in known
    ]


def default_retention() -> dict[str, Any]:
    return {"InitialVersion": True, "IntermediaryVersion": "LAST"}


MANAGEMENT_CONTRACTS = DocumentKind(
    slug="managementcontracts",
    model=ManagementContract,
    event="STP_IMPORT_MANAGEMENT_CONTRACT",
    update_event="STP_UPDATE_MANAGEMENT_CONTRACT",
    backup_event="STP_BACKUP_MANAGEMENT_CONTRACT",
    prefix="MC",
    check=check,
    suffixes={
        "initial_version": "VERSION_RETENTION_POLICY_ERROR",
        "intermediary_version": "VERSION_RETENTION_POLICY_ERROR",
        "duplicate_usage": "VALIDATION_ERROR",
        "authority": "VALIDATION_ERROR",
    },
    fields=(
        *contract_fields(),
        Field("Storage", "storage", STORAGE, default=dict),
        Field(
            "VersionRetentionPolicy",
            "version_retention_policy",
            RETENTION,
            default=default_retention,
        ),
        Field(
            "PersistentIdentifierPolicy",
            "persistent_identifier_policy",
            PERSISTENT_IDENTIFIERS,
            default=list,
        ),
    ),
)
