"""The operator sees numbers of every organisation, and the content of none."""

import pytest
from django.urls import reverse

from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit, DataObject
from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency
from tenants.organisations.figures import figures_of
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.services.organisations import proof_of
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db
LIST = "/administration/organisations/"
TITLE = "Dossier confidentiel de la mairie"


@pytest.fixture
def filled(cast: Cast, tmp_path):  # type: ignore[no-untyped-def]
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit(TITLE).binary(b"texte\n", name="secret.txt").zip(tmp_path / "a.zip")
    assert deposit(cast.coffre_a, package).outcome == "OK"
    return cast


def test_figures_are_those_of_each_organisation(filled: Cast) -> None:
    one, other = filled.coffre_a.organisation, filled.coffre_b.organisation
    figures = figures_of([one, other])
    first = figures[one.id]
    assert (first.units, first.objects, first.size, first.deposits) == (1, 1, 6, 1)
    assert (first.accounts, len(first.archives)) == (4, 1)
    assert first.last_activity is not None
    assert first.health == "OK"
    second = figures[other.id]
    assert (second.units, second.size, second.deposits, second.accounts) == (0, 0, 0, 2)


def test_reading_them_leaves_a_line_in_the_platforms_journal(filled: Cast) -> None:
    filled.client(filled.operator).get(LIST)
    with tenant_scope(proof_of(filled.operator.organisation).id):
        reasons = [
            one.detail.get("reason") for one in Operation.objects.filter(type="PLATFORM_ACCESS")
        ]
    assert "organisations: volumes and health" in reasons


def test_the_list_holds_numbers_and_no_content(filled: Cast) -> None:
    client = filled.client(filled.operator)
    page = client.get(LIST)
    assert page.status_code == 200
    words = page.content.decode()
    assert "Saint-Aubin-la-Rivière" in words
    assert "Bourg-Neuf" in words
    detail = client.get(f"{LIST}{filled.coffre_a.organisation_id}/")
    assert detail.status_code == 200
    for hidden in (TITLE, "secret.txt", filled.aline.name, filled.aline.email):
        assert hidden not in words
        assert hidden not in detail.content.decode()
    exported = client.get(f"{LIST}?export=csv")
    content = b"".join(exported.streaming_content) if exported.streaming else exported.content
    assert "Saint-Aubin-la-Rivière" in content.decode("utf-8-sig")
    assert TITLE not in content.decode("utf-8-sig")


def test_every_page_of_content_is_closed_to_the_operator(filled: Cast) -> None:
    client = filled.client(filled.operator)
    with tenant_scope(filled.coffre_a.id):
        unit, thing = ArchiveUnit.objects.get(), DataObject.objects.get()
        agency = Agency.objects.get()
        operation = Operation.objects.filter(category="INGEST").get()
        assert AccessionRegisterDetail.objects.exists()
    addresses = [
        reverse("classification"),
        reverse("classification_branch", args=[unit.id]),
        reverse("search"),
        reverse("unit", args=[unit.id]),
        reverse("unit_life_cycle", args=[unit.id]),
        reverse("object_download", args=[thing.id]),
        reverse("deposits"),
        reverse("deposit", args=[operation.id]),
        reverse("deposit_new"),
        reverse("agency", args=[agency.id]),
        reverse("rules"),
        reverse("journal"),
        reverse("operation", args=[operation.id]),
        reverse("organisation_settings"),
        reverse("support_accesses"),
    ]
    # The coffre of the town cannot be chosen either.
    chosen = client.post(reverse("coffre_switch"), {"tenant": str(filled.coffre_a.id)})
    assert chosen.status_code == 404
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code in (403, 404), address
        assert TITLE not in answer.content.decode()


def test_the_operators_home_is_of_the_platform(filled: Cast) -> None:
    home = filled.client(filled.operator).get("/").content.decode()
    assert "La plateforme" in home
    assert "Volumes et quotas" not in home
    others = filled.client(filled.administrator_a).get("/").content.decode()
    assert "Volumes et quotas" in others
    assert "La plateforme" not in others
    assert "Bourg-Neuf" not in others
    for person in (filled.aline, filled.basile, filled.auditor_a):
        page = filled.client(person).get("/").content.decode()
        assert "Volumes et quotas" not in page
        assert "La plateforme" not in page


def test_an_unknown_organisation_and_the_platform_itself_are_unknown(cast: Cast) -> None:
    client = cast.client(cast.operator)
    for identifier in (cast.coffre_a.id, cast.operator.organisation_id):
        for end in ("", "suspendre/", "support/"):
            assert client.get(f"{LIST}{identifier}/{end}").status_code == 404


def test_filters_of_the_list(cast: Cast) -> None:
    client = cast.client(cast.operator)
    assert "Bourg-Neuf" not in client.get(f"{LIST}?q=aubin").content.decode()
    assert "Bourg-Neuf" not in client.get(f"{LIST}?etat=suspendue").content.decode()


def test_a_coffre_is_added_and_its_administrators_enter_it(cast: Cast) -> None:
    client = cast.client(cast.operator)
    organisation = cast.coffre_a.organisation
    address = reverse("coffre_add", args=[organisation.id])
    page = client.post(address, {"name": "Archives du CCAS"}, follow=True)
    assert "Archives du CCAS" in page.content.decode()
    coffre = organisation.tenants.get(name="Archives du CCAS")
    with tenant_scope(coffre.id):
        assert Agency.objects.exists()
    rights = rights_of(cast.administrator_a)
    assert rights.verdict(Permission.REFERENTIAL_VIEW, coffre)
    assert not rights_of(cast.aline).within(coffre)
    again = client.post(address, {"name": "Archives du CCAS"}, follow=True)
    assert "existe déjà" in again.content.decode()
    assert "Donnez un nom" in client.post(address, {"name": ""}, follow=True).content.decode()
