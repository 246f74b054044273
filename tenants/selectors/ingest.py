"""What a deposit is judged against, read in the open tenant scope.

Plain values: nothing here keeps a row or a connection, so a step may hold them while it works.
"""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tenants.models import (
    Agency,
    ArchiveProfile,
    ArchiveUnitProfile,
    Context,
    FileFormat,
    IngestContract,
    ManagementContract,
    ManagementRule,
    OntologyTerm,
)
from tenants.selectors.built_in import built_in_formats, built_in_terms

UNIT_COLLECTIONS = frozenset({"Unit", "ObjectGroup"})


@dataclass(frozen=True, slots=True)
class IngestContractView:
    """An ingest contract. Lists are empty where the contract says nothing."""

    identifier: str
    name: str
    is_active: bool
    archive_profiles: tuple[str, ...] = ()
    link_parent_id: uuid.UUID | None = None
    check_parent_link: str = "AUTHORIZED"
    check_parent_ids: tuple[uuid.UUID, ...] = ()
    master_mandatory: bool = True
    every_data_object_version: bool = False
    data_object_versions: tuple[str, ...] = ()
    format_unidentified_authorized: bool = False
    every_format_type: bool = True
    format_types: tuple[str, ...] = ()
    management_contract_id: str = ""
    compute_inherited_rules_at_ingest: bool = False
    signature_policy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManagementContractView:
    """A management contract; an empty strategy name stands for the default one."""

    identifier: str
    name: str
    is_active: bool
    unit_strategy: str = ""
    object_group_strategy: str = ""
    object_strategy: str = ""
    version_retention_policy: Mapping[str, Any] = field(default_factory=dict)
    persistent_identifier_policy: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleView:
    """A management rule: ``duration`` in ``measurement`` (YEAR, MONTH, DAY, SECOND).

    ``duration`` is ``None`` for an unlimited rule and for a hold rule without known length.
    """

    identifier: str
    category: str
    duration: int | None
    unlimited: bool
    measurement: str


@dataclass(frozen=True, slots=True)
class ArchiveProfileView:
    """An archive profile; ``file`` is its XSD or RNG, ``None`` when none was attached."""

    identifier: str
    name: str
    is_active: bool
    format: str
    seda_version: str
    file: bytes | None


@dataclass(frozen=True, slots=True)
class ArchiveUnitProfileView:
    """A unit profile; ``control_schema`` is the parsed JSON schema, ``None`` when empty."""

    identifier: str
    name: str
    is_active: bool
    control_schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ContextPermissionView:
    """What a context allows in one coffre, known by its number."""

    tenant_number: int
    access_contracts: tuple[str, ...]
    ingest_contracts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContextView:
    """The context of an application; contracts are checked when ``enable_control`` is set."""

    identifier: str
    name: str
    is_active: bool
    enable_control: bool
    security_profile: str
    permissions: tuple[ContextPermissionView, ...]

    def ingest_contracts(self, tenant_number: int) -> frozenset[str]:
        """Return the ingest contracts that this context may use in a coffre."""
        return frozenset(
            identifier
            for permission in self.permissions
            if permission.tenant_number == tenant_number
            for identifier in permission.ingest_contracts
        )

    def access_contracts(self, tenant_number: int) -> frozenset[str]:
        """Return the access contracts that this context may use in a coffre."""
        return frozenset(
            identifier
            for permission in self.permissions
            if permission.tenant_number == tenant_number
            for identifier in permission.access_contracts
        )


@dataclass(frozen=True, slots=True)
class FormatView:
    """A file format of the referential."""

    puid: str
    name: str
    mime_type: str


def get_ingest_contract(identifier: str) -> IngestContractView | None:
    """Return an ingest contract whatever its status, ``None`` when unknown."""
    row = IngestContract.objects.filter(identifier=identifier).first()
    if row is None:
        return None
    return IngestContractView(
        identifier=row.identifier,
        name=row.name,
        is_active=row.is_active,
        archive_profiles=tuple(row.archive_profiles),
        link_parent_id=row.link_parent_id,
        check_parent_link=row.check_parent_link,
        check_parent_ids=tuple(row.check_parent_ids),
        master_mandatory=row.master_mandatory,
        every_data_object_version=row.every_data_object_version,
        data_object_versions=tuple(row.data_object_versions),
        format_unidentified_authorized=row.format_unidentified_authorized,
        every_format_type=row.every_format_type,
        format_types=tuple(row.format_types),
        management_contract_id=row.management_contract_id,
        compute_inherited_rules_at_ingest=row.compute_inherited_rules_at_ingest,
        signature_policy=MappingProxyType(row.signature_policy or {}),
    )


def get_management_contract(identifier: str) -> ManagementContractView | None:
    """Return a management contract whatever its status, ``None`` when unknown."""
    row = ManagementContract.objects.filter(identifier=identifier).first()
    if row is None:
        return None
    return ManagementContractView(
        identifier=row.identifier,
        name=row.name,
        is_active=row.is_active,
        unit_strategy=row.storage.get("UnitStrategy") or "",
        object_group_strategy=row.storage.get("ObjectGroupStrategy") or "",
        object_strategy=row.storage.get("ObjectStrategy") or "",
        version_retention_policy=MappingProxyType(row.version_retention_policy),
        persistent_identifier_policy=tuple(
            MappingProxyType(policy) for policy in row.persistent_identifier_policy
        ),
    )


def get_context(identifier: str) -> ContextView | None:
    """Return the context of an application, ``None`` when unknown in this coffre."""
    row = Context.objects.filter(identifier=identifier).first()
    if row is None:
        return None
    return ContextView(
        identifier=row.identifier,
        name=row.name,
        is_active=row.is_active,
        enable_control=row.enable_control,
        security_profile=row.security_profile,
        permissions=tuple(
            ContextPermissionView(
                tenant_number=permission["tenant"],
                access_contracts=tuple(permission.get("AccessContracts", ())),
                ingest_contracts=tuple(permission.get("IngestContracts", ())),
            )
            for permission in row.permissions
        ),
    )


def known_agencies(identifiers: Collection[str]) -> set[str]:
    """Return those of ``identifiers`` that are agencies of the coffre."""
    if not identifiers:
        return set()
    found = Agency.objects.filter(identifier__in=set(identifiers))
    return set(found.values_list("identifier", flat=True))


def known_rules(identifiers: Collection[str]) -> dict[str, RuleView]:
    """Return the rules of the coffre among ``identifiers``."""
    if not identifiers:
        return {}
    rows = ManagementRule.objects.filter(identifier__in=set(identifiers))
    return {row.identifier: _rule_view(row) for row in rows}


def every_rule() -> dict[str, RuleView]:
    """Return every rule of the coffre (hundreds at most)."""
    return {row.identifier: _rule_view(row) for row in ManagementRule.objects.all()}


def _rule_view(row: ManagementRule) -> RuleView:
    return RuleView(
        identifier=row.identifier,
        category=row.category,
        duration=row.duration,
        unlimited=row.unlimited,
        measurement=row.measurement,
    )


def get_archive_profile(identifier: str) -> ArchiveProfileView | None:
    """Return an archive profile with its file, whatever its status; ``None`` when unknown."""
    row = ArchiveProfile.objects.filter(identifier=identifier).first()
    if row is None:
        return None
    return ArchiveProfileView(
        identifier=row.identifier,
        name=row.name,
        is_active=row.is_active,
        format=row.format,
        seda_version=row.seda_version,
        file=None if row.file is None else bytes(row.file),
    )


def get_archive_unit_profile(identifier: str) -> ArchiveUnitProfileView | None:
    """Return a unit profile with its schema, whatever its status; ``None`` when unknown."""
    row = ArchiveUnitProfile.objects.filter(identifier=identifier).first()
    if row is None:
        return None
    schema = json.loads(row.control_schema) if row.control_schema.strip() else {}
    return ArchiveUnitProfileView(
        identifier=row.identifier,
        name=row.name,
        is_active=row.is_active,
        control_schema=schema or None,
    )


def known_formats(puids: Collection[str]) -> dict[str, FormatView]:
    """Return those of ``puids`` that the coffre knows.

    A coffre that imported a PRONOM file of its own knows that file's formats and no other; else it
    knows every format that the identifier in use can name.
    """
    if not puids:
        return {}
    rows = FileFormat.objects.filter(identifier__in=set(puids))
    own = {
        identifier: FormatView(identifier, name, mime)
        for identifier, name, mime in rows.values_list("identifier", "name", "mime_types")
    }
    if own or FileFormat.objects.exists():
        return own
    shipped = built_in_formats()
    return {
        puid: FormatView(puid, shipped[puid].name, shipped[puid].mime_type)
        for puid in set(puids)
        if puid in shipped
    }


def ontology_types(collections: Collection[str] = UNIT_COLLECTIONS) -> dict[str, str]:
    """Return the type of each field by its name in descriptions (``StartDate`` → ``DATE``).

    Types: TEXT, KEYWORD, DATE, LONG, DOUBLE, BOOLEAN, GEO_POINT, ENUM. The coffre's own ontology
    once it has imported one, else that of the platform.
    """
    wanted = set(collections)
    rows = OntologyTerm.objects.filter(collections__overlap=list(wanted))
    own = dict(rows.values_list("identifier", "type"))
    if own or OntologyTerm.objects.exists():
        return own
    return {
        term.identifier: term.type
        for term in built_in_terms().values()
        if wanted.intersection(term.collections)
    }
