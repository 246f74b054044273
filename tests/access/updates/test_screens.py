"""Screens of updates: one unit edited by two people, selections, rules, spreadsheets, holds."""

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from access.updates.hold_register import DECLARED
from access.updates.rule_actions import RuleAction
from sae.holdings.mass import check_mass, prepare_mass
from sae.holdings.models import ArchiveUnit, MassOperation
from sae.holdings.sight import Grant, Sight, Writing
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models.rights import Profile
from tests.access.updates.conftest import Shelf

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def downloaded(response: Any) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")


def form_of(shelf: Shelf, unit_id: uuid.UUID) -> dict[str, str]:
    """What the form of a unit sends back when nothing is touched."""
    page = shelf.aline.get(reverse("unit_edit", args=[unit_id]))
    form = page.context["form"]
    return {
        **{name: str(form[name].value() or "") for name in form.fields},
        "base": page.context["base"],
    }


class TestOneUnit:
    def test_it_is_edited_and_told(self, shelf: Shelf) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        typed = form_of(shelf, shelf.folder.id) | {
            "Title": "Marché de toiture", "Keyword": "Gymnase | lieu\nToiture | sujet",
        }  # fmt: skip
        answer = shelf.aline.post(url, typed)
        assert answer.status_code == 302
        unit = shelf.unit(shelf.folder)
        assert unit.title == "Marché de toiture"
        assert unit.content["ChampLibre"] == ["gardé"]
        assert unit.content["Keyword"][0]["Origine"] == "x"
        with shelf.scope():
            operation = Operation.objects.get(id=unit.operations[-1])
        assert (operation.type, operation.outcome) == ("STP_UPDATE_UNIT_DESC", "OK")
        page = shelf.aline.get(reverse("unit", args=[unit.id]))
        assert "Modification d’une description" in words(page)

    def test_the_languages_of_the_coffre_are_proposed(self, shelf: Shelf) -> None:
        with platform_scope(reason="essai"):
            Tenant.objects.filter(id=shelf.coffre.id).update(languages=["oc", "fr"])
        page = words(shelf.aline.get(reverse("unit_edit", args=[shelf.folder.id])))
        assert "Langues du coffre : oc, fr." in page
        assert "Langue habituelle du coffre : oc." in page

    def test_nothing_typed_writes_nothing(self, shelf: Shelf) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        shelf.aline.post(url, form_of(shelf, shelf.folder.id))
        assert shelf.unit(shelf.folder).version == 0

    def test_what_another_wrote_is_shown_and_never_lost(self, shelf: Shelf) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        mine = form_of(shelf, shelf.folder.id)
        theirs = form_of(shelf, shelf.folder.id)
        shelf.aline.post(url, theirs | {"Title": "Leur intitulé", "Status": "clos"})
        answer = shelf.aline.post(url, mine | {"Title": "Mon intitulé", "Version": "2"})
        assert answer.status_code == 409
        assert shelf.unit(shelf.folder).title == "Leur intitulé"
        (difference,) = answer.context["differences"]
        assert (difference.base, difference.theirs, difference.mine) == (
            "Marché de la toiture", "Leur intitulé", "Mon intitulé",
        )  # fmt: skip
        # The form starts again from theirs, mine over it: what they wrote elsewhere is there.
        form = answer.context["form"]
        assert (form["Title"].value(), form["Status"].value()) == ("Mon intitulé", "clos")
        again = {name: str(form[name].value() or "") for name in form.fields}
        shelf.aline.post(url, again | {"base": answer.context["base"]})
        unit = shelf.unit(shelf.folder)
        assert (unit.title, unit.content["Status"], unit.content["Version"]) == (
            "Mon intitulé", "clos", "2",
        )  # fmt: skip

    def test_two_people_on_two_fields_both_keep_theirs(self, shelf: Shelf) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        mine, theirs = form_of(shelf, shelf.folder.id), form_of(shelf, shelf.folder.id)
        shelf.aline.post(url, theirs | {"Title": "Leur intitulé"})
        assert shelf.aline.post(url, mine | {"Status": "clos"}).status_code == 302
        unit = shelf.unit(shelf.folder)
        assert (unit.title, unit.content["Status"]) == ("Leur intitulé", "clos")

    @pytest.mark.parametrize("wrong", [{"EndDate": "2010-01-01"}, {"Keyword": "Gymnase | x"}])
    def test_a_fault_put_right_does_not_undo_what_another_wrote_meanwhile(
        self, shelf: Shelf, wrong: dict[str, str]
    ) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        mine, theirs = form_of(shelf, shelf.folder.id), form_of(shelf, shelf.folder.id)
        shelf.aline.post(url, theirs | {"Title": "Leur intitulé", "Status": "leur état"})
        refused = shelf.aline.post(url, mine | {"Version": "2"} | wrong)
        assert refused.status_code == 422
        again = mine | {"Version": "2", "base": refused.context["base"]}
        assert shelf.aline.post(url, again).status_code == 302
        unit = shelf.unit(shelf.folder)
        assert (unit.title, unit.content["Status"], unit.content["Version"]) == (
            "Leur intitulé", "leur état", "2",
        )  # fmt: skip

    @pytest.mark.parametrize("base", ["", "forgé:1:2"])
    def test_when_what_one_started_from_is_lost_whatever_differs_is_asked(
        self, shelf: Shelf, base: str
    ) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        mine = form_of(shelf, shelf.folder.id) | {"base": base, "Title": "Mon intitulé"}
        answer = shelf.aline.post(url, mine)
        assert answer.status_code == 409
        assert [(one.theirs, one.mine) for one in answer.context["differences"]] == [
            ("Marché de la toiture", "Mon intitulé")
        ]
        assert shelf.unit(shelf.folder).version == 0
        shelf.aline.post(url, mine | {"base": answer.context["base"]})
        assert shelf.unit(shelf.folder).title == "Mon intitulé"

    def test_dates_that_cross_are_refused_in_words(self, shelf: Shelf) -> None:
        url = reverse("unit_edit", args=[shelf.folder.id])
        answer = shelf.aline.post(url, form_of(shelf, shelf.folder.id) | {"EndDate": "2010-01-01"})
        assert answer.status_code == 422
        assert "précède la date de début" in words(answer)
        assert shelf.unit(shelf.folder).version == 0

    def test_a_contract_without_writing_closes_the_form(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allowed: list[Writing] = []

        def none(self: Sight, level: Writing) -> Sight:
            allowed.append(level)
            return Sight()

        monkeypatch.setattr(Sight, "for_writing", none)
        answer = shelf.aline.get(reverse("unit_edit", args=[shelf.folder.id]))
        assert (answer.status_code, allowed) == (403, [Writing.DESCRIPTION])
        assert "contrat d’accès" in words(answer)


def choose(shelf: Shelf, name: str, ids: Sequence[uuid.UUID] = (), query: str = "") -> Any:
    """Send what a list sends; return the page of the act."""
    data: dict[str, Any] = {"choix": list(map(str, ids)), "portee": "tous" if query else ""}
    url = reverse(name) + (f"?q={query}" if query else "")
    return shelf.aline.post(url, data, follow=True)


class TestSelections:
    def test_ticked_units_are_described_after_a_preview(self, shelf: Shelf) -> None:
        page = choose(shelf, "update_new_descriptions", shelf.piece_ids[:3])
        mass = page.context["page"].mass
        assert mass.total == 3
        asked = {"Status-etat": "remplacer", "Status": "clos"}
        preview = shelf.aline.post(reverse("update_check", args=[mass.id]), asked, follow=True)
        assert "3 seront modifiées" in words(preview)
        assert shelf.unit(shelf.pieces[0]).version == 0
        done = shelf.aline.post(reverse("update_launch", args=[mass.id]), follow=True)
        assert shelf.mass(mass.id).state == "done"
        assert "Annuler cette modification" in words(done)
        undone = shelf.aline.post(reverse("update_revert", args=[mass.id]), follow=True)
        assert "Annulation d’une modification" in words(undone)
        assert "Status" not in shelf.unit(shelf.pieces[0]).content

    def test_every_result_of_a_search_is_frozen(self, shelf: Shelf) -> None:
        page = choose(shelf, "update_new_rules", query="Pi%C3%A8ce ")
        mass = page.context["page"].mass
        assert (mass.total, mass.query.strip()) == (10, "Pièce")
        with shelf.scope():
            ids = {one for batch in mass.batches.all() for one in batch.unit_ids}
        assert ids == set(shelf.piece_ids)

    def test_nothing_chosen_is_said(self, shelf: Shelf) -> None:
        page = choose(shelf, "update_new_rules")
        assert page.status_code == 400
        assert "Choisissez au moins une unité" in words(page)

    def test_a_reader_has_neither_boxes_nor_buttons(self, shelf: Shelf) -> None:
        for person, there in ((shelf.aline, True), (shelf.basile, False)):
            for page in (
                person.get(reverse("search")),
                person.get(reverse("unit", args=[shelf.folder.id])),
            ):
                html = page.content.decode()
                assert ('name="choix"' in html) is there
                assert ("Geler" in html) is there

    def test_rules_are_asked_one_by_one_then_applied(self, shelf: Shelf) -> None:
        mass = (
            choose(shelf, "update_new_rules", [shelf.folder.id, shelf.other.id])
            .context["page"]
            .mass
        )
        url = reverse("update_rule_action", args=[mass.id])
        wrong = shelf.aline.post(
            url, {"geste": "set_property", "category": "AppraisalRule", "fate": "Copy"}
        )
        assert wrong.status_code == 422
        assert "n’est pas admis" in words(wrong)
        shelf.aline.post(
            url,
            {
                "geste": "add", "rule": "AppraisalRule:APP-00001", "start": "2020-01-01",
                "fate": "Keep",
            },
        )  # fmt: skip
        shelf.aline.post(url, {"geste": "add", "rule": "AccessRule:ACC-00001", "start": ""})
        page = shelf.aline.post(url, {"retirer": "1"}, follow=True)
        assert len(page.context["page"].actions) == 1
        preview = shelf.aline.post(reverse("update_check", args=[mass.id]), follow=True)
        # The folder carries the rule already: its final action alone would change.
        assert "2 seront modifiées" in words(preview)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        assert shelf.unit(shelf.other).management["AppraisalRule"]["Rules"][0]["EndDate"] == (
            "2030-01-01"
        )
        assert shelf.aline.post(reverse("update_launch", args=[mass.id])).status_code == 409

    def test_a_category_is_taken_away_from_the_screen_to_the_journal(self, shelf: Shelf) -> None:
        mass = choose(shelf, "update_new_rules", [shelf.folder.id]).context["page"].mass
        asked = shelf.aline.post(
            reverse("update_rule_action", args=[mass.id]),
            {"geste": "remove_category", "category": "AppraisalRule"},
            follow=True,
        )
        assert "Supprimer toute la catégorie (durée d’utilité administrative)" in words(asked)
        preview = shelf.aline.post(reverse("update_check", args=[mass.id]), follow=True)
        assert "1 sera modifiée" in words(preview)
        (line,) = preview.context["page"].entries
        assert (line.title, line.words) == ("Marché de la toiture", "sera modifiée")
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        assert shelf.unit(shelf.folder).management == {}
        with shelf.scope():
            operation = Operation.objects.get(id=mass.id)
        assert (operation.type, operation.outcome) == ("MASS_UPDATE_UNIT_RULE", "OK")
        assert operation.detail["actions"] == [
            {"verb": "remove_category", "category": "AppraisalRule", "rule": ""}
        ]

    def test_the_report_is_a_table_too(self, shelf: Shelf) -> None:
        mass = choose(shelf, "update_new_descriptions", shelf.piece_ids[:2]).context["page"].mass
        asked = {"Title-etat": "remplacer", "Title": "Pièce 1"}
        shelf.aline.post(reverse("update_check", args=[mass.id]), asked)
        dry_run = downloaded(shelf.aline.get(reverse("update_report_csv", args=[mass.id])))
        assert "sera modifiée" in dry_run
        assert ";modifiée;" not in dry_run
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        answer = shelf.aline.get(reverse("update_report_csv", args=[mass.id]))
        rows = list(csv.reader(io.StringIO(downloaded(answer)), delimiter=";"))
        assert [row[5] for row in rows[1:]] == [
            "UNIT_METADATA_NO_CHANGES", "UNIT_METADATA_UPDATE",
        ]  # fmt: skip
        assert rows[1][:2] == [str(shelf.piece_ids[0]), "Pièce 1"]

    def test_acts_are_listed_with_their_author(self, shelf: Shelf) -> None:
        choose(shelf, "update_new_descriptions", shelf.piece_ids[:2])
        listed = words(shelf.aline.get(reverse("updates")))
        assert "Modifier des descriptions" in listed
        assert "Aline Archambault" in listed
        answer = shelf.aline.get(reverse("updates"), {"export": "csv"})
        text = downloaded(answer)
        assert "Modifier des descriptions" in text
        assert "Aline Archambault" in text

    def test_another_coffre_knows_nothing_of_it(self, shelf: Shelf) -> None:
        mass = choose(shelf, "update_new_descriptions", shelf.piece_ids[:2]).context["page"].mass
        chloe = shelf.cast.client(shelf.cast.chloe)
        assert chloe.get(reverse("update", args=[mass.id])).status_code == 404
        assert chloe.post(reverse("update_discard", args=[mass.id])).status_code == 404
        assert shelf.mass(mass.id).state == "draft"


class TestSpreadsheets:
    def exported(self, shelf: Shelf, ids: Sequence[uuid.UUID]) -> list[list[str]]:
        answer = shelf.aline.post(
            reverse("update_export"),
            {
                "choix": list(map(str, ids)),
                "colonnes": ["Title", "StartDate", "Keyword", "Description"],
            },
        )
        text = downloaded(answer)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))

    def bring(self, shelf: Shelf, rows: list[list[str]], **data: str) -> Any:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=";").writerows(rows)
        file = SimpleUploadedFile("retour.csv", stream.getvalue().encode())
        return shelf.aline.post(reverse("update_import"), {"fichier": file, **data}, follow=True)

    def test_out_and_back_unchanged_changes_nothing(self, shelf: Shelf) -> None:
        rows = self.exported(shelf, [shelf.folder.id, *shelf.piece_ids[:2]])
        assert rows[0] == [
            "Identifiant", "Version de l’unité", "Intitulé [Title]", "Date de début [StartDate]",
            "Présentation [Description]", "Mots-clés [Keyword]",
        ] or set(rows[0]) >= {"Identifiant", "Version de l’unité"}  # fmt: skip
        assert "ne change rien" in words(self.bring(shelf, rows))
        assert shelf.unit(shelf.folder).version == 0

    def test_differences_are_shown_then_applied(self, shelf: Shelf) -> None:
        rows = self.exported(shelf, [shelf.folder.id, *shelf.piece_ids[:2]])
        title = rows[0].index("Intitulé [Title]")
        rows[1][title] = "Marché de 2014"
        preview = self.bring(shelf, rows)
        assert "« Marché de la toiture » devient « Marché de 2014 »" in words(preview)
        mass = preview.context["page"].mass
        assert (mass.total, shelf.unit(shelf.folder).version) == (1, 0)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        unit = shelf.unit(shelf.folder)
        assert (unit.title, unit.content["Keyword"][0]["Origine"]) == ("Marché de 2014", "x")

    def test_a_unit_modified_since_is_left(self, shelf: Shelf) -> None:
        rows = self.exported(shelf, [shelf.folder.id])
        typed = form_of(shelf, shelf.folder.id) | {"Status": "clos"}
        shelf.aline.post(reverse("unit_edit", args=[shelf.folder.id]), typed)
        rows[1][rows[0].index("Intitulé [Title]")] = "Autre"
        preview = self.bring(shelf, rows)
        told = words(preview)
        assert "Modifiée par ailleurs depuis : rien n’est écrasé" in told
        # What the file asked is shown against what stands, to be decided by hand.
        assert "Intitulé : « Marché de la toiture » devient « Autre »" in told
        page = preview.context["page"]
        assert page.would_change == 0
        shelf.aline.post(reverse("update_launch", args=[page.mass.id]))
        unit = shelf.unit(shelf.folder)
        assert (unit.title, unit.content["Status"]) == ("Marché de la toiture", "clos")

    def test_faults_are_told_by_line_and_column(self, shelf: Shelf) -> None:
        rows = self.exported(shelf, [shelf.folder.id, *shelf.piece_ids[:2]])
        keyword, title = rows[0].index("Mots-clés [Keyword]"), rows[0].index("Intitulé [Title]")
        rows[2][keyword] = "Gymnase | bâtiment"
        rows[3][title] = "Pièce changée"
        rows.append([str(uuid.uuid4()), "0", *[""] * (len(rows[0]) - 2)])
        answer = self.bring(shelf, rows)
        faults = [(one.line, one.column) for one in answer.context["sheet"].faults]
        assert [(line) for line, _column in faults] == [3, 5]
        assert "Mots-clés" in faults[0][1]
        sound = self.bring(shelf, rows, saines="1")
        assert sound.context["page"].would_change == 1

    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            ([["Identifiant", "Version de l’unité", "Inconnue"]], "n’est pas un champ modifiable"),
            ([["Identifiant", "Title"]], "Il manque la colonne"),
            ([["Identifiant", "Version de l’unité"]], "aucune colonne à modifier"),
            ([["Identifiant", "Version de l’unité", "Title", "Title"]], "figure deux fois"),
        ],
    )
    def test_a_file_that_is_no_export_is_refused(
        self, shelf: Shelf, rows: list[list[str]], told: str
    ) -> None:
        assert told in words(self.bring(shelf, rows))

    @pytest.mark.parametrize(
        ("text", "cell"),
        [
            ("=1+1", "'=1+1"),
            ("- premier point", "'- premier point"),
            ("-12,5", "-12,5"),
            ("Lot 'A' - toiture", "Lot 'A' - toiture"),
            ("l' @dresse", "l' @dresse"),
            ("'=1+1", "''=1+1"),
            ("'ainsi nommé'", "'ainsi nommé'"),
            ('deux\nlignes ; et "guillemets"', 'deux\nlignes ; et "guillemets"'),
        ],
    )
    def test_whatever_a_text_holds_it_goes_out_harmless_and_comes_back_the_same(
        self, shelf: Shelf, text: str, cell: str
    ) -> None:
        with shelf.scope():
            unit = ArchiveUnit.objects.get(id=shelf.piece_ids[0])
            unit.content = {**unit.content, "Description": text}
            unit.save()
        rows = self.exported(shelf, [shelf.piece_ids[0]])
        assert cell in rows[1]
        assert "ne change rien" in words(self.bring(shelf, rows))


class TestRightToHold:
    """Who may change rules, and not lift a hold, does not lift one by way of its rule."""

    @pytest.fixture
    def without_holds(self, shelf: Shelf) -> Shelf:
        with tenant_scope(shelf.cast.proof_a.id):
            for profile in Profile.objects.all():
                profile.permissions = [one for one in profile.permissions if one != "unit.hold"]
                profile.save(update_fields=["permissions"])
        return shelf

    def test_holds_are_not_proposed_and_refused_when_sent(self, without_holds: Shelf) -> None:
        shelf = without_holds
        page = choose(shelf, "update_new_rules", [shelf.folder.id])
        html = page.content.decode()
        assert "APP-00001" in html
        assert "HOL-00001" not in html
        assert "change_hold" not in html
        assert 'value="HoldRule"' not in html
        mass = page.context["page"].mass
        url = reverse("update_rule_action", args=[mass.id])
        for sent in (
            {"geste": "remove", "rule": "HoldRule:HOL-00001"},
            {"geste": "remove_category", "category": "HoldRule"},
            {"geste": "block_category", "category": "HoldRule"},
            {"geste": "change_hold", "rule": "HoldRule:HOL-00001", "owner": "Moi"},
        ):
            answer = shelf.aline.post(url, sent)
            assert answer.status_code == 403, sent
            assert "geler" in words(answer)
        assert shelf.mass(mass.id).parameters == {}
        added = shelf.aline.post(url, {"geste": "remove_category", "category": "AccessRule"})
        assert added.status_code == 302

    def test_what_another_prepared_is_not_launched_either(self, without_holds: Shelf) -> None:
        shelf = without_holds
        lifted = RuleAction("remove", "HoldRule", "HOL-00001")
        with shelf.scope():
            mass = prepare_mass(
                kind="rules", unit_ids=[[shelf.folder.id]], agent_id=shelf.cast.aline.id
            )
            check_mass(mass.id, parameters={"actions": [lifted.as_json()]})
        for address in ("update_check", "update_launch"):
            assert shelf.aline.post(reverse(address, args=[mass.id])).status_code == 403
        assert shelf.mass(mass.id).state == "checked"


class TestHolds:
    asked = {
        "rule": "HoldRule:HOL-00001", "owner": "Greffe", "reason": "Contentieux Delaunay",
        "start": "2026-01-01", "end": "", "review": "2026-06-01",
    }  # fmt: skip

    def put(self, shelf: Shelf) -> MassOperation:
        mass: MassOperation = (
            choose(shelf, "update_new_hold", [shelf.folder.id]).context["page"].mass
        )
        shelf.aline.post(reverse("update_check", args=[mass.id]), self.asked)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        return shelf.mass(mass.id)

    def test_it_is_put_listed_changed_and_lifted(self, shelf: Shelf) -> None:
        assert self.put(shelf).state == "done"
        assert shelf.unit(shelf.folder).management["HoldRule"]["Rules"] == [
            {
                "Rule": "HOL-00001", "StartDate": "2026-01-01", "HoldOwner": "Greffe",
                "HoldReason": "Contentieux Delaunay", "HoldReassessingDate": "2026-06-01",
            }
        ]  # fmt: skip
        register = shelf.aline.get(reverse("holds"))
        (hold,) = register.context["table"].data.data
        assert (hold.declared, hold.held, hold.owner) == (1, 6, "Greffe")
        assert "Contentieux Delaunay" in words(register)
        changed = shelf.aline.post(
            reverse("hold_change", args=[hold.key]), self.asked | {"review": "2030-01-01"},
            follow=True,
        )  # fmt: skip
        mass = changed.context["page"].mass
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
        assert str(hold.review) == "2030-01-01"
        lifting = shelf.aline.post(reverse("hold_lift", args=[hold.key]), follow=True)
        assert "Lever un gel" in words(lifting)
        assert "HoldRule" in shelf.unit(shelf.folder).management
        shelf.aline.post(reverse("update_launch", args=[lifting.context["page"].mass.id]))
        assert "HoldRule" not in shelf.unit(shelf.folder).management
        assert "Aucun gel" in words(shelf.aline.get(reverse("holds")))

    @pytest.mark.parametrize(("today", "due"), [("2026-05-31", False), ("2026-06-01", True)])
    def test_one_to_review_waits_on_the_home_page_from_that_day(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, today: str, due: bool
    ) -> None:
        self.put(shelf)
        monkeypatch.setattr(clock, "today", lambda: dt.date.fromisoformat(today))
        home = words(shelf.aline.get(reverse("home")))
        assert ("Gels à réexaminer" in home) is due
        (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
        assert hold.state_word == ("À réexaminer" if due else "En cours")
        assert "Gels à réexaminer" not in words(shelf.basile.get(reverse("home")))

    @pytest.mark.parametrize(("today", "runs"), [("2026-06-29", True), ("2026-06-30", False)])
    def test_the_day_of_its_end_a_hold_is_over_in_the_register_and_in_searches(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, today: str, runs: bool
    ) -> None:
        """The reference system: active while the day is before the end date."""
        mass = choose(shelf, "update_new_hold", [shelf.folder.id]).context["page"].mass
        asked = self.asked | {"end": "2026-06-30"}
        shelf.aline.post(reverse("update_check", args=[mass.id]), asked)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        monkeypatch.setattr(clock, "today", lambda: dt.date.fromisoformat(today))
        (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
        assert (hold.is_active, hold.is_to_review) == (runs, runs)
        found = shelf.aline.get(reverse("search"), {"q": "gel:oui"}).context["screen"].results
        assert found.total == (6 if runs else 0)

    @pytest.mark.parametrize("still", [False, True])
    def test_it_prevents_rearrangement_when_asked_below_too_until_it_is_lifted(
        self, shelf: Shelf, still: bool
    ) -> None:
        mass = choose(shelf, "update_new_hold", [shelf.folder.id]).context["page"].mass
        asked = self.asked | ({"still": "on"} if still else {})
        shelf.aline.post(reverse("update_check", args=[mass.id]), asked)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        move = reverse("unit_move", args=[shelf.pieces[0].id])
        sent = {"vers": str(shelf.other.id), "confirmer": "1"}
        answer = shelf.aline.post(move, sent)
        assert answer.status_code == (409 if still else 302)
        if not still:
            return
        assert "Un gel interdit de déplacer" in words(answer)
        assert shelf.unit(shelf.pieces[0]).parents == [shelf.folder.id]
        (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
        lifting = shelf.aline.post(reverse("hold_lift", args=[hold.key]), follow=True)
        shelf.aline.post(reverse("update_launch", args=[lifting.context["page"].mass.id]))
        assert shelf.aline.post(move, sent).status_code == 302
        assert shelf.unit(shelf.pieces[0]).parents == [shelf.other.id]

    def test_what_makes_no_sense_is_refused(self, shelf: Shelf) -> None:
        mass = choose(shelf, "update_new_hold", [shelf.folder.id]).context["page"].mass
        url = reverse("update_check", args=[mass.id])
        for change, told in (
            ({"owner": ""}, "Demandé par"),
            ({"end": "2025-01-01"}, "La fin précède le début"),
            ({"rule": "HoldRule:HOL-00002", "end": "2027-01-01"}, "sa fin se calcule"),
            ({"start": "9999-01-01"}, "l’an 8999"),
        ):
            answer = shelf.aline.post(url, self.asked | change)
            assert answer.status_code == 422
            assert told in words(answer)

    def test_the_register_is_exported(self, shelf: Shelf) -> None:
        self.put(shelf)
        answer = shelf.aline.get(reverse("holds"), {"export": "csv"})
        text = downloaded(answer)
        assert "Contentieux Delaunay;Greffe;2026-01-01" in text

    def test_the_register_reads_an_index_behind_the_wall(self, shelf: Shelf) -> None:
        with shelf.scope(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {DECLARED}", [shelf.coffre.id])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "holdings_archiveunit_hold" in plan


class TestSight:
    """What is out of sight of the contract is as good as unknown, whatever is sent."""

    @pytest.fixture
    def narrow(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Sight:
        """A contract that shows and writes what is under the second folder alone."""
        sight = Sight((Grant(every_agency=True, roots=(shelf.other.id,), writing=Writing.ALL),))
        monkeypatch.setattr("sae.holdings.sight._once", lambda _made: lambda: sight)
        return sight

    def test_hidden_units_are_neither_chosen_nor_exported(
        self, shelf: Shelf, narrow: Sight
    ) -> None:
        hidden, shown = shelf.folder.id, shelf.other.id
        mass = choose(shelf, "update_new_descriptions", [hidden, shown]).context["page"].mass
        with shelf.scope():
            assert mass.batches.get().unit_ids == [shown]
        assert choose(shelf, "update_new_rules", [hidden]).status_code == 400
        sent = {"choix": [str(hidden), str(shown)], "colonnes": ["Title"]}
        answer = shelf.aline.post(reverse("update_export"), sent)
        text = downloaded(answer)
        assert "chaufferie" in text
        assert "toiture" not in text

    def test_hidden_units_are_unknown_to_a_file_and_to_the_form(
        self, shelf: Shelf, narrow: Sight
    ) -> None:
        sheet = f"Identifiant;Version de l’unité;Title\n{shelf.folder.id};0;Autre\n"
        file = SimpleUploadedFile("retour.csv", sheet.encode())
        answer = shelf.aline.post(reverse("update_import"), {"fichier": file})
        assert "Cette unité est inconnue dans ce coffre" in words(answer)
        assert shelf.aline.get(reverse("unit_edit", args=[shelf.folder.id])).status_code == 404
