"""Data objects, and the groups that hold them."""

from __future__ import annotations

from typing import Any

from sae.seda.grammar.content import persistent_identifier
from sae.seda.grammar.elements import (
    AnyOrder,
    Attributes,
    Finish,
    Item,
    OneOf,
    Place,
    Value,
    group,
    leaf,
    open_group,
    reference,
    scheme,
    words,
)
from sae.seda.grammar.events import event
from sae.seda.grammar.texts import (
    date_time,
    decimal,
    digest,
    filled,
    identifier,
    integer,
    one_of,
    size_in_bytes,
    string,
    token,
)
from sae.seda.grammar.versions import of_version

LENGTH_UNITS = (
    "micrometre",
    "4H",
    "millimetre",
    "MMT",
    "centimetre",
    "CMT",
    "metre",
    "inch",
    "INH",
    "foot",
    "FOT",
)
WEIGHT_UNITS = ("microgram", "MC", "milligram", "MGM", "gram", "GRM", "kilogram", "KGM")


def _put_digest(item: Value, value: str, attributes: Attributes) -> None:
    item["MessageDigest"] = value
    item["Algorithm"] = attributes.get("algorithm", "")


def _put_relationship(item: Value, _: Value, attributes: Attributes) -> None:
    link = (attributes.get("target", ""), attributes.get("type", ""))
    item.setdefault("Relationship", []).append(link)


def _put_compressed(item: Value, value: str, attributes: Attributes) -> None:
    item["Compressed"] = {"Value": token(value), **attributes}


def _put_attachment(item: Value, _: str, __: Attributes) -> None:
    item["Attachment"] = True


def _measure(name: str, units: tuple[str, ...]) -> Place:
    def put(dimensions: Value, value: float, attributes: Attributes) -> None:
        dimensions[name] = {"unit": attributes.get("unit", ""), "dValue": value}

    return leaf(
        name,
        decimal,
        put=put,
        attributes={"unit": one_of(units)},
        required_attributes=("unit",),
    )


def _any_object(namespace: str) -> list[Item]:
    """What binary and physical objects have in common."""
    return [
        *of_version(namespace, scheme("DataObjectProfile")),
        words("DataObjectSystemId"),
        words("DataObjectGroupSystemId"),
        leaf(
            "Relationship",
            string,
            put=_put_relationship,
            many=True,
            attributes={"target": identifier, "type": filled},
            required_attributes=("target", "type"),
        ),
        OneOf(
            [
                reference("DataObjectGroupReferenceId"),
                leaf("DataObjectGroupId", identifier, declares_identifier=True),
            ]
        ),
        persistent_identifier(namespace),
        *of_version(
            namespace,
            words("DataObjectUse", floating=True),
            leaf("DataObjectNumber", integer, floating=True),
        ),
        words("DataObjectVersion"),
    ]


def binary_object(namespace: str, finish: Finish) -> Place:
    """A file: where it is, its digest, its size, its format."""
    return group(
        "BinaryDataObject",
        *_any_object(namespace),
        OneOf(
            [
                leaf("Uri", string),
                leaf(
                    "Attachment",
                    string,
                    put=_put_attachment,
                    attributes={"filename": string, "uri": string},
                ),
            ]
        ),
        leaf(
            "MessageDigest",
            digest,
            put=_put_digest,
            attributes={"algorithm": filled},
            required_attributes=("algorithm",),
        ),
        leaf("Size", size_in_bytes),
        leaf(
            "Compressed",
            string,
            put=_put_compressed,
            attributes={"algorithm": filled, "uncompressedSize": size_in_bytes},
            required_attributes=("algorithm",),
        ),
        group(
            "FormatIdentification",
            leaf("FormatLitteral"),
            words("MimeType"),
            words("FormatId"),
            words("Encoding"),
            namespace=namespace,
        ),
        group(
            "FileInfo",
            leaf("Filename"),
            leaf("CreatingApplicationName"),
            leaf("CreatingApplicationVersion"),
            leaf("DateCreatedByApplication", date_time),
            leaf("CreatingOs"),
            leaf("CreatingOsVersion"),
            leaf("LastModified", date_time),
            namespace=namespace,
            required=("Filename",),
        ),
        group(
            "Metadata",
            OneOf([open_group(each) for each in ("Text", "Document", "Image", "Audio", "Video")]),
            namespace=namespace,
            free=True,
        ),
        open_group("OtherMetadata"),
        namespace=namespace,
        many=True,
        keep=False,
        attributes={"id": identifier},
        required_attributes=("id",),
        identifier="id",
        finish=finish,
    )


def physical_object(namespace: str, finish: Finish) -> Place:
    """A thing of paper, film…: its shelf mark and dimensions; free elements may end it."""
    lengths = [
        _measure(name, LENGTH_UNITS)
        for name in ("Width", "Height", "Depth", "Diameter", "Length", "Thickness")
    ]
    return group(
        "PhysicalDataObject",
        *_any_object(namespace),
        scheme("PhysicalId"),
        group(
            "PhysicalDimensions",
            *lengths[:3],
            leaf("Shape"),
            *lengths[3:],
            _measure("Weight", WEIGHT_UNITS),
            leaf("NumberOfPage", integer),
            namespace=namespace,
        ),
        namespace=namespace,
        many=True,
        keep=False,
        attributes={"id": identifier},
        required_attributes=("id",),
        identifier="id",
        free=True,
        finish=finish,
    )


def object_group(namespace: str, objects: list[Place], *, begin: Any, finish: Finish) -> Place:
    """A group of objects, with its own history."""
    return group(
        "DataObjectGroup",
        AnyOrder(objects),
        group("LogBook", event(namespace, of_group=True), namespace=namespace),
        namespace=namespace,
        many=True,
        keep=False,
        attributes={"id": identifier},
        required_attributes=("id",),
        identifier="id",
        begin=begin,
        finish=finish,
    )
