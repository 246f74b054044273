"""Elements of referentials in the shape of the peers' interface, for those not written in JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from sae.tenancy.models import Tenant
from tenants.models import Agency, FileFormat, ManagementRule
from tenants.referentials.dates import write_moment
from tenants.referentials.documents import as_document
from tenants.referentials.kinds import Kind
from tenants.selectors.built_in import (
    PRONOM_VERSION,
    SECURITY_PROFILES,
    built_in_formats,
)
from tenants.selectors.ontology import Term, effective_ontology


def agency_document(row: Agency, tenant: Tenant) -> dict[str, Any]:
    return {
        "#id": str(row.id),
        "#tenant": tenant.number,
        "#version": row.version,
        "Identifier": row.identifier,
        "Name": row.name,
        "Description": row.description,
        **row.details,
        "CreationDate": write_moment(row.created_at),
        "UpdateDate": write_moment(row.updated_at),
    }


def rule_document(row: ManagementRule, tenant: Tenant) -> dict[str, Any]:
    document = {
        "#id": str(row.id),
        "#tenant": tenant.number,
        "#version": row.version,
        "RuleId": row.identifier,
        "RuleType": row.category,
        "RuleValue": row.value,
        "RuleDescription": row.description,
        "RuleDuration": "unlimited" if row.unlimited else _text(row.duration),
        "RuleMeasurement": row.measurement,
        "CreationDate": write_moment(row.created_at),
        "UpdateDate": write_moment(row.updated_at),
    }
    return {key: value for key, value in document.items() if value is not None}


def format_document(row: FileFormat, tenant: Tenant) -> dict[str, Any]:
    return {
        "#id": str(row.id),
        "#tenant": tenant.number,
        "#version": row.version,
        "PUID": row.identifier,
        "Name": row.name,
        "Version": row.version_name,
        "MIMEType": row.mime_types,
        "Extension": row.extensions,
        "HasPriorityOverFileFormatID": row.priority_over,
        "Alert": row.alert,
        "Comment": row.comment,
        "CreatedDate": write_moment(row.created_at),
        "UpdateDate": write_moment(row.updated_at),
    }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


ROW_DOCUMENTS: Mapping[str, Callable[[Any, Tenant], dict[str, Any]]] = {
    "agencies": agency_document,
    "rules": rule_document,
    "formats": format_document,
}


def term_document(term: Term, tenant: Tenant) -> dict[str, Any]:
    document = {
        "#tenant": tenant.number,
        "Identifier": term.identifier,
        "SedaField": term.seda_field,
        "ApiField": term.api_field,
        "ShortName": term.short_name,
        "Description": term.description,
        "Type": term.type,
        "TypeDetail": term.type_detail,
        "StringSize": term.string_size,
        "Origin": term.origin,
        "Collections": list(term.collections),
    }
    return {key: value for key, value in document.items() if value != ""}


def documents_of(kind: Kind, tenant: Tenant) -> list[dict[str, Any]]:
    """Return every element in force, in the open scope, by identifier."""
    if kind.slug == "ontologies":
        return [term_document(term, tenant) for _name, term in sorted(effective_ontology().items())]
    rows = list(kind.model.objects.order_by("identifier"))
    if kind.documents is not None:
        shipped = _built_in_profiles(tenant) if kind.slug == "securityprofiles" else []
        return [*shipped, *(as_document(kind.documents, row, tenant) for row in rows)]
    if kind.slug == "formats" and not rows:
        return _built_in_format_documents(tenant)
    return [ROW_DOCUMENTS[kind.slug](row, tenant) for row in rows]


def _built_in_profiles(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "#tenant": tenant.number,
            "#version": 0,
            "Identifier": profile.identifier,
            "Name": profile.name,
            "FullAccess": profile.full_access,
            "Permissions": list(profile.permissions),
        }
        for profile in SECURITY_PROFILES.values()
    ]


def _built_in_format_documents(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "#tenant": tenant.number,
            "#version": 0,
            "PUID": one.puid,
            "Name": one.name,
            "Version": one.version,
            "MIMEType": one.mime_type,
            "VersionPronom": str(PRONOM_VERSION),
        }
        for one in built_in_formats().values()
    ]


IDENTIFIER_NAMES: Mapping[str, str] = {
    "rules": "RuleId",
    "formats": "PUID",
    "unitschema": "Path",
}


def identifier_name(kind: Kind) -> str:
    """Return the field that names an element of this kind."""
    return IDENTIFIER_NAMES.get(kind.slug, "Identifier")
