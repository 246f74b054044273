"""What an ArchiveTransfer of SEDA 1.0 may hold, in the order of the standard."""

from __future__ import annotations

import re
from functools import lru_cache

from sae.seda import reasons
from sae.seda.grammar.elements import (
    Attributes,
    Element,
    Item,
    Place,
    Value,
    arrange,
    code,
    group,
    leaf,
    open_group,
    scheme,
)
from sae.seda.grammar.texts import (
    TextFault,
    TextType,
    any_date,
    boolean,
    date,
    date_time,
    digest,
    filled,
    identifier,
    language,
    one_of,
    string,
)
from sae.seda.v1 import assembly

ID = {"Id": identifier}
LANGUAGE = {"languageID": string}
LEVELS = (
    "class",
    "collection",
    "file",
    "fonds",
    "item",
    "otherlevel",
    "recordgrp",
    "series",
    "subfonds",
    "subgrp",
    "subseries",
)
FINAL_ACTIONS = ("conserver", "detruire")
_DURATION = re.compile(
    r"P(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    re.ASCII,
)


def duration(text: str) -> str:
    """An ISO 8601 duration (``P10Y``)."""
    text = text.strip()
    if not _DURATION.fullmatch(text):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "duration")
    return text


def no_content(text: str) -> str:
    """An attachment names its file; one written inside the message is not read."""
    if text.strip():
        raise TextFault(reasons.TEXT_UNEXPECTED)
    return ""


def level(text: str) -> str:
    """A level of description, whatever its case."""
    return _level(text.strip().lower())


_level = one_of(LEVELS)


def structure_of(namespace: str) -> frozenset[str]:
    """Full names of the elements that carry a transfer's structure."""
    return frozenset(f"{namespace} {name}" for name in ("Archive", "ArchiveObject", "Document"))


@lru_cache(maxsize=4)
def grammar_for(namespace: str) -> Element:
    """The grammar of ArchiveTransfer in the namespace of SEDA 1.0."""
    root = Element(
        "ArchiveTransfer",
        attributes=ID,
        identifier="Id",
        required=(
            "Date",
            "TransferIdentifier",
            "ArchivalAgency",
            "TransferringAgency",
            "Archive",
        ),
        finish=assembly.finish_transfer,
    )
    arrange(
        root,
        [
            leaf("Comment", many=True, attributes=LANGUAGE, put=assembly.put_comment),
            leaf("Date", date_time),
            scheme("RelatedTransferReference", many=True),
            leaf("TransferIdentifier", filled, attributes=_scheme_attributes()),
            scheme("TransferRequestReplyIdentifier"),
            _organization("ArchivalAgency", namespace),
            _organization("TransferringAgency", namespace),
            _archive(namespace),
            open_group("NonRepudiation"),
        ],
        namespace,
    )
    for place in root.children.values():
        place.noted = True
    return root


def _scheme_attributes() -> dict[str, TextType]:
    return dict(scheme("").element.attributes)


def _text(name: str, **details: object) -> Place:
    return leaf(name, string, attributes=LANGUAGE, **details)  # type: ignore[arg-type]


def _code(name: str, check: TextType, *, many: bool = False) -> Place:
    return leaf(name, check, many=many, attributes=dict(code("").element.attributes))


def _organization(name: str, namespace: str, *, many: bool = False) -> Place:
    """A service; everything but its identifier is kept as its description."""
    return group(
        name,
        _code("BusinessType", string),
        _text("Description"),
        leaf("Identification", filled, attributes=_scheme_attributes()),
        _code("LegalClassification", string),
        _text("Name"),
        _described("Address", many=True),
        _described("Communication", many=True),
        _described("Contact", many=True),
        namespace=namespace,
        many=many,
        attributes=ID,
        identifier="Id",
        required=("Identification",),
    )


def _described(name: str, *, many: bool = False) -> Place:
    """An element whose inside is kept without being judged."""
    place = open_group(name, many=many)
    place.element.attributes = {**place.element.attributes, **ID, **LANGUAGE}
    return place


def _archive(namespace: str) -> Place:
    archive = Element(
        "Archive",
        attributes=ID,
        identifier="Id",
        required=("Title",),
        begin=assembly.begin_unit,
        finish=assembly.finish_archive,
    )
    arrange(
        archive,
        [
            scheme("ArchivalAgencyArchiveIdentifier"),
            scheme("ArchivalAgreement"),
            scheme("ArchivalProfile"),
            _code("DescriptionLanguage", language, many=True),
            leaf("Name", filled, key="Title", attributes=LANGUAGE, put=assembly.put_title),
            scheme("OriginatingAgencyArchiveIdentifier"),
            _code("ServiceLevel", string),
            scheme("TransferringAgencyArchiveIdentifier"),
            *_inside_a_unit(namespace),
        ],
        namespace,
    )
    # Kept, as a sign that there was one: what it holds has gone to the consumer.
    return Place(archive, "Archive", many=True)


def _inside_a_unit(namespace: str) -> list[Item]:
    return [
        _content_description(namespace),
        _access_rule(namespace),
        _appraisal_rule(namespace),
        Place(_archive_object(namespace), "ArchiveObject", many=True, keep=False),
        Place(_document(namespace), "Document", many=True, keep=False),
    ]


@lru_cache(maxsize=4)
def _archive_object(namespace: str) -> Element:
    element = Element(
        "ArchiveObject",
        attributes=ID,
        identifier="Id",
        required=("Title",),
        begin=assembly.begin_unit,
        finish=assembly.finish_object,
    )
    arrange(
        element,
        [
            scheme("ArchivalAgencyObjectIdentifier"),
            leaf("Name", filled, key="Title", attributes=LANGUAGE, put=assembly.put_title),
            scheme("OriginatingAgencyObjectIdentifier"),
            scheme("TransferringAgencyObjectIdentifier"),
            _content_description(namespace),
            _access_rule(namespace),
            _appraisal_rule(namespace),
            Place(element, "ArchiveObject", many=True, keep=False),
            Place(_document(namespace), "Document", many=True, keep=False),
        ],
        namespace,
    )
    return element


def _content_description(namespace: str) -> Place:
    return group(
        "ContentDescription",
        _text("Description"),
        _code("DescriptionLevel", level),
        _text("FilePlanPosition", many=True),
        _code("Language", language, many=True),
        leaf("LatestDate", date),
        leaf("OldestDate", date),
        _text("OtherDescriptiveData"),
        _access_rule(namespace),
        group(
            "CustodialHistory",
            leaf(
                "CustodialHistoryItem",
                many=True,
                attributes={**LANGUAGE, "when": any_date},
            ),
            _described("CustodialHistoryFile"),
            namespace=namespace,
            attributes=ID,
            identifier="Id",
        ),
        group(
            "Keyword",
            leaf("KeywordContent", filled, attributes={**LANGUAGE, "role": string}),
            scheme("KeywordReference"),
            _code("KeywordType", filled),
            _access_rule(namespace),
            namespace=namespace,
            many=True,
            attributes=ID,
            identifier="Id",
            required=("KeywordContent",),
        ),
        _organization("OriginatingAgency", namespace, many=True),
        _described("OtherMetadata", many=True),
        group(
            "RelatedObjectReference",
            scheme("RelatedObjectIdentifier"),
            _code("Relation", string),
            namespace=namespace,
            many=True,
            attributes=ID,
            identifier="Id",
        ),
        _organization("Repository", namespace),
        namespace=namespace,
        attributes=ID,
        identifier="Id",
    )


def _access_rule(namespace: str) -> Place:
    return group(
        "AccessRestrictionRule",
        _code("Code", filled),
        leaf("StartDate", date),
        namespace=namespace,
        attributes=ID,
        identifier="Id",
        required=("Code",),
    )


def _appraisal_rule(namespace: str) -> Place:
    return group(
        "AppraisalRule",
        _code("Code", one_of(FINAL_ACTIONS)),
        leaf("Duration", duration),
        leaf("StartDate", date),
        namespace=namespace,
        attributes=ID,
        identifier="Id",
        required=("Code",),
    )


def _put_attachment(document: Value, _: str, attributes: Attributes) -> None:
    document["Attachment"] = dict(attributes)


def _put_integrity(document: Value, value: str, attributes: Attributes) -> None:
    document["Integrity"] = value
    document["Algorithm"] = attributes.get("algorithme", "")


def _put_size(document: Value, value: str, attributes: Attributes) -> None:
    document["Size"] = value.strip()
    document["SizeUnit"] = attributes.get("unitCode", "")


@lru_cache(maxsize=4)
def _document(namespace: str) -> Element:
    names = ("format", "encodingCode", "mimeCode", "characterSetCode", "filename", "uri")
    element = Element(
        "Document",
        attributes=ID,
        identifier="Id",
        required=("Attachment",),
        begin=assembly.begin_document,
        finish=assembly.finish_document,
    )
    arrange(
        element,
        [
            scheme("ArchivalAgencyDocumentIdentifier"),
            leaf(
                "Attachment",
                no_content,
                attributes={**dict.fromkeys(names, string), "filename": filled},
                required_attributes=("filename",),
                put=_put_attachment,
            ),
            leaf("Control", boolean),
            leaf("Copy", boolean),
            leaf("Creation", date_time),
            _text("Description"),
            leaf(
                "Integrity",
                digest,
                attributes={"algorithme": filled},
                required_attributes=("algorithme",),
                put=_put_integrity,
            ),
            leaf("Issue", date_time),
            _code("Language", language, many=True),
            scheme("OriginatingAgencyDocumentIdentifier"),
            _text("Purpose"),
            leaf("Receipt", date_time),
            leaf("Response", date_time),
            leaf("Size", _measure, attributes={"unitCode": string}, put=_put_size),
            _code("Status", string),
            leaf("Submission", date_time),
            scheme("TransferringAgencyDocumentIdentifier"),
            _code("Type", string, many=True),
            _described("OtherMetadata", many=True),
            _described("RelatedData", many=True),
        ],
        namespace,
    )
    return element


def _measure(text: str) -> str:
    """A quantity in the unit that its attribute names."""
    text = text.strip()
    if not re.fullmatch(r"\d{1,18}(?:\.\d{0,9})?", text, re.ASCII):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "decimal")
    return text
