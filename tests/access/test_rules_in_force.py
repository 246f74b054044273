"""The panel « Règles en vigueur » of a unit, and « Pourquoi ? »."""

import datetime as dt
import html
import re
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from access.rules_panel import RuleLine, RulesPanel
from sae.holdings.inheritance import UnknownParentError
from sae.holdings.models import ArchiveUnit
from sae.holdings.rules_in_force import rules_in_force, rules_in_force_on
from sae.holdings.selectors.units import get_unit
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from tenants.models import ManagementRule
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

pytestmark = pytest.mark.django_db

REFERENTIAL = (
    ("APP-00005", "AppraisalRule", "Pièces courantes", 5, False),
    ("APP-00012", "AppraisalRule", "Marchés de travaux", 10, False),
    ("ACC-00003", "AccessRule", "Vie privée", 25, False),
    ("DIS-00001", "DisseminationRule", "Droits d’auteur", None, True),
    ("HOL-00002", "HoldRule", "Contentieux", None, False),
    ("REU-00001", "ReuseRule", "Données", 1, False),
)


def referential() -> None:
    moment = clock.now()
    for identifier, category, value, years, unlimited in REFERENTIAL:
        ManagementRule.objects.create(
            id=new_id(),
            identifier=identifier,
            category=category,
            value=value,
            duration=years,
            unlimited=unlimited,
            measurement="YEAR" if years else "",
            created_at=moment,
            updated_at=moment,
        )


@dataclass(frozen=True)
class Ruled:
    """A town’s plan with rules at every level, down to a piece under two files."""

    cast: Cast
    town: Built
    procurement: Built
    works: Built
    file: Built
    hold: Built
    piece: Built
    other: Built

    def line(self, unit: Built, rule: str, opened: str = "") -> RuleLine:
        (found,) = [one for one in self.panel(unit, opened).lines if one.rule == rule]
        return found

    def why(self, unit: Built, rule: str) -> RuleLine:
        return self.line(unit, rule, opened=self.line(unit, rule).key)

    def panel(self, unit: Built, opened: str = "") -> RulesPanel:
        with seeing_all(self.cast.coffre_a.id):
            panel = RulesPanel(rules_in_force(get_unit(unit.id)), opened=opened)
            assert panel.lines is not None
            return panel

    @property
    def aline(self) -> Client:
        return self.cast.client(self.cast.aline)


def build_ruled(cast: Cast) -> Ruled:
    with seeing_all(cast.coffre_a.id):
        referential()
        fonds = FondsBuilder(agency="FRAD000001")
        town = fonds.unit("Saint-Aubin", unit_type="FILING_UNIT", level="Fonds")
        procurement = fonds.unit(
            "Commande publique",
            under=town,
            level="Series",
            unit_type="FILING_UNIT",
            management=block(
                AppraisalRule={"Rules": [rule("APP-00005", "2010-01-01", "2015-01-01")]},
                DisseminationRule={"Rules": [rule("DIS-00001", "2010-01-01")]},
            ),
        )
        works = fonds.unit(
            "Marchés de travaux",
            under=procurement,
            level="Subseries",
            unit_type="FILING_UNIT",
            management=block(
                AppraisalRule={
                    "Rules": [rule("APP-00012", "2016-06-30", "2026-06-30")],
                    "Inheritance": {"PreventRulesId": ["APP-00005"]},
                    "FinalAction": "Destroy",
                },
                ReuseRule={"Rules": [rule("REU-00001")]},
            ),
        )
        file = fonds.unit(
            "Marché 2014-021 <toiture>",
            under=works,
            level="File",
            management=block(
                AccessRule={"Rules": [rule("ACC-00003", "2016-06-30", "2041-06-30")]},
                ReuseRule={"Inheritance": {"PreventInheritance": True}},
                NeedAuthorization=True,
            ),
        )
        hold = fonds.unit(
            "Contentieux",
            under=works,
            level="File",
            management=block(
                HoldRule={
                    "Rules": [
                        {
                            **rule("HOL-00002", "2025-01-14"),
                            "HoldReason": "Recours",
                            "HoldReassessingDate": "2026-01-14",
                            "PreventRearrangement": True,
                        }
                    ]
                }
            ),
        )
        piece = fonds.unit("PV de réception", under=[file, hold], level="Item")
        other = fonds.unit("Correspondance", under=town, level="File")
        fonds.load()
    return Ruled(cast, town, procurement, works, file, hold, piece, other)


@pytest.fixture
def ruled(cast: Cast) -> Ruled:
    return build_ruled(cast)


@pytest.fixture(autouse=True)
def in_march_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 3, 12))


def rule(name: str, start: str = "", end: str = "") -> dict[str, Any]:
    dates = {"StartDate": start, "EndDate": end}
    return {"Rule": name, **{key: value for key, value in dates.items() if value}}


def block(**categories: Any) -> bytes:
    return orjson.dumps(categories)


def text_of(content: bytes) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content.decode())))


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_an_inherited_rule_says_from_where_and_until_when(ruled: Ruled) -> None:
    line = ruled.line(ruled.file, "APP-00012")
    assert (line.state, line.where) == ("inherited", "héritée de « Marchés de travaux »")
    assert (line.start, line.end) == (dt.date(2016, 6, 30), dt.date(2026, 6, 30))
    assert (line.effect, line.length, line.name) == ("Détruire", "10 ans", "Marchés de travaux")
    assert not line.is_over
    own = ruled.line(ruled.file, "ACC-00003")
    assert (own.state, own.where) == ("own", "portée ici")


@pytest.mark.parametrize(("day", "is_over"), [(29, False), (30, True)])
def test_a_rule_is_shown_as_over_on_the_day_of_its_end(
    ruled: Ruled, monkeypatch: pytest.MonkeyPatch, day: int, is_over: bool
) -> None:
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 6, day))
    assert ruled.line(ruled.file, "APP-00012").is_over is is_over


def test_why_draws_the_way_from_the_top_and_says_it_in_a_sentence(ruled: Ruled) -> None:
    why = ruled.why(ruled.file, "APP-00012").why
    assert why is not None
    assert spaced(why.head) == "Échéance le 30 juin 2026, dans 110 jours"
    assert why.sentence == "la règle vient de « Marchés de travaux », avec sa date de départ."
    (way,) = why.ways
    assert [(node.title, node.tone) for node in way] == [
        ("Saint-Aubin", ""),
        ("Commande publique", "aside"),
        ("Marchés de travaux", "source"),
        ("Marché 2014-021 <toiture>", ""),
        ("30/06/2026", "result"),
    ]
    assert way[1].struck == "APP-00005, 5 ans"
    assert way[2].declares == "APP-00012, 10 ans"
    assert way[4].note == "30/06/2016 + 10 ans, puis : Détruire"


def test_a_rule_that_comes_by_two_parents_has_two_ways(ruled: Ruled) -> None:
    why = ruled.why(ruled.piece, "APP-00012").why
    assert why is not None
    assert [[node.title for node in way][3] for way in why.ways] == [
        "Marché 2014-021 <toiture>",
        "Contentieux",
    ]


def test_a_rule_set_aside_is_shown_struck_with_the_unit_that_does_it(ruled: Ruled) -> None:
    line = ruled.why(ruled.file, "APP-00005")
    assert (line.state, line.where) == ("aside", "écartée par « Marchés de travaux »")
    assert line.why is not None
    assert line.why.head == "Sans effet ici"
    assert line.why.sentence == (
        "« Commande publique » porte APP-00005, mais « Marchés de travaux » écarte cette règle."
    )
    (way,) = line.why.ways
    assert [node.title for node in way] == [
        "Saint-Aubin", "Commande publique", "Marchés de travaux", "Marché 2014-021 <toiture>",
        "Sans effet",
    ]  # fmt: skip
    assert way[2].note == "écarte APP-00005"


def test_a_category_refused_sets_aside_what_comes_from_above(ruled: Ruled) -> None:
    line = ruled.why(ruled.file, "REU-00001")
    assert (line.state, line.where) == ("aside", "écartée ici")
    assert line.why is not None
    assert "cette unité n’hérite rien de cette catégorie" in line.why.sentence
    # Through the other file, the piece receives it.
    assert ruled.line(ruled.piece, "REU-00001").state == "inherited"


def test_without_end_the_reason_is_said(ruled: Ruled) -> None:
    heads = {
        name: why.head
        for name in ("DIS-00001", "HOL-00002", "REU-00001")
        if (why := ruled.why(ruled.hold, name).why)
    }
    assert heads == {
        "DIS-00001": "Sans échéance, la durée est illimitée",
        "HOL-00002": "Sans échéance, le gel dure tant qu’il n’est pas levé",
        "REU-00001": "Sans échéance, la date de départ n’est pas fixée",
    }
    hold = ruled.line(ruled.hold, "HOL-00002")
    assert hold.effect == "Recours, réexamen dépassé, prévu le 14/01/2026, classement figé"


def test_an_agency_that_decided_nothing_keeps_and_the_page_says_so(ruled: Ruled) -> None:
    (line,) = ruled.panel(ruled.other).lines
    assert (line.rule, line.effect) == ("", "Conserver")
    assert line.where == "faute de décision du service producteur"
    (opened,) = ruled.panel(ruled.other, line.key).lines
    assert opened.why is not None
    assert "dans le doute" in opened.why.sentence


def test_a_rule_gone_from_the_referential_is_still_in_force(ruled: Ruled) -> None:
    with seeing_all(ruled.cast.coffre_a.id):
        ManagementRule.objects.filter(identifier="APP-00012").delete()
    line = ruled.why(ruled.file, "APP-00012")
    assert (line.name, line.length, line.url) == ("", "", "")
    assert line.end == dt.date(2026, 6, 30)


def test_the_page_works_by_links_alone_and_by_fragment(ruled: Ruled) -> None:
    address = reverse("unit", args=[ruled.file.id])
    closed = ruled.aline.get(address)
    page = text_of(closed.content)
    assert "Règles en vigueur" in page
    assert "Consultation soumise à autorisation" in page
    assert "Échéance le" not in page
    link = re.search(rb'href="(\?pourquoi=AppraisalRule-0)#', closed.content)
    assert link
    opened = ruled.aline.get(address + link[1].decode())
    assert "Échéance le 30 juin 2026, dans 110 jours" in spaced(text_of(opened.content))
    assert b"&lt;toiture&gt;" in opened.content
    assert b"<toiture>" not in opened.content
    fragment = ruled.aline.get(
        address + link[1].decode(), headers={"HX-Request": "true", "HX-Target": "regles-en-vigueur"}
    )
    assert fragment.content.strip().startswith(b"<section")
    assert "Échéance le 30 juin 2026" in spaced(text_of(fragment.content))


def test_the_rule_s_page_is_linked_for_those_who_may_see_it(ruled: Ruled) -> None:
    with seeing_all(ruled.cast.coffre_a.id):
        row = ManagementRule.objects.get(identifier="APP-00012")
    address = reverse("unit", args=[ruled.file.id]) + "?pourquoi=AppraisalRule-0"
    assert reverse("rule", args=[row.id]).encode() in ruled.aline.get(address).content


@pytest.mark.parametrize("asked", ["", "inconnu", "AppraisalRule-99", "<script>", "é" * 500])
def test_an_unknown_explanation_opens_nothing(ruled: Ruled, asked: str) -> None:
    answer = ruled.aline.get(reverse("unit", args=[ruled.file.id]), {"pourquoi": asked})
    assert answer.status_code == 200
    assert b"<script>" not in answer.content.replace(b"<script src", b"")


def test_reading_takes_one_query_whatever_the_number_of_ancestors(
    ruled: Ruled, django_assert_num_queries: Any
) -> None:
    with seeing_all(ruled.cast.coffre_a.id):
        unit = get_unit(ruled.piece.id)
        with django_assert_num_queries(1):
            rules_in_force(unit)
        units = list(ArchiveUnit.objects.filter(id__in=[ruled.piece.id, ruled.file.id]))
        with django_assert_num_queries(1):
            found = rules_in_force_on(units)
    assert ruled.piece.id in found
    assert ruled.file.id in found


def test_a_missing_ancestor_is_an_error_never_a_guess(ruled: Ruled) -> None:
    with seeing_all(ruled.cast.coffre_a.id):
        unit = get_unit(ruled.piece.id)
        unit.ancestors = []
        with pytest.raises(UnknownParentError):
            rules_in_force(unit)
