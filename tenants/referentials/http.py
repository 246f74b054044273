"""Referentials through the peers' administration interface: what to answer to each call.

No Django here: the room that owns the addresses authenticates, calls ``respond`` with what came,
and returns its ``Answer``. Status codes are the reference system's: 201 for an import, 200 for a
check or an update, 400 for a file refused, 412 for one that could not be read (markup, broken
JSON), 404 for an unknown element.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.contracts_edit.guard import TWO_NEEDED, two_are_needed
from tenants.models import ArchiveProfile, ReferentialImport
from tenants.referentials.archive_profiles import ARCHIVE_PROFILES, attach_profile_file
from tenants.referentials.exports import export_kind
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.ontology import import_ontology
from tenants.referentials.peers import documents_of, identifier_name
from tenants.referentials.queries import Page, QueryRefusedError, run_query
from tenants.referentials.reports import ImportReport
from tenants.referentials.sentences import sentence
from tenants.referentials.updates import UnknownElementError, update_document

JSON = "application/json"
OCTETS = "application/octet-stream"
CONTEXT = "ADMIN_EXTERNAL"

RESOURCES: Mapping[str, str] = {
    "agencies": "agencies",
    "rules": "rules",
    "formats": "formats",
    "ingestcontracts": "ingestcontracts",
    "accesscontracts": "accesscontracts",
    "managementcontracts": "managementcontracts",
    "contexts": "contexts",
    "securityprofiles": "securityprofiles",
    "profiles": "archiveprofiles",
    "archiveunitprofiles": "archiveunitprofiles",
    "ontologies": "ontologies",
    "schema": "unitschema",
    "griffin": "griffins",
    "griffins": "griffins",
    "preservationscenario": "scenarios",
    "preservationScenario": "scenarios",
    "preservationScenarios": "scenarios",
}
"""Collections of the interface, and our kind of each."""

CHECKS: Mapping[str, str] = {
    "agenciesfile": "agencies",
    "rulesfile": "rules",
    "formatsfile": "formats",
    "agenciescheck": "agencies",
    "rulescheck": "rules",
    "formatscheck": "formats",
}
REPORTS = frozenset({"rulesreport", "agenciesreport", "formatsreport"})
EXPORTS: Mapping[str, str] = {"rulesreferential": "rules", "agenciesreferential": "agencies"}
ANSWERED_200 = frozenset({"ontologies", "unitschema"})
PATHS = frozenset({*RESOURCES, *CHECKS, *REPORTS, *EXPORTS})
"""First part of every address answered here, after ``/admin-external/v1/``."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: ``resource`` and ``identifier`` from its path, its body and its headers."""

    method: str
    resource: str
    tenant: Tenant
    identifier: str = ""
    body: bytes = b""
    content_type: str = ""
    accept: str = ""
    file_name: str = ""
    force_update: bool = False
    agent: Agent = field(default_factory=Agent)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back; ``operation_id`` goes into ``X-Request-Id`` when there is one."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    operation_id: uuid.UUID | None = None


def respond(call: Call) -> Answer:
    """Answer a call on a referential, whatever it is."""
    if call.resource in CHECKS:
        return _check(call, KINDS[CHECKS[call.resource]])
    if call.resource in REPORTS:
        return _kept_report(call)
    if call.resource in EXPORTS:
        return _export(call)
    kind = KINDS.get(RESOURCES.get(call.resource, ""))
    if kind is None:
        return error(404, "Cette ressource n’existe pas.")
    if call.method == "GET":
        return _read_one(call, kind) if call.identifier else _search(call, kind)
    if call.method == "POST" and not call.identifier:
        return _import(call, kind)
    if call.method == "PUT" and call.identifier:
        return _change(call, kind)
    return error(405, "Cette méthode n’est pas admise ici.")


def _import(call: Call, kind: Kind) -> Answer:
    options: dict[str, Any] = {
        "tenant": call.tenant,
        "content": call.body,
        "agent": call.agent,
        "file_name": call.file_name,
    }
    if kind.slug == "ontologies":
        report = import_ontology(**options, force=call.force_update)
    else:
        report = kind.importer(**options)
    if not report.is_accepted:
        return refusal(report, kind)
    status = 200 if kind.slug in ANSWERED_200 else 201
    if kind.replaces:
        return _json(status, results_envelope([], status=status), report.operation_id)
    return _json(status, results_envelope(report.results, status=status), report.operation_id)


def _check(call: Call, kind: Kind) -> Answer:
    if call.method != "POST":
        return error(405, "Cette méthode n’est pas admise ici.")
    report = kind.checker(tenant=call.tenant, content=call.body)
    return _json(200 if report.is_accepted else 400, report.document)


def _change(call: Call, kind: Kind) -> Answer:
    if kind.slug == ARCHIVE_PROFILES.slug and not call.content_type.startswith(JSON):
        return _attach(call)
    if kind.documents is None:
        return error(405, "Ce référentiel se remplace en entier.")
    if two_are_needed(call.tenant, kind.slug):
        return error(403, str(TWO_NEEDED))
    try:
        report = update_document(
            kind.documents,
            tenant=call.tenant,
            identifier=call.identifier,
            content=call.body,
            agent=call.agent,
        )
    except UnknownElementError:
        return error(404, f"« {call.identifier} » est inconnu.")
    if not report.is_accepted:
        return refusal(report, kind)
    return _json(200, results_envelope(report.results, status=200), report.operation_id)


def _attach(call: Call) -> Answer:
    report = attach_profile_file(
        tenant=call.tenant,
        identifier=call.identifier,
        content=call.body,
        agent=call.agent,
        file_name=call.file_name,
    )
    if report.is_accepted:
        return _json(201, results_envelope((), status=201), report.operation_id)
    unknown = any(found.reason == "profile_unknown" for found in report.problems)
    return refusal(report, KINDS[ARCHIVE_PROFILES.slug], status=404 if unknown else 400)


def _read_one(call: Call, kind: Kind) -> Answer:
    with tenant_scope(call.tenant.id):
        wants_file = kind.slug == ARCHIVE_PROFILES.slug and call.accept.startswith(OCTETS)
        if wants_file:
            row = ArchiveProfile.objects.filter(identifier=call.identifier).first()
            if row is None or row.file is None:
                return error(404, "Ce profil n’a pas de fichier.")
            return Answer(200, bytes(row.file), OCTETS)
        named = identifier_name(kind)
        found = [one for one in documents_of(kind, call.tenant) if one[named] == call.identifier]
    if not found:
        return error(404, f"« {call.identifier} » est inconnu.")
    return _json(200, results_envelope(found, status=200))


def _search(call: Call, kind: Kind) -> Answer:
    try:
        query = json.loads(call.body) if call.body.strip() else {}
        with tenant_scope(call.tenant.id):
            page = run_query(query, documents_of(kind, call.tenant))
    except (QueryRefusedError, ValueError) as refused:
        return error(400, f"Requête non comprise : {refused}.")
    return _json(200, results_envelope(page.documents, status=200, page=page, query=query))


def _kept_report(call: Call) -> Answer:
    try:
        operation_id = uuid.UUID(call.identifier)
    except ValueError:
        return error(404, "Ce rapport n’existe pas.")
    with tenant_scope(call.tenant.id):
        kept = ReferentialImport.objects.filter(id=operation_id).first()
    if kept is None:
        return error(404, "Ce rapport n’existe pas.")
    return Answer(200, json.dumps(kept.report, ensure_ascii=False).encode(), OCTETS)


def _export(call: Call) -> Answer:
    with tenant_scope(call.tenant.id):
        return Answer(200, export_kind(EXPORTS[call.resource]).content, OCTETS)


def refusal(report: ImportReport, kind: Kind, *, status: int = 400) -> Answer:
    """Return the error envelope of a refused file, every fault listed."""
    if report.is_malformed and kind.media == "json":
        status = 412
    errors = [
        {
            "httpCode": status,
            "code": found.code,
            "context": CONTEXT,
            "state": "KO",
            "message": found.code,
            "description": sentence(found),
        }
        for found in report.problems
    ]
    body = {
        "httpCode": status,
        "code": report.outcome_detail,
        "context": CONTEXT,
        "state": "KO",
        "message": report.outcome_detail,
        "description": " ".join(sentence(found) for found in report.problems[:3]),
        "errors": errors,
    }
    return _json(status, body, report.operation_id)


def error(status: int, description: str) -> Answer:
    """Return the envelope of an error that no file caused."""
    return _json(
        status,
        {
            "httpCode": status,
            "code": str(status),
            "context": CONTEXT,
            "state": "KO",
            "message": description,
            "description": description,
            "errors": [],
        },
    )


def results_envelope(
    results: Any, *, status: int, page: Page | None = None, query: Any = None
) -> dict[str, Any]:
    """Return the envelope of results."""
    size = len(results)
    return {
        "httpCode": status,
        "$hits": {
            "total": page.total if page else size,
            "offset": page.offset if page else 0,
            "limit": page.limit if page else size,
            "size": size,
        },
        "$results": list(results),
        "$facetResults": [],
        "$context": query or {},
    }


def _json(status: int, body: Any, operation_id: uuid.UUID | None = None) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), JSON, operation_id)
