"""A deposit from its reception to the fonds, on real services."""

from pathlib import Path

import pytest

from ingest.models import Deposit
from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit, DataObject
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.journal.selectors import event_tree
from sae.storage.models import ObjectCopy, StoredObject
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


def good() -> SipBuilder:
    return (
        SipBuilder()
        .unit("Conseil municipal", level="File")
        .unit("Délibération", parent="Conseil municipal", StartDate="2024-01-02")
        .binary(b"Le conseil approuve.\n", name="deliberation.txt")
        .unit("Annexe", parent="Conseil municipal")
        .binary(b"x" * 100_000, name="annexe.txt")
    )


def test_a_good_package_enters_the_fonds(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    made = deposit(cast.coffre_a, good().zip(tmp_path / "bon.zip"))
    assert [(p.code, p.reason, p.seen) for p in problems_of(cast.coffre_a, made)] == []
    assert (made.state, made.outcome) == (Deposit.State.COMPLETED, "OK")
    with tenant_scope(cast.coffre_a.id):
        titles = {unit.title: unit for unit in ArchiveUnit.objects.all()}
        assert set(titles) == {"Conseil municipal", "Délibération", "Annexe"}
        top, piece = titles["Conseil municipal"], titles["Délibération"]
        assert piece.parents == [top.id] == piece.ancestors
        assert (top.child_count, top.descendant_count) == (2, 2)
        objects = list(DataObject.objects.select_related("stored_object"))
        assert {entry.size for entry in objects} == {21, 100_000}
        assert all(entry.format_id == "x-fmt/111" for entry in objects)
        kinds = sorted(StoredObject.objects.values_list("kind", flat=True))
        assert kinds == ["manifest", "metadata", "metadata", "object", "pack", "reply"]
        assert ObjectCopy.objects.count() == 2 * StoredObject.objects.count()
        assert set(ObjectCopy.objects.values_list("state", flat=True)) == {"present"}
        line = AccessionRegisterDetail.objects.get()
        assert (line.units_ingested, line.objects_ingested, line.size_ingested) == (3, 2, 100_021)
        assert LifeCycleEntry.objects.filter(operation_id=made.id).count() == 5
        operation = Operation.objects.get(id=made.id)
        assert (operation.state, operation.outcome) == ("COMPLETED", "OK")
        steps = [(node.code, node.outcome.name) for node in event_tree(operation)]
        assert ("STP_UNIT_METADATA", "OK") in steps
        assert len(steps) == 13


def test_every_fault_of_objects_and_units_is_listed(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    package = good().break_digest()
    made = deposit(cast.coffre_a, package.zip(tmp_path / "faux.zip"))
    assert made.outcome == "KO"
    assert [p.code for p in problems_of(cast.coffre_a, made)] == ["CHECK_DIGEST.KO"]
    with tenant_scope(cast.coffre_a.id):
        assert not ArchiveUnit.objects.exists()
        assert not StoredObject.objects.exclude(kind__in=["reply", "manifest"]).exists()
        codes = set(
            Event.objects.filter(operation_id=made.id).values_list("outcome_detail", flat=True)
        )
    assert {"CHECK_DIGEST.KO", "STP_OG_CHECK_AND_TRANSFORME.KO", "ATR_NOTIFICATION.OK"} <= codes
    assert "PROCESS_SIP_UNITARY.KO" in codes


def test_a_blank_test_keeps_nothing(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    made = deposit(cast.coffre_a, good().zip(tmp_path / "bon.zip"), action="blank_test")
    assert made.outcome == "OK"
    with tenant_scope(cast.coffre_a.id):
        assert not ArchiveUnit.objects.exists()
        assert not AccessionRegisterDetail.objects.exists()


def test_what_is_not_a_package_is_refused(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    file = tmp_path / "lettre.txt"
    file.write_text("Madame, Monsieur,")
    made = deposit(cast.coffre_a, file)
    assert made.outcome == "KO"
    assert [p.code for p in problems_of(cast.coffre_a, made)] == ["CHECK_CONTAINER.KO"]
