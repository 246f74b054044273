"""Screens of the referentials: lists, pages, imports, and who may open them."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementRule, ReferentialImport
from tenants.referentials.kinds import KINDS
from tenants.referentials.purposes import GROUPS, PURPOSES
from tenants.referentials.starter import load_starter_referentials
from tests.builders.people import Cast, make_cast

GOOD = b"Identifier,Name,Description\nVILLE,Ville,\n"
BAD = b"Identifier,Name,Description\n,Ville,\nA;B\n"


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    load_starter_referentials(cast.coffre_a)
    return cast


def upload(content: bytes, name: str = "agents.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content)}


def applied(client: Any, posted: Any) -> Any:
    """Apply the change prepared by an upload, as one who has read its differences."""
    page = client.get(posted["Location"])
    seen = page.context["preview"].seen
    return client.post(posted["Location"] + "appliquer/", {"vu": seen})


def test_the_first_page_counts_every_kind(people: Cast) -> None:
    page = people.client(people.aline).get(reverse("referentials"))
    text = page.content.decode()
    assert page.status_code == 200
    for kind in KINDS.values():
        assert str(kind.label) in text
    assert 'aria-current="page"' in text or 'aria-current="true"' in text


def test_every_kind_says_what_it_is_for_on_the_first_page_and_on_its_list(people: Cast) -> None:
    grouped = [slug for _name, slugs in GROUPS for slug in slugs]
    assert sorted(grouped) == sorted(KINDS) == sorted(PURPOSES)
    client = people.client(people.aline)
    page = client.get(reverse("referentials"))
    shown = [pair for _name, pairs in page.context["groups"] for pair in pairs]
    for one, address in shown:
        assert str(one.purpose) in page.content.decode()
        assert str(one.purpose) in client.get(address).content.decode()
    assert len(shown) == len(KINDS)


@pytest.mark.parametrize(
    ("name", "word"), [("rules", "Garantie décennale"), ("agencies", "Archives municipales")]
)
def test_a_list_is_searched_sorted_and_exported(people: Cast, name: str, word: str) -> None:
    client = people.client(people.aline)
    address = reverse(name)
    assert word in client.get(address, {"q": word.split()[0]}).content.decode()
    assert word not in client.get(address, {"q": "introuvable"}).content.decode()
    assert client.get(address, {"tri": "-identifier"}).status_code == 200
    csv = b"".join(client.get(address, {"export": "csv"}).streaming_content).decode()
    assert word in csv
    xlsx = b"".join(client.get(address, {"export": "xlsx"}).streaming_content)
    assert xlsx.startswith(b"PK")


def test_rules_are_filtered_by_type(people: Cast) -> None:
    page = people.client(people.aline).get(reverse("rules"), {"type": "HoldRule"})
    text = page.content.decode()
    assert "HOL-00001" in text
    assert "APP-00001" not in text


def test_a_list_costs_the_same_whatever_its_length(
    people: Cast, django_assert_max_num_queries: Any
) -> None:
    client = people.client(people.aline)
    client.get(reverse("rules"))  # the session begins
    with django_assert_max_num_queries(30):
        client.get(reverse("rules"))


def test_each_element_has_its_page(people: Cast) -> None:
    client = people.client(people.aline)
    with tenant_scope(people.coffre_a.id):
        places = [
            ("rule", ManagementRule.objects.get(identifier="APP-00006"), "10 ans"),
            ("rule", ManagementRule.objects.get(identifier="APP-00001"), "illimitée"),
            ("agency", Agency.objects.get(identifier="CCAS"), "Action sociale"),
            ("ingest_contract", IngestContract.objects.get(identifier="CE-PLANS"), "Actif"),
        ]
    for name, row, word in places:
        page = client.get(reverse(name, args=[row.id]))
        assert page.status_code == 200
        assert word in page.content.decode()
        assert people.client(people.chloe).get(reverse(name, args=[row.id])).status_code == 404
        assert people.client(people.basile).get(reverse(name, args=[row.id])).status_code == 403


def test_a_good_file_changes_the_referential_and_says_what(people: Cast) -> None:
    client = people.client(people.aline)
    address = reverse("referential_import", args=["agencies"])
    assert client.get(address).status_code == 200
    file = upload(GOOD.replace(b"VILLE,Ville", b"VILLE,Mairie"))
    posted = applied(client, client.post(address, {**file, "replace": "on"}))
    assert posted.status_code == 302
    text = client.get(posted["Location"]).content.decode()
    assert "Le fichier est importé" in text
    with tenant_scope(people.coffre_a.id):
        assert Agency.objects.get().name == "Mairie"
        kept = ReferentialImport.objects.get(id=posted["Location"].split("/")[-2])
    assert kept.agent_id == people.aline.id
    assert kept.file_name == "agents.csv"


def test_a_bad_file_changes_nothing_and_lists_every_fault(people: Cast) -> None:
    client = people.client(people.aline)
    posted = client.post(reverse("referential_import", args=["agencies"]), upload(BAD))
    page = client.get(posted["Location"])
    text = page.content.decode()
    assert "2\u202fanomalies" in text or "2\xa0anomalies" in text
    assert "Rien ne peut être appliqué" in text
    assert "« Identifier » est obligatoire." in text
    refused = applied(client, posted)
    text = client.get(refused["Location"]).content.decode()
    assert "Rien n’a changé" in text
    with tenant_scope(people.coffre_a.id):
        assert Agency.objects.count() == 15
    faults = client.get(refused["Location"] + "anomalies.csv")
    assert "Identifier" in b"".join(faults.streaming_content).decode()
    report = client.get(refused["Location"] + "rapport.json")
    assert report.json()["Operation"]["evType"] == "IMPORT_AGENCIES"


def test_what_is_read_is_compared_and_changes_nothing(people: Cast) -> None:
    client = people.client(people.aline)
    posted = client.post(reverse("referential_import", args=["agencies"]), upload(GOOD))
    page = client.get(posted["Location"]).content.decode()
    assert "Ce qui changerait" in page
    assert "Tout peut être appliqué" in page
    with tenant_scope(people.coffre_a.id):
        assert Agency.objects.count() == 15


def test_no_file_is_said_beside_the_field(people: Cast) -> None:
    client = people.client(people.aline)
    page = client.post(reverse("referential_import", args=["rules"]), {})
    assert page.status_code == 200
    assert "id_file_error" in page.content.decode()


def test_what_a_file_says_is_never_run_by_the_page(people: Cast) -> None:
    client = people.client(people.aline)
    hostile = b"Identifier,Name,Description\nA,<img src=x onerror=alert(1)>,\n"
    posted = client.post(reverse("referential_import", args=["agencies"]), upload(hostile))
    assert "<img src=x" not in client.get(posted["Location"]).content.decode()


ADDRESSES = [
    ("referentials", []),
    ("rules", []),
    ("agencies", []),
    ("ingest_contracts", []),
    ("referential_import", ["rules"]),
]


@pytest.mark.parametrize(("name", "arguments"), ADDRESSES)
def test_who_may_open_the_screens(people: Cast, name: str, arguments: list[str]) -> None:
    address = reverse(name, args=arguments)
    expected = {people.aline: 200, people.administrator_a: 200, people.basile: 403}
    expected[people.auditor_a] = 403
    for account, status in expected.items():
        assert people.client(account).get(address).status_code == status, account
    assert people.client(None).get(address).status_code == 302


def test_an_import_of_another_coffre_is_as_good_as_unknown(people: Cast) -> None:
    with tenant_scope(people.coffre_a.id):
        kept = ReferentialImport.objects.first()
    assert kept is not None
    client = people.client(people.chloe)
    for name in ("referential_outcome", "referential_report", "referential_faults"):
        stranger = client.get(reverse(name, args=[kept.id]))
        unknown = client.get(reverse(name, args=[uuid.uuid4()]))
        assert stranger.status_code == unknown.status_code == 404
    assert client.get(reverse("referential_import", args=["inconnu"])).status_code == 404
