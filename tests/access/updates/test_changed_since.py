"""Between a dry run and its application others write too: nothing of theirs is written over."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from access.editing.moving_acts import Destination
from access.updates.descriptions import DescriptionPatch
from access.updates.reverting import revert_mass
from access.updates.rule_actions import RuleAction
from sae.holdings.mass import check_mass, launch_mass, prepare_mass
from sae.holdings.models import MassOperation
from sae.holdings.sight import Sight, seeing
from tests.access.updates.conftest import Shelf
from tests.access.updates.test_screens import choose, words

pytestmark = pytest.mark.django_db
HOLD = {
    "rule": "HoldRule:HOL-00001", "owner": "Greffe", "reason": "Contentieux Delaunay",
    "start": "2026-01-01", "end": "", "review": "",
}  # fmt: skip


def checked(shelf: Shelf, kind: str, unit_ids: list[uuid.UUID], **asked: Any) -> MassOperation:
    with shelf.scope():
        mass = prepare_mass(kind=kind, unit_ids=[unit_ids], agent_id=None)
        return check_mass(mass.id, parameters=asked)


def launched(shelf: Shelf, mass: MassOperation) -> dict[str, list[str]]:
    """Apply; return what became of each unit: its status, key and message."""
    with shelf.scope(), seeing(Sight.whole()):
        mass = launch_mass(mass.id, agent_id=None)
        return {one[0]: one[1:] for batch in mass.batches.all() for one in batch.entries}


def describe(shelf: Shelf, unit_ids: list[uuid.UUID], **texts: str) -> MassOperation:
    mass = checked(shelf, "descriptions", unit_ids, patch=DescriptionPatch(set=texts).as_json())
    launched(shelf, mass)
    return mass


def rules(shelf: Shelf, unit_ids: list[uuid.UUID], *actions: RuleAction) -> MassOperation:
    return checked(shelf, "rules", unit_ids, actions=[one.as_json() for one in actions])


def start(day: str) -> RuleAction:
    return RuleAction("change", "AppraisalRule", "APP-00001", attributes={"StartDate": day})


class TestDescriptions:
    def test_what_another_wrote_in_a_field_that_is_replaced_stays(self, shelf: Shelf) -> None:
        theirs, mine = shelf.piece_ids[:2]
        patch = DescriptionPatch(set={"Status": "clos"}).as_json()
        mass = checked(shelf, "descriptions", [theirs, mine], patch=patch)
        describe(shelf, [theirs], Status="en révision")
        became = launched(shelf, mass)
        assert shelf.unit(theirs).content["Status"] == "en révision"
        assert shelf.unit(mine).content["Status"] == "clos"
        assert became[str(theirs)][:2] == ["KO", "UNIT_CHANGED_SINCE"]
        assert "depuis le contrôle" in became[str(theirs)][2]
        assert became[str(mine)][0] == "OK"
        after = shelf.mass(mass.id)
        assert (after.ok, after.ko, after.changed) == (1, 1, 1)

    def test_one_that_had_nothing_to_change_is_not_written_over_either(self, shelf: Shelf) -> None:
        unit = shelf.piece_ids[0]
        describe(shelf, [unit], Status="clos")
        patch = DescriptionPatch(set={"Status": "clos"}).as_json()
        mass = checked(shelf, "descriptions", [unit], patch=patch)
        describe(shelf, [unit], Status="rouvert")
        assert launched(shelf, mass)[str(unit)][:2] == ["KO", "UNIT_CHANGED_SINCE"]
        assert shelf.unit(unit).content["Status"] == "rouvert"

    def test_what_another_wrote_elsewhere_is_in_nobodys_way(self, shelf: Shelf) -> None:
        unit = shelf.folder.id
        patch = DescriptionPatch(set={"Status": "clos"}).as_json()
        mass = checked(shelf, "descriptions", [unit], patch=patch)
        describe(shelf, [unit], Title="Marché de toiture")
        launched(shelf, rules(shelf, [unit], start("2016-01-01")))
        assert launched(shelf, mass)[str(unit)][0] == "OK"
        content = shelf.unit(unit).content
        assert (content["Title"], content["Status"]) == ("Marché de toiture", "clos")

    def test_checked_again_it_is_shown_and_applied(self, shelf: Shelf) -> None:
        unit = shelf.piece_ids[0]
        patch = DescriptionPatch(set={"Status": "clos"}).as_json()
        mass = checked(shelf, "descriptions", [unit], patch=patch)
        describe(shelf, [unit], Status="en révision")
        with shelf.scope():
            check_mass(mass.id, parameters={})
        assert launched(shelf, mass)[str(unit)][0] == "OK"
        assert shelf.unit(unit).content["Status"] == "clos"

    def test_undoing_leaves_what_another_wrote_since(self, shelf: Shelf) -> None:
        theirs, mine = shelf.piece_ids[:2]
        mass = describe(shelf, [theirs, mine], Status="clos")
        describe(shelf, [theirs], Status="en révision")
        with shelf.scope(), seeing(Sight.whole()):
            undone = revert_mass(shelf.mass(mass.id), agent_id=shelf.cast.aline.id)
        assert undone.counts == {"UNIT_TOUCHED_SINCE": 1, "UNIT_METADATA_UPDATE": 1}
        assert shelf.unit(theirs).content["Status"] == "en révision"
        assert "Status" not in shelf.unit(mine).content

    def test_the_page_and_the_report_tell_it(self, shelf: Shelf) -> None:
        units = shelf.piece_ids[:2]
        mass = choose(shelf, "update_new_descriptions", units).context["page"].mass
        asked = {"Status-etat": "remplacer", "Status": "clos"}
        shelf.aline.post(reverse("update_check", args=[mass.id]), asked)
        describe(shelf, units[:1], Status="en révision")
        page = words(shelf.aline.post(reverse("update_launch", args=[mass.id]), follow=True))
        assert "1 modifiée par ailleurs depuis : laissée" in page
        assert "Modifiée par ailleurs depuis le contrôle : rien n’est écrasé." in page
        report = shelf.aline.get(reverse("update_report_jsonl", args=[mass.id]))
        told = b"".join(report.streaming_content).decode()
        assert told.count('"resultKey":"UNIT_CHANGED_SINCE"') == 1


class TestRules:
    def test_what_another_declared_in_the_same_category_stays(self, shelf: Shelf) -> None:
        unit = shelf.folder.id
        mass = rules(shelf, [unit], start("2020-01-01"))
        launched(shelf, rules(shelf, [unit], start("2016-01-01")))
        assert launched(shelf, mass)[str(unit)][:2] == ["KO", "UNIT_CHANGED_SINCE"]
        (rule,) = shelf.unit(unit).management["AppraisalRule"]["Rules"]
        assert rule["StartDate"] == "2016-01-01"

    def test_another_category_is_in_nobodys_way(self, shelf: Shelf) -> None:
        unit = shelf.folder.id
        mass = rules(shelf, [unit], start("2020-01-01"))
        added = RuleAction("add", "AccessRule", "ACC-00001", attributes={"StartDate": "2016-01-01"})
        launched(shelf, rules(shelf, [unit], added))
        assert launched(shelf, mass)[str(unit)][0] == "OK"
        assert shelf.unit(unit).management.keys() == {"AppraisalRule", "AccessRule"}


class TestMoves:
    def test_what_another_moved_meanwhile_keeps_all_in_place(self, shelf: Shelf) -> None:
        first, second = shelf.piece_ids[0], shelf.piece_ids[2]
        mass = checked(shelf, "moves", [first, second], **Destination(shelf.plan.id).as_json())
        launched(shelf, checked(shelf, "moves", [first], **Destination(shelf.other.id).as_json()))
        became = launched(shelf, mass)
        assert became[str(first)][:2] == ["KO", "UNIT_CHANGED_SINCE"]
        assert became[str(second)][:2] == ["KO", "UNIT_LEFT_WITH_OTHERS"]
        assert shelf.unit(first).parents == [shelf.other.id]
        assert shelf.unit(second).parents == [shelf.folder.id]


class TestHolds:
    def put(self, shelf: Shelf) -> Any:
        """Put a hold on a folder; return it as the register shows it."""
        mass = choose(shelf, "update_new_hold", [shelf.folder.id]).context["page"].mass
        shelf.aline.post(reverse("update_check", args=[mass.id]), HOLD)
        shelf.aline.post(reverse("update_launch", args=[mass.id]))
        return self.only(shelf)

    def only(self, shelf: Shelf) -> Any:
        (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
        return hold

    def asked(self, shelf: Shelf, hold: Any, name: str, **said: str) -> Any:
        """Prepare the change or the lifting of a hold; return its page."""
        return shelf.aline.post(reverse(name, args=[hold.key]), HOLD | said, follow=True)

    def launch(self, shelf: Shelf, page: Any) -> str:
        address = reverse("update_launch", args=[page.context["page"].mass.id])
        return words(shelf.aline.post(address, follow=True))

    @pytest.mark.parametrize(
        "said", [{"reason": "Contentieux Morel"}, {"end": "2031-12-31"}, {"review": "2030-01-01"}]
    )
    def test_a_lifting_prepared_before_it_changed_lifts_nothing(
        self, shelf: Shelf, said: dict[str, str]
    ) -> None:
        hold = self.put(shelf)
        lifting = self.asked(shelf, hold, "hold_lift")
        assert "Gel en cause : HOL-00001, demandé par Greffe, « Contentieux Delaunay »" in words(
            lifting
        )
        self.launch(shelf, self.asked(shelf, hold, "hold_change", **said))
        told = self.launch(shelf, lifting)
        assert "Le gel a changé depuis, il est laissé tel quel" in told
        assert self.only(shelf).key != hold.key

    def test_checked_again_it_still_lifts_nothing_and_tells_what_the_hold_became(
        self, shelf: Shelf
    ) -> None:
        hold = self.put(shelf)
        lifting = self.asked(shelf, hold, "hold_lift")
        changed = self.asked(shelf, hold, "hold_change", reason="Contentieux Morel")
        self.launch(shelf, changed)
        mass = lifting.context["page"].mass
        again = shelf.aline.post(reverse("update_check", args=[mass.id]), follow=True)
        assert "« Contentieux Morel »" in words(again)
        assert "Aucune unité ne serait modifiée" in words(again)
        assert self.only(shelf).reason == "Contentieux Morel"

    def test_a_change_prepared_before_another_writes_nothing_over_it(self, shelf: Shelf) -> None:
        hold = self.put(shelf)
        mine = self.asked(shelf, hold, "hold_change", end="2031-12-31")
        self.launch(shelf, self.asked(shelf, hold, "hold_change", reason="Contentieux Morel"))
        self.launch(shelf, mine)
        assert (self.only(shelf).reason, self.only(shelf).given_end) == ("Contentieux Morel", None)
