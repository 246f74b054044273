"""Units and the rules in force on them, as an existing client of the API asks for them."""

import json
from typing import Any

import orjson
import pytest
from django.test import Client

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
UNITS = "/access-external/v1/units"
INHERITED = "/access-external/v1/unitsWithInheritedRules"


class Application:
    """A client of the API, with its token and its coffre."""

    def __init__(self, coffre: Tenant, *, role: str = "reader") -> None:
        secret = ApiToken.new_secret()
        with tenant_scope(coffre.id):
            ApiToken.objects.create(
                name="Portail",
                prefix=secret[:8],
                token_sha256=ApiToken.digest(secret),
                role=role,
                created_at=clock.now(),
            )
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"X-Tenant-Id": str(coffre.number), "Authorization": f"Bearer {secret}"}

    def get(self, address: str, query: Any = None, *, override: bool = False) -> Any:
        extra = {"X-Http-Method-Override": "GET"} if override else {}
        return self.client.generic(
            "POST" if override else "GET",
            address,
            query if isinstance(query, bytes) else json.dumps(query) if query is not None else "",
            content_type="application/json",
            headers={**self.headers, **extra},
        )


class Rules:
    """A plan of one agency; two files that inherit, redefine and refuse; a piece under both."""

    def __init__(self) -> None:
        fonds = FondsBuilder(agency="FRAD000001")
        self.plan = fonds.unit(
            "Plan",
            unit_type="FILING_UNIT",
            management=declared("APP-1", "APP-2", FinalAction="Destroy", start="2000-01-01"),
        )
        self.one = fonds.unit(
            "Marchés",
            under=self.plan,
            content={"FilePlanPosition": ["M-1"], "OriginatingSystemId": "A"},
            management=orjson.dumps(
                {"AppraisalRule": {"Inheritance": {"PreventRulesId": ["APP-1"]}}}
            ),
        )
        self.two = fonds.unit(
            "Contentieux",
            under=self.plan,
            content={"OriginatingSystemId": "B"},
            management=declared("APP-2"),
        )
        self.piece = fonds.unit("PV", under=[self.one, self.two], level="Item")
        fonds.load()
        self.operation_id = fonds.operation.id


def declared(*rules: str, start: str = "", **properties: str) -> bytes:
    lines = [{"Rule": rule, **({"StartDate": start} if start else {})} for rule in rules]
    return orjson.dumps({"AppraisalRule": {"Rules": lines, **properties}})


@pytest.fixture
def rules(cast: Cast) -> Rules:
    with tenant_scope(cast.coffre_a.id):
        return Rules()


@pytest.fixture
def portal(cast: Cast) -> Application:
    return Application(cast.coffre_a)


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {one["#id"] for one in answer.json()["$results"]}


def names(*units: Built) -> set[str]:
    return {str(unit.id) for unit in units}


def test_one_unit_is_read_by_its_identifier(cast: Cast, rules: Rules, portal: Application) -> None:
    answer = portal.get(f"{UNITS}/{rules.piece.id}", {"$projection": {}})
    assert answer.status_code == 200
    assert answer.headers["X-Request-Id"]
    document = answer.json()
    assert document["$hits"] == {"total": 1, "offset": 0, "limit": 1, "size": 1}
    (unit,) = document["$results"]
    assert unit["Title"] == "PV"
    assert unit["#tenant"] == cast.coffre_a.number
    assert set(unit["#unitups"]) == names(rules.one, rules.two)
    assert set(unit["#allunitups"]) == names(rules.one, rules.two, rules.plan)
    assert unit["#originating_agency"] == "FRAD000001"
    assert "InheritedRules" not in unit


def test_a_projection_keeps_the_fields_asked_for(rules: Rules, portal: Application) -> None:
    answer = portal.get(f"{UNITS}/{rules.plan.id}", {"$projection": {"$fields": {"Title": 1}}})
    assert answer.json()["$results"] == [{"#id": str(rules.plan.id), "Title": "Plan"}]


def test_the_rules_in_force_come_with_their_origin_and_paths(
    rules: Rules, portal: Application
) -> None:
    answer = portal.get(INHERITED, {"$query": [{"$eq": {"#id": str(rules.piece.id)}}]})
    (unit,) = answer.json()["$results"]
    appraisal = unit["InheritedRules"]["AppraisalRule"]
    piece, one, two, plan = (
        str(built.id) for built in (rules.piece, rules.one, rules.two, rules.plan)
    )
    found = {(line["Rule"], line["UnitId"]): line for line in appraisal["Rules"]}
    assert {key: line["Paths"] for key, line in found.items()} == {
        ("APP-2", plan): [[piece, one, plan]],
        ("APP-2", two): [[piece, two]],
        ("APP-1", plan): [[piece, two, plan]],
    }
    assert found["APP-2", plan]["StartDate"] == "2000-01-01"
    assert appraisal["Properties"] == [
        {
            "UnitId": plan,
            "OriginatingAgency": "FRAD000001",
            "Paths": [[piece, one, plan], [piece, two, plan]],
            "PropertyName": "FinalAction",
            "PropertyValue": "Destroy",
        }
    ]
    assert unit["InheritedRules"]["HoldRule"] == {"Rules": [], "Properties": []}
    assert unit["InheritedRules"]["GlobalProperties"] == []


def test_by_identifier_in_the_address_and_by_query_the_answer_is_the_same(
    rules: Rules, portal: Application
) -> None:
    by_address = portal.get(f"{INHERITED}/{rules.piece.id}").json()["$results"]
    query = {"$query": [{"$in": {"#id": [str(rules.piece.id)]}}]}
    assert portal.get(INHERITED, query, override=True).json()["$results"] == by_address


def test_conditions_are_put_together(rules: Rules, portal: Application) -> None:
    def found(condition: dict[str, Any]) -> set[str]:
        return ids(portal.get(INHERITED, {"$query": [condition]}))

    everything = names(rules.plan, rules.one, rules.two, rules.piece)
    assert found({"$eq": {"#opi": str(rules.operation_id)}}) == everything
    assert found({"$eq": {"#unitups": str(rules.plan.id)}}) == names(rules.one, rules.two)
    assert found({"$in": {"#unitups": [str(rules.one.id), str(rules.two.id)]}}) == names(
        rules.piece
    )
    assert found({"$eq": {"#allunitups": str(rules.plan.id)}}) == names(
        rules.one, rules.two, rules.piece
    )
    assert found({"$eq": {"Title": "Contentieux"}}) == names(rules.two)
    assert found({"$eq": {"FilePlanPosition": "M-1"}}) == names(rules.one)
    assert found({"$eq": {"#unittype": "FILING_UNIT"}}) == names(rules.plan)
    both = {"$or": [{"$eq": {"Title": "PV"}}, {"$eq": {"#id": str(rules.plan.id)}}]}
    assert found(both) == names(rules.piece, rules.plan)
    narrowed = {"$and": [both, {"$in": {"#unittype": ["INGEST", "HOLDING_UNIT"]}}]}
    assert found(narrowed) == names(rules.piece)
    assert found({"$eq": {"#id": "pas-un-identifiant"}}) == set()
    roots = {"$roots": [str(rules.one.id)], "$query": [{"$eq": {"Title": "Marchés"}, "$depth": 0}]}
    assert ids(portal.get(INHERITED, roots)) == names(rules.one)


def test_pages_follow_one_another(rules: Rules, portal: Application) -> None:
    condition = {"$query": [{"$eq": {"#opi": str(rules.operation_id)}}]}
    pages = [
        portal.get(INHERITED, {**condition, "$filter": {"$limit": 3, "$offset": offset}})
        for offset in (0, 3)
    ]
    assert [page.json()["$hits"]["total"] for page in pages] == [4, 4]
    assert [len(ids(page)) for page in pages] == [3, 1]
    assert not ids(pages[0]) & ids(pages[1])


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ({"Title": 1}, ["Contentieux", "Marchés", "PV", "Plan"]),
        ({"Title": -1}, ["Plan", "PV", "Marchés", "Contentieux"]),
        ({"#unitType": 1, "Title": -1}, ["Plan", "PV", "Marchés", "Contentieux"]),
        ({"OriginatingSystemId": 1, "#id": 1}, ["Marchés", "Contentieux", "Plan", "PV"]),
        ({"OriginatingSystemId": -1, "#id": -1}, ["Contentieux", "Marchés", "PV", "Plan"]),
    ],
)
def test_results_come_in_the_order_asked(
    order: dict[str, int], titles: list[str], rules: Rules, portal: Application
) -> None:
    def page(offset: int, limit: int) -> list[str]:
        found = portal.get(
            INHERITED,
            {
                "$query": [{"$eq": {"#opi": str(rules.operation_id)}}],
                "$filter": {"$orderby": order, "$offset": offset, "$limit": limit},
                "$threshold": 10_000,
            },
        )
        assert found.status_code == 200, found.content
        return [one["Title"] for one in found.json()["$results"]]

    assert page(0, 10) == titles
    assert page(0, 3) + page(3, 3) == titles


@pytest.mark.parametrize(
    "query",
    [
        {"$query": [{"$eq": {"Title": "autre"}}], "$projection": {}},
        {"$filter": {"$limit": 3}},
        {"$action": [{"$set": {"Title": "x"}}]},
        {"$projection": {"$fields": {"$rules": 1}}},
        ["$projection"],
    ],
)
def test_by_identifier_nothing_is_asked_but_a_projection(
    query: Any, rules: Rules, portal: Application
) -> None:
    for address in (f"{UNITS}/{rules.plan.id}", f"{INHERITED}/{rules.plan.id}"):
        assert portal.get(address, query).status_code == 400
        empty = {"$roots": [], "$query": [], "$filter": {}, "$projection": {}}
        assert portal.get(address, empty).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"$query": []},
        {"$query": [{"$match": {"Title": "x"}}]},
        {"$query": [{"$ne": {"#id": "x"}}]},
        {"$query": [{"$eq": {"#inconnu": "x"}}]},
        {"$query": [{"$eq": {"_id": "x"}}]},
        {"$query": [{"$eq": {"Title": 3}}]},
        {"$query": [{"$eq": {"Title": "a\x00"}}]},
        {"$query": [{"$eq": {"Title": "x", "#id": "y"}}]},
        {"$query": [{"$in": {"#id": "x"}}]},
        {"$query": [{"$and": []}]},
        {"$query": [{"$eq": {"#id": "x"}, "$depth": 1}]},
        {"$query": [{"$eq": {"#id": "x"}}], "$roots": ["x"]},
        {"$query": [{"$eq": {"#id": "x"}}], "$facets": [{}]},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$limit": 10_001}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$orderby": {"Title": 2}}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$orderby": {"Title": True}}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$orderby": {"#management": 1}}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$orderby": {"_id": 1}}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$orderby": ["Title"]}},
        {"$query": [{"$eq": {"#id": "x"}}], "$filter": {"$hint": ["cache"]}},
        {"$query": [{"$eq": {"#id": "x"}}], "$threshold": "beaucoup"},
        {"$query": [{"$eq": {"#id": "x"}}], "$projection": {"$fields": {"$rules": 1}}},
        [],
        b"{",
        b"\xff",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_not_ignored(
    query: Any, rules: Rules, portal: Application
) -> None:
    answer = portal.get(INHERITED, query)
    assert answer.status_code == 400, answer.content
    error = answer.json()
    assert (error["httpCode"], error["context"], error["state"]) == (400, "access-external", "KO")
    assert error["description"]


def test_the_old_projection_of_rules_is_refused_in_the_words_clients_know(
    rules: Rules, portal: Application
) -> None:
    query = {
        "$query": [{"$eq": {"#id": str(rules.plan.id)}}],
        "$projection": {"$fields": {"$rules": 1}},
    }
    assert portal.get(INHERITED, query).json()["description"] == (
        "Projection field $rules is no longer supported."
    )


def test_deep_queries_are_refused(rules: Rules, portal: Application) -> None:
    condition: dict[str, Any] = {"$eq": {"#id": "x"}}
    for _level in range(40):
        condition = {"$and": [condition]}
    assert portal.get(INHERITED, {"$query": [condition]}).status_code == 400


def test_another_coffre_sees_nothing(cast: Cast, rules: Rules) -> None:
    stranger = Application(cast.coffre_b)
    for address in (f"{UNITS}/{rules.plan.id}", f"{INHERITED}/{rules.plan.id}"):
        assert stranger.get(address).status_code == 404
        unknown = stranger.get(address.replace(str(rules.plan.id), str(new_id())))
        assert unknown.content == stranger.get(address).content
    query = {"$query": [{"$eq": {"#id": str(rules.plan.id)}}]}
    assert ids(stranger.get(INHERITED, query)) == set()


def test_a_role_that_may_not_see_the_holdings_is_refused(cast: Cast, rules: Rules) -> None:
    auditor = Application(cast.coffre_a, role="auditor")
    for address in (f"{UNITS}/{rules.plan.id}", INHERITED):
        assert auditor.get(address, {}).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_units(
    cast: Cast, rules: Rules, portal: Application, django_assert_max_num_queries: Any
) -> None:
    query = {"$query": [{"$eq": {"#opi": str(rules.operation_id)}}]}
    with django_assert_max_num_queries(20):
        portal.get(INHERITED, query)
