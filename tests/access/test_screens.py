"""The screens of the way out, seen by the cast."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sae.holdings.models import ROOT
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from sae.ui import home as registry
from tests.access.conftest import Fonds
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast, take_away


def text_of(response) -> str:  # type: ignore[no-untyped-def]
    """Return the page without its tags, spaces as one reads them."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    plain = re.sub(r"<[^>]+>", " ", content.decode())
    return re.sub(r"\s+", " ", plain)


class TestClassification:
    def test_the_tree_shows_the_roots_with_counts(self, fonds: Fonds) -> None:
        page = fonds.aline.get(reverse("classification"))
        assert page.status_code == 200
        assert "Commande publique" in text_of(page)
        assert reverse("classification_branch", args=[fonds.plan.id]) in page.content.decode()

    def test_a_branch_is_a_fragment(self, fonds: Fonds) -> None:
        page = fonds.aline.get(reverse("classification_branch", args=[fonds.plan.id]))
        assert "toiture du gymnase" in text_of(page)
        assert "<html" not in page.content.decode()

    def test_a_long_branch_is_continued(self, fonds: Fonds) -> None:
        with tenant_scope(fonds.cast.coffre_a.id):
            builder = FondsBuilder()
            top = builder.unit("Registre")
            for number in range(95):
                builder.unit(f"Acte {number}", under=top)
            builder.load()
        address = reverse("classification_branch", args=[top.id])
        seen: list[str] = []
        while address:
            html = fonds.aline.get(address).content.decode()
            seen += re.findall(r"Acte (\d+)</a>", html)
            more = re.search(r'hx-get="([^"]*suite[^"]*)"', html)
            address = more[1].replace("&amp;", "&") if more else ""
        assert seen == [str(number) for number in range(95)]
        page = fonds.aline.get(reverse("unit", args=[top.id]))
        assert "Voir la suite" in text_of(page)
        assert page.context["page"].children.more_page.startswith(reverse("unit", args=[top.id]))

    def test_the_filter_finds_units_with_their_path(self, fonds: Fonds) -> None:
        page = fonds.aline.get(reverse("classification"), {"filtre": "reception"})
        assert "PV de réception Commande publique › Marché 2014-021" in text_of(page)
        fragment = fonds.aline.get(
            reverse("classification"), {"filtre": "zzz"}, headers={"HX-Target": "arbre"}
        )
        assert "Aucune unité ne répond" in text_of(fragment)
        assert "<html" not in fragment.content.decode()

    def test_an_empty_coffre_says_what_comes_next(self, cast: Cast) -> None:
        page = cast.client(cast.chloe).get(reverse("classification"))
        assert "aucune unité" in text_of(page)


class TestUnit:
    def test_the_page_says_everything_in_french(self, fonds: Fonds) -> None:
        html = fonds.aline.get(reverse("unit", args=[fonds.folder.id])).content.decode()
        page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
        for words in (
            "2018-044/021", "Dossier", "Présentation", "Auteur", "Couverture Delaunay",
            "ChampLibre", "valeur libre", "DUA", "APP-00012", "30/06/2026", "Conserver",
            "PV de réception", "Correspondance", "Historique",
        ):  # fmt: skip
            assert words in page, words
        assert "&lt;b&gt;et&lt;/b&gt;" in html
        assert 'aria-current="page"' in html

    def test_the_tree_beside_is_unfolded_down_to_the_unit(self, fonds: Fonds) -> None:
        page = fonds.aline.get(reverse("unit", args=[fonds.piece.id]))
        tree = page.context["page"].tree
        (plan,) = tree.nodes
        (folder,) = plan.branches.nodes
        assert [(node.branch.title, node.is_current) for node in folder.branches.nodes] == [
            ("Correspondance", False),
            ("PV de réception", True),
        ]

    def test_objects_have_digest_format_size_and_copies(self, fonds: Fonds) -> None:
        page = fonds.aline.get(reverse("unit", args=[fonds.piece.id]))
        (line,) = page.context["page"].objects
        assert line.name == "PV réception.txt"
        assert [(copy.site, copy.state) for copy in line.copies] == [
            ("Site A", "OK"),
            ("Site B", "OK"),
        ]
        assert line.sha512 in page.content.decode()
        assert reverse("object_download", args=[fonds.piece.object_id]) in page.content.decode()

    def test_a_reader_does_not_see_who_reads(self, fonds: Fonds) -> None:
        address = reverse("object_download", args=[fonds.piece.object_id])
        b"".join(fonds.aline.get(address).streaming_content)
        unit = reverse("unit", args=[fonds.piece.id])
        assert "Téléchargement d’un objet" in text_of(fonds.aline.get(unit))
        assert "Téléchargement d’un objet" not in text_of(fonds.basile.get(unit))

    def test_a_stranger_gets_the_page_of_what_does_not_exist(self, fonds: Fonds) -> None:
        stranger = fonds.chloe.get(reverse("unit", args=[fonds.folder.id]))
        unknown = fonds.chloe.get(reverse("unit", args=[new_id()]))
        assert (stranger.status_code, unknown.status_code) == (404, 404)
        assert stranger.content == unknown.content

    def test_the_number_of_queries_does_not_grow(self, fonds: Fonds) -> None:
        counts = []
        for number in (3, 30):
            with tenant_scope(fonds.cast.coffre_a.id):
                builder = FondsBuilder()
                top = builder.unit(f"Ensemble {number}")
                for rank in range(number):
                    builder.unit(f"Pièce {rank}", under=top)
                builder.load()
            client = fonds.aline
            client.get(reverse("unit", args=[top.id]))
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("unit", args=[top.id])).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_the_life_cycle_is_downloaded_as_json(self, fonds: Fonds) -> None:
        answer = fonds.aline.get(reverse("unit_life_cycle", args=[fonds.piece.id]))
        document = answer.json()
        assert document["unit"]["events"][0]["evType"] == "LFC.CHECK_MANIFEST"
        assert "attachment" in answer["Content-Disposition"]


class TestSearch:
    def search(self, fonds: Fonds, **query: str):  # type: ignore[no-untyped-def]
        return fonds.aline.get(reverse("search"), query)

    def test_results_are_marked_and_placed(self, fonds: Fonds) -> None:
        page = self.search(fonds, q="gymnases toiture")
        html = page.content.decode()
        assert "<mark>toiture</mark> du <mark>gymnase</mark>" in html
        assert "2018-044/021" in html
        assert "Commande publique" in html
        assert "1 résultat" in text_of(page).replace("\xa0", " ")

    def test_descriptions_cannot_bring_html(self, fonds: Fonds) -> None:
        html = self.search(fonds, q="étanchéité").content.decode()
        assert "<b>et</b>" not in html
        assert "<mark>étanchéité</mark>" in html

    def test_qualifiers_become_chips_that_can_be_removed(self, fonds: Fonds) -> None:
        page = self.search(fonds, q=f"pv niveau:pièce dans:{fonds.plan.id}")
        chips = page.context["screen"].chips
        assert [(chip.label, chip.value) for chip in chips] == [
            ("Niveau", "Pièce"),
            ("Dans", "Commande publique"),
        ]
        without = fonds.aline.get(chips[0].remove_url).context["screen"]
        assert [chip.label for chip in without.chips] == ["Dans"]

    def test_facets_rewrite_the_box(self, fonds: Fonds) -> None:
        screen = self.search(fonds, q="").context["screen"]
        levels = next(facet for facet in screen.facets if facet.title == "Niveau")
        item = next(choice for choice in levels.choices if choice.label == "Pièce")
        assert item.count == 2
        narrowed = fonds.aline.get(item.url).context["screen"]
        assert narrowed.results.total == 2
        assert narrowed.box.strip() == "niveau:pièce"

    def test_the_date_form_rewrites_the_box(self, fonds: Fonds) -> None:
        answer = self.search(fonds, q="toit", du="2014-01-01", au="")
        assert answer.status_code == 302
        assert "date%3A2014-01-01" in answer["Location"]

    def test_an_empty_result_names_the_filter_that_empties_it(self, fonds: Fonds) -> None:
        page = self.search(fonds, q="gymnase niveau:fonds")
        assert "le filtre « Niveau : Fonds » écarte" in text_of(page)
        assert fonds.aline.get(page.context["screen"].undo.url).context["screen"].results.total == 1

    def test_an_empty_result_says_what_to_try_for_one_word_and_for_several(
        self, fonds: Fonds
    ) -> None:
        assert "n’en tapez que le début" in text_of(self.search(fonds, q="gymanse"))
        assert "essayez-en un seul" in text_of(self.search(fonds, q="gymanse toiture"))

    def test_what_is_not_understood_is_said(self, fonds: Fonds) -> None:
        words = text_of(self.search(fonds, q="gymnase date:demain"))
        assert "date:demain" in words
        assert "donne les critères et leurs valeurs" in words

    def test_pages_follow_and_go_back(self, fonds: Fonds) -> None:
        with tenant_scope(fonds.cast.coffre_a.id):
            builder = FondsBuilder()
            for number in range(45):
                builder.unit(f"Acte {number}")
            builder.load()
        first = self.search(fonds, q="acte ", tri="intitule")
        second = fonds.aline.get(first.context["screen"].pager.next_url)
        pager = second.context["screen"].pager
        assert (pager.first, pager.last, pager.total) == (21, 40, 45)
        back = fonds.aline.get(pager.previous_url).context["screen"]
        assert back.results.ids == first.context["screen"].results.ids
        assert (back.pager.first, back.pager.previous_url) == (1, "")

    def test_every_result_is_exported_and_no_formula_runs(self, fonds: Fonds) -> None:
        with tenant_scope(fonds.cast.coffre_a.id):
            builder = FondsBuilder()
            builder.unit("=HYPERLINK(1) export")
            builder.load()
        answer = self.search(fonds, q="export ", export="csv")
        content = b"".join(answer.streaming_content).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(content), delimiter=";"))
        assert rows[1][1] == "'=HYPERLINK(1) export"
        sheet = self.search(fonds, q="", export="xlsx")
        assert b"".join(sheet.streaming_content).startswith(b"PK")

    def test_a_fragment_is_sent_to_htmx(self, fonds: Fonds) -> None:
        page = fonds.aline.get(
            reverse("search"), {"q": "pv"}, headers={"HX-Target": "recherche-resultats"}
        )
        assert "<html" not in page.content.decode()

    @pytest.mark.parametrize(
        "typed", ["'", '"', "\\", "date:", "dans:x", "<script>", "%00", "\x00"]
    )
    def test_nothing_typed_breaks_the_page(self, fonds: Fonds, typed: str) -> None:
        assert self.search(fonds, q=typed, apres=typed, debut=typed, tri=typed).status_code == 200

    def test_the_number_of_queries_does_not_grow(self, fonds: Fonds) -> None:
        with tenant_scope(fonds.cast.coffre_a.id):
            builder = FondsBuilder()
            for number in range(4):
                builder.unit(f"Registre {number}")
            for number in range(8):
                builder.unit(f"Cahier {number}")
            builder.load()
        client = fonds.aline
        counts = []
        for word in ("registre", "registre", "cahier"):
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("search"), {"q": word})
            counts.append(len(queries))
        assert counts[1] == counts[2]

    def test_another_coffre_finds_nothing(self, fonds: Fonds) -> None:
        page = fonds.chloe.get(reverse("search"), {"q": f"gymnase dans:{fonds.plan.id}"})
        assert page.context["screen"].results.total == 0
        assert "Commande publique" not in text_of(page)


class TestHome:
    def test_everyone_has_one(self, fonds: Fonds) -> None:
        cast = fonds.cast
        for account in (cast.aline, cast.basile, cast.chloe, cast.auditor_a, cast.operator):
            page = cast.client(account).get(reverse("home"))
            assert page.status_code == 200, account
            assert "À faire" in text_of(page)

    def test_who_may_deposit_is_one_click_from_it(self, fonds: Fonds) -> None:
        link = f'<a class="btn btn-primary" href="{reverse("deposit_new")}">'
        assert link in fonds.aline.get(reverse("home")).content.decode()
        assert link not in fonds.basile.get(reverse("home")).content.decode()

    def test_figures_come_from_the_register(self, fonds: Fonds) -> None:
        page = text_of(fonds.aline.get(reverse("home")))
        assert "4 unités" in page
        assert "à vérifier une première fois" in page

    def test_rooms_bring_what_waits_in_order(
        self, fonds: Fonds, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(registry, "_todos", {})
        item = registry.TodoItem("Lot 12", "/versements/1/", facts="4 anomalies", action="Voir")
        late = registry.TodoItem("Gel", "/gels/1/", due="Dépassé de 4 jours", is_late=True)
        registry.register_todo(
            lambda request: registry.TodoGroup("gels", "Gels", (late,), 1), order=20
        )
        registry.register_todo(
            lambda request: registry.TodoGroup(
                "refus", "Dépôts refusés", (item,), 3, "/versements/"
            ),
            order=10,
        )
        registry.register_todo(lambda request: None)
        page = text_of(fonds.aline.get(reverse("home")))
        assert "4 éléments vous attendent" in page
        assert page.index("Dépôts refusés") < page.index("Dépassé de 4 jours")
        assert "Voir les 3" in page
        only = text_of(fonds.aline.get(reverse("home"), {"voir": "gels"}))
        assert "Lot 12" not in only

    def test_an_account_without_coffre_is_told_whom_to_ask(self, fonds: Fonds) -> None:
        take_away(fonds.cast.basile)
        assert "Aucun coffre ne vous est ouvert" in text_of(fonds.basile.get(reverse("home")))


def test_who_may_open_what(fonds: Fonds) -> None:
    cast = fonds.cast
    addresses = {
        reverse("classification"): "ab",
        reverse("classification_branch", args=[ROOT]): "ab",
        reverse("classification_branch", args=[fonds.plan.id]): "ab",
        reverse("unit", args=[fonds.folder.id]): "ab",
        reverse("unit_life_cycle", args=[fonds.folder.id]): "adt",
        reverse("search"): "ab",
        reverse("object_download", args=[fonds.piece.object_id]): "ab",
        reverse("journal"): "adt",
        reverse("journal_json"): "adt",
        reverse("journal_csv"): "adt",
        reverse("operation", args=[fonds.operation_id]): "adt",
        reverse("operation_json", args=[fonds.operation_id]): "adt",
    }
    people = {
        "a": cast.aline, "b": cast.basile, "d": cast.administrator_a, "t": cast.auditor_a,
        "o": cast.operator,
    }  # fmt: skip
    for address, allowed in addresses.items():
        for letter, account in people.items():
            answer = cast.client(account).get(address)
            expected = 200 if letter in allowed else 403
            assert answer.status_code == expected, (address, account)
            if answer.streaming:
                b"".join(answer.streaming_content)
        if any(character.isdigit() for character in address) and str(ROOT) not in address:
            assert fonds.chloe.get(address).status_code == 404, address
        anonymous = cast.client(None).get(address)
        assert anonymous.status_code == 302, address
        assert anonymous["Location"].startswith(reverse("account_login")), address


def test_the_number_of_a_deposit_leads_to_it_for_those_who_follow_deposits(fonds: Fonds) -> None:
    for typed in ("VERS-2026-0147", " vers-2026-147 "):
        answer = fonds.aline.get(reverse("search"), {"q": typed})
        assert answer.status_code == 302
        assert answer["Location"].upper() == f"/VERSEMENTS/?Q={typed.strip().upper()}"
    assert fonds.aline.get(answer["Location"]).status_code == 200
    for typed in ('"VERS-2026-0147"', "VERS-2026-0147 toiture"):
        assert fonds.aline.get(reverse("search"), {"q": typed}).status_code == 200
    typing = {"HX-Target": "recherche-resultats"}
    typed_in_page = fonds.aline.get(reverse("search"), {"q": "VERS-2026-0147"}, headers=typing)
    assert typed_in_page.status_code == 200
    reader = fonds.basile.get(reverse("search"), {"q": "VERS-2026-0147"})
    assert reader.status_code == 200
