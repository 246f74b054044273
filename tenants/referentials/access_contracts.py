"""Access contracts (contrats d’accès): their fields and the rules that bind them."""

from collections.abc import Sequence

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import AccessContract, IdentifierSequence, ManagementRule
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, contract_fields, reference_problem
from tenants.referentials.fields import Field
from tenants.referentials.ingest_contracts import USAGES, dump_ids
from tenants.referentials.json_reading import Entry
from tenants.referentials.usage import known_units
from tenants.selectors.ingest import known_agencies

CATEGORIES = tuple(ManagementRule.Category.values)
UNIT_COLUMNS = (("RootUnits", "root_units"), ("ExcludedRootUnits", "excluded_root_units"))


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find agencies and units that the coffre does not know.

    The agencies listed are checked even where every agency is allowed.
    """
    agencies = known_agencies(
        {one for entry in entries for one in entry.values.get("originating_agencies", ())}
    )
    units = known_units(
        {
            unit
            for entry in entries
            for _name, column in UNIT_COLUMNS
            for unit in entry.values.get(column, ())
        }
    )
    problems = []
    for entry in entries:
        for identifier in entry.values.get("originating_agencies", ()):
            if identifier not in agencies:
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.AGENCY_NOT_FOUND.KO",
                        "agency_unknown",
                        element="OriginatingAgencies",
                        seen=identifier,
                    )
                )
        for name, column in UNIT_COLUMNS:
            for unit in entry.values.get(column, ()):
                if unit not in units:
                    problems.append(
                        reference_problem(
                            entry,
                            f"{event}.VALIDATION_ERROR.KO",
                            "unit_unknown",
                            element=name,
                            seen=unit,
                        )
                    )
    return problems


ACCESS_CONTRACTS = DocumentKind(
    slug="accesscontracts",
    model=AccessContract,
    event="STP_IMPORT_ACCESS_CONTRACT",
    update_event="STP_UPDATE_ACCESS_CONTRACT",
    backup_event="STP_BACKUP_ACCESS_CONTRACT",
    prefix="AC",
    # Applications name it in every request (X-Access-Contract-Id): its owner chooses the name.
    mode=IdentifierSequence.Mode.GIVEN,
    check=check,
    suffixes={"unknown_field": "BAD_REQUEST", "not_identifier": "VALIDATION_ERROR"},
    fields=(
        *contract_fields(),
        Field(
            "OriginatingAgencies",
            "originating_agencies",
            read.list_of(read.filled_text),
            default=list,
        ),
        Field("EveryOriginatingAgency", "every_originating_agency", read.flag, default=False),
        Field(
            "DataObjectVersion",
            "data_object_versions",
            read.list_of(read.choice(*USAGES)),
            default=list,
        ),
        Field("EveryDataObjectVersion", "every_data_object_version", read.flag, default=False),
        Field("RootUnits", "root_units", read.list_of(read.unit_id), default=list, dumps=dump_ids),
        Field(
            "ExcludedRootUnits",
            "excluded_root_units",
            read.list_of(read.unit_id),
            default=list,
            dumps=dump_ids,
        ),
        Field("WritingPermission", "writing_permission", read.flag, default=False),
        Field("WritingRestrictedDesc", "writing_restricted_description", read.flag, default=False),
        Field("AccessLog", "access_log", read.choice("ACTIVE", "INACTIVE"), default="INACTIVE"),
        Field(
            "RuleCategoryToFilter",
            "rule_categories_to_filter",
            read.list_of(read.choice(*CATEGORIES)),
            default=list,
        ),
        Field(
            "RuleCategoryToFilterForTheOtherOriginatingAgencies",
            "rule_categories_to_filter_for_other_agencies",
            read.list_of(read.choice(*CATEGORIES)),
            default=list,
        ),
        Field("DoNotFilterFilingSchemes", "do_not_filter_filing_schemes", read.flag, default=False),
    ),
)
