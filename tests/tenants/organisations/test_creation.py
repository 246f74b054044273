"""An organisation is founded in one go, from our starter set or from a template, or not at all."""

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.accounts.identity import Identity
from tenants.models import AccessContract, Account, Agency, IngestContract, ManagementRule
from tenants.models.rights import Group, Profile
from tenants.organisations import creation
from tenants.organisations.creation import CoffreDraft, OrganisationDraft, found_organisation
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.rights.ready import READY
from tenants.services.organisations import AlreadyExists, proof_of
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
NAME = "Ville de Démonstration"


def draft(**changes: Any) -> OrganisationDraft:
    values: dict[str, Any] = {
        "name": NAME,
        "code": "213500123",
        "coffres": (
            CoffreDraft("Archives intermédiaires", colour="#2c6248", quota_bytes=5 * 10**9),
            CoffreDraft("Archives définitives", languages=("fr", "br")),
        ),
        "administrator": Identity(
            email="nadia.petit@demonstration.example", last_name="Petit", first_name="Nadia"
        ),
    }
    return OrganisationDraft(**{**values, **changes})


def found(cast: Cast, **changes: Any) -> creation.Founded:
    return found_organisation(
        draft=draft(**changes), agent_id=cast.operator.id, site="https://sae.example"
    )


def test_everything_is_there_at_once(cast: Cast) -> None:
    made = found(cast)
    first, second = made.coffres
    assert (first.name, first.colour, first.quota_bytes) == (
        "Archives intermédiaires",
        "#2c6248",
        5 * 10**9,
    )
    assert second.languages == ["fr", "br"]
    assert len({first.number, second.number, proof_of(made.organisation).number}) == 3
    for coffre in made.coffres:
        with tenant_scope(coffre.id):
            assert Agency.objects.exists()
            assert ManagementRule.objects.exists()
            assert coffre.ingest_contract == "CE-VERSEMENTS"
            assert IngestContract.objects.filter(identifier="CE-VERSEMENTS").exists()
            assert AccessContract.objects.filter(identifier=coffre.access_contract).exists()
    with tenant_scope(proof_of(made.organisation).id):
        assert Group.objects.filter(name__startswith="Service versant").count() == 2


def test_the_administrator_holds_their_organisation_and_nothing_else(cast: Cast) -> None:
    made = found(cast)
    assert made.administrator is not None
    assert made.administrator.status == Account.Status.INVITED
    rights = rights_of(made.administrator)
    assert {one.coffre.organisation_id for one in rights.coffres} == {made.organisation.id}
    assert len(rights.coffres) == 3
    assert rights.verdict(Permission.ORGANISATION_MANAGE, made.coffres[0])
    assert not rights.verdict(Permission.HOLDINGS_VIEW, made.coffres[0])
    assert not rights.verdict(Permission.PLATFORM_MANAGE, made.coffres[0])


def test_without_a_mail_server_the_link_is_handed_over_once(cast: Cast, settings: Any) -> None:
    settings.EMAIL_URL = ""
    made = found(cast)
    assert made.handed is not None
    assert made.administrator is not None
    assert made.handed.address.startswith("https://sae.example/")
    assert made.administrator.identifier in made.handed.address


def test_the_act_is_told_on_both_sides_without_personal_data(cast: Cast) -> None:
    made = found(cast)
    platform = proof_of(cast.operator.organisation)
    for proof in (proof_of(made.organisation), platform):
        with tenant_scope(proof.id):
            told = Operation.objects.get(type=creation.FOUND)
            assert told.agent_id == cast.operator.id
            assert told.detail["organisation"] == str(made.organisation.id)
            everything = " ".join(
                str(one) for one in Operation.objects.values_list("detail", flat=True)
            )
            assert "nadia" not in everything.lower()
        assert verify_tenant(proof.id).broken is None


@pytest.mark.parametrize("step", ["furnish", "create_account", "invite_account", "_tell"])
def test_a_fault_in_the_middle_leaves_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = everything_counted()

    def fails(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError(step)

    monkeypatch.setattr(creation, step, fails)
    with pytest.raises(RuntimeError, match=step):
        found(cast)
    assert everything_counted() == before


def everything_counted() -> dict[str, int]:
    with platform_scope(reason="routine: test"):
        return {
            model.__name__: model.objects.count()
            for model in (Organisation, Tenant, Account, Operation, Agency, Group, Profile)
        }


def test_a_name_or_an_address_already_used_is_refused(cast: Cast) -> None:
    found(cast)
    with pytest.raises(AlreadyExists, match="existe déjà"):
        found(cast)
    with pytest.raises(AlreadyExists, match="code"):
        found(cast, name="Autre ville")
    assert not Organisation.objects.filter(name="Autre ville").exists()


def test_a_template_gives_its_referentials_and_groups(cast: Cast) -> None:
    model = found(cast, name="Modèle des communes", code="", is_template=True)
    source = model.coffres[0]
    with tenant_scope(source.id):
        AccessContract.objects.filter(identifier=source.access_contract).update(
            description="Décrit par le modèle"
        )
        Agency.objects.filter(identifier=Agency.objects.first().identifier).update(
            name="Secrétariat de mairie modèle"
        )
        agencies = set(Agency.objects.values_list("identifier", "name"))
        rules = ManagementRule.objects.count()
    with tenant_scope(proof_of(model.organisation).id):
        profile = Profile.objects.get(coffre_id=source.id, ready="reader")
        Profile.objects.filter(id=profile.id).update(name="Lecture du modèle")
    made = found(
        cast,
        name="Commune neuve",
        code="",
        template=model.organisation,
        coffres=(CoffreDraft("Archives"),),
        administrator=Identity(email="maire@neuve.example", last_name="Roux", first_name="Paul"),
    )
    with tenant_scope(made.coffres[0].id):
        assert set(Agency.objects.values_list("identifier", "name")) == agencies
        assert ManagementRule.objects.count() == rules
        contract = AccessContract.objects.get(identifier=made.coffres[0].access_contract)
        assert contract.description == "Décrit par le modèle"
    with tenant_scope(proof_of(made.organisation).id):
        assert Profile.objects.filter(
            name="Lecture du modèle", coffre_id=made.coffres[0].id
        ).exists()
        assert not Profile.objects.filter(coffre_id=source.id).exists()
        assert Group.objects.filter(name__contains="Archives").exists()


def test_every_job_of_a_town_has_its_group_from_the_start(cast: Cast) -> None:
    """All but the state’s control, whose sample of archives is a contract to be chosen first."""
    model = found(cast, name="Modèle des communes", code="", is_template=True)
    other = Identity(email="maire@neuve.example", last_name="Roux", first_name="Paul")
    copy = found(
        cast, name="Commune neuve", code="", template=model.organisation, administrator=other
    )
    for made in (model, copy):
        proof = proof_of(made.organisation)
        with tenant_scope(proof.id):
            marks = set(Group.objects.exclude(ready="").values_list("ready", flat=True))
        jobs = {mark.partition(":")[0] for mark in marks}
        assert jobs == set(READY) - {"operator", "state_control"}
        assert f"user_manager:{proof.id}" in marks
        assert f"depositor:{made.coffres[0].id}" in marks


def test_contracts_that_name_archives_stay_with_the_template(cast: Cast) -> None:
    model = found(cast, name="Modèle", code="", is_template=True)
    with tenant_scope(model.coffres[0].id):
        tied = AccessContract.objects.get(identifier=model.coffres[0].access_contract)
        tied.root_units = [model.coffres[0].id]
        tied.save()
        kept = AccessContract.objects.count() - 1
    made = found(
        cast,
        name="Commune",
        code="",
        template=model.organisation,
        coffres=(CoffreDraft("Archives"),),
        administrator=None,
    )
    with tenant_scope(made.coffres[0].id):
        assert AccessContract.objects.count() == kept


PAGE = "/administration/organisations/nouvelle/"
TYPED = {
    "name": NAME,
    "code": "",
    "address": "1 place de la Mairie",
    "template": "",
    "ingest_contract": "",
    "access_contract": "",
    "first_name": "Nadia",
    "last_name": "Petit",
    "email": "nadia.petit@demonstration.example",
    "coffres-TOTAL_FORMS": "1",
    "coffres-INITIAL_FORMS": "0",
    "coffres-0-name": "Archives intermédiaires",
    "coffres-0-colour": "#2c6248",
    "coffres-0-quota_bytes": "2,5",
    "coffres-0-quota_units": "",
    "coffres-0-languages": ["fr"],
}


def test_the_page_then_its_summary_then_the_organisation(cast: Cast, settings: Any) -> None:
    settings.EMAIL_URL = ""
    settings.PUBLIC_URL = "https://sae.example"
    client = cast.client(cast.operator)
    assert client.get(PAGE).status_code == 200
    summary = client.post(PAGE, {**TYPED, "etape": "recapituler"})
    assert summary.status_code == 200
    assert "nadia.petit@demonstration.example" in summary.content.decode()
    assert not Organisation.objects.filter(name=NAME).exists()
    made = client.post(PAGE, {**TYPED, "etape": "creer"})
    assert made.status_code == 200
    assert re.search(r"https://sae\.example/\S+", made.content.decode())
    coffre = Tenant.objects.get(organisation__name=NAME, kind=Tenant.Kind.ARCHIVES)
    assert coffre.quota_bytes == 2_500_000_000
    again = client.post(PAGE, {**TYPED, "etape": "creer"})
    assert again.status_code == 400
    assert Organisation.objects.filter(name=NAME).count() == 1


def test_every_fault_is_said_at_once_beside_its_field(cast: Cast) -> None:
    wrong = {
        **TYPED,
        "name": cast.coffre_a.organisation.name.upper(),
        "code": "é",
        "email": cast.aline.email,
        "last_name": "",
        "coffres-TOTAL_FORMS": "2",
        "coffres-0-colour": "#ffff00",
        "coffres-1-name": "Archives intermédiaires",
        "coffres-1-colour": "#2c6248",
        "coffres-1-languages": ["fr"],
        "etape": "creer",
    }
    page = cast.client(cast.operator).post(PAGE, wrong)
    assert page.status_code == 400
    words = page.content.decode()
    for sentence in (
        "porte déjà ce nom",
        "Vingt lettres",
        "déjà cette adresse",
        "Trop claire",
        "ne peuvent pas porter le même nom",
    ):
        assert sentence in words, sentence
    assert page.context["form"].errors.keys() == {"name", "code", "email", "last_name"}


def test_one_more_coffre_keeps_what_was_typed(cast: Cast) -> None:
    page = cast.client(cast.operator).post(PAGE, {**TYPED, "email": "", "etape": "ajouter"})
    assert page.status_code == 200
    assert len(page.context["coffres"].forms) == 2
    words = page.content.decode()
    assert "Archives intermédiaires" in words
    assert "errorlist" not in words


def test_the_command_goes_through_the_same_door(cast: Cast, capsys: Any) -> None:
    call_command(
        "organisation",
        "create",
        name=NAME,
        coffre=["Archives"],
        administrator="nadia.petit@demonstration.example",
        administrator_name="Nadia Petit",
        site="https://sae.example",
    )
    told = capsys.readouterr().out
    organisation = Organisation.objects.get(name=NAME)
    assert str(organisation.id) in told
    assert "https://sae.example/" in told
    assert Tenant.objects.filter(organisation=organisation).count() == 2
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("organisation", "create", name=NAME)
