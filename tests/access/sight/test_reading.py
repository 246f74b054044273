"""Search, tree, pages and API: what leads to a unit in sight does not tell of those around it."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import ApiToken, Context, SecurityProfile
from tests.access.sight.conftest import CONTRACT, Narrowed

pytestmark = pytest.mark.django_db
UNITS = "/access-external/v1/units"
INHERITED = "/access-external/v1/unitsWithInheritedRules"
INSIDE = ("Budget", "Annexe", "Recettes", "Rangement")


def titles(page: Any) -> list[str]:
    return sorted(line.unit.title for line in page.context["screen"].lines)


class TestSearch:
    @pytest.mark.parametrize("title", ["Commission secrète", "Position secrète", "Note secrète"])
    def test_what_is_below_a_unit_out_of_sight_is_asked_of_nothing(
        self, narrowed: Narrowed, title: str
    ) -> None:
        url = reverse("search")
        hidden = narrowed.basile.get(url, {"q": f"dans:{narrowed.id(title)}"})
        nothing = narrowed.basile.get(url, {"q": f"dans:{new_id()}"})
        assert titles(hidden) == titles(nothing) == []
        assert [chip.value for chip in hidden.context["screen"].chips] == [
            chip.value for chip in nothing.context["screen"].chips
        ]

    def test_below_a_unit_in_sight_is_found_what_is_seen(self, narrowed: Narrowed) -> None:
        url, asked = reverse("search"), {"q": f"dans:{narrowed.id('Budget')}"}
        assert titles(narrowed.basile.get(url, asked)) == ["Annexe"]
        assert len(titles(narrowed.aline.get(url, asked))) == 4

    @pytest.mark.parametrize("box", [
        "", "avis", "note OR position", "règle:HOL-00001", "règle:APP-00001", "gel:oui",
        "origine:héritée", "origine:propre", "producteur:MAIRIE", "type:plan", "objet:oui",
        "sort:conserver", "échéance:<2050",
    ])  # fmt: skip
    def test_whatever_is_asked_what_is_found_counted_and_offered_is_in_sight(
        self, narrowed: Narrowed, box: str
    ) -> None:
        for order in ("pertinence", "versement", "intitule", "date", "-date"):
            page = narrowed.basile.get(reverse("search"), {"q": box, "tri": order})
            found = titles(page)
            assert set(found) <= set(INSIDE)
            results = page.context["screen"].results
            assert results.total == len(found)
            assert "MAIRIE" not in results.facets.agencies
            assert all(count <= len(found) for count in results.facets.unit_types.values())
            assert narrowed.told(page, but=box or "\0") == []

    def test_exports_count_below_as_seen(self, narrowed: Narrowed) -> None:
        asked = {"q": "budget", "export": "csv"}
        assert narrowed.told(narrowed.basile.get(reverse("search"), asked)) == []
        answer = narrowed.basile.get(reverse("search"), asked)
        lines = b"".join(answer).decode("utf-8-sig").splitlines()
        below = lines[0].split(";" if ";" in lines[0] else ",").index("Unités dessous")
        assert lines[1].split(";" if ";" in lines[0] else ",")[below] == "1"


class TestPages:
    @pytest.mark.parametrize("title", INSIDE)
    def test_a_unit_s_page_and_its_parts_name_nothing_around(
        self, narrowed: Narrowed, title: str
    ) -> None:
        url = reverse("unit", args=[narrowed.id(title)])
        asked: list[dict[str, str]] = [
            {}, {"dans": "avis"}, {"suite": f"a~{narrowed.id('Avis secret')}"},
        ]  # fmt: skip
        page = narrowed.basile.get(url)
        asked += [{"pourquoi": line.key} for line in page.context["page"].rules.lines]
        for one in asked:
            for headers in ({}, {"HX-Target": "regles-en-vigueur"},
                            {"HX-Target": "liste-des-sous-unites"}):  # fmt: skip
                answer = narrowed.basile.get(url, one, headers=headers)
                assert narrowed.told(answer, but=one.get("suite", "\0")) == []
        branch = narrowed.basile.get(reverse("classification_branch", args=[narrowed.id(title)]))
        assert narrowed.told(branch) == []

    def test_there_are_more_is_said_of_what_is_seen(
        self, narrowed: Narrowed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("access.tree.LINES", 1)
        url = reverse("unit", args=[narrowed.id("Budget")])
        page = narrowed.basile.get(url, {"dans": "a"}).context["page"]
        assert [one.branch.title for one in page.children.nodes] == ["Annexe"]
        assert not page.children.has_others
        assert narrowed.aline.get(url, {"dans": "a"}).context["page"].children.has_others

    def test_how_many_levels_are_out_of_sight_is_not_drawn(self, narrowed: Narrowed) -> None:
        url = reverse("unit", args=[narrowed.id("Annexe")])
        lines = narrowed.basile.get(url).context["page"].rules.lines
        inherited = next(line for line in lines if line.rule == "APP-00001")
        page = narrowed.basile.get(url, {"pourquoi": inherited.key}).context["page"]
        why = next(line.why for line in page.rules.lines if line.is_open)
        assert [(node.is_hidden, node.unit_id is None) for node in why.ways[0][:-1]] == [
            (True, True), (False, False), (False, False),
        ]  # fmt: skip

    def test_the_home_page(self, narrowed: Narrowed) -> None:
        with platform_scope(reason="test"):
            Tenant.objects.filter(id=narrowed.cast.coffre_a.id).update(quota_bytes=1)
        page = narrowed.basile.get(reverse("home"))
        assert narrowed.told(page) == []
        for client, told in ((narrowed.basile, False), (narrowed.aline, True)):
            groups = {one.key: one for one in client.get(reverse("home")).context["groups"]}
            facts = [item.facts for item in groups["quotas"].items]
            assert [bool(one) for one in facts] == [told]


class Application:
    """An application that sees by the contract alone."""

    def __init__(self, narrowed: Narrowed) -> None:
        coffre, moment, secret = narrowed.cast.coffre_a, clock.now(), ApiToken.new_secret()
        with tenant_scope(coffre.id):
            SecurityProfile.objects.create(
                identifier="SEC-1", name="Tout", full_access=True, created_at=moment,
                updated_at=moment,
            )  # fmt: skip
            Context.objects.create(
                identifier="CT-1", name="Portail", status="ACTIVE", enable_control=True,
                security_profile="SEC-1", created_at=moment, updated_at=moment,
                permissions=[{"tenant": coffre.number, "AccessContracts": [CONTRACT],
                              "IngestContracts": []}],
            )  # fmt: skip
            ApiToken.objects.create(
                name="Portail", prefix=secret[:8], token_sha256=ApiToken.digest(secret),
                role="reader", context_id="CT-1", created_at=moment,
            )  # fmt: skip
        self.headers = {
            "X-Tenant-Id": str(coffre.number), "Authorization": f"Bearer {secret}",
            "X-Access-Contract-Id": CONTRACT,
        }  # fmt: skip

    def ask(self, address: str, query: Any = None) -> Any:
        return Client().generic(
            "GET", address, json.dumps(query) if query else "", content_type="application/json",
            headers=self.headers,
        )  # fmt: skip


class TestApplications:
    def test_a_unit_out_of_sight_is_unknown(self, narrowed: Narrowed) -> None:
        application = Application(narrowed)
        for address in (UNITS, INHERITED):
            unknown = application.ask(f"{address}/{new_id()}")
            assert unknown.status_code == 404
            for one in narrowed.hidden:
                answer = application.ask(f"{address}/{one.id}")
                assert answer.status_code == 404
                assert narrowed.told(answer) == []

    def test_documents_name_nothing_around(self, narrowed: Narrowed) -> None:
        application = Application(narrowed)
        for title in INSIDE:
            for address in (UNITS, INHERITED):
                answer = application.ask(f"{address}/{narrowed.id(title)}")
                assert answer.status_code == 200, answer.content
                assert narrowed.told(answer) == []
        annex = application.ask(f"{INHERITED}/{narrowed.id('Annexe')}").json()["$results"][0]
        assert annex["#allunitups"] == annex["#unitups"] == [str(narrowed.id("Budget"))]
        (rule,) = annex["InheritedRules"]["AppraisalRule"]["Rules"]
        assert (rule["Rule"], rule["UnitId"], rule["Paths"]) == (
            "APP-00001", None, [[str(narrowed.id("Annexe")), str(narrowed.id("Budget"))]],
        )  # fmt: skip
        (held,) = annex["InheritedRules"]["HoldRule"]["Rules"]
        assert held["UnitId"] == str(narrowed.id("Annexe"))

    def test_no_condition_finds_or_counts_what_is_out_of_sight(self, narrowed: Narrowed) -> None:
        application = Application(narrowed)
        hidden = [str(one.id) for one in narrowed.hidden]
        seen = {"$in": {"#unittype": ["INGEST", "FILING_UNIT", "HOLDING_UNIT"]}}
        conditions: list[tuple[Any, int]] = [
            ({"$in": {"#id": hidden}}, 0),
            ({"$in": {"#unitups": hidden}}, 0),
            ({"$in": {"#allunitups": hidden}}, 0),
            ({"$eq": {"Title": "Avis secret"}}, 0),
            ({"$eq": {"ChampSecret": "oui"}}, 0),
            ({"$eq": {"#originating_agency": "MAIRIE"}}, 0),
            ({"$or": [{"$in": {"#id": hidden}}, {"$eq": {"Title": "Avis secret"}}]}, 0),
            ({"$and": [seen, {"$in": {"#id": hidden}}]}, 0),
            ({"$or": [{"$in": {"#id": hidden}}, seen]}, len(INSIDE)),
            ({"$eq": {"#allunitups": str(narrowed.id("Budget"))}}, 1),
        ]
        for condition, found in conditions:
            for order in ({}, {"$orderby": {"Title": 1}}, {"$orderby": {"ChampSecret": -1}}):
                query = {"$query": [condition], "$filter": order, "$projection": {}}
                answer = application.ask(INHERITED, query)
                assert answer.status_code == 200, answer.content
                told = answer.json()
                assert told["$hits"]["total"] == len(told["$results"]) == found, condition
                assert "secret" not in json.dumps(told["$results"], ensure_ascii=False).lower()
                assert not [one for one in hidden if one in json.dumps(told["$results"])]
        roots = {"$roots": hidden, "$query": [{"$depth": 0, **seen}], "$projection": {}}
        assert application.ask(INHERITED, roots).json()["$hits"]["total"] == 0
