"""Rules of units change: golden blocks of the field, dry runs, refusals, dates, inheritance."""

import gzip
import uuid
from typing import Any

import orjson
import pytest

from access.updates.rule_actions import Refused, RuleAction, apply_actions
from access.updates.rules import faults_of_actions, referential_rules
from sae.holdings import recomputing
from sae.holdings.inheritance.dates import Rule, with_end_date
from sae.holdings.mass import check_mass, launch_mass, prepare_mass, report_entries
from sae.holdings.models import ArchiveUnit, MassOperation, PendingMetadata
from sae.holdings.rules_in_force import rules_in_force
from sae.holdings.rules_store import results_of
from sae.journal.models import LifeCycleEntry
from tests.access.updates.conftest import Shelf
from tests.holdings.stored import fresh_ids, stored_ids

APPRAISAL, HOLD = "AppraisalRule", "HoldRule"


def act(verb: str, category: str, rule: str = "", **more: Any) -> RuleAction:
    return RuleAction(verb, category, rule, **more)


class TestBlocks:
    """Golden blocks of the reference system (M1, M2)."""

    def test_additions_changes_and_removals_in_one_go(self) -> None:
        before = {
            "AccessRule": {"Rules": [{"Rule": "ACC-1"}]},
            "DisseminationRule": {
                "Rules": [{"Rule": "DIS-1", "StartDate": "2000-01-01", "EndDate": "2075-01-01"}],
                "Inheritance": {"PreventInheritance": True},
            },
            "StorageRule": {"FinalAction": "Transfer"},
            "ReuseRule": {"Rules": [{"Rule": "REU-1"}]},
            "AppraisalRule": {"Inheritance": {"PreventRulesId": ["APP-9"]}},
            "ClassificationRule": {"Rules": [{"Rule": "CLASS-1"}], "ClassificationLevel": "Secret"},
        }
        hold = {
            "StartDate": "2010-01-01", "HoldEndDate": "2010-01-01", "HoldOwner": "Greffe",
            "HoldReason": "Litige",
        }  # fmt: skip
        after = apply_actions(
            before,
            [
                act("remove", "ReuseRule", "REU-1"),
                act("unblock_rule", "AppraisalRule", "APP-9"),
                act(
                    "change", "DisseminationRule", "DIS-1", new_rule="DIS-2",
                    attributes={"StartDate": "2005-01-01"},
                ),
                act("set_property", "StorageRule", name="FinalAction", value="Copy"),
                act(
                    "set_property", "ClassificationRule", name="ClassificationOwner",
                    value="Émetteur",
                ),
                act(
                    "set_property", "ClassificationRule", name="NeedReassessingAuthorization",
                    value=True,
                ),
                act("add", HOLD, "HOL-1"),
                act("add", HOLD, "HOL-2", attributes=hold),
                act("block_rule", HOLD, "HOL-3"),
            ],
        )  # fmt: skip
        assert after.idle == ()
        assert after.management == {
            "AccessRule": {"Rules": [{"Rule": "ACC-1"}]},
            "DisseminationRule": {
                "Rules": [{"Rule": "DIS-2", "StartDate": "2005-01-01"}],
                "Inheritance": {"PreventInheritance": True},
            },
            "StorageRule": {"FinalAction": "Copy"},
            "ClassificationRule": {
                "Rules": [{"Rule": "CLASS-1"}],
                "ClassificationLevel": "Secret",
                "ClassificationOwner": "Émetteur",
                "NeedReassessingAuthorization": True,
            },
            "HoldRule": {
                "Rules": [{"Rule": "HOL-1"}, {"Rule": "HOL-2", **hold}],
                "Inheritance": {"PreventRulesId": ["HOL-3"]},
            },
        }

    def test_attributes_of_a_hold_are_given_and_taken_away(self) -> None:
        before = {
            "HoldRule": {
                "Rules": [
                    {"Rule": "HOL-1", "HoldReason": "Litige"},
                    {
                        "Rule": "HOL-2", "StartDate": "2010-01-01", "HoldEndDate": "2010-01-01",
                        "EndDate": "2010-01-01", "HoldOwner": "Greffe",
                        "PreventRearrangement": True,
                    },
                ]
            }
        }  # fmt: skip
        after = apply_actions(
            before,
            [
                act(
                    "change", HOLD, "HOL-1", new_rule="HOL-3",
                    attributes={"StartDate": "2005-01-01"}, cleared=["HoldReason"],
                ),
                act(
                    "change", HOLD, "HOL-2",
                    attributes={"StartDate": "2005-01-01", "HoldReason": "Autre"},
                    cleared=["HoldEndDate", "HoldOwner", "PreventRearrangement"],
                ),
                act("change", HOLD, "HOL-4", cleared=["HoldOwner"]),
            ],
        )  # fmt: skip
        assert after.management["HoldRule"]["Rules"] == [
            {"Rule": "HOL-3", "StartDate": "2005-01-01"},
            {"Rule": "HOL-2", "StartDate": "2005-01-01", "HoldReason": "Autre"},
        ]
        assert [(reason, action.rule) for reason, action in after.idle] == [
            ("RULE_NOT_THERE", "HOL-4")
        ]
        three = {"HOL-3": Rule("HOL-3", HOLD, 10, False, "YEAR")}
        ended = with_end_date(after.management["HoldRule"]["Rules"][0], HOLD, three)
        assert ended["EndDate"] == "2015-01-01"

    def test_what_is_already_so_is_said_and_left(self) -> None:
        block = {
            APPRAISAL: {
                "Rules": [{"Rule": "APP-1"}],
                "FinalAction": "Keep",
                "Inheritance": {"PreventRulesId": ["APP-2"]},
            }
        }
        for action, reason in (
            (act("add", APPRAISAL, "APP-1"), "RULE_ALREADY_THERE"),
            (act("block_rule", APPRAISAL, "APP-2"), "RULE_ALREADY_THERE"),
            (
                act("set_property", APPRAISAL, name="FinalAction", value="Keep"),
                "RULE_ALREADY_THERE",
            ),
            (act("remove", APPRAISAL, "APP-3"), "RULE_NOT_THERE"),
            (act("unblock_category", "AccessRule"), "RULE_NOT_THERE"),
            (act("remove_category", "AccessRule"), "RULE_NOT_THERE"),
            (act("remove_property", "StorageRule", name="FinalAction"), "RULE_NOT_THERE"),
        ):
            after = apply_actions(block, [action])
            assert (after.management, after.idle[0][0]) == (block, reason), action

    def test_a_category_goes_as_a_whole(self) -> None:
        """The peers' ``delete: [{"<Cat>": null}]``: rules, properties and refusals together."""
        appraisal = {
            "Rules": [{"Rule": "APP-1"}, {"Rule": "APP-2"}],
            "FinalAction": "Keep",
            "Inheritance": {"PreventRulesId": ["APP-3"]},
        }
        reuse = {"Rules": [{"Rule": "REU-1"}]}
        after = apply_actions(
            {APPRAISAL: appraisal, "ReuseRule": reuse}, [act("remove_category", APPRAISAL)]
        )
        assert (after.management, after.idle) == ({"ReuseRule": reuse}, ())

    def test_inheriting_a_category_again_takes_every_refusal_away(self) -> None:
        for refusal in ({"PreventInheritance": True}, {"PreventRulesId": ["APP-1", "APP-2"]}):
            block = {APPRAISAL: {"Rules": [{"Rule": "APP-9"}], "Inheritance": refusal}}
            after = apply_actions(block, [act("unblock_category", APPRAISAL)])
            assert after.management == {APPRAISAL: {"Rules": [{"Rule": "APP-9"}]}}
            assert after.idle == ()

    def test_the_final_action_stays_while_a_delay_leads_to_it(self) -> None:
        block = {APPRAISAL: {"Rules": [{"Rule": "APP-1"}], "FinalAction": "Keep"}}
        gone = act("remove_property", APPRAISAL, name="FinalAction")
        with pytest.raises(Refused):
            apply_actions(block, [gone])
        both = apply_actions(block, [act("remove", APPRAISAL, "APP-1"), gone])
        assert both.management == {}

    def test_a_rule_is_not_blocked_where_the_category_is(self) -> None:
        block = apply_actions({}, [act("block_category", HOLD)]).management
        assert block == {HOLD: {"Inheritance": {"PreventInheritance": True}}}
        with pytest.raises(Refused):
            apply_actions(block, [act("block_rule", HOLD, "HOL-1")])
        assert apply_actions(block, [act("unblock_category", HOLD)]).management == {}


def modify(shelf: Shelf, unit_ids: list[uuid.UUID], *actions: RuleAction) -> MassOperation:
    with shelf.scope():
        mass = prepare_mass(kind="rules", unit_ids=[unit_ids], agent_id=None)
        check_mass(mass.id, parameters={"actions": [one.as_json() for one in actions]})
        return launch_mass(mass.id, agent_id=shelf.cast.aline.id)


@pytest.mark.django_db
class TestUnits:
    def test_a_rule_is_added_with_its_computed_end(self, shelf: Shelf) -> None:
        added = act(
            "add", APPRAISAL, "APP-00002", attributes={"StartDate": "2020-02-29"},
            name="FinalAction", value="Keep",
        )  # fmt: skip
        mass = modify(shelf, [shelf.folder.id, shelf.other.id], added)
        assert mass.counts == {"UNIT_METADATA_UPDATE": 2}
        assert shelf.unit(shelf.other).management == {
            APPRAISAL: {
                "Rules": [
                    {"Rule": "APP-00002", "StartDate": "2020-02-29", "EndDate": "2025-02-28"}
                ],
                "FinalAction": "Keep",
            }
        }
        with shelf.scope():
            in_force = rules_in_force(shelf.unit(shelf.pieces[1])).inheritance
            rules = in_force.in_force(shelf.pieces[1].id, APPRAISAL).rules
        assert [(one.name, one.origin) for one in rules] == [("APP-00002", shelf.other.id)]

    @pytest.mark.parametrize("at_once", [5_000, 2], ids=["in hand", "too much below"])
    @pytest.mark.parametrize("chosen", ["folders", "folders and some pieces", "pieces"])
    def test_what_is_below_follows_whatever_was_chosen(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, chosen: str, at_once: int
    ) -> None:
        """Pieces of one folder chosen or not: all have the rules that a fresh pass gives."""
        monkeypatch.setattr(recomputing, "BATCH", at_once)
        folders = [shelf.folder.id, shelf.other.id]
        ids = {"folders": folders, "pieces": shelf.piece_ids[:7]}.get(
            chosen, [*shelf.piece_ids[:3], *folders]
        )
        before = shelf.mass(modify(shelf, ids, act("add", "AccessRule", "ACC-00001")).id)
        mass = modify(
            shelf, ids, act("change", "AccessRule", "ACC-00001",
            attributes={"StartDate": "2001-01-01"}),
        )  # fmt: skip
        assert before.changed == mass.changed == len(ids)
        with shelf.scope():
            assert stored_ids() == fresh_ids()
            ends = {str(one.access_end) for one in results_of(ids).values()}
        assert ends == {"2026-01-01"}

    def test_lines_for_the_offers_tell_rules_without_the_description(self, shelf: Shelf) -> None:
        mass = modify(shelf, [shelf.folder.id], act("add", "AccessRule", "ACC-00001"))
        with shelf.scope():
            kept = PendingMetadata.objects.get(operation_id=mass.id, name="units-000001.jsonl.gz")
            (line,) = map(orjson.loads, gzip.decompress(bytes(kept.content)).splitlines())
        folder = shelf.unit(shelf.folder)
        assert line["management"] == folder.management
        assert (line["id"], line["version"]) == (str(folder.id), folder.version)
        assert line["parents"] == [str(shelf.plan.id)]
        assert "content" not in line

    def test_what_is_not_touched_stays_as_it_is_however_wrong(self, shelf: Shelf) -> None:
        wrong = {"StorageRule": {"Rules": [{"Rule": "NOWHERE"}]}}
        with shelf.scope():
            ArchiveUnit.objects.filter(id=shelf.other.id).update(management=wrong)
        mass = modify(
            shelf, [shelf.other.id, shelf.folder.id], act("add", "AccessRule", "ACC-00001")
        )
        assert mass.counts == {"UNIT_METADATA_UPDATE": 2}
        added = {"AccessRule": {"Rules": [{"Rule": "ACC-00001"}]}}
        assert shelf.unit(shelf.other).management == wrong | added
        assert set(shelf.unit(shelf.folder).management) == {APPRAISAL, "AccessRule"}

    def test_the_dry_run_counts_who_has_the_rule_and_who_has_not(self, shelf: Shelf) -> None:
        chosen = [shelf.folder.id, shelf.other.id, shelf.position.id]
        for action, expected in (
            (
                act("add", APPRAISAL, "APP-00001", name="FinalAction", value="Destroy"),
                {
                    "RULE_ALREADY_THERE": 1,
                    "UNIT_METADATA_UPDATE": 1,
                    "UNIT_OF_A_HOLDING_TREE": 1,
                },
            ),
            (
                act("change", APPRAISAL, "APP-00001", attributes={"StartDate": "2016-01-01"}),
                {
                    "RULE_NOT_THERE": 1,
                    "UNIT_METADATA_UPDATE": 1,
                    "UNIT_OF_A_HOLDING_TREE": 1,
                },
            ),
        ):
            with shelf.scope():
                mass = prepare_mass(kind="rules", unit_ids=[chosen], agent_id=None)
                mass = check_mass(mass.id, parameters={"actions": [action.as_json()]})
            assert mass.preview == expected
        assert shelf.unit(shelf.folder).version == 0

    def test_a_deposit_would_refuse_a_delay_without_final_action(self, shelf: Shelf) -> None:
        mass = modify(shelf, [shelf.other.id], act("add", APPRAISAL, "APP-00001"))
        assert mass.ko == 1
        with shelf.scope():
            assert "Sort final" in mass.batches.get().entries[0][3] or "FinalAction" in str(
                mass.batches.get().entries
            )
        assert shelf.unit(shelf.other).management == {}

    def test_inheritance_is_blocked_and_back(self, shelf: Shelf) -> None:
        piece = shelf.pieces[0]

        def appraisal() -> list[str]:
            with shelf.scope():
                inheritance = rules_in_force(shelf.unit(piece)).inheritance
                return [one.name for one in inheritance.in_force(piece.id, APPRAISAL).rules]

        assert appraisal() == ["APP-00001"]
        block = act("block_rule", APPRAISAL, "APP-00001", name="FinalAction", value="Keep")
        modify(shelf, [piece.id], block)
        assert appraisal() == []
        modify(shelf, [piece.id], act("unblock_rule", APPRAISAL, "APP-00001"))
        assert appraisal() == ["APP-00001"]

    def test_a_whole_category_leaves_the_units_and_what_is_below(self, shelf: Shelf) -> None:
        chosen = [shelf.folder.id, shelf.other.id]
        whole = act("remove_category", APPRAISAL)
        with shelf.scope():
            mass = prepare_mass(kind="rules", unit_ids=[chosen], agent_id=None)
            mass = check_mass(mass.id, parameters={"actions": [whole.as_json()]})
            told = {entry[2]: entry[3] for entry in report_entries(mass, dry_run=True)}
        assert mass.preview == {"UNIT_METADATA_UPDATE": 1, "RULE_NOT_THERE": 1}
        assert told["RULE_NOT_THERE"] == "n’a pas cette catégorie de règles"
        assert shelf.unit(shelf.folder).management != {}
        with shelf.scope():
            launch_mass(mass.id, agent_id=shelf.cast.aline.id)
        assert shelf.mass(mass.id).counts == {"UNIT_METADATA_UPDATE": 1, "RULE_NOT_THERE": 1}
        assert shelf.unit(shelf.folder).management == {}
        assert shelf.unit(shelf.other).version == 0
        with shelf.scope():
            assert stored_ids() == fresh_ids()
            (piece,) = results_of([shelf.pieces[0].id]).values()
            life = LifeCycleEntry.objects.get(operation_id=mass.id)
        assert (piece.rules, piece.appraisal_actions) == ([], ["Keep"])
        assert life.detail["differences"][0]["fields"] == [APPRAISAL]

    def test_a_whole_category_goes_alone(self, shelf: Shelf) -> None:
        with shelf.scope():
            rules = referential_rules()
        whole = act("remove_category", APPRAISAL)
        assert faults_of_actions([whole, act("add", "AccessRule", "ACC-00001")], rules) == []
        for other in (
            act("add", APPRAISAL, "APP-00001"),
            act("block_category", APPRAISAL),
            act("set_property", APPRAISAL, name="FinalAction", value="Keep"),
        ):
            faults = faults_of_actions([whole, other], rules)
            assert any("d’autre action" in one for one in faults), other
        assert faults_of_actions([act("remove_category", "CookieRule")], rules)

    def test_requests_that_make_no_sense_are_refused_as_a_whole(self, shelf: Shelf) -> None:
        with shelf.scope():
            rules = referential_rules()
        for action, words in (
            (act("add", APPRAISAL, "APP-99999"), "n’est pas au référentiel"),
            (act("add", APPRAISAL, "ACC-00001"), "d’une autre catégorie"),
            (act("add", APPRAISAL), "Choisissez la règle"),
            (
                act("add", APPRAISAL, "APP-00001", attributes={"EndDate": "2030-01-01"}),
                "se calcule",
            ),
            (
                act("add", APPRAISAL, "APP-00001", attributes={"StartDate": "9000-01-01"}),
                "l’an 8999",
            ),
            (
                act("add", APPRAISAL, "APP-00001", attributes={"HoldOwner": "x"}),
                "Seul un gel",
            ),
            (act("add", HOLD, "HOL-00001", attributes={"HoldOwner": " "}), "vides"),
            (
                act("add", HOLD, "HOL-00002", attributes={"HoldEndDate": "2030-01-01"}),
                "a une durée",
            ),
            (act("change", APPRAISAL, "APP-00001"), "Dites ce qui change"),
            (
                act("set_property", APPRAISAL, name="FinalAction", value="Transfer"),
                "n’est pas admis",
            ),
        ):
            faults = faults_of_actions([action], rules)
            assert any(words in fault for fault in faults), (action, faults)
        twice = [act("add", APPRAISAL, "APP-00001"), act("remove", APPRAISAL, "APP-00001")]
        assert "même règle" in faults_of_actions(twice, rules)[0]
        assert faults_of_actions([act("remove", APPRAISAL, "APP-99999")], rules) == []
        assert faults_of_actions([], rules)
