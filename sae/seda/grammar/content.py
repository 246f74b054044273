"""Content: the description of a unit, in the order of the standard."""

from __future__ import annotations

from typing import Any

from sae.seda.grammar.elements import (
    ID,
    LANG,
    AnyOrder,
    Attributes,
    Item,
    OneOf,
    Place,
    Value,
    code,
    group,
    language,
    leaf,
    open_group,
    reference,
    scheme,
    text,
    words,
)
from sae.seda.grammar.events import event
from sae.seda.grammar.texts import (
    any_date,
    date,
    date_time,
    digest,
    filled,
    integer,
    one_of,
    string,
)
from sae.seda.grammar.versions import of_version

LEVELS = (
    "Fonds",
    "Subfonds",
    "Class",
    "Collection",
    "Series",
    "Subseries",
    "RecordGrp",
    "SubGrp",
    "File",
    "Item",
    "OtherLevel",
)
KEYWORD_TYPES = (
    "corpname",
    "famname",
    "geogname",
    "name",
    "occupation",
    "persname",
    "subject",
    "genreform",
    "function",
)
SIGNING_ROLES = ("SignedDocument", "Timestamp", "Signature", "AdditionalProof")
_LANG = next(iter(LANG))


def _by_language(key: str) -> Any:
    """Puts a title or description: under ``Title`` without language, in ``Title_`` with one.

    Several without language (the field writes such descriptions) are kept, one per line.
    """
    translated = f"{key}_"

    def put(content: Value, value: str, attributes: Attributes) -> None:
        lang = attributes.get(_LANG)
        if not lang:
            content[key] = f"{content[key]}\n{value}" if key in content else value
            return
        languages = content.setdefault(translated, {})
        languages[lang] = f"{languages[lang]}\n{value}" if lang in languages else value

    return put


def _main_language(_build: Any, value: Value, _attributes: Attributes, _line: int) -> Value:
    """``Title`` is, by default, the French title, or the first."""
    for key in ("Title", "Description"):
        if key not in value and (languages := value.get(f"{key}_")):
            value[key] = languages.get("fr") or next(iter(languages.values()))
    return value


def persistent_identifier(namespace: str) -> Place:
    """A persistent identifier (ARK…): at the end since 2.3, among identifiers in the field."""
    return group(
        "PersistentIdentifier",
        words("PersistentIdentifierType"),
        words("PersistentIdentifierOrigin"),
        words("PersistentIdentifierReference"),
        words("PersistentIdentifierContent"),
        namespace=namespace,
        many=True,
        floating=True,
        required=("PersistentIdentifierType", "PersistentIdentifierContent"),
    )


def organization(name: str, namespace: str, **details: Any) -> Place:
    """An organisation: its identifier, and anything that describes it."""
    return group(
        name,
        scheme("Identifier"),
        open_group("OrganizationDescriptiveMetadata"),
        namespace=namespace,
        required=("Identifier",),
        **details,
    )


def _location(name: str, namespace: str) -> Place:
    names = ("Geogname", "Address", "PostalCode", "City", "Region", "Country")
    return group(name, AnyOrder([leaf(each) for each in names]), namespace=namespace)


def _person_or_entity(namespace: str) -> list[Item]:
    """A person's names and dates, or a body's name; then identifiers."""
    person: list[Item] = [
        leaf("FirstName"),
        leaf("BirthName"),
        leaf("FullName"),
        leaf("GivenName"),
        words("Gender"),
        leaf("BirthDate", date),
        _location("BirthPlace", namespace),
        leaf("DeathDate", date),
        _location("DeathPlace", namespace),
        words("Nationality", many=True),
        leaf("Corpname", alone=True),
        words("Identifier", many=True),
    ]
    return person


def _business() -> list[Place]:
    return [
        text(name, many=True) for name in ("Function", "Activity", "Position", "Role", "Mandate")
    ]


def agent(name: str, namespace: str) -> Place:
    """A person or a body, with its functions."""
    return group(
        name,
        *_person_or_entity(namespace),
        *_business(),
        namespace=namespace,
        many=True,
    )


def object_reference(namespace: str, name: str = "DataObjectReference", **details: Any) -> Place:
    """A reference to an object, to a group, or to a group already in the fonds."""
    return group(
        name,
        OneOf(
            [
                reference("DataObjectReferenceId"),
                reference("DataObjectGroupReferenceId"),
                leaf("DataObjectGroupExistingReferenceId", filled),
            ]
        ),
        namespace=namespace,
        required=(
            (
                "DataObjectGroupReferenceId",
                "DataObjectReferenceId",
                "DataObjectGroupExistingReferenceId",
            ),
        ),
        attributes=ID,
        identifier="id",
        **details,
    )


def _related(namespace: str) -> Place:
    def relation(name: str) -> Place:
        return group(
            name,
            OneOf(
                [
                    reference("ArchiveUnitRefId"),
                    object_reference(namespace),
                    words("RepositoryArchiveUnitPID"),
                    words("RepositoryObjectPID"),
                    words("ExternalReference"),
                ]
            ),
            namespace=namespace,
            many=True,
        )

    names = ("IsVersionOf", "Replaces", "Requires", "IsPartOf", "References")
    return group("RelatedObjectReference", *map(relation, names), namespace=namespace)


def _put_digest(parent: Value, value: str, attributes: Attributes) -> None:
    parent["SignedObjectDigest"] = {
        "Algorithm": attributes.get("algorithm", ""),
        "MessageDigest": value,
    }


def _put_master_data(parent: Value, value: str, _: Attributes) -> None:
    parent["Masterdata"] = {"Value": value}


def _signer(namespace: str, *, time_required: bool) -> Place:
    return group(
        "Signer",
        *_person_or_entity(namespace),
        leaf("SigningTime", date_time),
        *_business(),
        namespace=namespace,
        many=True,
        required=("SigningTime",) if time_required else (),
    )


def _validator(namespace: str, *, time_required: bool) -> Place:
    return group(
        "Validator",
        *_person_or_entity(namespace),
        leaf("ValidationTime", date_time),
        *_business(),
        namespace=namespace,
        many=True,
        required=("ValidationTime",) if time_required else (),
    )


def _signature(namespace: str) -> Place:
    return group(
        "Signature",
        _signer(namespace, time_required=True),
        _validator(namespace, time_required=True),
        code("Masterdata", put=_put_master_data),
        group(
            "ReferencedObject",
            reference("SignedObjectId"),
            leaf(
                "SignedObjectDigest",
                digest,
                put=_put_digest,
                attributes={"algorithm": filled},
                required_attributes=("algorithm",),
            ),
            namespace=namespace,
            required=("SignedObjectId", "SignedObjectDigest"),
        ),
        namespace=namespace,
        many=True,
        required=("Signer", "Validator", "ReferencedObject"),
    )


def _signing_information(namespace: str) -> Place:
    return group(
        "SigningInformation",
        leaf("SigningRole", one_of(SIGNING_ROLES), many=True),
        leaf("DetachedSigningRole", one_of(SIGNING_ROLES[1:]), many=True),
        leaf("SignedDocumentReferenceId", filled, many=True),
        group(
            "SignatureDescription",
            _signer(namespace, time_required=False),
            _validator(namespace, time_required=False),
            words("SigningType"),
            namespace=namespace,
            many=True,
        ),
        group(
            "TimestampingInformation",
            leaf("TimeStamp", date_time),
            words("AdditionalTimestampingInformation"),
            namespace=namespace,
            many=True,
        ),
        group(
            "AdditionalProof",
            words("AdditionalProofInformation", many=True),
            namespace=namespace,
            many=True,
        ),
        open_group("Extended"),
        namespace=namespace,
        required=("SigningRole",),
    )


def _keyword(namespace: str) -> Place:
    return group(
        "Keyword",
        text("KeywordContent"),
        scheme("KeywordReference"),
        leaf("KeywordType", one_of(KEYWORD_TYPES), attributes={"listVersionID": string}),
        namespace=namespace,
        many=True,
        required=("KeywordContent",),
        attributes=ID,
        identifier="id",
    )


def _custodial_history(namespace: str) -> Place:
    item = leaf("CustodialHistoryItem", many=True, attributes={**LANG, "when": any_date})
    return group(
        "CustodialHistory",
        item,
        object_reference(namespace, "CustodialHistoryFile"),
        namespace=namespace,
        required=("CustodialHistoryItem",),
    )


def _gps(namespace: str) -> Place:
    return group(
        "Gps",
        leaf("GpsVersionID"),
        leaf("GpsAltitude", integer),
        *map(
            leaf,
            (
                "GpsAltitudeRef",
                "GpsLatitude",
                "GpsLatitudeRef",
                "GpsLongitude",
                "GpsLongitudeRef",
                "GpsDateStamp",
            ),
        ),
        namespace=namespace,
    )


def content(namespace: str) -> Place:
    """The Content of a unit; free elements may end it."""
    many_words = (
        "FilePlanPosition",
        "SystemId",
        "OriginatingSystemId",
        "ArchivalAgencyArchiveUnitIdentifier",
        "OriginatingAgencyArchiveUnitIdentifier",
        "TransferringAgencyArchiveUnitIdentifier",
    )
    dates = (
        "CreatedDate",
        "TransactedDate",
        "AcquiredDate",
        "SentDate",
        "ReceivedDate",
        "RegisteredDate",
        "StartDate",
        "EndDate",
    )
    agents = ("Writer", "Addressee", "Recipient", "Transmitter", "Sender")
    return group(
        "Content",
        leaf("DescriptionLevel", one_of(LEVELS)),
        text("Title", many=True, put=_by_language("Title")),
        *(words(name, many=True) for name in many_words),
        persistent_identifier(namespace),
        text("Description", many=True, put=_by_language("Description")),
        _custodial_history(namespace),
        text("Type"),
        text("DocumentType"),
        leaf("Language", language, many=True),
        leaf("DescriptionLanguage", language),
        words("Status"),
        leaf("Version"),
        words("Tag", many=True),
        _keyword(namespace),
        group(
            "Coverage",
            *(text(name, many=True) for name in ("Spatial", "Temporal", "Juridictional")),
            namespace=namespace,
        ),
        organization("OriginatingAgency", namespace),
        organization("SubmissionAgency", namespace),
        AnyOrder([agent("Agent", namespace), agent("AuthorizedAgent", namespace)]),
        *(agent(name, namespace) for name in agents),
        leaf("Source"),
        _related(namespace),
        *(leaf(name, any_date) for name in dates),
        *of_version(namespace, words("DateLitteral")),
        event(namespace),
        AnyOrder(of_version(namespace, _signature(namespace), _signing_information(namespace))),
        _gps(namespace),
        *of_version(
            namespace,
            words("OriginatingSystemIdReplyTo"),
            words("TextContent", many=True),
        ),
        namespace=namespace,
        free=True,
        finish=_main_language,
    )
