"""Referentials as the file that would import them again: CSV, JSON, PRONOM's XML, or a ZIP for
those that have files of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.referentials import agencies, formats, rules
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.profile_bundles import bundle_of
from tenants.referentials.spreadsheets import write_csv
from tenants.referentials.versions import Document, documents_of
from tenants.selectors.ontology import effective_ontology

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xml": "application/xml",
    "zip": "application/zip",
}
_FIRST_COLUMNS: Mapping[str, Sequence[str]] = {
    agencies.KIND: agencies.REQUIRED,
    rules.KIND: rules.COLUMNS,
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    name: str
    content: bytes
    content_type: str


def export_kind(slug: str) -> ExportedFile:
    """Return the referential of the open scope; importing it back changes nothing."""
    kind = KINDS[slug]
    media = "zip" if kind.bundles else kind.media
    return ExportedFile(f"{slug}.{media}", _content(kind), CONTENT_TYPES[media])


def _content(kind: Kind) -> bytes:
    documents = effective_documents(kind)
    if kind.bundles:
        return bundle_of(documents.values())
    if kind.media == "csv":
        return csv_of(kind.slug, documents.values())
    if kind.media == "json":
        return json_of(documents.values())
    return formats.file_of_formats(documents)


def effective_documents(kind: Kind) -> Mapping[str, Document]:
    """Return the elements in force under the names of their file: where a coffre has none of its
    own, those of the platform.
    """
    if kind.slug == "ontologies":
        return {name: kind.describe(term) for name, term in effective_ontology().items()}
    if kind.slug == formats.KIND:
        return formats.present_formats()
    return documents_of(kind.slug)


def csv_of(slug: str, documents: Iterable[Document]) -> bytes:
    """Write documents of agencies or rules as their import reads them."""
    documents = list(documents)
    header = list(_FIRST_COLUMNS[slug])
    used = {name for document in documents for name in document}
    header += [
        name
        for name in (*agencies.SINGLE, *agencies.MULTIPLE, *agencies.DATES)
        if name in used and name not in header
    ]
    rows = [[document.get(name, "") for name in header] for document in documents]
    return write_csv([header, *rows])


def json_of(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """Write documents as a JSON array that people can read."""
    return json.dumps(list(documents), ensure_ascii=False, indent=2, default=str).encode()
