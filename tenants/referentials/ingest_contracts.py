"""Ingest contracts (contrats d’entrée): their fields and the rules that bind them."""

import uuid
from collections.abc import Sequence
from typing import Any

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import ArchiveProfile, IngestContract, ManagementContract
from tenants.referentials import fields as read
from tenants.referentials.documents import (
    DocumentKind,
    contract_fields,
    reference_problem,
)
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.json_reading import Entry
from tenants.referentials.usage import known_units
from tenants.selectors.ingest import known_formats

USAGES = ("PhysicalMaster", "BinaryMaster", "Dissemination", "Thumbnail", "TextContent")


def check_signature_policy(policy: dict[str, Any]) -> None:
    """Refuse declared parts of a signature where signed documents are forbidden."""
    declared = [name for name, value in policy.items() if value is True]
    if policy["SignedDocument"] == "FORBIDDEN" and declared:
        raise Refused(Fault("signature_policy", inside=declared[0], seen=policy["SignedDocument"]))


SIGNATURE_POLICY = read.nested(
    (
        Field(
            "SignedDocument",
            "",
            read.choice("FORBIDDEN", "ALLOWED", "MANDATORY"),
            required=True,
        ),
        Field("DeclaredSignature", "", read.flag),
        Field("DeclaredTimestamp", "", read.flag),
        Field("DeclaredAdditionalProof", "", read.flag),
    ),
    check_signature_policy,
)


def optional_text_id(value: Any) -> uuid.UUID | None:
    """Read a unit, an empty text standing for none (an update removes the link that way)."""
    return None if value == "" else read.unit_id(value)


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find what the coffre does not know, and what a contract says against itself."""
    problems = []
    profiles = _known(ArchiveProfile, entries, "archive_profiles")
    management = _known(ManagementContract, entries, "management_contract_id")
    formats = known_formats(
        {puid for one in entries for puid in one.values.get("format_types", ())}
    )
    units = known_units(
        {
            unit
            for one in entries
            for unit in (*_parents(one), one.values.get("link_parent_id"))
            if unit
        }
    )
    formats_code = "FORMAT_NOT_FOUND" if event == INGEST_CONTRACTS.event else "FILEFORMAT_NOT_FOUND"
    for entry in entries:
        values = entry.values
        for identifier in values.get("archive_profiles", ()):
            if identifier not in profiles:
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.PROFILE_NOT_FOUND.KO",
                        "profile_unknown",
                        element="ArchiveProfiles",
                        seen=identifier,
                    )
                )
        contract = values.get("management_contract_id")
        if contract and contract not in management:
            problems.append(
                reference_problem(
                    entry,
                    f"{event}.MANAGEMENTCONTRACT_NOT_FOUND.KO",
                    "management_contract_unknown",
                    element="ManagementContractId",
                    seen=contract,
                )
            )
        for puid in values.get("format_types", ()):
            if puid not in formats:
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.{formats_code}.KO",
                        "format_unknown",
                        element="FormatType",
                        seen=puid,
                    )
                )
        problems += _format_list_problems(entry, event)
        problems += _parent_problems(entry, event, units)
    return problems


def _known(model: Any, entries: Sequence[Entry], column: str) -> set[str]:
    wanted: set[str] = set()
    for entry in entries:
        value = entry.values.get(column) or ()
        wanted.update([value] if isinstance(value, str) else value)
    rows = model.objects.filter(identifier__in=wanted)
    return set(rows.values_list("identifier", flat=True))


def _parents(entry: Entry) -> Sequence[uuid.UUID]:
    parents: Sequence[uuid.UUID] = entry.values.get("check_parent_ids", ())
    return parents


def _format_list_problems(entry: Entry, event: str) -> list[Problem]:
    """A list where every format is allowed, or none where they are not: the contract is unclear.

    In a file even an empty list counts as given, as in the reference.
    """
    if "every_format_type" not in entry.values:
        return []
    listed = entry.values.get("format_types")
    given = bool(listed) or entry.raw.get("FormatType") is not None
    if entry.values["every_format_type"]:
        if not given:
            return []
        code, reason = f"{event}.FORMAT_MUST_BE_EMPTY.KO", "formats_in_excess"
    else:
        if listed:
            return []
        code, reason = f"{event}.FORMAT_MUST_NOT_BE_EMPTY.KO", "formats_missing"
    return [reference_problem(entry, code, reason, element="FormatType", seen="")]


def _parent_problems(entry: Entry, event: str, units: set[uuid.UUID]) -> list[Problem]:
    link, parents = entry.values.get("link_parent_id"), _parents(entry)
    problems = [
        reference_problem(entry, f"{event}.KO", "unit_unknown", element=element, seen=unit)
        for element, listed in (
            ("LinkParentId", [link] if link else []),
            ("CheckParentId", parents),
        )
        for unit in listed
        if unit not in units
    ]
    if parents and entry.values.get("check_parent_link") == "UNAUTHORIZED":
        problems.append(
            reference_problem(
                entry, f"{event}.KO", "parents_in_excess", element="CheckParentId", seen=parents[0]
            )
        )
    return problems


def dump_ids(values: Any) -> list[str]:
    return [str(value) for value in values]


def dump_id(value: Any) -> str | None:
    return None if value is None else str(value)


INGEST_CONTRACTS = DocumentKind(
    slug="ingestcontracts",
    model=IngestContract,
    event="STP_IMPORT_INGEST_CONTRACT",
    update_event="STP_UPDATE_INGEST_CONTRACT",
    backup_event="STP_BACKUP_INGEST_CONTRACT",
    prefix="IC",
    check=check,
    fields=(
        *contract_fields(),
        Field("ArchiveProfiles", "archive_profiles", read.list_of(read.filled_text), default=list),
        Field("LinkParentId", "link_parent_id", optional_text_id, default=None, dumps=dump_id),
        Field(
            "CheckParentLink",
            "check_parent_link",
            read.choice(*IngestContract.ParentLink.values),
            default=IngestContract.ParentLink.AUTHORIZED.value,
        ),
        Field(
            "CheckParentId",
            "check_parent_ids",
            read.list_of(read.unit_id),
            default=list,
            dumps=dump_ids,
        ),
        Field("MasterMandatory", "master_mandatory", read.flag, default=True),
        Field("EveryDataObjectVersion", "every_data_object_version", read.flag, default=False),
        Field(
            "DataObjectVersion",
            "data_object_versions",
            read.list_of(read.choice(*USAGES)),
            default=list,
        ),
        Field(
            "FormatUnidentifiedAuthorized",
            "format_unidentified_authorized",
            read.flag,
            default=False,
        ),
        Field("EveryFormatType", "every_format_type", read.flag, default=True),
        Field("FormatType", "format_types", read.list_of(read.filled_text), default=list),
        Field("ManagementContractId", "management_contract_id", read.text, default=""),
        Field(
            "ComputeInheritedRulesAtIngest",
            "compute_inherited_rules_at_ingest",
            read.flag,
            default=False,
        ),
        Field("SignaturePolicy", "signature_policy", SIGNATURE_POLICY, default=None),
    ),
)
