"""Counts, refusals, pickers and registers: what is out of sight is neither named nor counted."""

import json
from typing import Any

import pytest
from django.urls import reverse

from access.editing import tree_jobs
from access.editing.tree_files import KIND
from access.updates.hold_register import find_hold, holds
from sae.holdings.mass import prepare_mass
from sae.holdings.models import ArchiveUnit, MassOperation
from sae.tenancy.scope import tenant_scope
from tenants.models import ReferentialDraft
from tenants.referentials.drafts import keep_draft
from tests.access.sight.conftest import CONTRACT, HOLD, Narrowed, archivist_by_contract

pytestmark = pytest.mark.django_db


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


class TestHolds:
    def test_the_register_counts_what_is_seen(self, narrowed: Narrowed) -> None:
        for client, counted in ((narrowed.aline, 3), (narrowed.basile, 1)):
            page = client.get(reverse("holds"))
            held = [one.held for one in page.context["table"].data]
            assert counted in held
        page = narrowed.basile.get(reverse("holds"))
        assert len(page.context["table"].data) == 1
        assert narrowed.told(page) == []

    def test_a_hold_names_and_counts_what_is_seen(self, narrowed: Narrowed) -> None:
        with narrowed.scope():
            shared = next(one for one in holds() if one.reason == "Contentieux du stade")
            secret = next(one for one in holds() if one.reason == "Motif secret")
        page = narrowed.basile.get(reverse("hold", args=[shared.key]))
        assert narrowed.told(page) == []
        assert page.context["hold"].declared == 1
        assert [below.descendants for _unit, below in page.context["units"]] == [0]
        assert "unité dessous" not in words(page)
        assert "1 unité dessous" in words(narrowed.aline.get(reverse("hold", args=[shared.key])))
        for name in ("hold", "hold_change", "hold_lift"):
            verb = narrowed.basile.get if name == "hold" else narrowed.basile.post
            assert verb(reverse(name, args=[secret.key])).status_code == 404

    def test_lifting_it_touches_what_is_seen(self, narrowed: Narrowed) -> None:
        with narrowed.scope():
            key = next(one for one in holds() if one.reason == "Contentieux du stade").key
        page = narrowed.basile.post(reverse("hold_lift", args=[key]), follow=True)
        assert narrowed.told(page) == []
        mass = page.context["page"].mass
        assert (mass.total, mass.contracts) == (1, [CONTRACT])
        narrowed.basile.post(reverse("update_launch", args=[mass.id]))
        assert narrowed.row("Annexe").management == {}
        assert narrowed.row("Avis secret").management == json.loads(HOLD)
        with narrowed.scope():
            assert find_hold(key).declared == 1  # type: ignore[union-attr]


class TestActs:
    def acts(self, narrowed: Narrowed) -> dict[str, MassOperation]:
        """One of Aline's, one of Basile's, one of a colleague with the same contract."""
        made = {}
        with narrowed.scope():
            for whose, agent, contracts in (
                ("aline", narrowed.cast.aline.id, []),
                ("basile", narrowed.cast.basile.id, [CONTRACT]),
                ("colleague", narrowed.cast.administrator_a.id, [CONTRACT]),
                ("wider", narrowed.cast.administrator_a.id, [CONTRACT, "CA-SECRET"]),
            ):
                made[whose] = prepare_mass(
                    kind="descriptions", unit_ids=[[narrowed.id("Annexe")]], agent_id=agent,
                    query="secret" if whose in ("aline", "wider") else "", contracts=contracts,
                )  # fmt: skip
        return made

    def test_the_list_holds_those_whose_units_one_may_see(self, narrowed: Narrowed) -> None:
        acts = self.acts(narrowed)
        page = narrowed.basile.get(reverse("updates"))
        seen = {row.id for row in page.context["table"].data}
        assert seen == {acts["basile"].id, acts["colleague"].id}
        assert narrowed.told(page) == []
        for kind in ("csv", "xlsx"):
            rows = b"".join(narrowed.basile.get(reverse("updates"), {"export": kind}))
            assert rows
        csv = b"".join(narrowed.basile.get(reverse("updates"), {"export": "csv"})).decode()
        assert len(csv.strip().splitlines()) == 3
        page = narrowed.aline.get(reverse("updates"))
        assert {row.id for row in page.context["table"].data} == {one.id for one in acts.values()}

    def test_an_act_is_opened_by_those_who_see_it_in_the_list(self, narrowed: Narrowed) -> None:
        status = {
            whose: narrowed.basile.get(reverse("update", args=[mass.id])).status_code
            for whose, mass in self.acts(narrowed).items()
        }
        assert status == {"aline": 404, "basile": 200, "colleague": 200, "wider": 404}

    def test_what_one_prepares_carries_one_s_contracts(self, narrowed: Narrowed) -> None:
        chosen = {"choix": [str(narrowed.id("Annexe")), str(narrowed.id("Avis secret"))]}
        for name in ("update_new_descriptions", "update_new_rules", "update_new_hold"):
            page = narrowed.basile.post(reverse(name), chosen, follow=True)
            mass = page.context["page"].mass
            assert (mass.total, mass.contracts) == (1, [CONTRACT])
        page = narrowed.aline.post(reverse("update_new_rules"), chosen, follow=True)
        assert (page.context["page"].mass.total, page.context["page"].mass.contracts) == (2, [])

    def test_a_contract_taken_away_takes_the_acts_of_others_along(self, narrowed: Narrowed) -> None:
        acts = self.acts(narrowed)
        archivist_by_contract(narrowed.cast, "CA-DISPARU")
        assert (
            narrowed.basile.get(reverse("update", args=[acts["colleague"].id])).status_code == 404
        )
        page = narrowed.basile.get(reverse("update", args=[acts["basile"].id]))
        assert page.status_code == 200
        assert "Annexe" not in words(page)

    def test_the_undoing_of_an_act_is_known_to_who_knows_the_act(self, narrowed: Narrowed) -> None:
        chosen = {"choix": [str(narrowed.id("Annexe"))]}
        page = narrowed.basile.post(reverse("update_new_descriptions"), chosen, follow=True)
        mass = page.context["page"].mass
        asked = {"Status-etat": "remplacer", "Status": "clos"}
        narrowed.basile.post(reverse("update_check", args=[mass.id]), asked)
        narrowed.basile.post(reverse("update_launch", args=[mass.id]))
        page = narrowed.aline.post(reverse("update_revert", args=[mass.id]), follow=True)
        undoing = page.context["page"].mass
        assert (undoing.changed, undoing.contracts) == (1, [CONTRACT])
        link = reverse("update", args=[undoing.id])
        assert link in words(narrowed.basile.get(reverse("update", args=[mass.id])))
        assert narrowed.basile.get(link).status_code == 200
        with narrowed.scope():
            MassOperation.objects.filter(id=undoing.id).update(contracts=[])
        assert link not in words(narrowed.basile.get(reverse("update", args=[mass.id])))
        assert link in words(narrowed.aline.get(reverse("update", args=[mass.id])))


class TestMoves:
    def test_what_goes_along_is_counted_as_seen(self, narrowed: Narrowed) -> None:
        url = reverse("unit_move", args=[narrowed.id("Budget")])
        page = narrowed.basile.get(url)
        assert page.context["below"] == 1
        assert narrowed.aline.get(url).context["below"] == 4
        assert narrowed.told(page) == []
        sent = {"vers": str(narrowed.id("Rangement")), "confirmer": "1"}
        # A hold does not keep these where they are: it does not freeze the classification.
        page = narrowed.basile.post(url, sent, follow=True)
        assert "1 unité déplacée, avec 1 dessous." in words(page)
        assert narrowed.told(page) == []

    def test_the_places_offered_are_those_seen(self, narrowed: Narrowed) -> None:
        for asked in ({}, {"q": "avis"}, {"q": "position"}):
            page = narrowed.basile.get(reverse("unit_move", args=[narrowed.id("Annexe")]), asked)
            assert narrowed.told(page) == []
            assert all("secr" not in one.title.lower() for one in page.context["places"])


class TestPositions:
    def test_a_branch_with_something_hidden_is_refused_in_words_that_tell_nothing(
        self, narrowed: Narrowed
    ) -> None:
        url = reverse("branch_delete", args=[narrowed.id("Recettes")])
        for answer in (narrowed.basile.get(url), narrowed.basile.post(url, {"nombre": "1"}),
                       narrowed.basile.post(url, {"nombre": "2"})):  # fmt: skip
            assert answer.status_code == 403
            assert "ne permet pas de modifier toutes ces unités" in words(answer)
            assert narrowed.told(answer) == []
        assert narrowed.row("Position secrète")
        assert narrowed.aline.get(url).context["count"] == 2

    def test_after_a_branch_is_taken_away_one_lands_where_one_sees(
        self, narrowed: Narrowed
    ) -> None:
        page = narrowed.basile.post(
            reverse("position_create"),
            {"title": "Vide", "level": "Fonds", "unit_type": "HOLDING_UNIT"},
        )  # fmt: skip
        assert page.status_code == 302
        with narrowed.scope():
            made = ArchiveUnit.objects.get(title="Vide")
            above = [narrowed.id("Position secrète"), narrowed.id("Rangement")]
            ArchiveUnit.objects.filter(id=made.id).update(parents=above)
            ArchiveUnit.objects.filter(id__in=above).update(child_count=1, descendant_count=1)
        url = reverse("branch_delete", args=[made.id])
        answer = narrowed.basile.post(url, {"nombre": "1"})
        assert answer.status_code == 302
        assert answer.url == reverse("unit", args=[narrowed.id("Rangement")])

    def test_a_merge_of_what_is_not_all_seen_counts_nothing(self, narrowed: Narrowed) -> None:
        url = reverse("position_merge", args=[narrowed.id("Recettes")])
        assert narrowed.told(narrowed.basile.get(url)) == []
        target = {"vers": str(narrowed.id("Rangement"))}
        for answer in (narrowed.basile.get(url, target), narrowed.basile.post(url, target)):
            assert answer.status_code == 403
            assert narrowed.told(answer) == []
        assert "1 contenu" in words(narrowed.aline.get(url, target))

    def test_pickers_unfold_what_is_seen(self, narrowed: Narrowed) -> None:
        picker = reverse("position_picker")
        for asked in ({"ou-mots": "recettes"}, {"ou-ouvrir": str(narrowed.id("Recettes"))},
                      {"ou-ouvrir": str(narrowed.id("Position secrète"))}):  # fmt: skip
            page = narrowed.basile.get(picker, {"champ": "ou", **asked})
            assert narrowed.told(page) == []
        found = narrowed.basile.get(picker, {"champ": "ou", "ou-mots": "recettes"})
        assert [one.has_children for one in found.context["choices"].lines] == [False]
        found = narrowed.aline.get(picker, {"champ": "ou", "ou-mots": "recettes"})
        assert [one.has_children for one in found.context["choices"].lines] == [True]

    @pytest.mark.parametrize("name", ["classification_csv", "classification_ead"])
    def test_exports_hold_what_is_seen(self, narrowed: Narrowed, name: str) -> None:
        for asked in ({}, {"sous": str(narrowed.id("Recettes"))}):
            assert narrowed.told(narrowed.basile.get(reverse(name), asked)) == []

    def test_a_file_knows_the_positions_that_are_seen(self, narrowed: Narrowed) -> None:
        hidden = narrowed.id("Position secrète")
        content = f"Identifier,ParentIdentifier,Title\n{hidden},,Nouveau\nB,{hidden},Autre\n"
        with narrowed.scope():
            draft = keep_draft(KIND, content=content.encode(), file_name="a.csv", notes=[],
                               account_id=narrowed.cast.basile.id)  # fmt: skip
        page = narrowed.basile.get(reverse("tree_draft", args=[draft.id]))
        assert (page.context["changes"].added, page.context["changes"].known) == (2, 0)
        assert narrowed.told(page, but=str(hidden)) == []


class TestFilesOfPositions:
    def kept(self, narrowed: Narrowed, account: Any, **columns: Any) -> ReferentialDraft:
        with narrowed.scope():
            content = b"Identifier,ParentIdentifier,Title\nA,,Arbre secret\n"
            draft = keep_draft(KIND, content=content, file_name="secret.csv", notes=[],
                               account_id=account.id)  # fmt: skip
            ReferentialDraft.objects.filter(id=draft.id).update(**columns)
        return draft

    def test_those_of_others_are_unknown(self, narrowed: Narrowed) -> None:
        theirs = self.kept(narrowed, narrowed.cast.aline)
        mine = self.kept(narrowed, narrowed.cast.basile)
        for name in ("tree_draft", "tree_draft_live", "tree_draft_compare", "tree_draft_apply",
                     "tree_draft_discard", "tree_draft_lines", "tree_draft_faults"):  # fmt: skip
            for verb in (narrowed.basile.get, narrowed.basile.post):
                assert verb(reverse(name, args=[theirs.id])).status_code in (404, 405), name
        assert narrowed.basile.get(reverse("tree_draft", args=[mine.id])).status_code == 200
        assert narrowed.aline.get(reverse("tree_draft", args=[mine.id])).status_code == 200
        with narrowed.scope():
            assert ReferentialDraft.objects.filter(id=theirs.id).exists()

    def test_what_a_colleague_had_compared_is_not_told(self, narrowed: Narrowed) -> None:
        place = {"sous": "", "nature": "HOLDING_UNIT", "neuf": False}
        line = (str(narrowed.id("Annexe")), "Titre secret", "moved", [])
        told: dict[str, Any] = {
            "place": place, "warnings": [], "by": str(narrowed.cast.aline.id),
            "changes": tree_jobs.Told(moved=1, lines=[line]).as_json(),
        }  # fmt: skip
        draft = self.kept(narrowed, narrowed.cast.basile, state="compared", told=told)
        url = reverse("tree_draft", args=[draft.id]) + "?nature=HOLDING_UNIT"
        assert "Titre secret" in words(narrowed.aline.get(url))
        assert "Titre secret" not in words(narrowed.basile.get(url))
        with tenant_scope(narrowed.cast.coffre_a.id):
            told["by"] = str(narrowed.cast.basile.id)
            ReferentialDraft.objects.filter(id=draft.id).update(told=told)
        assert "Titre secret" in words(narrowed.basile.get(url))


def test_a_position_that_contracts_do_not_show_leads_back_to_where_it_stands(
    narrowed: Narrowed,
) -> None:
    typed = {"title": "Emprunts", "unit_type": "FILING_UNIT", "level": "RecordGrp"}
    above = narrowed.id("Recettes")
    for sent, page in (
        ({"sous": str(above)}, reverse("unit", args=[above])),
        ({}, reverse("classification_build")),
    ):
        answer = narrowed.basile.post(reverse("position_create"), typed | sent, follow=True)
        assert (answer.status_code, answer.redirect_chain[-1][0]) == (200, page)
        assert "« Emprunts » est créée." in answer.content.decode()
        assert "Vos contrats d’accès ne vous la montrent pas" in answer.content.decode()
    seen = narrowed.aline.post(reverse("position_create"), typed, follow=True)
    assert "Vos contrats d’accès" not in seen.content.decode()
    assert "<h1" in seen.content.decode()
    assert seen.redirect_chain[-1][0].startswith("/unites/")
