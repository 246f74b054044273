"""Turns the drafts of a package into SEDA XML, in the order that the official schemas impose."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v"
CATEGORIES = (
    "StorageRule",
    "AppraisalRule",
    "AccessRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)
FINAL_ACTIONS = {"StorageRule": "Copy", "AppraisalRule": "Keep"}

# The order that the official schemas impose on Content; other fields are put after (extensions).
CONTENT_ORDER = [
    "DescriptionLevel",
    "Title",
    "FilePlanPosition",
    "SystemId",
    "OriginatingSystemId",
    "ArchivalAgencyArchiveUnitIdentifier",
    "OriginatingAgencyArchiveUnitIdentifier",
    "TransferringAgencyArchiveUnitIdentifier",
    "Description",
    "CustodialHistory",
    "Type",
    "DocumentType",
    "Language",
    "DescriptionLanguage",
    "Status",
    "Version",
    "Tag",
    "Keyword",
    "Coverage",
    "OriginatingAgency",
    "SubmissionAgency",
    "Agent",
    "AuthorizedAgent",
    "Writer",
    "Addressee",
    "Recipient",
    "Transmitter",
    "Sender",
    "Source",
    "RelatedObjectReference",
    "CreatedDate",
    "TransactedDate",
    "AcquiredDate",
    "SentDate",
    "ReceivedDate",
    "RegisteredDate",
    "StartDate",
    "EndDate",
    "DateLitteral",
    "Event",
    "Signature",
    "SigningInformation",
    "Gps",
    "OriginatingSystemIdReplyTo",
    "TextContent",
    "PersistentIdentifier",
]
_RANK = {name: rank for rank, name in enumerate(CONTENT_ORDER)}

HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


@dataclass
class ObjectDraft:
    """A data object as it will be written; tests may change any field before building."""

    id: str
    kind: str
    group_id: str | None
    payload: bytes = b""
    uri: str = ""
    usage: str | None = "BinaryMaster_1"
    algorithm: str = "SHA-512"
    digest: str | None = None
    size: int | None = None
    with_size: bool = True
    format_id: str | None = "x-fmt/111"
    mime_type: str | None = "text/plain"
    format_litteral: str | None = "Plain Text File"
    filename: str = ""
    physical_id: str | None = None
    in_container: bool = True
    raw: str = ""


@dataclass
class UnitDraft:
    """An archive unit as it will be written; tests may change any field before building."""

    id: str
    title: str | Mapping[str, str] | None
    level: str | None
    parent: str | None
    content: dict[str, Any]
    profile: str | None = None
    rules: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    category_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    update_operation: str = ""
    events: list[Mapping[str, Any]] = field(default_factory=list)
    need_authorization: bool | None = None
    group_id: str | None = None
    references: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    raw_content: str = ""
    raw_management: str = ""
    raw_after: str = ""


CODE_LISTS = (
    "<CodeListVersions>\n"
    + "".join(
        f"<{name}CodeListVersion>{name}CodeListVersion0</{name}CodeListVersion>\n"
        for name in [
            "Reply",
            "MessageDigestAlgorithm",
            "MimeType",
            "Encoding",
            "FileFormat",
            "CompressionAlgorithm",
            "DataObjectVersion",
            "StorageRule",
            "AppraisalRule",
            "AccessRule",
            "DisseminationRule",
            "ReuseRule",
            "ClassificationRule",
            "AcquisitionInformation",
            "AuthorizationReason",
            "Relationship",
        ]
    )
    + "</CodeListVersions>\n"
)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def element(
    name: str, value: Any, attributes: Mapping[str, str | None] | None = None, *, raw: bool = False
) -> str:
    written = "".join(f" {k}={quoteattr(_text(v))}" for k, v in (attributes or {}).items())
    return f"<{name}{written}>{value if raw else escape(_text(value))}</{name}>"


def _field(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_field(name, item) for item in value)
    if isinstance(value, Mapping):
        attributes = {k[1:]: v for k, v in value.items() if k.startswith("@")}
        inner = escape(_text(value.get("#text", "")))
        inner += "".join(_field(k, v) for k, v in value.items() if k[0] not in "@#")
        return element(name, inner, attributes, raw=True)
    return element(name, value)


def _titles(title: str | Mapping[str, str] | None) -> str:
    if title is None:
        return ""
    if isinstance(title, str):
        return element("Title", title)
    return "".join(element("Title", text, {"xml:lang": lang}) for lang, text in title.items())


def management_xml(unit: UnitDraft) -> str:
    written = ""
    for category in CATEGORIES:
        if category not in unit.rules:
            continue
        fields = dict(unit.category_fields.get(category, {}))
        if category in FINAL_ACTIONS:
            fields.setdefault("FinalAction", FINAL_ACTIONS[category])
        inner = "".join(
            element("Rule", rule) + "".join(_field(k, v) for k, v in of_rule.items())
            for rule, of_rule in unit.rules[category]
        )
        order = [
            "ClassificationAudience",
            "PreventInheritance",
            "RefNonRuleId",
            "FinalAction",
            "ClassificationLevel",
            "ClassificationOwner",
            "ClassificationReassessingDate",
            "NeedReassessingAuthorization",
        ]
        ranked = sorted(fields, key=lambda n: order.index(n) if n in order else 99)
        inner += "".join(_field(n, fields[n]) for n in ranked if fields[n] is not None)
        if category == "HoldRule":
            written += _before_hold(unit)
        written += f"<{category}>{inner}</{category}>\n"
    if "HoldRule" not in unit.rules:
        written += _before_hold(unit)
    if unit.update_operation:
        written += f"<UpdateOperation>{unit.update_operation}</UpdateOperation>\n"
    return written + unit.raw_management


def _before_hold(unit: UnitDraft) -> str:
    written = ""
    if unit.events:
        written += (
            f"<LogBook>{''.join(_field('Event', event) for event in unit.events)}</LogBook>\n"
        )
    if unit.need_authorization is not None:
        written += element("NeedAuthorization", unit.need_authorization)
    return written


def unit_head_xml(unit: UnitDraft) -> str:
    fields = sorted(unit.content, key=lambda name: _RANK.get(name, 999))
    before = [n for n in fields if _RANK.get(n, 999) < _RANK["Title"]]
    after = [n for n in fields if n not in before]
    content = (element("DescriptionLevel", unit.level) if unit.level is not None else "") + (
        "".join(_field(n, unit.content[n]) for n in before)
        + _titles(unit.title)
        + "".join(_field(n, unit.content[n]) for n in after)
        + unit.raw_content
    )
    management = management_xml(unit)
    return (
        f"<ArchiveUnit id={quoteattr(unit.id)}>\n"
        + (element("ArchiveUnitProfile", unit.profile) if unit.profile is not None else "")
        + (f"<Management>\n{management}</Management>\n" if management else "")
        + f"<Content>{content}</Content>\n"
    )


def object_xml(item: ObjectDraft) -> str:
    inner = "" if item.usage is None else element("DataObjectVersion", item.usage) + "\n"
    if item.kind == "physical":
        if item.physical_id is not None:
            inner += element("PhysicalId", item.physical_id) + "\n"
        inner = f"\n{inner}{item.raw}"
        return f"<PhysicalDataObject id={quoteattr(item.id)}>{inner}</PhysicalDataObject>\n"
    digest = item.digest
    if digest is None:
        name = HASHES.get(item.algorithm, "sha512")
        digest = hashlib.new(name, item.payload).hexdigest()
    inner += element("Uri", item.uri) + "\n"
    inner += element("MessageDigest", digest, {"algorithm": item.algorithm}) + "\n"
    if item.with_size:
        inner += element("Size", len(item.payload) if item.size is None else item.size) + "\n"
    formats = "".join(
        element(name, value)
        for name, value in (
            ("FormatLitteral", item.format_litteral),
            ("MimeType", item.mime_type),
            ("FormatId", item.format_id),
        )
        if value is not None
    )
    if formats:
        inner += f"<FormatIdentification>{formats}</FormatIdentification>\n"
    inner += f"<FileInfo>{element('Filename', item.filename)}</FileInfo>\n"
    return f"<BinaryDataObject id={quoteattr(item.id)}>\n{inner}{item.raw}</BinaryDataObject>\n"
