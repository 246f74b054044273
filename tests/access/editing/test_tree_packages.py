"""A package of SEDA is read as a file of positions: compared, told by line, applied at once."""

import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access.editing import services
from sae.holdings.planting import Position
from tests.access.editing.test_tree_formats import _package, _said_by, forest
from tests.access.editing.test_tree_import import counts, operations, places, send, take
from tests.builders.deposits import make_referentials
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db
__all__ = ["forest"]


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client(cast.aline)


def manifest(units: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2">
<Date>2026-01-31T12:00:00</Date>
<MessageIdentifier>M1</MessageIdentifier>
<ArchivalAgreement>IC</ArchivalAgreement>
<CodeListVersions/>
<DataObjectPackage>
<DescriptiveMetadata>
{units}
</DescriptiveMetadata>
<ManagementMetadata/>
</DataObjectPackage>
<ArchivalAgency><Identifier>A</Identifier></ArchivalAgency>
<TransferringAgency><Identifier>A</Identifier></TransferringAgency>
</ArchiveTransfer>""".encode()


def unit(identifier: str, title: str, inside: str = "", management: str = "") -> str:
    told = f"<Management>{management}</Management>" if management else ""
    return (
        f'<ArchiveUnit id="{identifier}">{told}<Content>'
        f"<DescriptionLevel>RecordGrp</DescriptionLevel><Title>{title}</Title></Content>"
        f"{inside}</ArchiveUnit>\n"
    )


def standing(identifier: str, name: str, value: str, inside: str) -> str:
    operation = (
        "<UpdateOperation><ArchiveUnitIdentifierKey>"
        f"<MetadataName>{name}</MetadataName><MetadataValue>{value}</MetadataValue>"
        "</ArchiveUnitIdentifierKey></UpdateOperation>"
    )
    return unit(identifier, "Place", inside, operation)


def plant(cast: Cast, title: str, identifier: str) -> uuid.UUID:
    content = {"Title": title, "DescriptionLevel": "Fonds", "OriginatingSystemId": [identifier]}
    with seeing_all(cast.coffre_a.id):
        made = services.create_positions(
            [Position("x", "HOLDING_UNIT", content)], actor=services.Actor()
        )
    return made["x"]


def test_a_manifest_is_compared_then_planted_in_one_operation(cast: Cast, client: Client) -> None:
    page = send(client, manifest(unit("A", "Commune", unit("B", "Mairie"))), "arbre.xml")
    assert counts(page) == [2, 0, 0, 0]
    assert places(cast) == {}
    take(client, page)
    assert places(cast) == {"Commune": "", "Mairie": "Commune"}
    assert operations(cast) == ["CLASSIFICATION_IMPORT"]


def test_an_exported_tree_comes_back_known_whole(
    cast: Cast, client: Client, forest: dict[str, uuid.UUID], tmp_path: Path
) -> None:
    for unit_type, known in (("HOLDING_UNIT", 2), ("FILING_UNIT", 3)):
        package = _package(client, tmp_path, unit_type)
        page = send(client, package.read_bytes(), "arbre.zip", unit_type=unit_type)
        assert page.context["faults"] == []
        assert counts(page) == [0, 0, 0, known], unit_type
        assert "Rien ne changerait" in page.content.decode()


def test_an_exported_forest_is_planted_in_another_coffre(
    cast: Cast, client: Client, forest: dict[str, uuid.UUID], tmp_path: Path
) -> None:
    make_referentials(cast.coffre_b)
    there = cast.client(cast.chloe)
    for unit_type in ("HOLDING_UNIT", "FILING_UNIT"):
        package = _package(client, tmp_path, unit_type)
        page = send(there, package.read_bytes(), "arbre.zip", unit_type=unit_type)
        assert page.context["faults"] == []
        take(there, page)
    assert _said_by(cast.coffre_b) == _said_by(cast.coffre_a)


def test_units_go_under_the_position_that_the_manifest_designates(
    cast: Cast, client: Client
) -> None:
    plant(cast, "Commune", "0")
    content = manifest(standing("P", "OriginatingSystemId", "0", unit("B", "Mairie")))
    page = send(client, content, "plan.xml", unit_type="FILING_UNIT")
    assert counts(page) == [1, 0, 0, 0]
    assert "Commune" in page.content.decode()
    take(client, page)
    assert places(cast)["Mairie"] == "Commune"


def test_faults_are_told_by_line_and_the_rest_may_be_taken(cast: Cast, client: Client) -> None:
    content = manifest(
        unit("A", "Commune", "\n" + unit("B", "Mairie") + unit("C", " "))
        + standing("P", "OriginatingSystemId", "absent", "\n" + unit("D", "Perdue"))
        + unit("E", "Réglée", "", "<AccessRule><Rule>ACC-INCONNUE</Rule></AccessRule>")
    )
    page = send(client, content, "plan.xml", unit_type="FILING_UNIT")
    text = content.decode().splitlines()
    told = {text[one.line - 1].split('id="')[1][0]: one.words for one in page.context["faults"]}
    assert set(told) == {"C", "D", "E"}
    assert "absent" in told["D"]
    assert "ACC-INCONNUE" in told["E"]
    take(client, page)
    assert places(cast) == {"Commune": "", "Mairie": "Commune"}


def test_what_a_deposit_alone_can_take_is_refused_here(
    cast: Cast, client: Client, tmp_path: Path
) -> None:
    package = SipBuilder().unit("Registre").binary(b"registre\n", name="registre.txt")
    content = package.zip(tmp_path / "sip.zip").read_bytes()
    page = send(client, content, "sip.zip")
    assert ["a des fichiers" in one.words for one in page.context["faults"]] == [True]
    assert not page.context["may_apply"]


def test_a_position_of_two_parents_is_left_to_a_deposit(cast: Cast, client: Client) -> None:
    link = '<ArchiveUnit id="L{n}"><ArchiveUnitRefId>C</ArchiveUnitRefId></ArchiveUnit>'
    content = manifest(
        unit("A", "Un", link.format(n=1)) + unit("B", "Deux", link.format(n=2)) + unit("C", "Trois")
    )
    page = send(client, content, "arbre.xml")
    assert ["plusieurs parents" in one.words for one in page.context["faults"]] == [True]
    assert counts(page) == [2, 0, 0, 0]


def test_a_manifest_out_of_grammar_is_told_in_french_with_its_lines(
    cast: Cast, client: Client
) -> None:
    content = manifest("<ArchiveUnit id='A'><Inconnu/></ArchiveUnit>")
    page = send(client, content, "arbre.xml")
    faults = page.context["faults"]
    assert faults
    assert all(one.line and "KO" not in one.words for one in faults)
    assert not page.context["may_apply"]


def test_a_zip_without_manifest_says_so(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "vide.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"rien")
    for content in (path.read_bytes(), b"PK\x03\x04 cut"):
        posted: Any = client.post(
            reverse("classification_build"),
            {"file": SimpleUploadedFile("a.zip", content), "unit_type": "HOLDING_UNIT"},
        )
        assert posted.status_code == 200
        assert "n’a pas de bordereau" in posted.content.decode()
