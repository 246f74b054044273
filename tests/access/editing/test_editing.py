"""The classification is built, rearranged and taken away from the screen."""

import datetime as dt
import uuid
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access.editing.positions import outline
from access.editing.tree_csv import read_tree, write_tree
from access.editing.tree_ead import read_ead
from sae.holdings.models import ArchiveUnit
from sae.holdings.sight import Grant, Sight, Writing
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tenants.referentials.starter import load_starter_referentials
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

pytestmark = pytest.mark.django_db

EAD = """<?xml version="1.0"?><ead><eadheader><eadid>X</eadid></eadheader>
<archdesc level="fonds"><did><unittitle>Fonds de la mairie</unittitle><unitid>1 W</unitid></did>
<dsc><c01 level="series"><did><unitid>1 W 1</unitid><unittitle>Délibérations</unittitle>
<unitdate normal="1901/1950">1901-1950</unitdate></did><scopecontent><p>Registres</p></scopecontent>
<c02 level="file"><did><unittitle>1901</unittitle></did></c02></c01></dsc></archdesc></ead>"""


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client(cast.aline)


def unit(cast: Cast, title: str) -> ArchiveUnit:
    with tenant_scope(cast.coffre_a.id):
        return ArchiveUnit.objects.get(title=title)


def test_a_position_is_added_then_another_under_it(cast: Cast, client: Client) -> None:
    address = reverse("position_create")
    assert client.get(address).status_code == 200
    data = {"title": "Arbre", "level": "Fonds", "unit_type": "HOLDING_UNIT"}
    assert client.post(address, data).status_code == 302
    top = unit(cast, "Arbre")
    under = {"title": "Plan", "level": "Series", "unit_type": "FILING_UNIT", "sous": str(top.id)}
    assert client.post(address, {**under, "identifier": "A"}).status_code == 302
    plan = unit(cast, "Plan")
    assert plan.parents == [top.id]
    assert unit(cast, "Arbre").child_count == 1
    wrong = {**under, "title": "X", "unit_type": "HOLDING_UNIT", "sous": str(plan.id)}
    refused = client.post(address, wrong)
    assert "ne peut pas se ranger sous un plan" in refused.content.decode()
    assert "Arbre" in client.get(reverse("classification_build")).content.decode()


def test_the_template_of_a_town_is_made_exported_and_imported_again(
    cast: Cast, client: Client
) -> None:
    assert client.post(reverse("classification_template")).status_code == 302
    exported = b"".join(client.get(reverse("classification_csv")).streaming_content)  # type: ignore[attr-defined]
    file = read_tree(exported, under=None, unit_type="HOLDING_UNIT")
    assert file.faults == []
    with seeing_all(cast.coffre_a.id):
        rows = list(ArchiveUnit.objects.order_by("depth", "title"))
        assert len(file.positions) == len(rows) > 30
        assert b"".join(write_tree(outline)) == exported
    ead = b"".join(client.get(reverse("classification_ead")).streaming_content)  # type: ignore[attr-defined]
    back = read_ead(ead, under=None, unit_type="FILING_UNIT")
    assert back.faults == []
    assert sorted(str(one.content["Title"]) for one in back.positions) == sorted(
        row.title for row in rows
    )


def test_a_file_of_positions_is_refused_line_by_line_then_taken(cast: Cast, client: Client) -> None:
    address = reverse("classification_build")

    def send(content: bytes, name: str) -> Any:
        file = SimpleUploadedFile(name, content)
        posted = client.post(address, {"file": file, "unit_type": "HOLDING_UNIT"})
        return client.get(posted["Location"])

    def take(page: Any) -> Any:
        address = page.context["apply_url"]
        return client.post(address, {"vu": page.context["changes"].seen})

    bad = b"Identifier;ParentIdentifier;Title\nA;;Arbre\nB;Z;Orpheline\nA;;Doublon\n;;Sans cote\n"
    page = send(bad, "arbre.csv")
    words = page.content.decode()
    assert "n’est ni dans le fichier" in words
    assert "figure déjà ligne" in words
    assert "« Identifier » est obligatoire" in words
    with tenant_scope(cast.coffre_a.id):
        assert not ArchiveUnit.objects.exists()
    cycle = send(b"Identifier,ParentIdentifier,Title\nA,B,Un\nB,A,Deux\n", "arbre.csv")
    assert "se contiennent" in cycle.content.decode()
    assert take(send(EAD.encode(), "fonds.xml")).status_code == 302
    with tenant_scope(cast.coffre_a.id):
        titles = dict(ArchiveUnit.objects.values_list("title", "depth"))
        assert titles == {"Fonds de la mairie": 1, "Délibérations": 2, "1901": 3}
        series = ArchiveUnit.objects.get(title="Délibérations")
        assert (str(series.content["StartDate"]), series.level) == ("1901-01-01", "Series")
    assert "n’est pas un instrument" in send(b"<a/>", "x.xml").content.decode()
    entities = b'<!DOCTYPE ead [<!ENTITY a "b">]><ead/>'
    assert "entités" in send(entities, "x.xml").content.decode()


@pytest.fixture
def placed(cast: Cast) -> dict[str, uuid.UUID]:
    """Two plans under a tree; archives under one."""
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        tree = fonds.unit("Arbre", unit_type="HOLDING_UNIT", originating_agency="")
        one = fonds.unit("Plan un", under=tree, unit_type="FILING_UNIT")
        two = fonds.unit("Plan deux", under=tree, unit_type="FILING_UNIT")
        folder = fonds.unit("Dossier", under=one)
        piece = fonds.unit("Pièce", under=folder, file=b"x")
        fonds.load()
        return {
            "tree": tree.id,
            "one": one.id,
            "two": two.id,
            "folder": folder.id,
            "piece": piece.id,
        }


def test_archives_are_moved_to_a_place_found_by_its_title(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID]
) -> None:
    address = reverse("unit_move", args=[placed["folder"]])
    page = client.get(address, {"q": "plan deux"})
    assert [one.id for one in page.context["places"]] == [placed["two"]]
    assert "Ce qui sera fait" in client.get(address, {"vers": placed["two"]}).content.decode()
    moved = client.post(address, {"vers": placed["two"], "confirmer": "1"})
    assert moved.status_code == 302
    with tenant_scope(cast.coffre_a.id):
        folder = ArchiveUnit.objects.get(id=placed["folder"])
        assert folder.parents == [placed["two"]]
        operation = Operation.objects.get(type="RECLASSIFICATION")
        assert (operation.outcome, operation.agent_id) == ("OK", cast.aline.id)
    also = client.post(address, {"vers": placed["one"], "garder": "1", "confirmer": "1"})
    assert also.status_code == 302
    with tenant_scope(cast.coffre_a.id):
        parents = set(ArchiveUnit.objects.get(id=placed["folder"]).parents)
        assert parents == {placed["one"], placed["two"]}


def test_a_move_that_cannot_be_is_explained_and_changes_nothing(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID]
) -> None:
    address = reverse("unit_move", args=[placed["folder"]])
    refused = client.post(address, {"vers": placed["piece"], "confirmer": "1"})
    assert refused.status_code == 409
    assert "sous elle-même" in refused.content.decode()
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.get(id=placed["folder"]).parents == [placed["one"]]
        assert not Operation.objects.filter(type="RECLASSIFICATION").exists()


def test_a_selection_is_moved_at_once(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID]
) -> None:
    address = reverse("units_move")
    chosen = {"choix": [str(placed["folder"]), str(placed["piece"])]}
    page = client.post(address, chosen)
    assert len(page.context["ids"]) == 2
    found = client.post(address, {**chosen, "q": "plan deux"})
    assert [one.id for one in found.context["places"]] == [placed["two"]]
    moved = client.post(address, {**chosen, "vers": str(placed["two"]), "confirmer": "1"})
    assert moved.status_code == 302
    with tenant_scope(cast.coffre_a.id):
        rows = ArchiveUnit.objects.filter(id__in=[placed["folder"], placed["piece"]])
        assert {tuple(row.parents) for row in rows} == {(placed["two"],)}


def test_a_selection_of_one_keeps_it_from_the_choice_of_a_place_to_the_move(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID]
) -> None:
    sent = client.post(reverse("units_move"), {"choix": [str(placed["piece"])]})
    address = sent["Location"]
    assert address == reverse("unit_move", args=[placed["piece"]])
    # The form of this page asks by its own address, which alone says what moves.
    assert '<form method="get">' in client.get(address).content.decode()
    assert "Ce qui sera fait" in client.get(address, {"vers": placed["two"]}).content.decode()
    moved = client.post(address, {"vers": placed["two"], "confirmer": "1"})
    assert moved["Location"] == reverse("unit", args=[placed["piece"]])
    # The way back is one click and its confirmation.
    page = client.get(moved["Location"]).content.decode()
    assert f'<a href="{address}?vers={placed["folder"]}">Remettre sous « ' in page
    assert "Ce qui sera fait" in client.get(address, {"vers": placed["folder"]}).content.decode()
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.get(id=placed["piece"]).parents == [placed["two"]]


def test_moving_nothing_is_told(client: Client) -> None:
    page = client.get(reverse("units_move"), follow=True)
    assert "Cochez des unités" in page.content.decode()


def test_two_positions_become_one(cast: Cast, client: Client, placed: dict[str, uuid.UUID]) -> None:
    address = reverse("position_merge", args=[placed["one"]])
    offered = {one.id for one in client.get(address).context["places"]}
    assert offered == {placed["tree"], placed["two"]}
    above = client.get(reverse("position_merge", args=[placed["tree"]]))
    assert above.context["places"] == []
    itself = client.post(address, {"vers": str(placed["one"])})
    assert "sous elle-même" in itself.content.decode()
    assert client.post(address, {"vers": str(placed["two"])}).status_code == 302
    with tenant_scope(cast.coffre_a.id):
        assert not ArchiveUnit.objects.filter(id=placed["one"]).exists()
        assert ArchiveUnit.objects.get(id=placed["folder"]).parents == [placed["two"]]
        assert ArchiveUnit.objects.get(id=placed["tree"]).descendant_count == 3


def test_a_branch_that_holds_something_stays_and_says_what(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID]
) -> None:
    load_starter_referentials(cast.coffre_a)
    full = client.get(reverse("branch_delete", args=[placed["one"]]))
    assert "des archives y sont rangées" in full.content.decode()
    address = reverse("branch_delete", args=[placed["two"]])
    with tenant_scope(cast.coffre_a.id):
        IngestContract.objects.update(link_parent_id=placed["two"])
    assert "la nomme" in client.get(address).content.decode()
    client.post(address, {"nombre": "1"})
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.filter(id=placed["two"]).exists()
        IngestContract.objects.update(link_parent_id=None)
    assert "pas le nombre" in client.post(address, {"nombre": "9"}).content.decode()
    assert client.post(address, {"nombre": "1"}).status_code == 302
    with tenant_scope(cast.coffre_a.id):
        assert not ArchiveUnit.objects.filter(id=placed["two"]).exists()
        assert ArchiveUnit.objects.get(id=placed["tree"]).child_count == 1


@pytest.mark.parametrize(
    ("end", "stays"), [("", True), ("2026-12-02", True), ("2026-12-01", False)]
)
def test_a_position_under_a_hold_is_neither_removed_nor_merged_away(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch, end: str, stays: bool
) -> None:
    """To take a position away is to eliminate it: a hold forbids that until the day of its end."""
    held = {"Rule": "HOL-1", **({"EndDate": end} if end else {})}
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        plan = fonds.unit(
            "Plan gelé", unit_type="FILING_UNIT",
            management=orjson.dumps({"HoldRule": {"Rules": [held]}}),
        )  # fmt: skip
        below = fonds.unit("Rubrique vide", under=plan, unit_type="FILING_UNIT")
        other = fonds.unit("Autre plan", unit_type="FILING_UNIT")
        fonds.load()
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 12, 1))
    address = reverse("branch_delete", args=[below.id])
    assert ("un gel y est en cours" in client.get(address).content.decode()) is stays
    client.post(address, {"nombre": "1"})
    merged = client.post(reverse("position_merge", args=[plan.id]), {"vers": str(other.id)})
    assert ("un gel la retient" in merged.content.decode()) is stays
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.filter(id__in=[plan.id, below.id]).count() == (2 if stays else 0)


def test_what_a_contract_does_not_let_one_write_is_neither_merged_nor_removed(
    cast: Cast, client: Client, placed: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = Sight((Grant(every_agency=True, writing=Writing.DESCRIPTION),))
    monkeypatch.setattr("sae.holdings.sight._once", lambda _made: lambda: described)
    for name, sent in (("position_merge", {"vers": str(placed["two"])}), ("branch_delete", {})):
        for answer in (
            client.get(reverse(name, args=[placed["one"]])),
            client.post(reverse(name, args=[placed["one"]]), sent),
        ):
            assert answer.status_code == 403
            assert "contrat d’accès" in answer.content.decode()
    # What the position holds moves with a merge: out of reach, it keeps the position too.
    narrow = Sight((Grant(every_agency=True, excluded=(placed["folder"],), writing=Writing.ALL),))
    monkeypatch.setattr("sae.holdings.sight._once", lambda _made: lambda: narrow)
    address = reverse("position_merge", args=[placed["one"]])
    assert client.get(address).status_code == 200
    assert client.post(address, {"vers": str(placed["two"])}).status_code == 403
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.get(id=placed["folder"]).parents == [placed["one"]]


def test_nothing_of_another_coffre_is_moved_or_named(
    cast: Cast, placed: dict[str, uuid.UUID]
) -> None:
    stranger = cast.client(cast.chloe)
    for name in ("unit_move", "position_merge", "branch_delete"):
        assert stranger.get(reverse(name, args=[placed["one"]])).status_code == 404
    with seeing_all(cast.coffre_b.id):
        fonds = FondsBuilder()
        own = fonds.unit("À moi")
        fonds.load()
    address = reverse("unit_move", args=[own.id])
    assert stranger.get(address, {"vers": placed["two"]}).status_code == 404
