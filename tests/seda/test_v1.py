"""Transfers of SEDA 1.0 are read into the same model, and their faults told like the others'."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sae.seda import reasons
from sae.seda.assembly import IgnoringConsumer
from sae.seda.model import (
    ArchiveUnit,
    DataObject,
    GroupDeclaration,
    ObjectReference,
    ReferenceKind,
)
from sae.seda.reader import explain_manifest, read_manifest
from tests.builders.pastell import ACT, RECEIPT, V1, File, Slip
from tests.seda.reading import faults, read, reasons_of


def test_an_archive_and_its_objects_become_units(tmp_path: Path) -> None:
    kept = read(Slip().v1(), tmp_path)
    assert [unit.id for unit in kept.units] == ["ArchiveObject#1", "ArchiveObject#2", "Archive#1"]
    archive, act = kept.unit("Archive#1"), kept.unit("ArchiveObject#1")
    assert (archive.parent_id, act.parent_id) == (None, "Archive#1")
    assert [unit.position for unit in kept.units] == [1, 2, 0]
    assert archive.content == {
        "DescriptionLevel": "File",
        "Title": "Délibération du 12 mars 2026",
        "DescriptionLanguage": "fra",
        "Language": ["fra"],
        "StartDate": "2026-03-01",
        "EndDate": "2026-03-12",
        "Keyword": [{"KeywordContent": "Commande publique", "KeywordType": "subject"}],
        "OriginatingAgency": {
            "Identifier": "FRAN_NP_009913",
            "OrganizationDescriptiveMetadata": {"Name": "Service de la commande publique"},
        },
    }
    assert archive.management == {
        "AppraisalRule": {
            "Rules": [{"Rule": "P10Y", "StartDate": "2026-03-12"}],
            "FinalAction": "Keep",
        },
        "AccessRule": {"Rules": [{"Rule": "AR038", "StartDate": "2026-03-12"}]},
    }
    assert act.content == {"DescriptionLevel": "Item", "Title": "Acte"}
    assert kept.summary.units == 3
    assert kept.summary.depth == 2


def test_a_document_alone_is_carried_by_its_unit(tmp_path: Path) -> None:
    kept = read(Slip(files=(File("a.pdf", b"1234", mime="application/pdf", format="fmt/18"),)).v1(),
                tmp_path)  # fmt: skip
    [entry] = kept.objects
    assert (entry.id, entry.group_id) == ("Document#1", "Document#1")
    assert entry.group_declaration is GroupDeclaration.NONE
    assert (entry.uri, entry.filename, entry.size) == ("a.pdf", "a.pdf", 4)
    assert (entry.format_id, entry.mime_type) == ("fmt/18", "application/pdf")
    assert (entry.normalised_algorithm, entry.usage) == ("SHA-256", None)
    assert entry.other_metadata == {"Document": {"Type": ["CDO"]}}
    [reference] = kept.unit("ArchiveObject#1").references
    assert (reference.kind, reference.target) == (ReferenceKind.OBJECT, "Document#1")
    assert kept.unit("Archive#1").references == ()
    assert (kept.summary.binary_objects, kept.summary.declared_bytes) == (1, 4)


def test_several_documents_have_a_unit_each(tmp_path: Path) -> None:
    kept = read(Slip(files=(ACT, RECEIPT, File("annexes/plan.txt"))).v1_flat(), tmp_path)
    assert [(unit.id, unit.parent_id, unit.content["Title"]) for unit in kept.units[:-1]] == [
        ("Document#1#unit", "Archive#1", "deliberation.txt"),
        ("Document#2#unit", "Archive#1", "aractes.xml"),
        ("Document#3#unit", "Archive#1", "plan.txt"),
    ]
    assert [unit.references[0].target for unit in kept.units[:-1]] == [
        "Document#1",
        "Document#2",
        "Document#3",
    ]
    assert kept.units[-1].references == ()
    assert len({unit.position for unit in kept.units}) == 4
    assert kept.summary.units == 4


def test_the_header_says_what_the_archive_says(tmp_path: Path) -> None:
    kept = read(Slip(profile="PR-ACTES").v1(), tmp_path)
    header = kept.summary.header
    assert (header.version, header.namespace) == ("1.0", V1)
    assert header.message_identifier == "c0ffee-2026-0001"
    assert (header.archival_agreement, header.archival_profile) == (
        "ArchivalAgreement0",
        "PR-ACTES",
    )
    assert (header.archival_agency, header.transferring_agency) == ("FRAD000", "LS_PASTELL")
    assert header.archival_agency_description == {"Name": "Archives départementales"}
    assert header.originating_agency == "FRAN_NP_009913"
    assert header.comments[0].text == "Versement d’un acte"
    assert header.lines["TransferIdentifier"] == 5
    assert kept.headers[0].transferring_agency == "LS_PASTELL"


def test_a_rule_of_an_object_replaces_its_parents(tmp_path: Path) -> None:
    inside = (
        "<ArchiveObject><Name>Annexe</Name><AccessRestrictionRule><Code>AR048</Code>"
        "<StartDate>2026-01-01</StartDate></AccessRestrictionRule><AppraisalRule>"
        "<Code>detruire</Code><Duration>P1Y</Duration><StartDate>2026-01-01</StartDate>"
        "</AppraisalRule></ArchiveObject>"
    )
    annex = read(Slip().v1_around(inside), tmp_path).unit("ArchiveObject#1")
    assert annex.management == {
        "AppraisalRule": {
            "Rules": [{"Rule": "P1Y", "StartDate": "2026-01-01"}],
            "Inheritance": {"PreventInheritance": True},
            "FinalAction": "Destroy",
        },
        "AccessRule": {
            "Rules": [{"Rule": "AR048", "StartDate": "2026-01-01"}],
            "Inheritance": {"PreventInheritance": True},
        },
    }


def test_identifiers_declared_are_kept(tmp_path: Path) -> None:
    inside = (
        '<ArchiveObject Id="AO-7"><ArchivalAgencyObjectIdentifier>160_7'
        "</ArchivalAgencyObjectIdentifier><Name>Pièce</Name><TransferringAgencyObjectIdentifier>T7"
        '</TransferringAgencyObjectIdentifier><Document Id="D-7">'
        "<ArchivalAgencyDocumentIdentifier>160_7_1</ArchivalAgencyDocumentIdentifier>"
        '<Attachment filename="a.txt"/><Control>false</Control><Copy>true</Copy>'
        "<Creation>2026-01-02T00:00:00Z</Creation><Description>Un mot</Description>"
        "<Type>CDO</Type></Document></ArchiveObject>"
    )
    kept = read(Slip().v1_around(inside), tmp_path)
    unit, [entry] = kept.unit("AO-7"), kept.objects
    assert unit.content["ArchivalAgencyArchiveUnitIdentifier"] == ["160_7"]
    assert unit.content["TransferringAgencyArchiveUnitIdentifier"] == ["T7"]
    assert unit.references == (ObjectReference(ReferenceKind.OBJECT, "D-7", entry.line),)
    assert entry.file_info == {
        "Filename": "a.txt",
        "DateCreatedByApplication": "2026-01-02T00:00:00Z",
    }
    assert entry.other_metadata == {
        "Document": {
            "ArchivalAgencyDocumentIdentifier": "160_7_1",
            "Control": False,
            "Copy": True,
            "Creation": "2026-01-02T00:00:00Z",
            "Description": "Un mot",
            "Type": ["CDO"],
        }
    }
    assert (entry.digest, entry.algorithm, entry.size) == (None, None, None)


def test_what_has_no_place_in_the_model_is_kept_under_its_name(tmp_path: Path) -> None:
    described = (
        "<OtherDescriptiveData>Divers</OtherDescriptiveData><AccessRestrictionRule>"
        "<Code>AR038</Code><StartDate>2026-03-12</StartDate></AccessRestrictionRule>"
        "<CustodialHistory><CustodialHistoryItem>Reçu de Pastell</CustodialHistoryItem>"
        "<CustodialHistoryFile>h.pdf</CustodialHistoryFile></CustodialHistory>"
    )
    other = "<OriginatingAgency><Identification>AUTRE</Identification></OriginatingAgency>"
    related = (
        "<RelatedObjectReference><RelatedObjectIdentifier>X-1</RelatedObjectIdentifier>"
        "<Relation>replaces</Relation></RelatedObjectReference>"
    )
    slip = Slip().v1().decode()
    slip = slip.replace("<Keyword>", f"{described}<Keyword>", 1)
    slip = slip.replace("</ContentDescription>", f"{other}{related}</ContentDescription>", 1)
    content = read(slip.encode(), tmp_path).unit("Archive#1").content
    assert content["OtherDescriptiveData"] == ["Divers"]
    assert content["DescriptionAccessRestrictionRule"] == [
        {"Code": "AR038", "StartDate": "2026-03-12"}
    ]
    assert content["CustodialHistory"] == {"CustodialHistoryItem": ["Reçu de Pastell"]}
    assert "CustodialHistoryFile" in content
    assert content["OtherOriginatingAgency"] == [{"Identifier": "AUTRE"}]
    assert content["RelatedObject"] == [{"RelatedObjectIdentifier": "X-1", "Relation": "replaces"}]


@pytest.mark.parametrize(
    ("written", "unit", "size", "kept_apart"),
    [
        ("21", "AD", 21, None),
        ("2010", "2P", None, {"Value": "2010", "unitCode": "2P"}),
        ("1.5", "4L", None, {"Value": "1.5", "unitCode": "4L"}),
    ],
)
def test_a_size_counts_when_it_is_in_bytes(
    tmp_path: Path, written: str, unit: str, size: int | None, kept_apart: object
) -> None:
    slip = (
        Slip(files=(ACT,))
        .v1()
        .replace(b'unitCode="AD">21<', f'unitCode="{unit}">{written}<'.encode())
    )
    [entry] = read(slip, tmp_path).objects
    assert entry.size == size
    assert (entry.other_metadata or {})["Document"].get("Size") == kept_apart


@pytest.mark.parametrize(
    ("uri", "algorithm"),
    [
        ("http://www.w3.org/2001/04/xmlenc#sha512", "SHA-512"),
        ("http://id.loc.gov/vocabulary/cryptographicHashFunctions/sha-256", "SHA-256"),
        ("SHA-256", "SHA-256"),
        ("http://exemple.fr/inconnu", None),
    ],
)
def test_digest_algorithms_are_recognised(tmp_path: Path, uri: str, algorithm: str | None) -> None:
    slip = Slip(files=(ACT,)).v1().replace(b"http://www.w3.org/2001/04/xmlenc#sha256", uri.encode())
    [entry] = read(slip, tmp_path).objects
    assert (entry.algorithm, entry.normalised_algorithm) == (uri, algorithm)


@pytest.mark.parametrize(
    ("old", "new", "reason", "element", "seen"),
    [
        ("<Date>2026-03-12T16:20:18+01:00</Date>\n", "", "element_missing", "ArchiveTransfer", ""),
        ("<Name>Délibération du 12 mars 2026</Name>", "", "element_missing",
         "ArchiveTransfer/Archive", ""),
        ("<Name>Acte</Name>", "<Name/>", "value_empty", "ArchiveObject/Name", ""),
        ("<Name>Acte</Name>", "<Title>A</Title><Name>A</Name>", "element_unexpected",
         "ArchiveObject/Title", "Title"),
        ("P10Y", "10 ans", "value_type", "ArchiveTransfer/Archive/AppraisalRule/Duration",
         "10 ans"),
        ("conserver", "garder", "value_not_in_list", "ArchiveTransfer/Archive/AppraisalRule/Code",
         "garder"),
        (">file<", ">dossier<", "value_not_in_list",
         "ArchiveTransfer/Archive/ContentDescription/DescriptionLevel", "dossier"),
        (' filename="deliberation.txt"', "", "attribute_missing",
         "ArchiveObject/Document/Attachment", "Attachment"),
        ('filename="deliberation.txt"/>', 'filename="deliberation.txt">QUJD</Attachment>',
         "text_unexpected", "ArchiveObject/Document/Attachment", "QUJD"),
        ("algorithme=", "algorithm=", "attribute_unexpected",
         "ArchiveObject/Document/Integrity", "algorithm"),
    ],
)  # fmt: skip
def test_faults_are_told_at_their_place(
    tmp_path: Path, old: str, new: str, reason: str, element: str, seen: str
) -> None:
    text = Slip().v1().decode()
    assert old in text
    found = faults(text.replace(old, new, 1).encode(), tmp_path)
    first = next(problem for problem in found if problem.reason == reason)
    assert first.code == "CHECK_SEDA.NOT_XSD_VALID.KO"
    assert first.place.element == element
    assert first.seen == seen
    assert first.place.line


def test_all_the_faults_are_listed(tmp_path: Path) -> None:
    text = Slip().v1().decode().replace("P10Y", "dix").replace('edition 2009">fra', '">12', 2)
    assert reasons_of(text.encode(), tmp_path) == ["value_type", "value_type", "value_type"]


def test_no_wrong_value_stops_the_explanation(tmp_path: Path) -> None:
    """Each text and each attribute in turn is emptied or spoilt: faults are listed, no crash."""
    text = Slip(files=(ACT,), profile="P").v1().decode()
    path = tmp_path / "manifest.xml"
    pieces = [found.span(1) for found in re.finditer(r"(?:>|=\")([^<>\"]+)(?:<|\")", text)]
    for start, end in pieces[2:]:
        for other in ("", "<b/>", "é"):
            path.write_text(text[:start] + other + text[end:], encoding="utf-8")
            explain_manifest(path)


def test_archives_of_different_agreements_are_refused(tmp_path: Path) -> None:
    text = Slip(files=()).v1().decode()
    start, end = text.index("<Archive>"), text.index("</ArchiveTransfer>")
    second = text[start:end].replace("ArchivalAgreement0", "ArchivalAgreement9")
    [problem] = faults((text[:end] + second + text[end:]).encode(), tmp_path)
    assert (problem.reason, problem.seen) == (reasons.VALUE_NOT_IN_LIST, "ArchivalAgreement9")
    assert problem.expected == "ArchivalAgreement0"
    same = text[start:end]
    kept = read((text[:end] + same + text[end:]).encode(), tmp_path)
    assert [unit.id for unit in kept.units] == ["Archive#1", "Archive#2"]


def test_identifiers_declared_twice_are_refused(tmp_path: Path) -> None:
    inside = '<ArchiveObject Id="A"><Name>x</Name></ArchiveObject>'
    assert reasons_of(Slip().v1_around(inside * 2), tmp_path) == ["identifier_duplicated"]


class Pending(IgnoringConsumer):
    """Counts what has come, and the most Documents that ever waited for their unit."""

    units = objects = waiting = 0

    def on_unit(self, unit: ArchiveUnit) -> None:
        self.units += 1

    def on_object(self, item: DataObject) -> None:
        self.objects += 1
        self.waiting = max(self.waiting, self.objects - self.units)


def test_documents_are_handed_over_as_they_come_whatever_their_number(tmp_path: Path) -> None:
    path = tmp_path / "manifest.xml"
    path.write_bytes(Slip(files=[File(f"{rank}.txt") for rank in range(2000)]).v1_flat())
    consumer = Pending()
    assert read_manifest(path, consumer).units == consumer.units == 2001
    assert consumer.waiting <= 2
