"""Access contracts on screen: written with positions chosen by name, tried, journalled."""

import pytest
from django.urls import reverse

from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract, Agency
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast


@pytest.fixture
def fonds(cast: Cast) -> dict[str, Built]:
    with tenant_scope(cast.coffre_a.id):
        for identifier in ("FINANCES", "VOIRIE"):
            Agency.objects.create(
                identifier=identifier, name=identifier.title(), created_at=clock.now(),
                updated_at=clock.now(),
            )  # fmt: skip
        builder = FondsBuilder(agency="FINANCES")
        plan = builder.unit("Plan des finances", unit_type="FILING_UNIT")
        budget = builder.unit("Budget 2014", under=plan)
        builder.unit("Annexe du budget", under=budget, level="Item")
        voirie = builder.unit("Chantiers", originating_agencies=("VOIRIE",))
        builder.unit("Budget de la voirie", under=voirie, originating_agencies=("VOIRIE",))
        builder.load()
        return {unit.title: unit for unit in builder.units}


GONE = "0190a5d8-7c2e-7d1f-9a51-2f6f3c1f5a10"
NEW = "/administration/contrats-acces/nouveau/"


def answers(**changes: object) -> dict[str, object]:
    """Return what the form of a contract sends; the empty answers are not sent."""
    return {
        "identifier": "CA-FINANCES",
        "name": "Archives des finances",
        "agencies_kept": "choisis",
        "originating_agencies": ["FINANCES"],
        "usages_kept": "tous",
        "writing": "DESCRIPTION",
        "is_active": "on",
        **changes,
    }


def text_of(response) -> str:  # type: ignore[no-untyped-def]
    return " ".join(response.content.decode().split())


def test_a_contract_is_written_on_screen_and_journalled(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    client = cast.client(cast.administrator_a)
    sent = answers(
        root_units=[str(fonds["Budget 2014"].id)], rule_categories_to_filter=[], enregistrer="1",
        excluded_root_units=[str(fonds["Annexe du budget"].id)],
    )  # fmt: skip
    response = client.post(NEW, sent)
    with tenant_scope(cast.coffre_a.id):
        contract = AccessContract.objects.get(identifier="CA-FINANCES")
        operation = Operation.objects.get(type="STP_IMPORT_ACCESS_CONTRACT")
    assert response.url == reverse("access_contract", args=[contract.id])
    assert contract.is_active
    assert contract.root_units == [fonds["Budget 2014"].id]
    assert (contract.writing_permission, contract.writing_restricted_description) == (True, True)
    assert (operation.outcome, operation.agent_id) == ("OK", cast.administrator_a.id)
    page = text_of(client.get(response.url))
    assert "Ce contrat ouvre 1 unité sur 5." in page
    assert "Plan des finances › Budget 2014" in page
    assert "CA-FINANCES" in text_of(client.get(reverse("access_contracts")))


def test_a_change_is_journalled_with_what_was_before_and_after(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    client = cast.client(cast.administrator_a)
    client.post(NEW, answers(enregistrer="1"))
    with tenant_scope(cast.coffre_a.id):
        contract = AccessContract.objects.get(identifier="CA-FINANCES")
    edit = reverse("access_contract_edit", args=[contract.id])
    assert "Archives des finances" in text_of(client.get(edit))
    client.post(edit, answers(originating_agencies=["VOIRIE"], writing="NONE", enregistrer="1"))
    with tenant_scope(cast.coffre_a.id):
        contract.refresh_from_db()
        event = Event.objects.get(code="STP_BACKUP_ACCESS_CONTRACT", detail__has_key="updatedDiffs")
    assert contract.originating_agencies == ["VOIRIE"]
    assert not contract.writing_permission
    assert event.detail["updatedDiffs"]["OriginatingAgencies"] == [
        "- ['FINANCES']",
        "+ ['VOIRIE']",
    ]
    client.post(reverse("access_contract_switch", args=[contract.id]))
    with tenant_scope(cast.coffre_a.id):
        contract.refresh_from_db()
        assert not contract.is_active


def test_faults_are_told_beside_their_fields(cast: Cast, fonds: dict[str, Built]) -> None:
    client = cast.client(cast.administrator_a)
    response = client.post(NEW, answers(name="", root_units=[GONE], writing="X", enregistrer="1"))
    assert response.status_code == 422
    form = response.context["form"]
    assert set(form.errors) == {"name", "root_units", "writing"}
    client.post(NEW, answers(enregistrer="1"))
    again = client.post(NEW, answers(enregistrer="1"))
    assert "identifier" in again.context["form"].errors
    with tenant_scope(cast.coffre_a.id):
        assert AccessContract.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Ce contrat ouvre 3 unités sur 5."),
        ({"agencies_kept": "tous"}, "Ce contrat ouvre les 5 unités du coffre."),
        ({"originating_agencies": []}, "Ce contrat n’ouvre aucune unité, sur 5."),
        ({"agencies_kept": "tous", "rule_categories_to_filter": ["AccessRule"]},
         "Ce contrat n’ouvre aucune unité, sur 5."),
        ({"agencies_kept": "nimporte"}, "Le nombre d’unités ouvertes s’affiche ici."),
    ],
)  # fmt: skip
def test_the_live_line_counts_what_is_written_so_far(
    cast: Cast, fonds: dict[str, Built], changes: dict[str, object], words: str
) -> None:
    client = cast.client(cast.administrator_a)
    preview = reverse("access_contract_preview")
    assert words in text_of(client.post(preview, answers(name="", identifier="", **changes)))


class TestPicker:
    def test_without_script_the_form_comes_back_with_what_is_found(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        client = cast.client(cast.administrator_a)
        sent = answers(
            **{"root_units-mots": "budget", "root_units-chercher": "1"},
            root_units=[str(fonds["Chantiers"].id)],
        )
        page = text_of(client.post(NEW, sent))
        assert 'value="Archives des finances"' in page
        assert "Plan des finances › Budget 2014" in page
        assert f'value="{fonds["Chantiers"].id}" checked' in page
        with tenant_scope(cast.coffre_a.id):
            assert not AccessContract.objects.exists()

    def test_without_script_the_plan_is_unfolded_one_level_at_a_time(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        client = cast.client(cast.administrator_a)
        sent = answers(**{"root_units-ouvrir": str(fonds["Plan des finances"].id)})
        choices = client.post(NEW, sent).context["form"]["root_units"].field.widget.asked
        assert choices.under == fonds["Plan des finances"].id
        page = text_of(client.post(NEW, sent))
        assert "Budget 2014" in page
        assert "Tout le plan" in page

    def test_words_before_an_arrow_are_those_of_the_path(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        client = cast.client(cast.aline)
        url = reverse("position_picker")
        both = text_of(client.get(url, {"champ": "ou", "ou-mots": "budget"}))
        assert "Budget 2014" in both
        assert "Budget de la voirie" in both
        below = text_of(client.get(url, {"champ": "ou", "ou-mots": "chantiers › budget"}))
        assert "Budget de la voirie" in below
        assert "Budget 2014" not in below
        assert "Aucune position" in text_of(
            client.get(url, {"champ": "ou", "ou-mots": "inconnu > budget"})
        )

    def test_what_is_chosen_stays_and_may_be_taken_back(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        client = cast.client(cast.aline)
        chosen = str(fonds["Budget 2014"].id)
        page = text_of(
            client.get(reverse("position_picker"), {"champ": "ou", "ou": [chosen, GONE, "x"]})
        )
        assert f'value="{chosen}" checked' in page
        assert "Position disparue du fonds" in page

    @pytest.mark.parametrize(
        "place", ["x", "~", f"{'0' * 8}", "0190a5d8-7c2e-7d1f-9a51-2f6f3c1f5a10~a~b"]
    )
    def test_a_forged_place_shows_the_whole_plan(
        self, cast: Cast, fonds: dict[str, Built], place: str
    ) -> None:
        response = cast.client(cast.aline).get(
            reverse("position_picker"), {"champ": 'ou"><script>', "ou-ouvrir": place}
        )
        assert response.status_code == 200
        assert b"<script>" not in response.content
