"""One reader under an access contract, every door: nothing tells of what is outside it."""

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract, ManagementRule
from tenants.models.rights import Profile
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast

SECRETS = ("Commission secrète", "Dossier du maire", "Avis confidentiel")
RULED = b'{"AppraisalRule": {"Rules": [{"Rule": "APP-00001"}], "FinalAction": "Keep"}}'


@dataclass(frozen=True)
class Fonds:
    """« Commission secrète » is closed to Basile; « Budget », under it, is open, but one piece."""

    cast: Cast
    units: dict[str, Built]

    @property
    def basile(self) -> Client:
        return self.cast.client(self.cast.basile)

    @property
    def aline(self) -> Client:
        return self.cast.client(self.cast.aline)

    def unit(self, title: str) -> str:
        return reverse("unit", args=[self.units[title].id])

    def download(self, title: str) -> str:
        return reverse("object_download", args=[self.units[title].object_id])


@pytest.fixture
def fonds(cast: Cast) -> Fonds:
    with tenant_scope(cast.coffre_a.id):
        ManagementRule.objects.create(
            identifier="APP-00001", category="AppraisalRule", value="Dossiers", duration=10,
            measurement="YEAR", created_at=clock.now(), updated_at=clock.now(),
        )  # fmt: skip
        builder = FondsBuilder(agency="FINANCES", bytes_kept="apart")
        plan = builder.unit("Commission secrète", unit_type="FILING_UNIT", management=RULED,
                            originating_agencies=("MAIRIE",))  # fmt: skip
        builder.unit("Dossier du maire", under=plan, file=b"secret " * 9,
                     originating_agencies=("MAIRIE",))  # fmt: skip
        budget = builder.unit("Budget 2014", under=plan)
        builder.unit("Annexe chiffrée", under=budget, level="Item", file=b"chiffres " * 9)
        builder.unit("Avis confidentiel", under=budget, level="Item", file=b"avis " * 9)
        builder.load()
        units = {unit.title: unit for unit in builder.units}
        AccessContract.objects.create(
            identifier="CA-FINANCES", name="Finances", status="ACTIVE",
            originating_agencies=["FINANCES"],
            excluded_root_units=[units["Avis confidentiel"].id],
            data_object_versions=["BinaryMaster"], access_log="ACTIVE",
            created_at=clock.now(), updated_at=clock.now(),
        )  # fmt: skip
    give(cast, "CA-FINANCES")
    return Fonds(cast, units)


def give(cast: Cast, *contracts: str) -> None:
    """Have readers of A see by these contracts alone."""
    with tenant_scope(cast.proof_a.id):
        profiles = Profile.objects.filter(ready="reader", coffre_id=cast.coffre_a.id)
        assert profiles.update(sees_everything=False, access_contracts=list(contracts)) == 1


def change(cast: Cast, **columns: object) -> None:
    with tenant_scope(cast.coffre_a.id):
        AccessContract.objects.update(**columns)


def text_of(response) -> str:  # type: ignore[no-untyped-def]
    return " ".join(response.content.decode().split())


def test_no_page_names_what_is_outside_the_contract(fonds: Fonds) -> None:
    pages = {
        "tree": reverse("classification"),
        "filter of the tree": reverse("classification") + "?filtre=secrète",
        "branches": reverse("classification_branch", args=[fonds.units["Budget 2014"].id]),
        "search": reverse("search"),
        "words": reverse("search") + "?q=confidentiel",
        "under": reverse("search") + f"?q=dans:{fonds.units['Commission secrète'].id}",
        "unit": fonds.unit("Budget 2014"),
        "piece": fonds.unit("Annexe chiffrée"),
        "why": fonds.unit("Annexe chiffrée") + "?pourquoi=AppraisalRule-0",
        "csv": reverse("search") + "?export=csv",
        "picker": reverse("position_picker") + "?champ=ou&ou-mots=secrète",
        "picker of the plan": reverse("position_picker") + "?champ=ou",
        "home": reverse("home"),
    }
    told = {}
    for name, address in pages.items():
        response = fonds.basile.get(address)
        assert response.status_code == 200, name
        body = b"".join(response) if response.streaming else response.content
        # What was asked is echoed in the box of a search: that is the reader's own word.
        text = re.sub(r'value="[^"]*"|<title>.*?</title>|« [^»]*? »', "", body.decode())
        if found := [secret for secret in SECRETS if secret in text]:
            told[name] = found
    assert told == {}


def test_what_is_hidden_answers_as_what_does_not_exist(fonds: Fonds) -> None:
    for name in ("unit", "classification_branch"):
        unknown = fonds.basile.get(reverse(name, args=[new_id()]))
        for title in SECRETS:
            hidden = fonds.basile.get(reverse(name, args=[fonds.units[title].id]))
            assert (hidden.status_code, hidden.content) == (404, unknown.content), (name, title)
    unknown = fonds.basile.get(reverse("object_download", args=[new_id()]))
    for title in ("Dossier du maire", "Avis confidentiel"):
        hidden = fonds.basile.get(fonds.download(title))
        assert (hidden.status_code, hidden.content) == (404, unknown.content), title


def test_the_tree_begins_where_the_reader_sees(fonds: Fonds) -> None:
    page = text_of(fonds.basile.get(reverse("classification")))
    assert "Budget 2014" in page
    assert "1 unité" in text_of(fonds.basile.get(reverse("search") + "?q=budget"))
    unit = text_of(fonds.basile.get(fonds.unit("Budget 2014")))
    assert "Annexe chiffrée" in unit
    # One of the two pieces: counts are those of what is seen.
    assert '<span class="count">1<' in unit.replace(" ", "") or ">1</span>" in unit
    assert 'aria-current="page"' in unit


def test_facets_count_what_is_seen(fonds: Fonds) -> None:
    basile = fonds.basile.get(reverse("search")).context["screen"].results
    aline = fonds.aline.get(reverse("search")).context["screen"].results
    assert (basile.total, basile.facets.agencies) == (2, {"FINANCES": 2})
    assert (aline.total, aline.facets.agencies) == (5, {"FINANCES": 3, "MAIRIE": 2})


def test_a_rule_from_a_hidden_unit_holds_without_its_name(fonds: Fonds) -> None:
    address = fonds.unit("Annexe chiffrée")
    page = text_of(fonds.basile.get(address + "?pourquoi=AppraisalRule-0"))
    assert "APP-00001" in page
    assert "position hors de votre contrat d’accès" in page
    assert str(fonds.units["Commission secrète"].id) not in page
    assert "Commission secrète" in text_of(fonds.aline.get(address))


class TestObjects:
    def test_a_usage_that_is_not_open_is_refused_with_the_reason(self, fonds: Fonds) -> None:
        assert fonds.basile.get(fonds.download("Annexe chiffrée")).status_code == 200
        change(fonds.cast, data_object_versions=["Dissemination"])
        refused = fonds.basile.get(fonds.download("Annexe chiffrée"))
        assert refused.status_code == 403
        assert "pas ses objets « original numérique »" in text_of(refused)
        page = text_of(fonds.basile.get(fonds.unit("Annexe chiffrée")))
        assert "non ouvert par votre contrat d’accès" in page
        assert fonds.download("Annexe chiffrée") not in page

    @pytest.mark.parametrize(("access_log", "told"), [("ACTIVE", 3), ("INACTIVE", 1)])
    def test_every_access_is_told_when_the_contract_asks(
        self, fonds: Fonds, access_log: str, told: int
    ) -> None:
        change(fonds.cast, access_log=access_log)
        client = fonds.basile
        for piece in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
            answer = client.get(fonds.download("Annexe chiffrée"), headers={"range": piece})
            b"".join(answer)
            assert answer.status_code == 206
        with tenant_scope(fonds.cast.coffre_a.id):
            accesses = list(Operation.objects.filter(type="OBJECT_DOWNLOAD"))
        assert len(accesses) == told
        assert {one.agent_id for one in accesses} == {fonds.cast.basile.id}
        assert accesses[0].detail["access_contracts"] == ["CA-FINANCES"]


class TestNothingSeen:
    @pytest.mark.parametrize("address", ["classification", "search"])
    def test_without_contract_the_page_says_why_and_whom_to_ask(
        self, fonds: Fonds, address: str
    ) -> None:
        give(fonds.cast)
        page = text_of(fonds.basile.get(reverse(address)))
        assert "Aucun contrat d’accès ne vous est donné" in page
        assert "administrateur" in page
        assert fonds.basile.get(fonds.unit("Budget 2014")).status_code == 404

    def test_an_inactive_contract_opens_nothing_and_says_so(self, fonds: Fonds) -> None:
        change(fonds.cast, status="INACTIVE")
        page = text_of(fonds.basile.get(reverse("search")))
        assert "Votre contrat d’accès n’est pas actif" in page
        assert fonds.basile.get(fonds.download("Annexe chiffrée")).status_code == 404

    def test_a_contract_deleted_opens_nothing(self, fonds: Fonds) -> None:
        give(fonds.cast, "CA-DISPARU")
        assert fonds.basile.get(fonds.unit("Budget 2014")).status_code == 404
        assert fonds.basile.get(reverse("home")).status_code == 200


def test_a_change_of_contract_holds_at_the_next_request(fonds: Fonds) -> None:
    client = fonds.basile
    assert client.get(fonds.unit("Budget 2014")).status_code == 200
    change(fonds.cast, originating_agencies=["VOIRIE"])
    assert client.get(fonds.unit("Budget 2014")).status_code == 404


def test_archivists_who_do_not_answer_for_contracts_cannot_write_one(fonds: Fonds) -> None:
    for slug in ("accesscontracts", "contexts", "securityprofiles"):
        for name in ("referential_create", "referential_import"):
            assert fonds.aline.get(reverse(name, args=[slug])).status_code == 403, (name, slug)
    with tenant_scope(fonds.cast.coffre_a.id):
        contract = AccessContract.objects.get()
    edit = reverse("referential_edit", args=["accesscontracts", contract.id])
    assert fonds.aline.get(edit).status_code == 403
