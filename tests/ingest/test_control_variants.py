"""One small package per rule of the controls: the verdict, and the code that the reference gives.

A package of each known kind has siblings that no corpus shows; each sibling here breaks, or just
keeps, one rule.
"""

import dataclasses
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sae.journal.models import Event
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, ManagementContract, ManagementRule
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tests.builders.deposits import deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db

PACKAGE = "CHECK_DATAOBJECTPACKAGE."
VERSION = f"{PACKAGE}CHECK_MANIFEST_DATAOBJECT_VERSION."
NUMBER = f"{PACKAGE}CHECK_MANIFEST_OBJECTNUMBER."
MANIFEST = f"{PACKAGE}CHECK_MANIFEST."
AGENT = "CHECK_HEADER.CHECK_AGENT."
CONTRACT = "CHECK_HEADER.CHECK_CONTRACT_INGEST."
RELATION = "CHECK_HEADER.CHECK_IC_AP_RELATION."
PROFILE = "CHECK_HEADER.CHECK_ARCHIVEPROFILE."
SCHEMA = "CHECK_UNIT_SCHEMA."
RULES = "UNITS_RULES_COMPUTE."
SEDA = "CHECK_SEDA."
LEVEL = "CHECK_CLASSIFICATION_LEVEL."
UNIT_PROFILE = "CHECK_ARCHIVE_UNIT_PROFILE."
FORMAT = "OG_OBJECTS_FORMAT_CHECK."

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

RULE_ROWS = (
    ("APP-00001", "AppraisalRule", 10, "YEAR"),
    ("ACC-00002", "AccessRule", 25, "YEAR"),
    ("STO-00001", "StorageRule", 6, "MONTH"),
    ("DIS-00001", "DisseminationRule", 45, "DAY"),
    ("REU-00001", "ReuseRule", 1, "YEAR"),
    ("CLASS-00001", "ClassificationRule", 50, "YEAR"),
    ("HOL-00001", "HoldRule", 1, "YEAR"),
    ("HOL-00002", "HoldRule", None, ""),
)

CONTRACTS = (
    {"Identifier": "INACTIF", "Status": "INACTIVE"},
    {"Identifier": "PROFIL", "ArchiveProfiles": ["PR-A", "PR-OFF"]},
    {"Identifier": "FORMATS", "EveryFormatType": False, "FormatType": ["fmt/18"]},
    {"Identifier": "INCONNUS", "FormatUnidentifiedAuthorized": True},
    {"Identifier": "SANS-MAITRE", "MasterMandatory": False},
    {"Identifier": "REQUIS", "CheckParentLink": "REQUIRED"},
    {"Identifier": "DEFENDU", "CheckParentLink": "UNAUTHORIZED"},
    {"Identifier": "GESTION", "ManagementContractId": "MC-OFF"},
    {"Identifier": "STRATEGIE", "ManagementContractId": "MC-FROID"},
)

UNIT_PROFILES = (
    {
        "Identifier": "AUP-TITRE",
        "Name": "Titre court",
        "Status": "ACTIVE",
        "ControlSchema": json.dumps(
            {
                "type": "object",
                "required": ["Title", "#management"],
                "properties": {
                    "Title": {"type": "string", "maxLength": 20},
                    "#management": {
                        "type": "object",
                        "required": ["AppraisalRule"],
                        "properties": {
                            "AppraisalRule": {
                                "type": "object",
                                "required": ["Rules"],
                                "properties": {
                                    "Rules": {
                                        "type": "array",
                                        "minItems": 1,
                                        "items": {
                                            "type": "object",
                                            "properties": {"Rule": {"type": "string"}},
                                        },
                                    }
                                },
                            }
                        },
                    },
                },
            }
        ),
    },
    {
        "Identifier": "AUP-OFF",
        "Name": "Hors service",
        "Status": "INACTIVE",
        "ControlSchema": '{"type": "object"}',
    },
)


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    coffre = cast.coffre_a
    make_referentials(coffre)
    with tenant_scope(coffre.id):
        agency = Agency.objects.get()
        moment = agency.created_at
        for identifier, category, duration, measurement in RULE_ROWS[2:]:
            ManagementRule.objects.create(
                identifier=identifier,
                category=category,
                value=identifier,
                duration=duration,
                measurement=measurement,
                created_at=moment,
                updated_at=moment,
            )
    profiles = [
        {"Identifier": "PR-A", "Name": "A", "Format": "RNG", "Status": "ACTIVE"},
        {"Identifier": "PR-B", "Name": "B", "Format": "RNG", "Status": "ACTIVE"},
        {"Identifier": "PR-OFF", "Name": "Off", "Format": "RNG", "Status": "INACTIVE"},
    ]
    management = [
        {"Identifier": "MC-OFF", "Name": "Off", "Status": "INACTIVE"},
        {"Identifier": "MC-FROID", "Name": "Froid", "Status": "ACTIVE"},
    ]
    contracts = [{"Name": "Essai", "Status": "ACTIVE", **one} for one in CONTRACTS]
    for slug, documents in (
        ("archiveprofiles", profiles),
        ("managementcontracts", management),
        ("ingestcontracts", contracts),
        ("archiveunitprofiles", list(UNIT_PROFILES)),
    ):
        bring(coffre, slug, documents)
    with tenant_scope(coffre.id):
        # A strategy that the platform no longer has.
        ManagementContract.objects.filter(identifier="MC-FROID").update(
            storage={"ObjectStrategy": "froid"}
        )
    return coffre


def bring(coffre: Tenant, slug: str, documents: list[dict[str, Any]]) -> None:
    report = KINDS[slug].importer(
        tenant=coffre, content=json.dumps(documents).encode(), agent=Agent()
    )
    assert report.is_accepted, report.problems


def sip() -> SipBuilder:
    return SipBuilder().unit("Pièce")


def full() -> SipBuilder:
    """A package with a file: without one, the verdict is a warning."""
    return sip().binary()


def renamed(old: str, new: str) -> Callable[[str], str]:
    return lambda xml: xml.replace(old, new)


def usage(value: str | None) -> SipBuilder:
    return sip().binary(usage=value)


def draft(package: SipBuilder, **changes: Any) -> SipBuilder:
    package.objects[-1] = dataclasses.replace(package.objects[-1], **changes)
    return package


def rule(category: str, *given: Any, **fields: Any) -> SipBuilder:
    return full().rule(category, *given, **fields)


def secret(level: str) -> SipBuilder:
    return full().rule(
        "ClassificationRule",
        "CLASS-00001",
        ClassificationLevel=level,
        ClassificationOwner="Ministère",
    )


def under_secret(level: str) -> SipBuilder:
    return full().global_rule(
        "ClassificationRule",
        "CLASS-00001",
        ClassificationLevel=level,
        ClassificationOwner="Ministère",
    )


KO, OK, WARNING = "KO", "OK", "WARNING"
Case = tuple[str, Callable[[], SipBuilder], str, str]

HEADER: list[Case] = [
    ("agency absent", lambda: full().agency(None), KO, f"{AGENT}EMPTY_REQUIRED_FIELD.KO"),
    ("agency unknown", lambda: full().agency("X"), KO, f"{AGENT}UNKNOWN.KO"),
    ("agency in blanks", lambda: full().agency(" FRAN_NP_009913 "), OK, ""),
    ("submission unknown", lambda: full().submission_agency("X"), KO, f"{AGENT}UNKNOWN.KO"),
    ("agency case", lambda: full().agency("fran_np_009913"), KO, f"{AGENT}UNKNOWN.KO"),
    (
        "contract absent",
        lambda: full().agreement(None),
        KO,
        f"{CONTRACT}CONTRACT_NOT_IN_MANIFEST.KO",
    ),
    ("contract unknown", lambda: full().agreement("X"), KO, f"{CONTRACT}CONTRACT_UNKNOWN.KO"),
    (
        "contract inactive",
        lambda: full().agreement("INACTIF"),
        KO,
        f"{CONTRACT}CONTRACT_INACTIVE.KO",
    ),
    (
        "management contract inactive",
        lambda: full().agreement("GESTION"),
        KO,
        f"{CONTRACT}MANAGEMENT_CONTRACT_INACTIVE.KO",
    ),
    (
        "management contract of a strategy unknown",
        lambda: full().agreement("STRATEGIE"),
        KO,
        f"{CONTRACT}MANAGEMENT_CONTRACT_INVALID.KO",
    ),
    ("profile absent", lambda: full().agreement("PROFIL"), KO, f"{RELATION}DIFF.KO"),
    (
        "profile of another contract",
        lambda: full().agreement("PROFIL").archival_profile("PR-B"),
        KO,
        f"{RELATION}DIFF.KO",
    ),
    (
        "profile inactive",
        lambda: full().agreement("PROFIL").archival_profile("PR-OFF"),
        KO,
        f"{RELATION}INACTIVE.KO",
    ),
    (
        "profile unknown",
        lambda: full().agreement("PROFIL").archival_profile("X"),
        KO,
        f"{RELATION}UNKNOWN.KO",
    ),
    (
        "profile without its file",
        lambda: full().agreement("PROFIL").archival_profile("PR-A"),
        KO,
        f"{PROFILE}KO",
    ),
    ("profile that no contract asks", lambda: full().archival_profile("PR-B"), KO, f"{PROFILE}KO"),
]

GRAMMAR: list[Case] = [
    ("2.1", lambda: full().version("2.1"), OK, ""),
    ("2.3", lambda: full().version("2.3"), OK, ""),
    *[
        (
            f"{name} in {version}",
            lambda v=version, n=name: full().version(v).raw_content(f"<{n}>a</{n}>"),
            outcome,
            f"{SEDA}NOT_XSD_VALID.KO" if outcome == KO else "",
        )
        for name in ("DateLitteral", "TextContent", "OriginatingSystemIdReplyTo")
        for version, outcome in (("2.1", KO), ("2.2", OK), ("2.3", OK))
    ],
    *[
        (
            f"use and number in {version}",
            lambda v=version: (
                usage(None)
                .version(v)
                .edit_manifest(
                    renamed(
                        "<Uri>",
                        "<DataObjectUse>BinaryMaster</DataObjectUse>"
                        "<DataObjectNumber>1</DataObjectNumber><Uri>",
                    )
                )
            ),
            outcome,
            f"{SEDA}NOT_XSD_VALID.KO" if outcome == KO else "",
        )
        for version, outcome in (("2.1", KO), ("2.2", KO), ("2.3", OK))
    ],
    (
        "signature in 2.3",
        lambda: full().version("2.3").raw_content("<Signature><a/></Signature>"),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    ("2.0", lambda: full().version("2.0"), KO, f"{SEDA}UNSUPPORTED_SEDA_VERSION.KO"),
    ("2.4", lambda: full().version("2.4"), KO, f"{SEDA}UNSUPPORTED_SEDA_VERSION.KO"),
    ("another root", lambda: full().manifest_bytes(b"<a/>"), KO, SEDA),
    ("empty manifest", lambda: full().manifest_bytes(b""), KO, f"{SEDA}NOT_XML_FILE.KO"),
    ("not xml", lambda: full().manifest_bytes(b"bonjour"), KO, f"{SEDA}NOT_XML_FILE.KO"),
    (
        "unit without content",
        lambda: full().edit_manifest(
            lambda x: x.replace("<Content>", "<!--").replace("</Content>", "-->")
        ),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "identifier twice",
        lambda: full().unit("Autre", identifier="AU1"),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "level unknown",
        lambda: SipBuilder().unit("Pièce", level="Carton").binary(),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "action unknown",
        lambda: rule("AppraisalRule", "APP-00001", FinalAction="Burn"),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "date of a rule that is none",
        lambda: rule("AppraisalRule", "APP-00001", start_date="2020-02-30"),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "prevent inheritance that is no boolean",
        lambda: rule("AccessRule", "ACC-00002", PreventInheritance="oui"),
        KO,
        f"{SEDA}NOT_XSD_VALID.KO",
    ),
    (
        "two manifests",
        lambda: full().extra_entry("a_manifest.xml", b"<a/>"),
        KO,
        f"{SEDA}CONTAINER_FORMAT.FILE.KO",
    ),
    (
        "a file at the root",
        lambda: full().extra_entry("lisez.txt", b"a"),
        KO,
        f"{SEDA}CONTAINER_FORMAT.FILE.KO",
    ),
    (
        "a folder more",
        lambda: full().extra_entry("Autre/a.txt", b"a"),
        KO,
        f"{SEDA}CONTAINER_FORMAT.DIRECTORY.KO",
    ),
    ("no manifest", lambda: full().without_manifest(), KO, "MANIFEST_FILE_NAME_CHECK.KO"),
    (
        "manifest named otherwise",
        lambda: full().manifest_name("bordereau.xml"),
        KO,
        "MANIFEST_FILE_NAME_CHECK.KO",
    ),
    ("manifest with a prefix", lambda: full().manifest_name("Mon-SIP_manifest.xml"), OK, ""),
    (
        "manifest in capitals",
        lambda: full().manifest_name("MANIFEST.xml"),
        KO,
        "MANIFEST_FILE_NAME_CHECK.KO",
    ),
    (
        "a comment in the manifest",
        lambda: full().edit_manifest(
            renamed("<DataObjectPackage>", "<!-- a --><DataObjectPackage>")
        ),
        OK,
        "",
    ),
    (
        "needs authorization globally",
        lambda: full().raw_management_metadata("<NeedAuthorization>true</NeedAuthorization>"),
        OK,
        "",
    ),
]

STRUCTURE: list[Case] = [
    ("default usage", lambda: usage(None), OK, ""),
    ("usage without number", lambda: usage("BinaryMaster"), OK, ""),
    (
        "usage zero",
        lambda: usage("BinaryMaster_0"),
        KO,
        f"{MANIFEST}EXPECTED_MANDATORY_VERSION_1.KO",
    ),
    (
        "usage two alone",
        lambda: usage("BinaryMaster_2"),
        KO,
        f"{MANIFEST}EXPECTED_MANDATORY_VERSION_1.KO",
    ),
    (
        "usage with letters",
        lambda: usage("BinaryMaster_a"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    (
        "usage with a comma",
        lambda: usage("BinaryMaster_1,5"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    (
        "usage with a dash",
        lambda: usage("BinaryMaster-1"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    ("usage stuck", lambda: usage("BinaryMaster1"), KO, f"{VERSION}INVALID_DATAOBJECTVERSION.KO"),
    (
        "usage with three parts",
        lambda: usage("BinaryMaster_1_2"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    (
        "usage negative",
        lambda: usage("BinaryMaster_-1"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    (
        "usage in small letters",
        lambda: usage("binarymaster_1"),
        KO,
        f"{VERSION}INVALID_DATAOBJECTVERSION.KO",
    ),
    (
        "usage physical on a file",
        lambda: usage("PhysicalMaster_1"),
        KO,
        f"{VERSION}BDO_DATAOBJECTIONVERSION_PHYSICALMASTER.KO",
    ),
    (
        "usage binary on a thing",
        lambda: sip().physical(usage="BinaryMaster_1"),
        KO,
        f"{VERSION}PDO_DATAOBJECTIONVERSION_BINARYMASTER.KO",
    ),
    (
        "usage of text on a thing",
        lambda: sip().physical(usage="TextContent_1"),
        KO,
        f"{VERSION}PDO_DATAOBJECTIONVERSION_BINARYMASTER.KO",
    ),
    ("a thing alone", lambda: sip().physical(), OK, ""),
    (
        "a thing for dissemination",
        lambda: sip().physical().physical("B", usage="Dissemination_1"),
        OK,
        "",
    ),
    (
        "a thing without mark",
        lambda: draft(sip().physical(), physical_id=""),
        KO,
        f"{VERSION}EMPTY_REQUIRED_FIELD.KO",
    ),
    (
        "a file without Uri",
        lambda: draft(full(), uri="", in_container=False),
        KO,
        f"{VERSION}EMPTY_REQUIRED_FIELD.KO",
    ),
    (
        "algorithm unknown",
        lambda: draft(full(), algorithm="SHA-3"),
        KO,
        f"{VERSION}INVALIDE_ALGO.KO",
    ),
    (
        "algorithm in small letters",
        lambda: draft(full(), algorithm="sha-512"),
        KO,
        f"{VERSION}INVALIDE_ALGO.KO",
    ),
    ("no object", sip, WARNING, ""),
    (
        "file declared and absent",
        lambda: full().drop_file(),
        KO,
        f"{NUMBER}MANIFEST_SUPERIOR_BDO.KO",
    ),
    (
        "file present and not declared",
        lambda: full().extra_entry("Content/b.txt", b"b"),
        KO,
        f"{NUMBER}MANIFEST_INFERIOR_BDO.KO",
    ),
    (
        "file under another name",
        lambda: full().drop_file().extra_entry("Content/b.txt", b"b"),
        KO,
        f"{NUMBER}INVALID_URI.KO",
    ),
    ("a folder within content", lambda: draft(full(), uri="Content/a/b/c.txt"), OK, ""),
    ("content in small letters", lambda: draft(full(), uri="content/c.txt"), OK, ""),
    (
        "case of the Uri",
        lambda: full().edit_manifest(renamed("<Uri>Content/", "<Uri>content/")),
        KO,
        f"{NUMBER}INVALID_URI.KO",
    ),
    (
        "unit in a loop",
        lambda: SipBuilder().unit("A").unit("B", parent="A").link(parent="B", child="A"),
        KO,
        f"{MANIFEST}CHECK_MANIFEST_LOOP.KO",
    ),
    (
        "unit under itself",
        lambda: SipBuilder().unit("A").link(parent="A", child="A"),
        KO,
        f"{MANIFEST}CHECK_MANIFEST_LOOP.KO",
    ),
    (
        "unit under two",
        lambda: (
            SipBuilder()
            .unit("A")
            .unit("B")
            .unit("C", parent="A")
            .binary()
            .link(parent="B", child="C")
        ),
        OK,
        "",
    ),
    ("group not declared", lambda: full().reference("ID999"), KO, ""),
    (
        "two groups",
        lambda: full().unit("Autre").binary().share_group("Pièce"),
        KO,
        f"{MANIFEST}ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP.KO",
    ),
    ("group shared", lambda: full().unit("Autre").share_group("Pièce"), OK, ""),
    (
        "object of a group named",
        lambda: full().unit("Autre").reference("BDO1", kind="DataObjectReferenceId"),
        KO,
        f"{MANIFEST}EXISTING_OG_NOT_DECLARED.KO",
    ),
    (
        "two masters",
        lambda: full().binary(b"b", usage="BinaryMaster_1"),
        KO,
        f"{MANIFEST}TOO_MANY_VERSION_BY_USAGE.KO",
    ),
    (
        "two masters, one by default",
        lambda: full().binary(b"b", usage=None),
        KO,
        f"{MANIFEST}TOO_MANY_VERSION_BY_USAGE.KO",
    ),
    ("two versions", lambda: full().binary(b"b", usage="BinaryMaster_2"), OK, ""),
    (
        "a copy alone",
        lambda: usage("Dissemination_1"),
        KO,
        f"{MANIFEST}MASTER_MANDATORY_REQUIRED.KO",
    ),
    ("a copy alone, allowed", lambda: usage("Dissemination_1").agreement("SANS-MAITRE"), OK, ""),
    (
        "object of no unit",
        lambda: (
            full()
            .binary(b"b", identifier="SEUL", grouped=False)
            .edit_manifest(
                lambda x: x.replace("<DataObjectReferenceId>SEUL</DataObjectReferenceId>", "")
            )
        ),
        KO,
        "",
    ),
    (
        "attachment asked",
        lambda: full().agreement("REQUIS"),
        KO,
        f"{MANIFEST}ATTACHMENT_REQUIRED.KO",
    ),
    (
        "attachment forbidden",
        lambda: full().agreement("DEFENDU").attach_to(str(uuid.UUID(int=7))),
        KO,
        f"{MANIFEST}UNAUTHORIZED_ATTACHMENT_BY_CONTRACT.KO",
    ),
    (
        "attachment to no identifier",
        lambda: sip().attach_to("pas-un-guid"),
        KO,
        f"{MANIFEST}INVALID_GUID_ATTACHMENT.KO",
    ),
    (
        "attachment to nothing",
        lambda: sip().attach_to(""),
        KO,
        f"{MANIFEST}INVALID_GUID_ATTACHMENT.KO",
    ),
    (
        "attachment to a peer's identifier",
        lambda: sip().attach_to("aeaqaaaaaaecntv2ab7dsaldwwlhwsyaaaaq"),
        KO,
        f"{MANIFEST}NOT_FOUND_ATTACHMENT.KO",
    ),
    (
        "attachment by no key",
        lambda: sip().attach_by_key("", "a"),
        KO,
        f"{MANIFEST}EMPTY_KEY_ATTACHMENT.KO",
    ),
    (
        "attachment by no value",
        lambda: sip().attach_by_key("Title", ""),
        KO,
        f"{MANIFEST}EMPTY_KEY_ATTACHMENT.KO",
    ),
    *(
        (
            f"attachment by a key that is no description: {name}",
            lambda name=name: sip().attach_by_key(name, "a"),
            KO,
            f"{MANIFEST}ERROR_PARSE_ATTACHMENT.KO",
        )
        for name in ("_id", "$or")
    ),
    (
        "attachment by a key of nobody",
        lambda: sip().attach_by_key("Title", "Rien"),
        KO,
        f"{MANIFEST}NOT_FOUND_ATTACHMENT.KO",
    ),
    (
        "group of the fonds unknown",
        lambda: sip().existing_group(str(uuid.UUID(int=7))),
        KO,
        f"{MANIFEST}NOT_FOUND_ATTACHMENT.KO",
    ),
    (
        "event to come",
        lambda: full().logbook_event(
            EventIdentifier="E1",
            EventTypeCode="T",
            EventType="T",
            EventDateTime="2999-01-01T00:00:00",
            Outcome="OK",
        ),
        KO,
        f"{MANIFEST}CHECK_MANIFEST_MALFORMED_DATA.KO",
    ),
]

OBJECTS: list[Case] = [
    *[
        (f"digest {name}", lambda name=name: sip().binary(algorithm=name), OK, "")
        for name in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
    ],
    (
        "digest of a URI",
        lambda: draft(full(), algorithm="http://www.w3.org/2001/04/xmlenc#sha512"),
        OK,
        "",
    ),
    ("digest wrong", lambda: full().break_digest(), KO, "CHECK_DIGEST.KO"),
    ("digest empty", lambda: draft(full(), digest=""), KO, "CHECK_DIGEST.KO"),
    ("digest of another algorithm", lambda: draft(full(), digest="ab" * 16), KO, "CHECK_DIGEST.KO"),
    ("size wrong", lambda: full().wrong_size(99), WARNING, "CHECK_OBJECT_SIZE.WARNING"),
    ("size absent", lambda: full().without_size(), OK, ""),
    (
        "format absent",
        lambda: sip().binary(format_id=None, mime_type=None, format_litteral=None),
        OK,
        "",
    ),
    ("format wrong", lambda: sip().binary(format_id="fmt/40"), WARNING, ""),
    ("name of format wrong", lambda: sip().binary(format_litteral="Autre"), OK, ""),
    (
        "format unknown",
        lambda: sip().binary(bytes(range(256)), name="a.zzz"),
        KO,
        f"{FORMAT}UNKNOWN.KO",
    ),
    (
        "format unknown, allowed",
        lambda: sip().binary(bytes(range(256)), name="a.zzz").agreement("INCONNUS"),
        WARNING,
        "",
    ),
    (
        "format out of the list",
        lambda: full().agreement("FORMATS"),
        KO,
        f"{FORMAT}REJECTED_FORMAT.KO",
    ),
    (
        "format not declared, list",
        lambda: sip().binary(PDF, name="a.pdf", format_id=None).agreement("FORMATS"),
        KO,
        f"{FORMAT}REJECTED_FORMAT.KO",
    ),
    (
        "format of the list",
        lambda: (
            sip()
            .binary(PDF, name="a.pdf", format_id="fmt/18", mime_type="application/pdf")
            .agreement("FORMATS")
        ),
        OK,
        "",
    ),
    (
        "script in a file name",
        lambda: draft(full(), filename="<script>a</script>"),
        KO,
        "CHECK_OBJECT_GROUP_SCHEMA.OBJECT_GROUP_SANITIZE.KO",
    ),
]

UNITS: list[Case] = [
    ("no title", lambda: full().without_title(), KO, f"{SCHEMA}INVALID_UNIT.KO"),
    ("empty title", lambda: SipBuilder().unit("").binary(), KO, f"{SCHEMA}INVALID_UNIT.KO"),
    ("title in a language alone", lambda: SipBuilder().unit({"en": "Piece"}).binary(), OK, ""),
    (
        "no level",
        lambda: SipBuilder().unit("Pièce", level=None).binary(),
        KO,
        f"{SCHEMA}INVALID_UNIT.KO",
    ),
    ("empty description", lambda: full().content(Description=""), KO, f"{SCHEMA}INVALID_UNIT.KO"),
    (
        "html in a title",
        lambda: SipBuilder().unit("<script>alert(1)</script>").binary(),
        KO,
        f"{SCHEMA}INVALID_UNIT.KO",
    ),
    (
        "end before start",
        lambda: full().content(StartDate="2020-01-02", EndDate="2020-01-01"),
        KO,
        f"{SCHEMA}CONSISTENCY.KO",
    ),
    ("end at start", lambda: full().content(StartDate="2020-01-02", EndDate="2020-01-02"), OK, ""),
    (
        "dates of two kinds",
        lambda: full().content(StartDate="2020-01-02", EndDate="2020-01-02T00:00:00Z"),
        OK,
        "",
    ),
    (
        "end before start by an hour",
        lambda: full().content(StartDate="2020-01-02T10:00:00", EndDate="2020-01-02T09:00:00"),
        KO,
        f"{SCHEMA}CONSISTENCY.KO",
    ),
    ("free text", lambda: full().content(MonChamp="libre"), OK, ""),
    ("free block", lambda: full().content(MonBloc={"A": "1", "B": {"C": "2"}}), OK, ""),
    ("altitude", lambda: full().content(Gps={"GpsVersionID": "2", "GpsAltitude": "12"}), OK, ""),
    (
        "altitude without bound",
        lambda: full().content(MonBloc={"GpsAltitude": "9" * 40}),
        KO,
        f"{SCHEMA}KO",
    ),
    (
        "altitude with an underscore",
        lambda: full().content(MonBloc={"GpsAltitude": "1_000"}),
        KO,
        f"{SCHEMA}KO",
    ),
    (
        "date with two separators",
        lambda: full().content(MonBloc={"BirthDate": "2020-01/02"}),
        KO,
        f"{SCHEMA}KO",
    ),
    ("date with slashes", lambda: full().content(MonBloc={"BirthDate": "2020/01/02"}), OK, ""),
    ("date that is none", lambda: full().content(MonBloc={"BirthDate": "hier"}), KO, f"{SCHEMA}KO"),
    (
        "boolean that is none",
        lambda: full().content(MonBloc={"NeedAuthorization": "oui"}),
        KO,
        f"{SCHEMA}KO",
    ),
    ("boolean in capitals", lambda: full().content(MonBloc={"NeedAuthorization": "TRUE"}), OK, ""),
    ("text too long", lambda: full().content(Source="é" * 17_000), KO, f"{SCHEMA}KO"),
    ("text just short enough", lambda: full().content(Source="a" * 32_000), OK, ""),
    ("agent with a name", lambda: full().content(Agent={"FirstName": "Ada"}), OK, ""),
    (
        "agent of a body",
        lambda: full().content(Writer={"Corpname": "Mairie", "Identifier": "1"}),
        OK,
        "",
    ),
    ("agent without a name", lambda: full().content(Writer={"Identifier": "1"}), OK, ""),
    ("agent by its function", lambda: full().content(Addressee={"Function": "Maire"}), OK, ""),
    ("event without a date", lambda: full().content(Event={"EventIdentifier": "1"}), KO, ""),
    (
        "unit profile unknown",
        lambda: SipBuilder().unit("Pièce", profile="X").binary(),
        KO,
        f"{UNIT_PROFILE}NOT_FOUND.KO",
    ),
    (
        "unit profile inactive",
        lambda: SipBuilder().unit("Pièce", profile="AUP-OFF").binary(),
        KO,
        f"{UNIT_PROFILE}INACTIVE_STATUS.KO",
    ),
    (
        "unit profile broken",
        lambda: SipBuilder().unit("Pièce", profile="AUP-TITRE").binary(),
        KO,
        f"{UNIT_PROFILE}NOT_AU_JSON_VALID.KO",
    ),
    (
        "unit profile kept",
        lambda: (
            SipBuilder()
            .unit("Pièce", profile="AUP-TITRE")
            .binary()
            .rule("AppraisalRule", "APP-00001")
        ),
        OK,
        "",
    ),
    (
        "unit profile kept by a global rule",
        lambda: (
            SipBuilder()
            .unit("Pièce", profile="AUP-TITRE")
            .binary()
            .global_rule("AppraisalRule", "APP-00001")
        ),
        OK,
        "",
    ),
    ("level of secrecy refused", lambda: secret("Inconnu"), KO, f"{LEVEL}KO"),
    ("level of secrecy", lambda: secret("Secret Défense"), OK, ""),
    ("global level of secrecy refused", lambda: under_secret("Inconnu"), KO, f"{LEVEL}KO"),
    ("global level of secrecy", lambda: under_secret("Secret Défense"), OK, ""),
]

MANAGEMENT: list[Case] = [
    *[
        (
            f"rule {category}",
            lambda c=category, i=identifier: (
                secret("Secret Défense")
                if c == "ClassificationRule"
                else rule(c, i, start_date="2020-01-31")
            ),
            OK,
            "",
        )
        for identifier, category, _duration, _measurement in RULE_ROWS
    ],
    ("rule unknown", lambda: rule("AccessRule", "X"), KO, f"{RULES}UNKNOWN.KO"),
    (
        "rule of another category",
        lambda: rule("AccessRule", "APP-00001"),
        KO,
        f"{RULES}CONSISTENCY.KO",
    ),
    (
        "global rule unknown",
        lambda: full().global_rule("AccessRule", "X"),
        KO,
        f"{RULES}UNKNOWN.KO",
    ),
    (
        "global rule of another category",
        lambda: full().global_rule("AccessRule", "APP-00001"),
        KO,
        f"{RULES}CONSISTENCY.KO",
    ),
    ("rule set aside", lambda: rule("AccessRule", RefNonRuleId="ACC-00002"), OK, ""),
    (
        "rule set aside of another category",
        lambda: rule("AccessRule", RefNonRuleId="APP-00001"),
        KO,
        f"{RULES}REF_INCONSISTENCY.KO",
    ),
    (
        "rule set aside unknown",
        lambda: rule("AccessRule", RefNonRuleId="X"),
        KO,
        f"{RULES}REF_INCONSISTENCY.KO",
    ),
    (
        "global rule set aside of another category",
        lambda: full().global_rule("AccessRule", RefNonRuleId="APP-00001"),
        KO,
        f"{RULES}REF_INCONSISTENCY.KO",
    ),
    ("inheritance prevented", lambda: rule("AccessRule", PreventInheritance=True), OK, ""),
    (
        "year too far",
        lambda: rule("AccessRule", "ACC-00002", start_date="9000-01-01"),
        KO,
        f"{SCHEMA}INVALID_UNIT.KO",
    ),
    ("year far", lambda: rule("AccessRule", "ACC-00002", start_date="8999-01-01"), OK, ""),
    (
        "global year too far",
        lambda: full().global_rule("AccessRule", "ACC-00002", start_date="9000-01-01"),
        KO,
        f"{SCHEMA}INVALID_UNIT.KO",
    ),
    (
        "date of a rule with a zone",
        lambda: rule("AccessRule", "ACC-00002", start_date="2020-01-01Z"),
        OK,
        "",
    ),
    ("hold without end", lambda: rule("HoldRule", "HOL-00002"), OK, ""),
    (
        "hold with an end",
        lambda: rule("HoldRule", "HOL-00002", start_date="2020-01-01", HoldEndDate="2021-01-01"),
        OK,
        "",
    ),
    (
        "hold with an end alone",
        lambda: rule("HoldRule", "HOL-00002", HoldEndDate="2021-01-01"),
        OK,
        "",
    ),
    (
        "hold ended before it began",
        lambda: rule("HoldRule", "HOL-00002", start_date="2020-01-01", HoldEndDate="2019-01-01"),
        KO,
        f"{RULES}CONSISTENCY.KO",
    ),
    (
        "hold with a length and an end",
        lambda: rule("HoldRule", "HOL-00001", start_date="2020-01-01", HoldEndDate="2021-01-01"),
        KO,
        f"{RULES}CONSISTENCY.KO",
    ),
    (
        "global hold with a length and an end",
        lambda: full().global_rule(
            "HoldRule", "HOL-00001", start_date="2020-01-01", HoldEndDate="2021-01-01"
        ),
        KO,
        f"{RULES}CONSISTENCY.KO",
    ),
]

GROUPS = {
    "header": HEADER,
    "grammar": GRAMMAR,
    "structure": STRUCTURE,
    "objects": OBJECTS,
    "units": UNITS,
    "management": MANAGEMENT,
}


@pytest.mark.parametrize("group", GROUPS)
def test_verdicts(coffre: Tenant, tmp_path: Path, group: str) -> None:
    wrong = {}
    for name, build, outcome, code in GROUPS[group]:
        made = deposit(coffre, build().zip(tmp_path / f"{uuid.uuid4()}.zip"))
        with tenant_scope(coffre.id):
            events = Event.objects.filter(operation_id=made.id)
            details = set(events.values_list("outcome_detail", flat=True))
        if made.outcome == outcome and any(one.startswith(code) for one in details):
            continue
        found = [(one.code, one.reason, one.element, one.seen) for one in problems_of(coffre, made)]
        wrong[name] = (made.outcome, found[:5])
    assert wrong == {}
