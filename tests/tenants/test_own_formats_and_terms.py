"""Formats and vocabularies one by one: the organisation's own are kept, PRONOM's are noted."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tenants.models import (
    ArchiveUnitProfile,
    FileFormat,
    IngestContract,
    OntologyTerm,
    ReferentialDraft,
    ReferentialVersion,
)
from tenants.referentials.starter import load_starter_referentials
from tenants.selectors.built_in import built_in_formats, built_in_terms
from tenants.selectors.ingest import known_formats, ontology_types
from tests.builders.people import Cast, make_cast
from tests.tenants.test_referential_documents import pronom

NEW_FORMAT = {
    "PUID": "PLAN-X",
    "Name": "Plan de l’outil X",
    "Version": "2",
    "MIMEType": "application/x-plan",
    "Extension": "plx\nplz",
    "Comment": "Ouvert par l’outil X seul",
    "Alert": "on",
}
NEW_TERM = {
    "Identifier": "NumeroDossier",
    "SedaField": "NumeroDossier",
    "ApiField": "NumeroDossier",
    "ShortName": "Numéro de dossier",
    "Type": "KEYWORD",
    "Collections": ["Unit"],
}


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    load_starter_referentials(cast.coffre_a)
    return cast


@pytest.fixture
def client(people: Cast) -> Client:
    return people.client(people.aline)


def created(client: Client, slug: str, **fields: Any) -> Any:
    return client.post(reverse("referential_create", args=[slug]), {**fields, "enregistrer": "1"})


def edited(client: Client, slug: str, row: Any, **fields: Any) -> Any:
    return client.post(
        reverse("referential_edit", args=[slug, row.id]),
        {**fields, "seen_version": row.version, "enregistrer": "1"},
    )


def found(people: Cast, model: Any, identifier: str) -> Any:
    with tenant_scope(people.coffre_a.id):
        return model.objects.get(identifier=identifier)


def test_a_format_of_ones_own_is_added_changed_and_removed(people: Cast, client: Client) -> None:
    assert created(client, "formats", **NEW_FORMAT).status_code == 302
    row = found(people, FileFormat, "EXTERNAL_PLAN-X")
    assert (row.extensions, row.alert) == (["plx", "plz"], True)
    with tenant_scope(people.coffre_a.id):
        # Those that the platform knew are still known.
        assert FileFormat.objects.count() == len(built_in_formats()) + 1
        assert set(known_formats(["fmt/18", "EXTERNAL_PLAN-X"])) == {"fmt/18", "EXTERNAL_PLAN-X"}
        operation = Operation.objects.get(type="STP_REFERENTIAL_FORMAT_IMPORT")
        assert (operation.outcome, operation.agent_id) == ("OK", people.aline.id)

    again = created(client, "formats", **NEW_FORMAT)
    assert "existe déjà" in again.content.decode()
    wrong = created(client, "formats", **{**NEW_FORMAT, "PUID": "é t"})
    assert "ne convient pas" in wrong.content.decode()

    assert edited(client, "formats", row, **{**NEW_FORMAT, "Name": "Plan X"}).status_code == 302
    row = found(people, FileFormat, "EXTERNAL_PLAN-X")
    assert (row.name, row.version) == ("Plan X", 1)
    page = client.get(reverse("referential_element", args=["formats", row.id])).content.decode()
    assert "Plan de l’outil X" in page
    assert reverse("referential_remove", args=["formats", row.id]) in page

    remove = reverse("referential_remove", args=["formats", row.id])
    with tenant_scope(people.coffre_a.id):
        IngestContract.objects.filter(identifier="CE-PLANS").update(
            format_types=["EXTERNAL_PLAN-X"], every_format_type=False
        )
    used = client.post(remove).content.decode()
    assert "ne peut pas être retiré" in used
    assert "CE-PLANS" in used
    with tenant_scope(people.coffre_a.id):
        IngestContract.objects.update(format_types=[], every_format_type=True)
    assert client.post(remove).status_code == 302
    with tenant_scope(people.coffre_a.id):
        assert not FileFormat.objects.filter(identifier="EXTERNAL_PLAN-X").exists()
        last = ReferentialVersion.objects.filter(identifier="EXTERNAL_PLAN-X").latest("number")
        assert last.removed


def test_of_a_format_of_pronom_one_says_only_what_one_thinks(people: Cast, client: Client) -> None:
    assert client.post(reverse("referential_adopt", args=["formats"])).status_code == 302
    assert client.post(reverse("referential_adopt", args=["formats"])).status_code == 404
    row = found(people, FileFormat, "fmt/18")
    name = row.name
    assert (
        edited(
            client, "formats", row, Name="Autre", MIMEType="x/y", Comment="À migrer", Alert="on"
        ).status_code
        == 302
    )
    row = found(people, FileFormat, "fmt/18")
    assert (row.name, row.comment, row.alert) == (name, "À migrer", True)
    page = client.get(reverse("referential_element", args=["formats", row.id])).content.decode()
    assert reverse("referential_remove", args=["formats", row.id]) not in page
    remove = reverse("referential_remove", args=["formats", row.id])
    assert client.post(remove)["Location"] == reverse(
        "referential_element", args=["formats", row.id]
    )
    # To what it was: compared, then applied.
    back = client.post(reverse("referential_element_return", args=["formats", row.id, 1]))
    draft = client.get(back["Location"])
    client.post(f"{back['Location']}appliquer/", {"vu": draft.context["preview"].seen})
    row = found(people, FileFormat, "fmt/18")
    assert (row.comment, row.alert) == ("", False)


def test_a_new_pronom_leaves_formats_of_ones_own_and_notes(people: Cast, client: Client) -> None:
    created(client, "formats", **NEW_FORMAT)
    noted = found(people, FileFormat, "fmt/18")
    edited(client, "formats", noted, Comment="À migrer")
    posted = client.post(
        reverse("referential_import", args=["formats"]),
        {
            "file": SimpleUploadedFile("pronom.xml", pronom(300, "fmt/18", "fmt/9999")),
            "replace": "on",
        },
    )
    draft = client.get(posted["Location"])
    assert "EXTERNAL_PLAN-X" not in draft.context["preview"].report.deleted
    client.post(f"{posted['Location']}appliquer/", {"vu": draft.context["preview"].seen})
    with tenant_scope(people.coffre_a.id):
        assert set(FileFormat.objects.values_list("identifier", flat=True)) == {
            "fmt/18",
            "fmt/9999",
            "EXTERNAL_PLAN-X",
        }
        kept = FileFormat.objects.get(identifier="fmt/18")
        assert (kept.name, kept.comment) == ("Format fmt/18", "À migrer")
        IngestContract.objects.filter(identifier="CE-PLANS").update(
            format_types=["fmt/9999"], every_format_type=False
        )
    refused = client.post(
        reverse("referential_import", args=["formats"]),
        {"file": SimpleUploadedFile("pronom.xml", pronom(301, "fmt/18")), "replace": "on"},
    )
    assert "permis par un contrat" in client.get(refused["Location"]).content.decode()


def test_a_vocabulary_of_ones_own_is_added_changed_and_removed(
    people: Cast, client: Client
) -> None:
    assert created(client, "ontologies", **NEW_TERM).status_code == 302
    row = found(people, OntologyTerm, "NumeroDossier")
    assert (row.origin, row.type, row.string_size) == ("EXTERNAL", "KEYWORD", "MEDIUM")
    with tenant_scope(people.coffre_a.id):
        assert OntologyTerm.objects.count() == len(built_in_terms()) + 1
        assert ontology_types()["NumeroDossier"] == "KEYWORD"
    changed = edited(client, "ontologies", row, **{**NEW_TERM, "Type": "TEXT"})
    assert changed.status_code == 302
    row = found(people, OntologyTerm, "NumeroDossier")
    assert row.type == "TEXT"
    numbered = edited(client, "ontologies", row, **{**NEW_TERM, "Type": "LONG"})
    assert "ne peut pas passer" in numbered.content.decode()
    clash = created(client, "ontologies", **{**NEW_TERM, "Identifier": "Autre"})
    assert "déjà le nom" in clash.content.decode()

    title = found(people, OntologyTerm, "Title")
    edited(client, "ontologies", title, Type="DATE", ShortName="Intitulé du document")
    title = found(people, OntologyTerm, "Title")
    assert (title.type, title.short_name) == ("TEXT", "Intitulé du document")

    with tenant_scope(people.coffre_a.id):
        ArchiveUnitProfile.objects.create(
            identifier="PUA-1",
            name="Profil",
            fields=["NumeroDossier"],
            created_at=row.created_at,
            updated_at=row.created_at,
        )
    remove = reverse("referential_remove", args=["ontologies", row.id])
    assert "PUA-1" in client.post(remove).content.decode()
    with tenant_scope(people.coffre_a.id):
        ArchiveUnitProfile.objects.all().delete()
    assert client.post(remove).status_code == 302
    with tenant_scope(people.coffre_a.id):
        assert not OntologyTerm.objects.filter(identifier="NumeroDossier").exists()
        assert Operation.objects.filter(type="IMPORT_ONTOLOGY").count() == 6


@pytest.mark.parametrize(
    ("slug", "new", "typed"),
    [
        ("formats", ("PUID", "EXTERNAL_TAB"), {"Name": "Tableau", "Alert": "true"}),
        ("ontologies", ("Identifier", "CoteAncienne"), {"ShortName": "Cote", "Type": "TEXT"}),
    ],
)
def test_cells_typed_in_a_table_are_compared_then_applied(
    people: Cast, client: Client, slug: str, new: tuple[str, str], typed: dict[str, str]
) -> None:
    client.post(reverse("referential_adopt", args=[slug]))
    address = reverse("referential_table", args=[slug])
    page = client.get(address).content.decode()
    # What is the platform's is read, not typed over, nor removed.
    assert "-retirer" not in page
    cells = {f"n1-{name}": value for name, value in typed.items()}
    posted = client.post(address, {"ligne": ["n1"], f"n1-{new[0]}": new[1], **cells})
    draft = client.get(posted["Location"])
    assert [one.identifier for one, _f, _u in draft.context["changes"]] == [new[1]]
    client.post(f"{posted['Location']}appliquer/", {"vu": draft.context["preview"].seen})
    with tenant_scope(people.coffre_a.id):
        assert not ReferentialDraft.objects.exists()
    after = client.get(address, {"q": new[1]}).content.decode()
    assert "-retirer" in after
    history = client.get(reverse("referential_history", args=[slug]))
    assert history.context["may_return"]


def test_a_state_of_the_formats_is_returned_to_whole(people: Cast, client: Client) -> None:
    client.post(reverse("referential_adopt", args=["formats"]))
    created(client, "formats", **NEW_FORMAT)
    with tenant_scope(people.coffre_a.id):
        first = Operation.objects.filter(type="STP_REFERENTIAL_FORMAT_IMPORT").latest("id").id
    created(client, "formats", **{**NEW_FORMAT, "PUID": "AUTRE"})
    posted = client.post(reverse("referential_return", args=["formats"]), {"operation": str(first)})
    draft = client.get(posted["Location"])
    assert list(draft.context["preview"].report.deleted) == ["EXTERNAL_AUTRE"]


def test_who_only_reads_changes_nothing(people: Cast) -> None:
    reader = people.client(people.basile)
    for slug in ("formats", "ontologies"):
        assert created(reader, slug, **NEW_FORMAT).status_code == 403
        assert reader.post(reverse("referential_adopt", args=[slug])).status_code == 403
