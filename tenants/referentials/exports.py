"""Referentials as the file that would import them again: CSV, JSON, or PRONOM's XML."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tenants.models import FormatRelease
from tenants.referentials import agencies, formats, rules
from tenants.referentials.dates import write_moment
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.spreadsheets import write_csv
from tenants.referentials.versions import Document, documents_of
from tenants.selectors.built_in import PRONOM_VERSION, built_in_formats
from tenants.selectors.ontology import effective_ontology

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xml": "application/xml",
}
SHIPPED_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""Date written for the formats that the platform ships, whose list has none."""
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
    return ExportedFile(f"{slug}.{kind.media}", _content(kind), CONTENT_TYPES[kind.media])


def _content(kind: Kind) -> bytes:
    if kind.media == "csv":
        return csv_of(kind.slug, documents_of(kind.slug).values())
    if kind.slug == "ontologies":
        terms: Iterable[Any] = effective_ontology().values()
        return json_of([kind.describe(term) for term in terms])
    if kind.media == "json":
        return json_of(documents_of(kind.slug).values())
    return _signature_file()


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


def _signature_file() -> bytes:
    """Write the formats as a PRONOM file, their signatures (which imports do not keep) left out."""
    own = documents_of(formats.KIND)
    release = FormatRelease.objects.first()
    documents: list[Mapping[str, Any]] = list(own.values()) or [
        {"PUID": one.puid, "Name": one.name, "Version": one.version, "MIMEType": one.mime_type}
        for one in built_in_formats().values()
    ]
    root = etree.Element(
        f"{{{formats.NAMESPACE}}}FFSignatureFile",
        {
            "Version": str(release.number if release else PRONOM_VERSION),
            "DateCreated": write_moment(release.published_at if release else SHIPPED_AT),
        },
        nsmap={None: formats.NAMESPACE},  # type: ignore[dict-item]
    )
    collection = etree.SubElement(root, f"{{{formats.NAMESPACE}}}FileFormatCollection")
    numbers = {document["PUID"]: str(rank) for rank, document in enumerate(documents, start=1)}
    for document in documents:
        element = etree.SubElement(collection, f"{{{formats.NAMESPACE}}}FileFormat")
        element.set("ID", numbers[document["PUID"]])
        for name in ("PUID", "Name", "Version", "MIMEType"):
            if document.get(name):
                element.set(name, document[name])
        for name in ("Extension", "HasPriorityOverFileFormatID"):
            for value in document.get(name, ()):
                value = numbers.get(value, "") if name.startswith("HasPriority") else value
                if value:
                    child = etree.SubElement(element, f"{{{formats.NAMESPACE}}}{name}")
                    child.text = value
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
