"""What is wrong in a manifest is told: all of it, with its line, its element and its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sae.seda import reasons
from sae.seda.faults import ManifestRefused
from sae.seda.reader import IgnoringConsumer, explain_manifest, read_manifest
from tests.builders import SipBuilder
from tests.seda.reading import faults, read, reasons_of

CODES = {
    "NO_FILE": "CHECK_SEDA.NO_FILE.KO",
    "NOT_XML": "CHECK_SEDA.NOT_XML_FILE.KO",
    "NOT_VALID": "CHECK_SEDA.NOT_XSD_VALID.KO",
    "VERSION": "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO",
}


def sip() -> SipBuilder:
    return SipBuilder().unit("Dossier", level="File").unit("Pièce", parent="Dossier").binary()


def replaced(old: str, new: str) -> SipBuilder:
    def edit(xml: str) -> str:
        assert old in xml
        return xml.replace(old, new, 1)

    return sip().edit_manifest(edit)


def test_a_missing_manifest_has_its_code(tmp_path: Path) -> None:
    [problem] = explain_manifest(tmp_path / "none.xml")
    assert (problem.code, problem.reason) == (CODES["NO_FILE"], reasons.MANIFEST_NOT_FOUND)
    with pytest.raises(ManifestRefused):
        read_manifest(tmp_path / "none.xml", IgnoringConsumer())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\3\4",
        b"\0\0\0",
        b"not xml",
        b"<a>",
        b"<a></b>",
        b"<a>\xff\xfe</a>",
        b"<a>&nothing;</a>",
        sip().manifest()[:-20],
        sip().manifest() + b"<more/>",
        sip().manifest().replace(b"Dossier", b"Doss\x01er"),
        sip().manifest().replace(b"UTF-8", b"x-unknown"),
    ],
)
def test_what_is_not_xml_has_its_code(tmp_path: Path, content: bytes) -> None:
    problems = faults(content, tmp_path)
    assert problems[-1].code in (CODES["NOT_XML"], CODES["VERSION"])


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("fr:gouv:ae:archive:draft:standard_echange_v0.2", reasons.VERSION_UNSUPPORTED),
        ("fr:gouv:culture:archivesdefrance:seda:v2.0", reasons.VERSION_UNSUPPORTED),
        ("fr:gouv:culture:archivesdefrance:seda:v2.10", reasons.VERSION_UNSUPPORTED),
        ("urn:other", reasons.VERSION_UNSUPPORTED),
        ("", reasons.VERSION_UNSUPPORTED),
    ],
)
def test_other_versions_are_refused_by_name(tmp_path: Path, namespace: str, reason: str) -> None:
    [problem] = faults(replaced("fr:gouv:culture:archivesdefrance:seda:v2.2", namespace), tmp_path)
    assert (problem.code, problem.reason) == (CODES["VERSION"], reason)
    assert problem.seen == namespace
    assert problem.expected == "1.0, 2.1, 2.2, 2.3"


def test_another_message_of_the_standard_is_refused(tmp_path: Path) -> None:
    content = sip().manifest().replace(b"ArchiveTransfer", b"ArchiveDelivery")
    assert reasons_of(content, tmp_path) == [reasons.ROOT_UNEXPECTED]


@pytest.mark.parametrize(
    ("old", "new", "reason", "element"),
    [
        ("<MessageIdentifier>", "<Zz/><MessageIdentifier>", "element_unexpected", "Zz"),
        ("<Date>2024-03-01T10:00:00</Date>", "", "element_missing", "ArchiveTransfer"),
        ("2024-03-01T10:00:00", "2024-03-01", "value_type", "Date"),
        ("2024-03-01T10:00:00", "2024-02-30T10:00:00", "value_type", "Date"),
        ("<Title>Pièce</Title>", "<Title a='1'>P</Title>", "attribute_unexpected", "Title"),
        ("<Title>Pièce</Title>", "<Title><b>P</b></Title>", "element_unexpected", "b"),
        (
            "<Title>Pièce</Title>",
            "<Description>d</Description><Title>P</Title>",
            "element_misplaced",
            "Title",
        ),
        ("<Title>Pièce</Title>", "<Status/><Title>P</Title>", "value_empty", "Status"),
        (">Item<", ">Piece<", "value_not_in_list", "DescriptionLevel"),
        (">Item<", "><", "value_empty", "DescriptionLevel"),
        (">Item</Desc", ">Item</DescriptionLevel>text<DescriptionLevel>File</Desc", "text_", ""),
        ("<Content>", "<Management/><Management/><Content>", "element_repeated", "Management"),
        ('<ArchiveUnit id="AU2">', "<ArchiveUnit>", "attribute_missing", "ArchiveUnit"),
        ('<ArchiveUnit id="AU2">', '<ArchiveUnit id="2">', "value_type", "ArchiveUnit/@id"),
        ('<ArchiveUnit id="AU2">', '<ArchiveUnit id="">', "value_empty", "ArchiveUnit/@id"),
        ('<ArchiveUnit id="AU2">', '<ArchiveUnit id="AU1">', "identifier_duplicated", ""),
        ('<ArchiveUnit id="AU2">', '<ArchiveUnit id="BDO1">', "identifier_duplicated", ""),
        (
            ">GOT-AU2</DataObjectGroupReferenceId",
            "></DataObjectGroupReferenceId",
            "value_empty",
            "",
        ),
        ("<Size>7</Size>", "<Size>-7</Size>", "value_type", "Size"),
        ("<Size>7</Size>", "<Size>sept</Size>", "value_type", "Size"),
        ('algorithm="SHA-512"', "", "attribute_missing", "MessageDigest"),
        ("<FileInfo>", "<FileInfo><Zz/>", "element_unexpected", "Zz"),
        ("<ManagementMetadata>", "<ManagementMetadata>text", "text_unexpected", ""),
        (
            "<OriginatingAgencyIdentifier>",
            "<LegalStatus>Public</LegalStatus><OriginatingAgencyIdentifier>",
            "value_not_in_list",
            "LegalStatus",
        ),
        ("<Content>", "<Content><ArchiveUnit id='H'/>", "element_unexpected", "ArchiveUnit"),
        ("</ArchiveTransfer>", "<Zz/></ArchiveTransfer>", "element_unexpected", "Zz"),
    ],
)
def test_each_fault_has_its_reason_and_its_place(
    tmp_path: Path, old: str, new: str, reason: str, element: str
) -> None:
    problems = faults(replaced(old, new), tmp_path)
    found = next(problem for problem in problems if problem.reason.startswith(reason))
    assert found.code == CODES["NOT_VALID"]
    assert found.place.element.endswith(element)
    assert found.place.line is not None
    assert set(found.arguments) == set(reasons.REASONS[found.reason].arguments)


@pytest.mark.parametrize(
    ("management", "reason"),
    [
        ("<AppraisalRule><Rule>A</Rule></AppraisalRule>", reasons.ELEMENT_MISSING),
        (
            "<AppraisalRule><FinalAction>Copy</FinalAction></AppraisalRule>",
            reasons.VALUE_NOT_IN_LIST,
        ),
        ("<AccessRule><StartDate>2000-01-01</StartDate></AccessRule>", reasons.ELEMENT_MISSING),
        (
            "<AccessRule><Rule>A</Rule><StartDate>2000-13-01</StartDate></AccessRule>",
            reasons.VALUE_TYPE,
        ),
        (
            "<AccessRule><Rule>A</Rule><StartDate>2000-01-01T00:00:00</StartDate></AccessRule>",
            reasons.VALUE_TYPE,
        ),
        ("<AccessRule><Rule/><StartDate>2000-01-01</StartDate></AccessRule>", reasons.VALUE_EMPTY),
        (
            "<AccessRule><PreventInheritance>oui</PreventInheritance></AccessRule>",
            reasons.VALUE_TYPE,
        ),
        (
            "<AccessRule><PreventInheritance>true</PreventInheritance><Rule>A</Rule></AccessRule>",
            reasons.ELEMENT_MISPLACED,
        ),
        ("<AccessRule/><StorageRule/>", reasons.ELEMENT_MISPLACED),
        (
            "<ClassificationRule><ClassificationLevel>S</ClassificationLevel></ClassificationRule>",
            reasons.ELEMENT_MISSING,
        ),
        ("<NeedAuthorization>1</NeedAuthorization>" * 2, reasons.ELEMENT_REPEATED),
        ("<UpdateOperation/>", reasons.ELEMENT_MISSING),
        ("<LogBook><Event/></LogBook>", reasons.ELEMENT_MISSING),
    ],
)
def test_faults_of_management(tmp_path: Path, management: str, reason: str) -> None:
    problems = faults(SipBuilder().unit("A").raw_management(management), tmp_path)
    assert reason in {problem.reason for problem in problems}
    assert {problem.place.identifier for problem in problems} == {"AU1"}


def test_a_group_without_object_is_refused(tmp_path: Path) -> None:
    [problem] = faults(
        replaced("<DescriptiveMetadata>", '<DataObjectGroup id="G"/><DescriptiveMetadata>'),
        tmp_path,
    )
    assert (problem.reason, problem.place.identifier) == (reasons.GROUP_EMPTY, "G")


def test_two_objects_that_declare_the_same_group_are_refused(tmp_path: Path) -> None:
    bare = "".join(
        f'<PhysicalDataObject id="P{n}"><DataObjectGroupId>G</DataObjectGroupId>'
        "<PhysicalId>x</PhysicalId></PhysicalDataObject>\n"
        for n in (1, 2)
    )
    [problem] = faults(replaced("<DescriptiveMetadata>", bare + "<DescriptiveMetadata>"), tmp_path)
    assert (problem.reason, problem.seen) == (reasons.IDENTIFIER_DUPLICATED, "G")
    assert problem.place.line == problem.arguments["first_line"] + 1


def test_an_object_in_a_group_may_repeat_the_groups_identifier(tmp_path: Path) -> None:
    package = replaced(
        '<BinaryDataObject id="BDO1">\n',
        '<BinaryDataObject id="BDO1"><DataObjectGroupId>GOT-AU2</DataObjectGroupId>',
    )
    assert read(package, tmp_path).objects[0].group_id == "GOT-AU2"


def test_all_faults_are_told_in_the_order_of_lines(tmp_path: Path) -> None:
    def damage(xml: str) -> str:
        xml = xml.replace("<Date>2024-03-01T10:00:00</Date>", "<Date>hier</Date>")
        xml = xml.replace(">Item<", ">Piece<").replace('id="AU2"', 'id="AU1"')
        xml = xml.replace("<FileInfo>", "<Intruder><a><b>text</b></a></Intruder><FileInfo>")
        return xml.replace("<ArchivalAgency>", "<ArchivalAgence>").replace(
            "</ArchivalAgency>", "</ArchivalAgence>"
        )

    problems = faults(sip().edit_manifest(damage), tmp_path)
    assert [p.reason for p in problems] == [
        reasons.ELEMENT_MISSING,
        reasons.VALUE_TYPE,
        reasons.ELEMENT_UNEXPECTED,
        reasons.IDENTIFIER_DUPLICATED,
        reasons.VALUE_NOT_IN_LIST,
        reasons.ELEMENT_UNEXPECTED,
    ]
    lines = [p.place.line or 0 for p in problems]
    assert lines == sorted(lines)
    assert [p.seen for p in problems] == ["", "hier", "Intruder", "AU1", "Piece", "ArchivalAgence"]
    assert problems[0].expected == "ArchivalAgency"


def test_line_numbers_are_right_far_into_a_manifest(tmp_path: Path) -> None:
    """libxml2 stops counting at 65 535; we do not."""
    content = sip().manifest().replace(b"<Content>", b"\n" * 70_000 + b"<Content>", 1)
    [problem] = faults(content.replace(b">Item<", b">Piece<"), tmp_path)
    assert content.splitlines()[(problem.place.line or 0) - 1].startswith(b"<Content>")
    assert (problem.place.line or 0) > 70_000


ELEMENT = re.compile(r"<[A-Za-z]+[^<>]*>|</[A-Za-z]+>|[^<>]+")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_both_readings_agree_on_damaged_manifests(tmp_path: Path, data: st.DataObject) -> None:
    """Cut, doubled or swapped anywhere: no crash, and the slow reading explains each refusal."""
    whole = RICH.manifest().decode()
    pieces = ELEMENT.findall(whole.partition("?>")[2])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(pieces) - 2))
        act = data.draw(st.sampled_from(["cut", "double", "swap", "text"]))
        if act == "cut":
            del pieces[at]
        elif act == "double":
            pieces.insert(at, pieces[at])
        elif act == "swap":
            pieces[at], pieces[at + 1] = pieces[at + 1], pieces[at]
        else:
            pieces[at] = data.draw(st.text(st.characters(exclude_characters="<&>"), max_size=9))
    path = tmp_path / "m.xml"
    path.write_text("".join(pieces), encoding="utf-8", errors="replace")
    explained = {problem.reason for problem in explain_manifest(path)}
    try:
        read_manifest(path, IgnoringConsumer())
        found = None
    except ManifestRefused as refused:
        found = refused.problems[0].reason
    assert found in explained if explained else found is None


RICH = (
    SipBuilder()
    .global_rule("AccessRule", "ACC-1", start_date="2000-01-01")
    .unit("Dossier", level="File", Keyword=[{"KeywordContent": "eau"}], Writer={"Corpname": "X"})
    .rule("AppraisalRule", "APP-1", start_date="2000-01-01", RefNonRuleId=["A"])
    .rule("HoldRule", "HOL-1", HoldEndDate="2030-01-01")
    .logbook_event(EventDateTime="2000-01-01")
    .unit({"fr": "Pièce", "en": "Item"}, parent="Dossier")
    .binary()
    .physical()
    .unit("Rattachement")
    .attach_by_key("A", "B")
    .raw_content("<Libre><A>1</A></Libre>")
)


def test_every_reason_is_documented() -> None:
    for key, reason in reasons.REASONS.items():
        assert reason.key == key
        assert reason.meaning.endswith(".")
