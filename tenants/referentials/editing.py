"""Changes typed on the screen, written as the file that would make them.

One way to change a referential: what is typed goes through the import, with its checks, its
journal and its versions.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sae.tenancy.models import Tenant
from tenants.models import OntologyTerm, Referential, ReferentialDraft
from tenants.referentials import formats
from tenants.referentials.drafts import open_draft
from tenants.referentials.exports import csv_of, effective_documents, json_of
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import Kind, change
from tenants.referentials.reports import ImportReport
from tenants.referentials.signature_file import EXTERNAL, is_external
from tenants.referentials.updates import update_document
from tenants.referentials.versions import Document, documents_of, state_at, versions_of

KEYS: Mapping[str, str] = {
    "agencies": "Identifier",
    "rules": "RuleId",
    "formats": "PUID",
    "ontologies": "Identifier",
}
"""Kinds whose every change is a file; elements of the others also change one by one, as with the
peers (``updates``). The column that names their elements.
"""
READ_ONLY = ("griffins", "scenarios", "unitschema")
"""Kinds that a file alone changes: other tools write them."""

_OURS: Mapping[str, Sequence[str]] = {
    "formats": formats.OWN_FIELDS,
    "ontologies": ("ShortName", "Description"),
}
"""What may be changed of an element that is not the organisation's (PRONOM's, the platform's)."""


class StaleError(Exception):
    """Elements changed since they were shown: ``identifiers``."""

    def __init__(self, identifiers: list[str]) -> None:
        super().__init__(", ".join(identifiers))
        self.identifiers = identifiers


def own_fields(kind: Kind, document: Document) -> Sequence[str] | None:
    """Return what may be changed of an element: these fields alone, ``None`` for all of them."""
    if kind.slug == "formats" and not is_external(document.get("PUID", "")):
        return _OURS[kind.slug]
    if kind.slug == "ontologies" and document.get("Origin") == OntologyTerm.Origin.INTERNAL:
        return _OURS[kind.slug]
    return None


def as_new(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an element typed on the screen as the organisation's own: neither PRONOM's, nor the
    platform's.
    """
    made = dict(document)
    if kind.slug == "formats" and made.get("PUID") and not is_external(made["PUID"]):
        made["PUID"] = f"{EXTERNAL}{made['PUID']}"
    if kind.slug == "ontologies":
        made["Origin"] = OntologyTerm.Origin.EXTERNAL.value
        made["Collections"] = made.get("Collections") or ["Unit"]
    return made


def file_of_changes(kind: Kind, changes: Mapping[str, Document | None]) -> tuple[bytes, bool]:
    """Return the file that makes changes to a kind, and whether it replaces the referential.

    ``changes``: the document wanted for each identifier, ``None`` to remove it. What is not the
    organisation's keeps all that is not for it to say.
    """
    wanted = [document for document in changes.values() if document is not None]
    if len(wanted) == len(changes):
        if kind.media == "csv":
            return csv_of(kind.slug, wanted), False
        if kind.slug not in KEYS:
            return json_of([_filled(kind, one) for one in wanted]), False
    after: dict[str, Document] = dict(effective_documents(kind))
    for identifier, document in changes.items():
        before = after.get(identifier)
        only = None if before is None else own_fields(kind, before)
        if document is None:
            if only is None:
                after.pop(identifier, None)
        elif before is not None and only is not None:
            after[identifier] = {**before, **{name: document.get(name) for name in only}}
        else:
            after[identifier] = document
    return file_of(kind, after), True


def file_of(kind: Kind, documents: Mapping[str, Document]) -> bytes:
    """Return the file of a table that holds these elements and no other."""
    if kind.media == "csv":
        return csv_of(kind.slug, documents.values())
    if kind.media == "xml":
        return formats.file_of_formats(documents)
    return json_of([_filled(kind, one) for one in documents.values()])


def _filled(kind: Kind, document: Document) -> dict[str, Any]:
    """Return a document as a file says it, whole: what is empty is left out, files aside, since a
    file that is not mentioned stays.
    """
    said = {name: value for name, value in document.items() if value not in (None, "", [], {})}
    return {"File": {}, **said} if kind.bundles else said


def refuse_stale(kind: Kind, versions: Mapping[str, int]) -> None:
    """Raise ``StaleError`` when an element is no longer at the version that was shown."""
    rows = kind.model.objects.filter(identifier__in=versions)
    now = dict(rows.values_list("identifier", "version"))
    stale = [name for name, version in versions.items() if now.get(name, -1) != version]
    if stale:
        raise StaleError(stale)


def change_table(
    kind: Kind,
    *,
    tenant: Tenant,
    changes: Mapping[str, Document | None],
    agent: Agent,
    file_name: str = "",
) -> ImportReport:
    """Make changes to a table at once, in one journalled operation."""
    content, replace = file_of_changes(kind, changes)
    return change(
        kind, tenant=tenant, content=content, replace=replace, agent=agent, file_name=file_name
    )


def draft_changes(
    kind: Kind,
    *,
    changes: Mapping[str, Document | None],
    account_id: uuid.UUID | None,
    origin: str = ReferentialDraft.Origin.TABLE,
) -> ReferentialDraft:
    """Prepare changes to a table, to be compared before they are applied."""
    content, replace = file_of_changes(kind, changes)
    return open_draft(kind, content=content, replace=replace, origin=origin, account_id=account_id)


def change_document(
    kind: Kind, row: Referential, values: Document, *, tenant: Tenant, agent: Agent
) -> ImportReport:
    """Change an element written in JSON: ``values`` under the names of its file."""
    documents = kind.typed or kind.documents
    if documents is None:
        raise ValueError(kind.slug)
    action = {"$action": [{"$set": dict(values)}]}
    return update_document(
        documents,
        tenant=tenant,
        identifier=row.identifier,
        content=json.dumps(action, default=str).encode(),
        agent=agent,
    )


def create_document(
    kind: Kind, values: Mapping[str, Any], *, tenant: Tenant, agent: Agent
) -> ImportReport:
    """Add one element written in JSON."""
    return kind.importer(tenant=tenant, content=json_of([values]), agent=agent)


def return_to_version(
    kind: Kind, identifier: str, number: int, *, tenant: Tenant, agent: Agent
) -> ReferentialDraft | ImportReport:
    """Give an element back what it was: a draft for a table, the update's report otherwise.

    Raises ``LookupError`` for a version that does not exist, or that is an absence.
    """
    found = next((one for one in versions_of(kind.slug, identifier) if one.number == number), None)
    if found is None or found.removed:
        raise LookupError(f"{identifier} v{number}")
    if kind.slug in KEYS:
        return draft_changes(
            kind,
            changes={identifier: found.document},
            account_id=agent.account_id,
            origin=ReferentialDraft.Origin.RETURN,
        )
    row = kind.model.objects.filter(identifier=identifier).first()
    if row is None:
        content = json_of([_filled(kind, found.document)])
        return change(kind, tenant=tenant, content=content, replace=False, agent=agent)
    now = documents_of(kind.slug, [identifier])[identifier]
    values: dict[str, Any] = {name: None for name in now if name not in found.document}
    values |= found.document
    if kind.bundles:
        values["File"] = found.document.get("File", {})
    return change_document(kind, row, values, tenant=tenant, agent=agent)


def adopt_shipped(kind: Kind, *, tenant: Tenant, agent: Agent) -> ImportReport:
    """Make the elements of the platform those of the coffre, to be noted and completed."""
    content = file_of(kind, effective_documents(kind))
    return change(kind, tenant=tenant, content=content, replace=True, agent=agent)


def draft_return(kind: Kind, moment: Any, *, account_id: uuid.UUID | None) -> ReferentialDraft:
    """Prepare the return of a whole kind to what it was at a moment."""
    content = file_of(kind, state_at(kind.slug, moment))
    return open_draft(
        kind,
        content=content,
        replace=True,
        origin=ReferentialDraft.Origin.RETURN,
        account_id=account_id,
    )
