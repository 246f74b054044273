"""PRONOM signature files: formats read and written, without their signatures.

Source: the DROID signature files of The National Archives. A file that this platform wrote says
``Complete``: the external formats of the organisation, the alerts and the comments in it are all
those that there are. Another knows nothing of them, and leaves them as they were.
"""

import datetime as dt
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sae.kernel.problems import Problem
from tenants.referentials.dates import parse_moment, write_moment
from tenants.referentials.markup import find_markup
from tenants.referentials.reports import problem

EVENT = "STP_REFERENTIAL_FORMAT_IMPORT"
NAMESPACE = "http://www.nationalarchives.gov.uk/pronom/SignatureFile"
NOT_PRONOM = f"{EVENT}.KO"
EXTERNAL = "EXTERNAL_"
"""How the identifiers of formats that PRONOM does not know begin, as in the peers."""
_FORMATS = f"{{{NAMESPACE}}}FileFormatCollection/{{{NAMESPACE}}}FileFormat"
_EXTERNAL_NAME = re.compile(rf"{EXTERNAL}[\w.-]+")


@dataclass(frozen=True, slots=True)
class FormatLine:
    """One format of the file; ``alert`` and ``comment`` are ``None`` where it says nothing."""

    puid: str
    name: str
    version_name: str
    mime_types: str
    extensions: tuple[str, ...]
    priority_over: tuple[str, ...]
    alert: bool | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A PRONOM file read: its version, its date, its formats."""

    version: int
    published_at: dt.datetime
    formats: tuple[FormatLine, ...]
    is_complete: bool = False


def is_external(puid: str) -> bool:
    """Tell whether a format is of the organisation, not of PRONOM."""
    return puid.startswith(EXTERNAL)


def read_formats(content: bytes) -> tuple[SignatureFile | None, list[Problem]]:
    """Read a signature file; no DOCTYPE, no entity, nothing fetched."""
    if b"<!DOCTYPE" in content:
        return None, [problem(NOT_PRONOM, "doctype")]
    try:
        return _parse(content)
    except etree.XMLSyntaxError as error:
        return None, [
            problem(NOT_PRONOM, "not_xml", line=error.lineno or 0, detail=str(error.msg)[:200])
        ]


def without_formats(
    content: bytes, lines: Collection[int], spared: Iterable[Mapping[str, Any]]
) -> bytes | None:
    """Return a signature file without the formats that begin on these lines.

    ``spared`` (``document_of``) are put in it unless they still are. ``None`` when a line is no
    format's, or when nothing would be left.
    """
    try:
        root = _root_of(content)
    except etree.XMLSyntaxError:
        return None
    collection = root.find(_name("FileFormatCollection"))
    elements: list[Any] = root.findall(_FORMATS)
    bad = [one for one in elements if one.sourceline in lines]
    if collection is None or {one.sourceline for one in bad} != set(lines):
        return None
    for one in bad:
        collection.remove(one)
    numbers = {one.get("PUID", ""): one.get("ID", "") for one in collection}
    missing = [document for document in spared if document["PUID"] not in numbers]
    for rank, document in enumerate(missing):
        numbers[document["PUID"]] = f"spared-{rank}"
        collection.append(_written(document, numbers))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") if len(collection) else None


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _root_of(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.parse(io.BytesIO(content), parser).getroot()


def _parse(content: bytes) -> tuple[SignatureFile | None, list[Problem]]:
    root = _root_of(content)
    version, published = root.get("Version", ""), parse_moment(root.get("DateCreated", ""))
    if root.tag != _name("FFSignatureFile") or not version.isdigit() or published is None:
        return None, [problem(NOT_PRONOM, "not_pronom", line=root.sourceline, seen=root.tag)]
    elements: list[Any] = root.findall(_FORMATS)
    puids = {element.get("ID"): element.get("PUID", "") for element in elements}
    lines: list[FormatLine] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for element in elements:
        line = _read_format(element, puids)
        problems += _faults(line, element.sourceline, seen)
        seen.add(line.puid)
        lines.append(line)
    if not lines:
        problems.append(problem(NOT_PRONOM, "not_pronom", line=root.sourceline))
    is_complete = root.get("Complete") == "true"
    return SignatureFile(int(version), published, tuple(lines), is_complete), problems


def _faults(line: FormatLine, number: int, seen: set[str]) -> list[Problem]:
    if not line.puid or not line.name:
        element = "Name" if line.puid else "PUID"
        return [_fault("missing", number, line, element=element)]
    if line.puid in seen:
        return [_fault("duplicate_in_file", number, line, element="PUID", seen=line.puid)]
    if is_external(line.puid) and not _EXTERNAL_NAME.fullmatch(line.puid):
        return [_fault("bad_external", number, line, element="PUID", seen=line.puid)]
    for element, words in (("Name", line.name), ("Comment", line.comment or "")):
        if found := find_markup(words):
            return [_fault("markup", number, line, element=element, seen=found)]
    return []


def _fault(reason: str, number: int, line: FormatLine, **more: Any) -> Problem:
    return problem(NOT_PRONOM, reason, line=number, identifier=line.puid, **more)


def _read_format(element: Any, puids: dict[str, str]) -> FormatLine:
    def texts(name: str) -> list[str]:
        return [child.text or "" for child in element.findall(_name(name))]

    alert = element.get("Alert")
    return FormatLine(
        puid=element.get("PUID", ""),
        name=element.get("Name", ""),
        version_name=element.get("Version", ""),
        mime_types=element.get("MIMEType", ""),
        extensions=tuple(texts("Extension")),
        priority_over=tuple(
            puids[one] for one in texts("HasPriorityOverFileFormatID") if one in puids
        ),
        alert=None if alert is None else alert == "true",
        comment=element.get("Comment"),
    )


def document_of(line: FormatLine) -> dict[str, Any]:
    """Return a format under the names of the file."""
    return {
        "PUID": line.puid,
        "Name": line.name,
        "Version": line.version_name,
        "MIMEType": line.mime_types,
        "Extension": list(line.extensions),
        "HasPriorityOverFileFormatID": list(line.priority_over),
        "Alert": bool(line.alert),
        "Comment": line.comment or "",
    }


def write_formats(
    documents: Iterable[Mapping[str, Any]], *, version: int, published_at: dt.datetime
) -> bytes:
    """Write formats (``document_of``) as a complete file, their signatures left out."""
    documents = list(documents)
    root = etree.Element(
        _name("FFSignatureFile"),
        {
            "Version": str(version),
            "DateCreated": write_moment(published_at),
            "Complete": "true",
        },
        nsmap={None: NAMESPACE},  # type: ignore[dict-item]
    )
    collection = etree.SubElement(root, _name("FileFormatCollection"))
    numbers = {document["PUID"]: str(rank) for rank, document in enumerate(documents, start=1)}
    for document in documents:
        collection.append(_written(document, numbers))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _written(document: Mapping[str, Any], numbers: Mapping[str, str]) -> Any:
    """Return the element of a format; ``numbers`` are those of the file, by PUID."""
    element = etree.Element(_name("FileFormat"))
    element.set("ID", numbers[document["PUID"]])
    for name in ("PUID", "Name", "Version", "MIMEType", "Comment"):
        if document.get(name):
            element.set(name, document[name])
    if document.get("Alert"):
        element.set("Alert", "true")
    for name in ("Extension", "HasPriorityOverFileFormatID"):
        for value in document.get(name) or ():
            value = numbers.get(value, "") if name.startswith("HasPriority") else value
            if value:
                etree.SubElement(element, _name(name)).text = value
    return element
