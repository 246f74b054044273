"""ArchiveTransfer as a whole: header, objects, units, management metadata."""

from __future__ import annotations

from functools import lru_cache

from sae.seda import assembly
from sae.seda.grammar.content import content, object_reference, organization
from sae.seda.grammar.elements import (
    XML_ID,
    AnyOrder,
    Element,
    Item,
    Place,
    arrange,
    code,
    group,
    leaf,
    open_group,
    scheme,
    text,
    words,
)
from sae.seda.grammar.management import after_categories, categories, management
from sae.seda.grammar.objects import binary_object, object_group, physical_object
from sae.seda.grammar.texts import date_time, filled, identifier, one_of
from sae.seda.grammar.versions import absent_from

SUPPORTED_VERSIONS = ("2.1", "2.2", "2.3")
LEGAL_STATUSES = ("Public Archive", "Private Archive", "Public and Private Archive")

# The standard's order; free lists may end them.
CODE_LISTS = (
    "ReplyCodeListVersion",
    "MessageDigestAlgorithmCodeListVersion",
    "MimeTypeCodeListVersion",
    "EncodingCodeListVersion",
    "FileFormatCodeListVersion",
    "CompressionAlgorithmCodeListVersion",
    "DataObjectVersionCodeListVersion",
    "StorageRuleCodeListVersion",
    "AppraisalRuleCodeListVersion",
    "AccessRuleCodeListVersion",
    "DisseminationRuleCodeListVersion",
    "ReuseRuleCodeListVersion",
    "ClassificationRuleCodeListVersion",
    "HoldRuleCodeListVersion",
    "AcquisitionInformationCodeListVersion",
    "AuthorizationReasonCodeListVersion",
    "RelationshipCodeListVersion",
)
_FLOATING_LISTS = frozenset({"HoldRuleCodeListVersion", "AcquisitionInformationCodeListVersion"})
"""Their place is not the same in the standard and in what the field writes."""


_STRUCTURE = (
    "ArchiveTransfer",
    "ArchiveUnit",
    "ArchiveUnitRefId",
    "BinaryDataObject",
    "Content",
    "DataObjectGroup",
    "DataObjectPackage",
    "DataObjectReference",
    "DescriptiveMetadata",
    "Management",
    "ManagementMetadata",
    "PhysicalDataObject",
)


def structure_of(namespace: str) -> frozenset[str]:
    """Full names that no free element may bear: those that carry a transfer's structure, and those
    of other versions."""
    return frozenset(f"{namespace} {name}" for name in (*_STRUCTURE, *absent_from(namespace)))


@lru_cache(maxsize=8)
def grammar_for(namespace: str) -> Element:
    """The grammar of ArchiveTransfer in the namespace of a version 2; 1.0 has its own."""
    package = group(
        "DataObjectPackage",
        *_objects(namespace),
        group(
            "DescriptiveMetadata",
            _unit(namespace),
            namespace=namespace,
        ),
        group(
            "ManagementMetadata",
            scheme("ArchivalProfile"),
            scheme("ServiceLevel"),
            words("AcquisitionInformation"),
            leaf("LegalStatus", one_of(LEGAL_STATUSES)),
            scheme("OriginatingAgencyIdentifier"),
            scheme("SubmissionAgencyIdentifier"),
            *categories(namespace),
            after_categories(namespace),
            namespace=namespace,
            attributes=XML_ID,
            identifier=next(iter(XML_ID)),
            free=True,
        ),
        namespace=namespace,
        required=("DescriptiveMetadata", "ManagementMetadata"),
        attributes=XML_ID,
        identifier=next(iter(XML_ID)),
        begin=assembly.begin_package,
    )
    lists: list[Item] = [code(name, floating=name in _FLOATING_LISTS) for name in CODE_LISTS]
    root = Element(
        "ArchiveTransfer",
        attributes=XML_ID,
        identifier=next(iter(XML_ID)),
        required=(
            "Date",
            "MessageIdentifier",
            "CodeListVersions",
            "DataObjectPackage",
            "ArchivalAgency",
            "TransferringAgency",
        ),
        finish=assembly.finish_transfer,
    )
    arrange(
        root,
        [
            text("Comment", many=True, put=assembly.put_comment),
            leaf("Date", date_time),
            scheme("MessageIdentifier"),
            open_group("Signature"),
            scheme("ArchivalAgreement"),
            group(
                "CodeListVersions",
                *lists,
                namespace=namespace,
                attributes=XML_ID,
                identifier=next(iter(XML_ID)),
                free=True,
            ),
            package,
            scheme("RelatedTransferReference", many=True),
            scheme("TransferRequestReplyIdentifier"),
            _agency("ArchivalAgency", namespace),
            _agency("TransferringAgency", namespace),
        ],
        namespace,
    )
    for element in (root, package.element.children[f"{namespace} ManagementMetadata"].element):
        for place in element.children.values():
            place.noted = True
    return root


def _agency(name: str, namespace: str) -> Place:
    return organization(name, namespace, attributes=XML_ID, identifier=next(iter(XML_ID)))


def _objects(namespace: str) -> list[Item]:
    """Groups and objects outside groups, in any order."""

    def both() -> list[Place]:
        return [
            binary_object(namespace, assembly.finish_binary),
            physical_object(namespace, assembly.finish_physical),
        ]

    groups = object_group(
        namespace, both(), begin=assembly.begin_group, finish=assembly.finish_group
    )
    return [AnyOrder([groups, *both()])]


def _unit(namespace: str) -> Place:
    """A unit, or a reference to one declared elsewhere; units hold units."""
    unit = Element(
        "ArchiveUnit",
        attributes={"id": identifier},
        required_attributes=("id",),
        identifier="id",
        required=(("Content", "ArchiveUnitRefId"),),
        begin=assembly.begin_unit,
        finish=assembly.finish_unit,
    )
    arrange(
        unit,
        [
            scheme("ArchiveUnitProfile"),
            management(namespace),
            content(namespace),
            AnyOrder(
                [
                    Place(unit, "ArchiveUnit", many=True, keep=False),
                    object_reference(
                        namespace,
                        many=True,
                        keep=False,
                        finish=assembly.finish_reference,
                    ),
                    group(
                        "DataObjectGroup",
                        leaf("DataObjectGroupExistingReferenceId", filled),
                        namespace=namespace,
                        many=True,
                        keep=False,
                        required=("DataObjectGroupExistingReferenceId",),
                        finish=assembly.finish_reference,
                    ),
                ]
            ),
            leaf("ArchiveUnitRefId", identifier, alone=True),
        ],
        namespace,
    )
    return Place(unit, "ArchiveUnit", many=True, keep=False)
