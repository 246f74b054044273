"""Contracts, contexts and profiles change as tables do: two moments, cells, whole states."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sae.holdings.models import AccessionRegisterDetail, DataObject
from sae.journal.models import Event, Operation
from sae.journal.services import open_operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import (
    AccessContract,
    ApiToken,
    Context,
    IngestContract,
    OntologyTerm,
    ReferentialVersion,
    Status,
)
from tenants.referentials.exports import effective_documents, export_kind
from tenants.referentials.identifiers import Mode, set_mode
from tenants.referentials.kinds import KINDS
from tenants.referentials.starter import load_starter_referentials
from tenants.referentials.versions import documents_of
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast, grant, make_cast
from tests.builders.sights import seeing_all
from tests.tenants.test_referential_table_of_promises import PROMISES, documents, file_of

DOCUMENT_KINDS = [
    slug for slug in PROMISES if slug not in ("agencies", "rules", "formats", "ontologies")
]


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    load_starter_referentials(cast.coffre_a)
    grant(cast.aline, cast.coffre_a, "administrator")
    return cast


@pytest.fixture
def client(people: Cast) -> Client:
    return people.client(people.aline)


def prepare(client: Client, slug: str, content: bytes, **more: Any) -> str:
    name = f"fichier.{KINDS[slug].media}"
    posted = client.post(
        reverse("referential_import", args=[slug]),
        {"file": SimpleUploadedFile(name, content), **more},
    )
    assert posted.status_code == 302, posted.content
    return str(posted["Location"])


def apply(client: Client, address: str) -> None:
    seen = client.get(address).context["preview"].seen
    posted = client.post(f"{address}appliquer/", {"vu": seen}, follow=True)
    assert "est importé" in posted.content.decode()


def said(people: Cast, slug: str) -> dict[str, Any]:
    with tenant_scope(people.coffre_a.id):
        return dict(documents_of(slug))


def exported(client: Client, slug: str) -> bytes:
    return bytes(client.get(reverse("referential_export", args=[slug])).content)


@pytest.mark.parametrize("slug", PROMISES)
def test_an_export_put_back_in_place_of_all_changes_nothing(
    people: Cast, client: Client, slug: str
) -> None:
    apply(client, prepare(client, slug, file_of(slug, people.coffre_a)))
    before = said(people, slug)
    page = client.get(prepare(client, slug, exported(client, slug), replace="on"))
    preview = page.context["preview"]
    assert preview.report.is_accepted, preview.report.problems[:3]
    assert preview.total == 0
    assert said(people, slug) == before


@pytest.mark.parametrize("slug", DOCUMENT_KINDS)
def test_cells_typed_are_compared_applied_and_the_whole_is_returned_to(
    people: Cast, client: Client, slug: str
) -> None:
    apply(client, prepare(client, slug, PROMISES[slug].file))
    identifier, before = PROMISES[slug].identifier, said(people, slug)
    with tenant_scope(people.coffre_a.id):
        operations = Operation.objects.count()
        first = ReferentialVersion.objects.get(identifier=identifier).operation_id
    address = reverse("referential_table", args=[slug])
    page = client.get(address)
    data: dict[str, Any] = {"ligne": []}
    for key, (row, cells, _ours) in enumerate(page.context["lines"], start=1):
        data["ligne"].append(f"l{key}")
        data |= {f"l{key}-{cell['name']}": cell["value"] for cell in cells}
        data |= {f"l{key}-de": row.identifier, f"l{key}-version": row.version}
        if row.identifier == identifier:
            data[f"l{key}-Name"] = "Renommé en tableau"
    posted = client.post(address, data)
    assert posted.status_code == 302, posted.content
    draft = client.get(posted["Location"])
    (change,) = [one for one, _fields, _users in draft.context["changes"]]
    assert [one.name for one in change.differences] == ["Name"]
    apply(client, posted["Location"])
    assert said(people, slug) == {
        **before,
        identifier: {**before[identifier], "Name": "Renommé en tableau"},
    }
    with tenant_scope(people.coffre_a.id):
        assert Operation.objects.count() == operations + 1
        assert ReferentialVersion.objects.filter(identifier=identifier).count() == 2
    back = client.post(reverse("referential_return", args=[slug]), {"operation": str(first)})
    apply(client, back["Location"])
    assert said(people, slug) == before


def test_a_file_adds_and_changes_in_one_operation_and_removes_nothing(
    people: Cast, client: Client
) -> None:
    before = set(said(people, "ingestcontracts"))
    known = sorted(before)[0]
    content = documents(
        {"Identifier": known, "Name": "Autre nom", "Status": "INACTIVE"},
        {"Name": "Sans identifiant", "Status": "ACTIVE"},
    )
    address = prepare(client, "ingestcontracts", content)
    page = client.get(address)
    assert [label for label, _number in page.context["counts"]] == [
        "Ajoutés",
        "Modifiés",
        "Retirés",
    ]
    assert [number for _label, number in page.context["counts"]] == [1, 1, 0]
    assert "Autre nom" in page.content.decode()
    with tenant_scope(people.coffre_a.id):
        operations = Operation.objects.count()
    apply(client, address)
    with tenant_scope(people.coffre_a.id):
        assert Operation.objects.count() == operations + 1
        backup = Event.objects.filter(code="STP_BACKUP_INGEST_CONTRACT").latest("id")
        assert "- " in backup.detail["updatedDiffs"][known]["Name"][0]
        row = IngestContract.objects.get(identifier=known)
        assert (row.name, row.status) == ("Autre nom", Status.INACTIVE)
        made = IngestContract.objects.get(name="Sans identifiant")
        assert made.identifier.startswith("IC-")
    assert before < set(said(people, "ingestcontracts"))


def test_a_removed_element_comes_back_under_the_name_it_had(people: Cast, client: Client) -> None:
    with tenant_scope(people.coffre_a.id):
        set_mode("managementcontracts", Mode.GENERATED)
    apply(
        client, prepare(client, "managementcontracts", documents({"Name": "Un"}, {"Name": "Deux"}))
    )
    before = said(people, "managementcontracts")
    with tenant_scope(people.coffre_a.id):
        state = ReferentialVersion.objects.filter(kind="managementcontracts").latest("created_at")
        gone = KINDS["managementcontracts"].model.objects.get(name="Un")
    client.post(reverse("referential_remove", args=["managementcontracts", gone.id]))
    assert gone.identifier not in said(people, "managementcontracts")
    back = client.post(
        reverse("referential_return", args=["managementcontracts"]),
        {"operation": str(state.operation_id)},
    )
    apply(client, back["Location"])
    assert said(people, "managementcontracts") == before


def test_what_is_used_stays_its_users_are_named_and_the_rest_is_applied(
    people: Cast, client: Client
) -> None:
    apply(
        client,
        prepare(
            client,
            "accesscontracts",
            documents(
                {"Identifier": "CA-LU", "Name": "Lu"}, {"Identifier": "CA-SEUL", "Name": "S"}
            ),
        ),
    )
    coffre = people.coffre_a
    permissions = [{"tenant": coffre.number, "AccessContracts": ["CA-LU"], "IngestContracts": []}]
    with tenant_scope(coffre.id):
        now = clock.now()
        Context.objects.create(
            identifier="CT-LIT",
            name="Lit",
            security_profile="admin-security-profile",
            permissions=permissions,
            created_at=now,
            updated_at=now,
        )
        others = [
            one
            for one in json.loads(export_kind("accesscontracts").content)
            if one["Identifier"] not in ("CA-LU", "CA-SEUL")
        ]
    address = prepare(client, "accesscontracts", documents(*others), replace="on")
    page = client.get(address)
    assert not page.context["preview"].report.is_accepted
    link = f"{reverse('referential_find', args=['contexts'])}?identifiant=CT-LIT"
    assert link in page.content.decode()
    assert page.context["preview"].judged.deleted == ("CA-SEUL",)
    apply(client, address)
    with tenant_scope(coffre.id):
        assert AccessContract.objects.filter(identifier="CA-LU").exists()
        assert not AccessContract.objects.filter(identifier="CA-SEUL").exists()


def test_a_contract_of_deposits_and_a_context_of_applications_name_them(
    people: Cast, client: Client
) -> None:
    with tenant_scope(people.coffre_a.id):
        contract = IngestContract.objects.order_by("identifier").first()
        assert contract is not None
        operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
        AccessionRegisterDetail.objects.create(
            operation=operation,
            last_operation_id=operation.id,
            originating_agency="VILLE",
            archival_agreement=contract.identifier,
            status="STORED_AND_COMPLETED",
            created_at=clock.now(),
        )
        now = clock.now()
        context = Context.objects.create(
            identifier="CT-APP",
            name="Appli",
            security_profile="admin-security-profile",
            created_at=now,
            updated_at=now,
        )
        ApiToken.objects.create(
            name="Parapheur",
            prefix="abcdefgh",
            token_sha256=ApiToken.digest("x"),
            role="administrator",
            context_id="CT-APP",
            created_at=now,
        )
    page = client.get(reverse("ingest_contract", args=[contract.id])).content.decode()
    link = f"{reverse('deposits')}?contrat={contract.identifier}"
    assert f'href="{link}">1 versement<' in page
    assert client.get(link).status_code == 200
    removal = reverse("referential_remove", args=["contexts", context.id])
    assert "Parapheur" in client.get(removal).content.decode()
    client.post(removal)
    with tenant_scope(people.coffre_a.id):
        assert Context.objects.filter(identifier="CT-APP").exists()


def test_who_does_not_answer_for_contracts_neither_types_in_them_nor_returns_them(
    db: None,
) -> None:
    people = make_cast()
    load_starter_referentials(people.coffre_a)
    client = people.client(people.aline)
    for slug in ("accesscontracts", "contexts", "securityprofiles"):
        assert client.get(reverse("referential_table", args=[slug])).status_code == 403
        assert client.post(reverse("referential_return", args=[slug])).status_code == 403
        listed = client.get(reverse("referential_list", args=[slug])).content.decode()
        assert "Modifier en tableau" not in listed
    assert client.get(reverse("referential_table", args=["ingestcontracts"])).status_code == 200


def test_every_fault_of_a_json_says_the_line_where_its_element_begins(
    people: Cast, client: Client
) -> None:
    content = json.dumps(
        [
            {"Identifier": "CE-1", "Name": "Bon"},
            {"Identifier": "CE-2", "Name": "Mauvais", "Status": "PEUT-ETRE"},
            "rien",
        ],
        indent=1,
    ).encode()
    address = prepare(client, "ingestcontracts", content)
    found = client.get(address).context["preview"].report.problems
    lines = content.decode().splitlines()
    assert [lines[one.place.line - 1].strip() for one in found] == ["{", '"rien"']
    assert "CE-2" in lines[found[0].place.line]
    listed = b"".join(client.get(f"{address}anomalies.csv").streaming_content).decode("utf-8-sig")
    header, first, second = listed.splitlines()
    assert header.split(";")[:4] == ["Ligne", "Colonne", "Rang de l’élément", "Champ"]
    assert first.split(";")[:4] == [str(found[0].place.line), "", "2", "Status"]
    assert second.split(";")[2] == "3"
    stranger = people.client(people.chloe)
    assert stranger.get(f"{address}anomalies.csv").status_code == 404


def test_faults_of_a_pronom_file_are_listed_with_their_line(people: Cast, client: Client) -> None:
    content = (
        b'<FFSignatureFile xmlns="http://www.nationalarchives.gov.uk/pronom/SignatureFile" '
        b'Version="300" DateCreated="2026-01-01T00:00:00+00:00">\n<FileFormatCollection>\n'
        b'<FileFormat ID="1" Name="Un" PUID="fmt/18"/>\n<FileFormat ID="2" PUID="fmt/19"/>\n'
        b'<FileFormat ID="3" Name="Trois" PUID="fmt/18"/>\n'
        b"</FileFormatCollection></FFSignatureFile>"
    )
    present = json.loads(json.dumps(effective(people)["fmt/19"]))
    address = prepare(client, "formats", content, replace="on")
    page = client.get(address)
    assert "Liste des anomalies" in page.content.decode()
    listed = b"".join(client.get(f"{address}anomalies.csv").streaming_content).decode("utf-8-sig")
    assert [line.split(";")[0] for line in listed.splitlines()[1:]] == ["4", "5"]
    assert page.context["preview"].sound.left_out == 2
    seen = page.context["preview"].seen
    client.post(f"{address}appliquer/", {"vu": seen})
    after = effective(people)
    # What a fault touches stays as it was; the rest of the file is taken.
    assert after["fmt/19"]["Name"] == present["Name"]
    assert set(after) == {"fmt/18", "fmt/19"}


def effective(people: Cast) -> dict[str, Any]:
    with tenant_scope(people.coffre_a.id):
        return dict(effective_documents(KINDS["formats"]))


def test_objects_of_a_format_are_counted_found_and_keep_it(people: Cast, client: Client) -> None:
    own = documents_of_formats(people, client)
    with seeing_all(people.coffre_a.id):
        fonds = FondsBuilder()
        fonds.unit("Plan du gymnase", file=b"plan", level="Item")
        fonds.unit("Courrier", file=b"lettre", level="Item")
        fonds.load()
        plan = DataObject.objects.order_by("id").first()
        assert plan is not None
        DataObject.objects.exclude(id=plan.id).update(format_id="fmt/18")
        DataObject.objects.filter(id=plan.id).update(format_id="EXTERNAL_X")
    page = client.get(reverse("referential_element", args=["formats", own.id])).content.decode()
    link = f"{reverse('search')}?q=format%3AEXTERNAL_X"
    assert f'href="{link}">1 objet<' in page
    found = client.get(link).content.decode()
    assert ("Plan du gymnase" in found) != ("Courrier" in found)
    client.post(reverse("referential_remove", args=["formats", own.id]))
    with tenant_scope(people.coffre_a.id):
        assert type(own).objects.filter(id=own.id).exists()
    whole = exported(client, "formats").replace(b'PUID="EXTERNAL_X"', b'PUID="EXTERNAL_Y"')
    draft = client.get(prepare(client, "formats", whole, replace="on"))
    assert "Des objets sont au format" in draft.content.decode()


def documents_of_formats(people: Cast, client: Client) -> Any:
    """Have a format of one's own in the coffre; return its row."""
    made = client.post(
        reverse("referential_create", args=["formats"]),
        {**PROMISES["formats"].typed, "enregistrer": "1"},
    )
    assert made.status_code == 302
    with tenant_scope(people.coffre_a.id):
        return KINDS["formats"].model.objects.get(identifier="EXTERNAL_X")


def test_a_file_of_vocabularies_completes_the_ontology_or_replaces_it(
    people: Cast, client: Client
) -> None:
    new = {
        "Identifier": "CoteAncienne",
        "Type": "TEXT",
        "Origin": "EXTERNAL",
        "Collections": ["Unit"],
    }
    whole = len(json.loads(exported(client, "ontologies")))
    address = prepare(client, "ontologies", documents(new))
    preview = client.get(address).context["preview"]
    assert (preview.report.inserted, preview.total) == (("CoteAncienne",), 1)
    apply(client, address)
    with tenant_scope(people.coffre_a.id):
        assert OntologyTerm.objects.count() == whole + 1
        fonds = FondsBuilder()
        fonds.unit("Registre", content={"CoteAncienne": "BB 1"})
        fonds.load()
    refused = client.get(prepare(client, "ontologies", documents(new), replace="on"))
    assert not refused.context["preview"].report.is_accepted
    without = [
        one
        for one in json.loads(exported(client, "ontologies"))
        if one["Identifier"] != "CoteAncienne"
    ]
    kept = client.get(prepare(client, "ontologies", documents(*without), replace="on"))
    assert "emploient le vocabulaire" in kept.content.decode()
