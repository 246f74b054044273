"""Searching by the rules in force: what the box finds, the facets, the lines, the export."""

import csv
import datetime as dt
import io
import re

import pytest
from django.test import RequestFactory
from django.urls import reverse

from access import query_language
from access.search_page import SearchScreen
from sae.holdings.models import UnitRules
from sae.holdings.projection import SearchQuery, search
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import Grant
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tests.access.test_rules_in_force import Ruled, build_ruled, text_of
from tests.builders.people import Cast
from tests.builders.sights import seeing_all, seeing_by

pytestmark = pytest.mark.django_db

TOWN, PROCUREMENT, WORKS = "Saint-Aubin", "Commande publique", "Marchés de travaux"
FILE, HOLD, PIECE = "Marché 2014-021 <toiture>", "Contentieux", "PV de réception"
OTHER = "Correspondance"


@pytest.fixture(autouse=True)
def in_march_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 3, 12))


@pytest.fixture
def ruled(cast: Cast) -> Ruled:
    return build_ruled(cast)


def found(ruled: Ruled, box: str) -> set[str]:
    asked = query_language.parse(box)
    assert not asked.problems
    with seeing_all(ruled.cast.coffre_a.id):
        page = search(SearchQuery(text=asked.text, rules=asked.rules))
        assert page.total == len(page.ids)
        return {unit.title for unit in units_by_ids(page.ids)}


@pytest.mark.parametrize(
    ("box", "titles"),
    [
        ("règle:APP-00012", {WORKS, FILE, HOLD, PIECE}),
        ("règle:APP-00005", {PROCUREMENT}),
        ("règle:aucune", {TOWN, OTHER}),
        ("sort:détruire", {WORKS, FILE, HOLD, PIECE}),
        ("sort:conserver", {TOWN, PROCUREMENT, OTHER}),
        ("sort:conserver sort:détruire", {TOWN, PROCUREMENT, WORKS, FILE, HOLD, PIECE, OTHER}),
        ("dua:<2016", {PROCUREMENT}),
        ("dua:2026", {WORKS, FILE, HOLD, PIECE}),
        ("dua:2026-06-30..", {WORKS, FILE, HOLD, PIECE}),
        ("dua:>2026-06-30", set()),
        ("échéance:>2030", {FILE, PIECE}),
        ("communicabilité:2041", {FILE, PIECE}),
        ("communicable:non", {FILE, PIECE}),
        ("communicable:oui", {TOWN, PROCUREMENT, WORKS, HOLD, OTHER}),
        ("gel:oui", {HOLD, PIECE}),
        ("gel:non règle:APP-00012", {WORKS, FILE}),
        ("origine:propre", {PROCUREMENT, WORKS, FILE, HOLD}),
        ("origine:héritée gel:oui", {HOLD, PIECE}),
        ("origine:bloquée", {WORKS, FILE}),
        ("origine:bloquée communicable:non", {FILE}),
        ("marché dua:<2027 sort:détruire", {WORKS, FILE}),
        ("règle:attente", set()),
    ],
)  # fmt: skip
def test_the_box_finds_by_rules(ruled: Ruled, box: str, titles: set[str]) -> None:
    assert found(ruled, box) == titles


def test_a_unit_without_stored_rules_waits(ruled: Ruled) -> None:
    with tenant_scope(ruled.cast.coffre_a.id):
        UnitRules.objects.filter(id=ruled.piece.id).delete()
    assert found(ruled, "règle:attente") == {PIECE}
    assert PIECE not in found(ruled, "règle:APP-00012")


def test_facets_count_final_actions_and_years(ruled: Ruled) -> None:
    with seeing_all(ruled.cast.coffre_a.id):
        facets = search(SearchQuery()).facets
    assert facets.final_actions == {"Keep": 3, "Destroy": 4}
    assert facets.due_years == {"2015": 1, "2026": 4}


def test_on_the_day_of_its_end_an_access_rule_keeps_nothing_closed_any_more(
    ruled: Ruled, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, closed in ((29, {FILE, PIECE}), (30, set())):
        monkeypatch.setattr(clock, "today", lambda day=day: dt.date(2041, 6, day))
        assert found(ruled, "communicable:non") == closed


def test_a_contract_shows_what_is_due_and_not_that_very_day(
    ruled: Ruled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def seen(day: dt.date, category: str) -> set[str]:
        monkeypatch.setattr(clock, "today", lambda: day)
        grant = Grant(every_agency=True, due_categories=(category,))
        with seeing_by(ruled.cast.coffre_a.id, grant):
            return {unit.title for unit in units_by_ids(search(SearchQuery()).ids)}

    assert seen(dt.date(2026, 6, 30), "AppraisalRule") == {PROCUREMENT}
    assert seen(dt.date(2026, 7, 1), "AppraisalRule") == {PROCUREMENT, WORKS, FILE, HOLD, PIECE}
    assert seen(dt.date(2099, 1, 1), "DisseminationRule") == set()
    assert seen(dt.date(2099, 1, 1), "NoSuchRule") == set()


def test_the_screen_shows_chips_facets_and_what_is_due(ruled: Ruled) -> None:
    page = ruled.aline.get(reverse("search"), {"q": "dua:2026 sort:détruire gel:oui"})
    text = text_of(page.content)
    assert "Échéance : DUA" in text
    assert "DUA 30/06/2026, Détruire" in text
    assert re.search(r"Gel\s*:?\s*en cours", text)
    assert "Fin de DUA" in text
    assert "Sort final" in text


def test_what_blocks_is_a_chip_that_can_be_taken_off(ruled: Ruled) -> None:
    page = ruled.aline.get(reverse("search"), {"q": "origine:bloquée"})
    assert page.context["screen"].results.total == 2
    assert "bloquée par l’unité" in text_of(page.content)


def test_a_year_of_the_facet_replaces_another(ruled: Ruled) -> None:
    request = RequestFactory().get(reverse("search"), {"q": "dua:2015 marché"})
    with seeing_all(ruled.cast.coffre_a.id):
        screen = SearchScreen(request)
        (facet,) = [one for one in screen.facets if one.title == "Fin de DUA"]
        assert [choice.label for choice in facet.choices if choice.is_chosen] == ["2015"]


def test_the_export_says_the_rules(ruled: Ruled) -> None:
    response = ruled.aline.get(reverse("search"), {"q": "règle:ACC-00003", "export": "csv"})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    (piece,) = [row for row in rows if row["Intitulé"] == PIECE]
    assert piece["Règles en vigueur"] == "ACC-00003, APP-00012, DIS-00001, HOL-00002, REU-00001"
    assert piece["Sort final"] == "Détruire"
    assert "2041" in piece["Fin de l’incommunicabilité"]
