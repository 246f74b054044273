"""What a description names inside its package is known by its identifier in the fonds."""

from pathlib import Path

import pytest

from sae.holdings.models import ArchiveUnit, DataObject
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


def package(reference: str) -> SipBuilder:
    return (
        SipBuilder()
        .version("2.1")
        .unit("Acte", identifier="ID-ACTE")
        .binary(b"acte\n", name="acte.txt", identifier="ID-FICHIER")
        .unit("Annexe", identifier="ID-ANNEXE")
        .raw_content(reference)
        .binary(b"annexe\n", name="annexe.txt")
    )


def test_a_related_unit_is_named_by_its_new_identifier(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    reference = (
        "<RelatedObjectReference><References><ArchiveUnitRefId>ID-ACTE</ArchiveUnitRefId>"
        "</References><References><ExternalReference>cote 3 E 12</ExternalReference></References>"
        "</RelatedObjectReference>"
    )
    made = deposit(cast.coffre_a, package(reference).zip(tmp_path / "a.zip"))
    assert made.outcome == "OK", [
        (p.code, p.seen, p.reason) for p in problems_of(cast.coffre_a, made)
    ]
    with tenant_scope(cast.coffre_a.id):
        act = ArchiveUnit.objects.get(title="Acte")
        related = ArchiveUnit.objects.get(title="Annexe").content["RelatedObjectReference"]
    assert str(act.id) in str(related)
    assert "cote 3 E 12" in str(related)


def test_the_file_of_a_custodial_history_is_named_too(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    reference = (
        "<CustodialHistory><CustodialHistoryItem>Reçu du greffe.</CustodialHistoryItem>"
        "<CustodialHistoryFile><DataObjectReferenceId>{}</DataObjectReferenceId>"
        "</CustodialHistoryFile></CustodialHistory>"
    )
    good = deposit(cast.coffre_a, package(reference.format("ID-FICHIER")).zip(tmp_path / "a.zip"))
    assert good.outcome == "OK", [
        (p.code, p.seen, p.line) for p in problems_of(cast.coffre_a, good)
    ]
    with tenant_scope(cast.coffre_a.id):
        file = DataObject.objects.get(manifest_id="ID-FICHIER")
        history = ArchiveUnit.objects.get(title="Annexe").content["CustodialHistory"]
    assert str(file.id) in str(history)
    bad = deposit(cast.coffre_a, package(reference.format("ID-RIEN")).zip(tmp_path / "b.zip"))
    found = [(problem.code, problem.seen) for problem in problems_of(cast.coffre_a, bad)]
    assert found == [("CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.KO", "ID-RIEN")]
