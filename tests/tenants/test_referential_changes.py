"""Changes of referentials from the screen: compared, applied, kept as versions, undone."""

import io
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import (
    Agency,
    IngestContract,
    ManagementRule,
    ReferentialDraft,
    ReferentialImport,
    ReferentialVersion,
)
from tenants.referentials.exports import export_kind
from tenants.referentials.starter import load_starter_referentials
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast, make_cast
from tests.builders.sights import seeing_all

HEADER = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    load_starter_referentials(cast.coffre_a)
    return cast


@pytest.fixture
def client(people: Cast) -> Client:
    return people.client(people.aline)


def prepare(client: Client, kind: str, content: bytes, name: str = "f.csv", **more: Any) -> str:
    """Upload a file; return the address of the prepared change."""
    posted = client.post(
        reverse("referential_import", args=[kind]),
        {"file": SimpleUploadedFile(name, content), **more},
    )
    assert posted.status_code == 302, posted.content
    return str(posted["Location"])


def apply(client: Client, address: str) -> Any:
    """Apply a prepared change as one who has read it; return the page that says what came of it."""
    seen = client.get(address).context["preview"].seen
    posted = client.post(f"{address}appliquer/", {"vu": seen})
    assert posted.status_code == 302
    return client.get(posted["Location"])


def rule(people: Cast, identifier: str) -> ManagementRule:
    with tenant_scope(people.coffre_a.id):
        return ManagementRule.objects.get(identifier=identifier)


def test_the_differences_name_each_field(people: Cast, client: Client) -> None:
    content = (
        HEADER
        + "APP-00003,AppraisalRule,Prescription,Code civil,6,Year\n"
        + "APP-X,AppraisalRule,Neuve,,1,Year\n"
    )
    page = client.get(prepare(client, "rules", content.encode()))
    changes = {one.identifier: one for one, _fields, _uses in page.context["changes"]}
    assert {one.name for one in changes["APP-00003"].differences} == {
        "RuleValue",
        "RuleDescription",
        "RuleDuration",
    }
    assert changes["APP-X"].nature == "added"
    assert rule(people, "APP-00003").duration == 5


def test_semicolons_latin1_and_workbooks_are_read_and_told(people: Cast, client: Client) -> None:
    text = "Identifier;Name;Description\nTHEATRE;Théâtre;Régie\n"
    page = client.get(prepare(client, "agencies", text.encode("cp1252")))
    words = page.content.decode()
    assert "Latin-1" in words
    assert "point-virgule" in words
    assert [one.identifier for one, _f, _u in page.context["changes"]] == ["THEATRE"]
    book = Workbook()
    book.active.append(["Identifier", "Name", "Description"])
    book.active.append(["CINEMA", "Cinéma", None])
    stream = io.BytesIO()
    book.save(stream)
    apply(client, prepare(client, "agencies", stream.getvalue(), "services.xlsx"))
    with tenant_scope(people.coffre_a.id):
        assert Agency.objects.get(identifier="CINEMA").name == "Cinéma"
    damaged = client.post(
        reverse("referential_import", args=["agencies"]),
        {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04nothing")},
    )
    assert "abîmé" in damaged.content.decode()


def test_the_sound_lines_alone_are_applied_and_the_others_given_back(
    people: Cast, client: Client
) -> None:
    content = HEADER + (
        "APP-S1,AppraisalRule,Bonne,,3,Year\n"
        "APP-S2,AppraisalRule,Mauvaise,,trois,Year\n"
        "APP-S3,Inconnue,Mauvaise,,3,Year\n"
        "APP-S4,AccessRule,Bonne,,25,Year\n"
    )
    address = prepare(client, "rules", content.encode())
    page = client.get(address)
    assert page.context["preview"].sound.left_out == 2
    faulty = b"".join(client.get(f"{address}lignes-a-corriger.csv").streaming_content)
    lines = faulty.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines] == ["RuleId", "APP-S2", "APP-S3"]
    assert lines[0].endswith("Anomalies")
    outcome = apply(client, address)
    assert "importé" in outcome.content.decode()
    with tenant_scope(people.coffre_a.id):
        names = set(ManagementRule.objects.values_list("identifier", flat=True))
        assert {"APP-S1", "APP-S4"} <= names
        assert not {"APP-S2", "APP-S3"} & names
        assert not ReferentialDraft.objects.exists()
    corrected = faulty.decode("utf-8-sig").replace("trois", "3").replace("Inconnue", "ReuseRule")
    apply(client, prepare(client, "rules", corrected.encode()))
    assert rule(people, "APP-S3").category == "ReuseRule"


def test_faulty_lines_of_a_file_that_replaces_stay_as_they_are(
    people: Cast, client: Client
) -> None:
    with tenant_scope(people.coffre_a.id):
        exported = export_kind("rules").content.decode()
    broken = exported.replace("APP-00003,AppraisalRule", "APP-00003,Inconnue")
    broken = "".join(
        line for line in broken.splitlines(keepends=True) if not line.startswith("REU-")
    )
    apply(client, prepare(client, "rules", broken.encode(), replace="on"))
    with tenant_scope(people.coffre_a.id):
        assert not ManagementRule.objects.filter(identifier__startswith="REU-").exists()
    assert rule(people, "APP-00003").category == "AppraisalRule"


def test_what_is_applied_is_what_was_shown(people: Cast, client: Client) -> None:
    address = prepare(client, "agencies", b"Identifier,Name,Description\nVILLE,Cite,\n")
    seen = client.get(address).context["preview"].seen
    with tenant_scope(people.coffre_a.id):
        Agency.objects.filter(identifier="VILLE").delete()
    posted = client.post(f"{address}appliquer/", {"vu": seen}, follow=True)
    assert "a changé entre-temps" in posted.content.decode()
    with tenant_scope(people.coffre_a.id):
        assert not Agency.objects.filter(name="Cite").exists()
    client.post(f"{address}abandonner/")
    assert client.get(address).status_code == 404


def test_an_edition_keeps_versions_and_one_returns_to_any(people: Cast, client: Client) -> None:
    row = rule(people, "APP-00003")
    address = reverse("referential_edit", args=["rules", row.id])
    form = client.get(address).context["form"]
    data = {**form.initial, "RuleDuration": "7", "RuleValue": "Prescription longue"}
    assert client.post(address, data).status_code == 302
    assert rule(people, "APP-00003").duration == 7
    stale = client.post(address, {**data, "RuleDuration": "9"})
    assert "a changé depuis" in stale.content.decode()
    page = client.get(reverse("rule", args=[row.id]))
    versions = page.context["versions"]
    assert [line["version"].number for line in versions] == [2, 1]
    assert {label for label, _old, _new in map(tuple, versions[0]["differences"])} == {
        "Intitulé",
        "Durée",
    }
    back = client.post(reverse("referential_element_return", args=["rules", row.id, 1]))
    apply(client, back["Location"])
    assert rule(people, "APP-00003").duration == 5
    assert rule(people, "APP-00003").value == "Prescription de droit commun"
    with tenant_scope(people.coffre_a.id):
        assert ReferentialVersion.objects.filter(identifier="APP-00003").count() == 3


def test_a_contract_is_made_changed_and_given_back(people: Cast, client: Client) -> None:
    create = reverse("referential_create", args=["ingestcontracts"])
    refused = client.post(create, {"Name": "", "Status": "ACTIVE"})
    assert refused.status_code == 200
    assert "id_Name_error" in refused.content.decode()
    data = {
        "Identifier": "CE-NEUF",
        "Name": "Contrat neuf",
        "Status": "ACTIVE",
        "CheckParentLink": "AUTHORIZED",
        "EveryFormatType": "on",
        "MasterMandatory": "on",
    }
    made = client.post(create, data)
    assert made.status_code == 302, made.context["form"].errors
    with tenant_scope(people.coffre_a.id):
        row = IngestContract.objects.get(identifier="CE-NEUF")
    edit = reverse("referential_edit", args=["ingestcontracts", row.id])
    page = client.get(edit)
    changed = client.post(
        edit, {**data, "seen_version": row.version, "Name": "Contrat renommé", "Status": "INACTIVE"}
    )
    assert page.status_code == 200
    assert changed.status_code == 302, changed.context["form"].errors
    client.post(reverse("referential_element_return", args=["ingestcontracts", row.id, 1]))
    with tenant_scope(people.coffre_a.id):
        row.refresh_from_db()
        assert (row.name, row.status) == ("Contrat neuf", "ACTIVE")


def test_cells_typed_in_the_table_are_compared_then_applied(people: Cast, client: Client) -> None:
    address = reverse("referential_table", args=["agencies"])
    page = client.get(address)
    line = next(
        (rank, row)
        for rank, (row, _cells, _is_own) in enumerate(page.context["lines"], start=1)
        if row.identifier == "CCAS"
    )
    rank, row = line
    data = {
        "ligne": [f"l{rank}", "n1"],
        f"l{rank}-de": "CCAS",
        f"l{rank}-version": row.version,
        f"l{rank}-Name": "Centre social",
        f"l{rank}-Description": row.description,
        "n1-Identifier": "PISCINE",
        "n1-Name": "Piscine",
        "n1-Description": "",
    }
    posted = client.post(address, data)
    apply(client, posted["Location"])
    with tenant_scope(people.coffre_a.id):
        names = dict(Agency.objects.values_list("identifier", "name"))
    assert (names["CCAS"], names["PISCINE"]) == ("Centre social", "Piscine")
    stale = client.post(address, {**data, f"l{rank}-Name": "Autre"})
    assert "changé entre-temps" in stale.content.decode()
    removing = {
        "ligne": ["l1"],
        "l1-de": "PISCINE",
        "l1-version": 0,
        "l1-retirer": "1",
        "l1-Name": "Piscine",
    }
    apply(client, client.post(address, removing)["Location"])
    with tenant_scope(people.coffre_a.id):
        assert not Agency.objects.filter(identifier="PISCINE").exists()


def test_two_versions_of_a_referential_are_compared_and_one_returned_to(
    people: Cast, client: Client
) -> None:
    apply(client, prepare(client, "rules", (HEADER + "APP-N,AppraisalRule,N,,1,Year\n").encode()))
    changed = HEADER + "APP-00003,AppraisalRule,Prescription,,9,Year\n"
    apply(client, prepare(client, "rules", changed.encode()))
    history = client.get(reverse("referential_history", args=["rules"]))
    operations = [change.operation_id for change, _who in history.context["changes"]]
    assert len(operations) >= 2
    latest, before = operations[:2]
    page = client.get(
        reverse("referential_compare", args=["rules"]), {"de": before, "a": "aujourdhui"}
    )
    assert [identifier for identifier, *_rest in page.context["rows"]] == ["APP-00003"]
    returned = client.post(
        reverse("referential_return", args=["rules"]), {"operation": str(before)}
    )
    apply(client, returned["Location"])
    assert rule(people, "APP-00003").duration == 5
    assert rule(people, "APP-N").duration == 1
    assert latest != before


def test_what_is_used_is_not_removed_and_its_users_are_named(people: Cast, client: Client) -> None:
    with tenant_scope(people.coffre_a.id):
        from tenants.models import AccessContract

        contract = AccessContract.objects.get(identifier="CA-TOUS")
        contract.originating_agencies = ["CCAS"]
        contract.save()
        row = Agency.objects.get(identifier="CCAS")
        free = Agency.objects.exclude(identifier__in=["CCAS"]).first()
    assert free is not None
    address = reverse("referential_remove", args=["agencies", row.id])
    page = client.get(address)
    assert "CA-TOUS" in page.content.decode()
    client.post(address)
    with tenant_scope(people.coffre_a.id):
        assert Agency.objects.filter(identifier="CCAS").exists()
    client.post(reverse("referential_remove", args=["agencies", free.id]))
    with tenant_scope(people.coffre_a.id):
        assert not Agency.objects.filter(id=free.id).exists()
        gone = ReferentialVersion.objects.get(identifier=free.identifier, removed=True)
        assert Operation.objects.filter(id=gone.operation_id).exists()


def test_every_change_is_one_journalled_operation(people: Cast, client: Client) -> None:
    with tenant_scope(people.coffre_a.id):
        before = Operation.objects.count()
    apply(client, prepare(client, "agencies", b"Identifier,Name,Description\nA,B,\n"))
    with tenant_scope(people.coffre_a.id):
        assert Operation.objects.count() == before + 1
        kept = ReferentialImport.objects.latest("created_at")
        assert kept.agent_id == people.aline.id


def test_starter_sets_are_compared_then_loaded(people: Cast, client: Client) -> None:
    page = client.get(reverse("starter_sets"))
    for one in page.context["sets"]:
        posted = client.post(reverse("starter_set_load", args=[one.key]))
        shown = client.get(posted["Location"])
        assert shown.context["preview"].report.is_accepted, one.key
        if shown.context["preview"].total:
            apply(client, posted["Location"])
    assert rule(people, "AR048").duration == 50
    assert rule(people, "AR062").unlimited
    assert rule(people, "DUA-FIN-002").duration == 10


def test_drafts_of_another_coffre_are_as_good_as_unknown(people: Cast, client: Client) -> None:
    address = prepare(client, "agencies", b"Identifier,Name,Description\nA,B,\n")
    assert people.client(people.chloe).get(address).status_code == 404
    assert people.client(people.chloe).post(f"{address}appliquer/").status_code == 404


def test_a_length_is_simulated_prepared_then_applied(people: Cast, client: Client) -> None:
    declared = {
        "AppraisalRule": {
            "Rules": [{"Rule": "APP-00007", "StartDate": "2000-01-01", "EndDate": "2010-01-01"}],
            "FinalAction": "Destroy",
        }
    }
    with seeing_all(people.coffre_a.id):
        fonds = FondsBuilder()
        top = fonds.unit("Comptes", management=orjson.dumps(declared))
        fonds.unit("Mandats", under=top)
        fonds.load()
    row = rule(people, "APP-00007")
    address = reverse("rule_simulation", args=[row.id])
    assert client.get(address).status_code == 200
    asked = {"duration": "90", "measurement": "YEAR"}
    page = client.get(address, asked)
    counts = page.context["counts"]
    assert (counts.moved, counts.ceasing_to_be_due, counts.declaring) == (2, 2, 1)
    exported = b"".join(client.get(address, {**asked, "export": "csv"}).streaming_content)
    assert "01/01/2090" in exported.decode("utf-8-sig")
    assert rule(people, "APP-00007").duration == 10
    assert "Écrivez une durée" in client.get(address, {"measurement": "YEAR"}).content.decode()
    prepared = client.post(address, asked)
    shown = client.get(prepared["Location"])
    assert "utilisé par" in shown.content.decode()
    apply(client, prepared["Location"])
    assert rule(people, "APP-00007").duration == 90


def test_the_place_of_a_contract_is_picked_in_the_tree_that_one_sees(
    people: Cast, client: Client
) -> None:
    with seeing_all(people.coffre_a.id):
        fonds = FondsBuilder(agency="")
        plan = fonds.unit("Plan des marchés", unit_type="FILING_UNIT")
        fonds.load()
        row = IngestContract.objects.get(identifier="CE-VERSEMENTS")
    address = reverse("referential_edit", args=["ingestcontracts", row.id])
    initial = client.get(address).context["form"].initial
    data = {
        "Name": initial["Name"],
        "Status": "ACTIVE",
        "CheckParentLink": "AUTHORIZED",
        "EveryFormatType": "on",
        "EveryDataObjectVersion": "on",
        "seen_version": row.version,
    }
    # Without script, « Chercher » draws the form again with what was typed.
    asked = {**data, "Name": "En cours", "LinkParentId-mots": "marchés", "LinkParentId-chercher": 1}
    drawn = client.post(address, asked)
    assert "Plan des marchés" in drawn.content.decode()
    assert drawn.context["form"].initial["Name"] == "En cours"
    saved = client.post(address, {**data, "LinkParentId": str(plan.id), "enregistrer": "1"})
    assert saved.status_code == 302, saved.context["form"].errors
    with tenant_scope(people.coffre_a.id):
        row.refresh_from_db()
        assert row.link_parent_id == plan.id
    version = client.get(address).context["form"].initial["seen_version"]
    wrong = {**data, "seen_version": version, "LinkParentId": str(new_id()), "enregistrer": "1"}
    assert "n’existe plus" in client.post(address, wrong).content.decode()
