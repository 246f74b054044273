"""What a valid manifest says comes out whole, as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from sae.seda.model import (
    Comment,
    GroupDeclaration,
    ObjectKind,
    ObjectReference,
    ReferenceKind,
    UnitLink,
    UpdateOperation,
)
from tests.builders import SipBuilder
from tests.seda.reading import read

VERSIONS = ["2.1", "2.2", "2.3"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_header_is_read_in_each_version(tmp_path: Path, version: str) -> None:
    sip = (
        SipBuilder(message_identifier="MSG-7")
        .version(version)
        .comment("Versement annuel", lang="fr")
        .comment("Yearly", lang="en")
        .agreement("IC-000001")
        .agency("FRAD001")
        .submission_agency("FRAD002")
        .archival_profile("PR-000001")
        .service_level("S1")
        .acquisition_information("Versement")
        .legal_status("Public Archive")
        .archival_agency("FRAD000")
        .transferring_agency("FRAD003")
        .global_rule("AppraisalRule", "APP-1", start_date="2000-01-01", FinalAction="Destroy")
        .global_rule("AccessRule", "ACC-1", PreventInheritance=True)
        .unit("Dossier")
    )
    kept = read(sip, tmp_path)
    header = kept.summary.header

    assert header.version == version
    assert header.namespace == f"fr:gouv:culture:archivesdefrance:seda:v{version}"
    assert header.message_identifier == "MSG-7"
    assert header.date == "2024-03-01T10:00:00"
    assert header.comments == (Comment("Versement annuel", "fr"), Comment("Yearly", "en"))
    assert header.archival_agreement == "IC-000001"
    assert (header.originating_agency, header.submission_agency) == ("FRAD001", "FRAD002")
    assert (header.archival_agency, header.transferring_agency) == ("FRAD000", "FRAD003")
    assert header.archival_profile == "PR-000001"
    assert (header.service_level, header.acquisition_information) == ("S1", "Versement")
    assert header.legal_status == "Public Archive"
    assert header.code_lists["ReplyCodeListVersion"] == "ReplyCodeListVersion0"
    assert header.management == {
        "AppraisalRule": {
            "Rules": [{"Rule": "APP-1", "StartDate": "2000-01-01"}],
            "FinalAction": "Destroy",
        },
        "AccessRule": {"Rules": [{"Rule": "ACC-1"}], "Inheritance": {"PreventInheritance": True}},
    }
    assert header.lines["ArchivalAgreement"] == 7
    first = kept.headers[0]
    assert (first.message_identifier, first.archival_agreement) == ("MSG-7", "IC-000001")
    assert first.originating_agency is None


def test_absent_and_empty_are_not_the_same(tmp_path: Path) -> None:
    absent = read(SipBuilder().agreement(None).agency(None).unit("A"), tmp_path).summary.header
    empty = read(SipBuilder().agreement("").agency("").unit("A"), tmp_path).summary.header
    assert (absent.archival_agreement, absent.originating_agency) == (None, None)
    assert (empty.archival_agreement, empty.originating_agency) == ("", "")


@pytest.mark.parametrize("version", VERSIONS)
def test_objects_say_their_group_and_what_they_are(tmp_path: Path, version: str) -> None:
    sip = (
        SipBuilder()
        .version(version)
        .unit("Photographie")
        .binary(b"abc", name="vue d'été.jpg", usage="BinaryMaster", algorithm="SHA-256")
        .physical("Boîte 3")
    )
    kept = read(sip, tmp_path)
    binary, physical = kept.objects

    assert (binary.kind, binary.id, binary.is_binary) == (ObjectKind.BINARY, "BDO1", True)
    assert (binary.group_id, binary.group_declaration) == ("GOT-AU1", GroupDeclaration.NESTED)
    assert (binary.usage, binary.uri, binary.size) == ("BinaryMaster", "Content/BDO1.jpg", 3)
    assert (binary.algorithm, binary.normalised_algorithm) == ("SHA-256", "SHA-256")
    assert binary.digest is not None
    assert len(binary.digest) == 64
    assert (binary.format_id, binary.mime_type) == ("x-fmt/111", "text/plain")
    assert binary.filename == "vue d'été.jpg"
    assert binary.file_info == {"Filename": "vue d'été.jpg"}
    assert (physical.kind, physical.physical_id) == (ObjectKind.PHYSICAL, "Boîte 3")
    assert kept.groups[0].object_ids == ("BDO1", "PDO2")
    assert kept.unit("AU1").references == (
        ObjectReference(ReferenceKind.GROUP, "GOT-AU1", kept.unit("AU1").references[0].line),
    )
    assert (kept.summary.binary_objects, kept.summary.physical_objects) == (1, 1)
    assert (kept.summary.groups, kept.summary.declared_bytes) == (1, 3)


def objects_manifest(inner: str, *, version: str = "2.1") -> SipBuilder:
    return (
        SipBuilder()
        .version(version)
        .unit("A")
        .edit_manifest(
            lambda xml: xml.replace("<DescriptiveMetadata>", inner + "<DescriptiveMetadata>")
        )
    )


DIGEST = '<MessageDigest algorithm="md5">900150983cd24fb0d6963f7d28e17f72</MessageDigest>'


def test_objects_outside_groups_declare_refer_or_stay_alone(tmp_path: Path) -> None:
    def binary(identifier: str, group: str) -> str:
        return (
            f'<BinaryDataObject id="{identifier}">{group}<Uri>content/{identifier}</Uri>'
            f"{DIGEST}</BinaryDataObject>"
        )

    kept = read(
        objects_manifest(
            binary("O1", "<DataObjectGroupId>G1</DataObjectGroupId>")
            + binary("O2", "<DataObjectGroupReferenceId>G1</DataObjectGroupReferenceId>")
            + binary("O3", "")
        ),
        tmp_path,
    )
    assert [(o.id, o.group_id, o.group_declaration) for o in kept.objects] == [
        ("O1", "G1", GroupDeclaration.DECLARED),
        ("O2", "G1", GroupDeclaration.REFERENCED),
        ("O3", "O3", GroupDeclaration.NONE),
    ]
    assert kept.objects[0].algorithm == "md5"
    assert kept.objects[0].normalised_algorithm is None
    assert kept.groups == []


def test_everything_that_describes_an_object_is_kept(tmp_path: Path) -> None:
    kept = read(
        objects_manifest(
            '<BinaryDataObject id="O1"><DataObjectProfile>P</DataObjectProfile>'
            '<Relationship target="O2" type="isPartOf"/>'
            "<DataObjectGroupId>G1</DataObjectGroupId><DataObjectVersion>TextContent_2"
            "</DataObjectVersion><PersistentIdentifier><PersistentIdentifierType>ark"
            "</PersistentIdentifierType><PersistentIdentifierContent>ark:/1/2"
            "</PersistentIdentifierContent></PersistentIdentifier><DataObjectUse>U</DataObjectUse>"
            f"<DataObjectNumber>3</DataObjectNumber><Uri>content/a</Uri>{DIGEST}<Size>0</Size>"
            "<FormatIdentification><Encoding>UTF-8</Encoding></FormatIdentification>"
            "<FileInfo><Filename>a</Filename><LastModified>2020-01-01T10:00:00.5+02:00"
            "</LastModified></FileInfo><Metadata><Image><Width>10</Width><Width>20</Width>"
            "</Image></Metadata><OtherMetadata><x:Tool xmlns:x='urn:x'>scan<x:V>1</x:V></x:Tool>"
            "</OtherMetadata></BinaryDataObject>"
            '<PhysicalDataObject id="O2"><PhysicalId>B</PhysicalId><PhysicalDimensions>'
            '<Width unit="centimetre">10.5</Width><Shape>carré</Shape>'
            '<Weight unit="gram">3</Weight>'
            "<NumberOfPage>22</NumberOfPage></PhysicalDimensions><Technique>Phototypie</Technique>"
            "</PhysicalDataObject>",
            version="2.3",
        ),
        tmp_path,
    )
    binary, physical = kept.objects
    assert (binary.profile, binary.usage, binary.size) == ("P", "TextContent_2", 0)
    assert binary.relationships == (("O2", "isPartOf"),)
    assert binary.persistent_identifiers[0]["PersistentIdentifierContent"] == "ark:/1/2"
    assert (binary.data_object_use, binary.data_object_number) == ("U", 3)
    assert (binary.encoding, binary.profile_category) == ("UTF-8", "Image")
    assert binary.metadata == {"Image": {"Width": ["10", "20"]}}
    assert binary.other_metadata == {"Tool": [{"V": ["1"], "Value": "scan"}]}
    assert physical.dimensions == {
        "Width": {"unit": "centimetre", "dValue": 10.5},
        "Shape": "carré",
        "Weight": {"unit": "gram", "dValue": 3.0},
        "NumberOfPage": 22,
    }
    assert physical.extensions == {"Technique": ["Phototypie"]}


def test_units_come_with_parent_position_and_links(tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("Fonds", level="Fonds")
        .unit("Série", level="Series", parent="Fonds")
        .unit("Pièce", parent="Série")
        .unit("Autre", level="File")
        .link(parent="Autre", child="Pièce")
    )
    kept = read(sip, tmp_path)
    by_position = sorted(kept.units, key=lambda unit: unit.position)
    assert [(u.id, u.parent_id) for u in by_position] == [
        ("AU1", None),
        ("AU2", "AU1"),
        ("AU3", "AU2"),
        ("AU4", None),
    ]
    assert [u.id for u in kept.units] == ["AU3", "AU2", "AU1", "AU4"]
    assert kept.links == [UnitLink("AU4", "AU3", kept.links[0].line)]
    assert (kept.summary.units, kept.summary.links, kept.summary.depth) == (4, 1, 3)
    text = sip.manifest().decode().splitlines()
    for unit in kept.units:
        assert f'id="{unit.id}"' in text[unit.line - 1]


def test_what_later_checks_refuse_is_handed_over(tmp_path: Path) -> None:
    """Dangling references, cycles, several groups, wrong usages, empty titles are not grammar."""
    sip = (
        SipBuilder()
        .unit("")
        .dangling_link("NOWHERE")
        .reference("NOGROUP")
        .reference("NOOBJECT", kind="DataObjectReferenceId")
        .binary(usage="Nimporte_quoi_3")
        .unit("B")
        .link(parent="AU1", child="B")
        .link(parent="B", child="AU1")
        .uri("../../etc/passwd")
    )
    kept = read(sip, tmp_path)
    unit = kept.unit("AU1")
    assert unit.content["Title"] == ""
    assert [(r.kind, r.target) for r in unit.references] == [
        (ReferenceKind.GROUP, "NOGROUP"),
        (ReferenceKind.OBJECT, "NOOBJECT"),
        (ReferenceKind.GROUP, "GOT-AU1"),
    ]
    assert kept.objects[0].usage == "Nimporte_quoi_3"
    assert [(link.parent, link.child) for link in kept.links] == [
        ("AU1", "NOWHERE"),
        ("AU1", "AU2"),
        ("AU2", "AU1"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_content_keeps_its_shape(tmp_path: Path, version: str) -> None:
    person = {"FirstName": "Ada", "BirthName": "Byron", "Identifier": ["A1"], "Function": "Maire"}
    sip = (
        SipBuilder()
        .version(version)
        .unit(
            "Titre",
            Description="Texte",
            FilePlanPosition="1",
            OriginatingSystemId=["X", "Y"],
            CustodialHistory={"CustodialHistoryItem": ["un", "deux"]},
            Language=["fr", "en"],
            DescriptionLanguage="fr",
            Tag=["a"],
            Keyword=[{"KeywordContent": "eau", "KeywordType": "subject"}],
            Coverage={"Spatial": "Lyon"},
            OriginatingAgency={"Identifier": "FRAD1"},
            Writer=person,
            RelatedObjectReference={"Replaces": {"ExternalReference": "E"}},
            StartDate="2001-02-03",
            EndDate="2001-02",
            Event=[{"EventIdentifier": "E1", "EventDateTime": "2001-01-01", "Outcome": "OK"}],
            Gps={"GpsAltitude": "12", "GpsLatitude": "45"},
        )
    )
    assert read(sip, tmp_path).units[0].content == {
        "DescriptionLevel": "Item",
        "Title": "Titre",
        "Description": "Texte",
        "FilePlanPosition": ["1"],
        "OriginatingSystemId": ["X", "Y"],
        "CustodialHistory": {"CustodialHistoryItem": ["un", "deux"]},
        "Language": ["fr", "en"],
        "DescriptionLanguage": "fr",
        "Tag": ["a"],
        "Keyword": [{"KeywordContent": "eau", "KeywordType": "subject"}],
        "Coverage": {"Spatial": ["Lyon"]},
        "OriginatingAgency": {"Identifier": "FRAD1"},
        "Writer": [
            {"FirstName": "Ada", "BirthName": "Byron", "Identifier": ["A1"], "Function": ["Maire"]}
        ],
        "RelatedObjectReference": {"Replaces": [{"ExternalReference": "E"}]},
        "StartDate": "2001-02-03",
        "EndDate": "2001-02",
        "Event": [{"evId": "E1", "evDateTime": "2001-01-01", "outcome": "OK"}],
        "Gps": {"GpsAltitude": 12, "GpsLatitude": "45"},
    }


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ("<Title>a</Title>", {"Title": "a"}),
        (
            '<Title xml:lang="en">e</Title><Title xml:lang="fr">f</Title>',
            {"Title": "f", "Title_": {"en": "e", "fr": "f"}},
        ),
        (
            '<Title xml:lang="de">d</Title><Title xml:lang="en">e</Title>',
            {"Title": "d", "Title_": {"de": "d", "en": "e"}},
        ),
        (
            '<Title xml:lang="fr">f</Title><Title>a</Title>',
            {"Title": "a", "Title_": {"fr": "f"}},
        ),
        ("<Title>a</Title><Title>b</Title>", {"Title": "a\nb"}),
    ],
)
def test_titles_by_language(tmp_path: Path, titles: str, expected: dict[str, object]) -> None:
    sip = (
        SipBuilder()
        .unit("X", level=None)
        .edit_manifest(lambda xml: xml.replace("<Title>X</Title>", titles))
    )
    assert read(sip, tmp_path).units[0].content == expected


def test_free_elements_are_kept_in_lists_with_what_they_hold(tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("A")
        .raw_content(
            "<Courrier>n° 1</Courrier><Courrier> n° 2 </Courrier>"
            "<Dossier><Ref>1</Ref><Ref>2</Ref><Vide/></Dossier>"
            '<m:Note xmlns:m="urn:mairie" m:auteur="x">libre</m:Note>'
        )
        .raw_management("<MonRegime><Code>1</Code></MonRegime>")
    )
    unit = read(sip, tmp_path).units[0]
    assert unit.content == {
        "DescriptionLevel": "Item",
        "Title": "A",
        "Courrier": ["n° 1", "n° 2"],
        "Dossier": [{"Ref": ["1", "2"], "Vide": [""]}],
        "Note": ["libre"],
    }
    assert unit.management == {"MonRegime": [{"Code": ["1"]}]}


def test_management_is_kept_by_category(tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("A", profile="AUP-1")
        .rule("StorageRule", "STO-1", FinalAction="Transfer")
        .rule("AppraisalRule", "APP-1", start_date="2000-01-01")
        .rule("AppraisalRule", "APP-2", FinalAction="Destroy", RefNonRuleId=["APP-3", "APP-4"])
        .rule("AccessRule", PreventInheritance=False)
        .rule(
            "ClassificationRule",
            "CLA-1",
            ClassificationLevel="Secret",
            ClassificationOwner="Préfet",
            NeedReassessingAuthorization=True,
        )
        .rule("HoldRule", "HOL-1", start_date="2020-01-01", HoldOwner="Juge", HoldReason="Enquête")
        .need_authorization()
        .logbook_event(EventTypeCode="Tri", EventDateTime="2019-01-01T00:00:00")
    )
    unit = read(sip, tmp_path).units[0]
    assert unit.profile == "AUP-1"
    assert unit.management == {
        "StorageRule": {"Rules": [{"Rule": "STO-1"}], "FinalAction": "Transfer"},
        "AppraisalRule": {
            "Rules": [{"Rule": "APP-1", "StartDate": "2000-01-01"}, {"Rule": "APP-2"}],
            "Inheritance": {"PreventRulesId": ["APP-3", "APP-4"]},
            "FinalAction": "Destroy",
        },
        "AccessRule": {"Inheritance": {"PreventInheritance": False}},
        "ClassificationRule": {
            "Rules": [{"Rule": "CLA-1"}],
            "ClassificationLevel": "Secret",
            "ClassificationOwner": "Préfet",
            "NeedReassessingAuthorization": True,
        },
        "HoldRule": {
            "Rules": [
                {
                    "Rule": "HOL-1",
                    "StartDate": "2020-01-01",
                    "HoldOwner": "Juge",
                    "HoldReason": "Enquête",
                }
            ]
        },
        "NeedAuthorization": True,
    }
    assert unit.log_book == ({"evTypeProc": "Tri", "evDateTime": "2019-01-01T00:00:00"},)


def test_attachments_are_told_apart(tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("A")
        .attach_to(" aeaqaaaaaahg ")
        .unit("B")
        .attach_by_key("OriginatingSystemId", "")
        .unit("C")
        .existing_group("aebaaaaaaahg")
        .unit("D")
        .reference("aebaaaaaaahh", kind="DataObjectGroupExistingReferenceId")
    )
    kept = read(sip, tmp_path)
    first, second = kept.unit("AU1").update_operation, kept.unit("AU2").update_operation
    assert isinstance(first, UpdateOperation)
    assert isinstance(second, UpdateOperation)
    assert (first.system_id, first.by_key) == ("aeaqaaaaaahg", False)
    assert (second.key_name, second.key_value, second.by_key) == ("OriginatingSystemId", "", True)
    assert kept.unit("AU1").management == {}
    for unit, target in (("AU3", "aebaaaaaaahg"), ("AU4", "aebaaaaaaahh")):
        [reference] = kept.unit(unit).references
        assert (reference.kind, reference.target) == (ReferenceKind.EXISTING_GROUP, target)
    assert kept.summary.update_operations == 2


def test_the_log_book_of_a_group_is_kept(tmp_path: Path) -> None:
    event = (
        "<LogBook><Event><EventType>Scan</EventType><EventDateTime>2019-01-01</EventDateTime>"
        "<DataObjectReferenceId>BDO1</DataObjectReferenceId></Event></LogBook></DataObjectGroup>"
    )
    sip = (
        SipBuilder()
        .unit("A")
        .binary()
        .edit_manifest(lambda xml: xml.replace("</DataObjectGroup>", event))
    )
    assert read(sip, tmp_path).groups[0].log_book == (
        {"evType": "Scan", "evDateTime": "2019-01-01", "DataObjectReferenceId": "BDO1"},
    )


def test_a_date_declared_null_is_absent(tmp_path: Path) -> None:
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    sip = (
        SipBuilder()
        .unit("A")
        .raw_management(
            f"<AccessRule><Rule>ACC-1</Rule><StartDate {nil}/><PreventInheritance/></AccessRule>"
        )
    )
    assert read(sip, tmp_path).units[0].management["AccessRule"] == {
        "Rules": [{"Rule": "ACC-1"}],
        "Inheritance": {"PreventInheritance": False},
    }


def test_text_cut_by_comments_and_character_references_is_whole(tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("X")
        .edit_manifest(lambda xml: xml.replace(">X<", ">d<!-- c -->é&#xe9;<?pi x?><![CDATA[<&]]><"))
    )
    assert read(sip, tmp_path).units[0].content["Title"] == "déé<&"


def test_a_prefix_changes_nothing(tmp_path: Path) -> None:
    plain = SipBuilder().unit("A").binary().manifest().decode()
    prefixed = (
        plain.replace("<", "<s:")
        .replace("<s:/", "</s:")
        .replace("<s:?", "<?")
        .replace("xmlns=", "xmlns:s=")
    )
    assert read(prefixed.encode(), tmp_path).units == read(plain.encode(), tmp_path).units
