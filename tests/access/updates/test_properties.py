"""Properties that go with rules: classification, holds; and the archive unit profile of units."""

import gzip
import json
from typing import Any

import orjson
import pytest
from django.urls import reverse

from access.updates.rule_actions import RuleAction
from access.updates.rules import faults_of_actions, referential_rules
from sae.holdings.mass import check_mass, launch_mass, prepare_mass
from sae.holdings.models import MassOperation, PendingMetadata
from sae.journal.models import LifeCycleEntry
from sae.kernel import clock
from tenants.models import ArchiveUnitProfile, ManagementRule
from tests.access.updates.conftest import Shelf

pytestmark = pytest.mark.django_db
CLASSIFICATION = "ClassificationRule"
SCHEMA = {"properties": {"Description": {"type": "string"}}, "required": ["Description"]}


@pytest.fixture
def profiles(shelf: Shelf) -> Shelf:
    moment = clock.now()
    dates = {"created_at": moment, "updated_at": moment}
    with shelf.scope():
        for identifier, status, schema in (
            ("AUP-1", "ACTIVE", json.dumps(SCHEMA)),
            ("AUP-2", "INACTIVE", json.dumps(SCHEMA)),
            ("AUP-3", "ACTIVE", ""),
        ):
            ArchiveUnitProfile.objects.create(
                identifier=identifier, name="Dossier décrit", status=status,
                control_schema=schema, **dates,
            )  # fmt: skip
        ManagementRule.objects.create(
            identifier="CLASS-1", category=CLASSIFICATION, value="Secret", duration=50,
            measurement="YEAR", **dates,
        )  # fmt: skip
    return shelf


def modify(shelf: Shelf, units: list[Any], *actions: RuleAction) -> MassOperation:
    with shelf.scope():
        ids = [one.id for one in units]
        mass = prepare_mass(kind="rules", unit_ids=[ids], agent_id=None)
        check_mass(mass.id, parameters={"actions": [one.as_json() for one in actions]})
        return launch_mass(mass.id, agent_id=shelf.cast.aline.id)


def faults(shelf: Shelf, *actions: RuleAction) -> list[str]:
    with shelf.scope():
        return faults_of_actions(actions, referential_rules())


class TestProfile:
    def test_units_that_answer_it_follow_it_and_the_others_stay(self, profiles: Shelf) -> None:
        given = RuleAction("set_profile", "", value="AUP-1")
        mass = modify(profiles, [profiles.folder, profiles.other], given)
        assert mass.counts == {"UNIT_METADATA_UPDATE": 1, "UNITS_RULES_COMPUTE": 1}
        folder, other = profiles.unit(profiles.folder), profiles.unit(profiles.other)
        assert (folder.archive_unit_profile, folder.version) == ("AUP-1", 1)
        assert (other.archive_unit_profile, other.version) == ("", 0)
        with profiles.scope():
            entry = LifeCycleEntry.objects.get(operation_id=mass.id)
            kept = PendingMetadata.objects.get(operation_id=mass.id, name__startswith="units")
        assert entry.detail["differences"][0]["fields"] == ["ArchiveUnitProfile"]
        assert orjson.loads(gzip.decompress(bytes(kept.content)))["profile"] == "AUP-1"

    def test_it_goes_away_and_is_already_so(self, profiles: Shelf) -> None:
        given = RuleAction("set_profile", "", value="AUP-1")
        modify(profiles, [profiles.folder], given)
        again = modify(profiles, [profiles.folder], given)
        assert again.counts == {"UNIT_METADATA_NO_CHANGES": 1}
        modify(profiles, [profiles.folder], RuleAction("remove_profile", ""))
        assert profiles.unit(profiles.folder).archive_unit_profile == ""

    def test_rules_and_profile_change_together(self, profiles: Shelf) -> None:
        added = RuleAction("add", "AccessRule", "ACC-00001")
        given = RuleAction("set_profile", "", value="AUP-1")
        modify(profiles, [profiles.folder], added, given)
        folder = profiles.unit(profiles.folder)
        assert folder.archive_unit_profile == "AUP-1"
        assert folder.management["AccessRule"] == {"Rules": [{"Rule": "ACC-00001"}]}

    def test_one_that_units_cannot_follow_is_refused_as_a_whole(self, profiles: Shelf) -> None:
        for identifier in ("AUP-2", "AUP-3", "AUP-9", ""):
            assert faults(profiles, RuleAction("set_profile", "", value=identifier)), identifier
        assert faults(profiles, RuleAction("set_profile", "", value="AUP-1")) == []
        both = faults(
            profiles,
            RuleAction("set_profile", "", value="AUP-1"),
            RuleAction("remove_profile", ""),
        )
        assert any("profil d’unité" in one for one in both)


def given(name: str, value: Any) -> RuleAction:
    return RuleAction("set_property", CLASSIFICATION, name=name, value=value)


class TestClassification:
    def test_it_is_given_with_its_rule(self, profiles: Shelf) -> None:
        rule = RuleAction("add", CLASSIFICATION, "CLASS-1", attributes={"StartDate": "2000-01-01"})
        alone = modify(profiles, [profiles.folder], rule)
        assert alone.ko == 1, "a classification has a level and an owner"
        modify(
            profiles,
            [profiles.folder],
            rule,
            given("ClassificationLevel", "Secret Défense"),
            given("ClassificationOwner", "Préfecture"),
            given("ClassificationAudience", "France"),
            given("ClassificationReassessingDate", "2040-01-01"),
            given("NeedReassessingAuthorization", True),
        )
        assert profiles.unit(profiles.folder).management[CLASSIFICATION] == {
            "Rules": [{"Rule": "CLASS-1", "StartDate": "2000-01-01", "EndDate": "2050-01-01"}],
            "ClassificationLevel": "Secret Défense",
            "ClassificationOwner": "Préfecture",
            "ClassificationAudience": "France",
            "ClassificationReassessingDate": "2040-01-01",
            "NeedReassessingAuthorization": True,
        }
        gone = RuleAction("remove_property", CLASSIFICATION, name="ClassificationAudience")
        modify(profiles, [profiles.folder], gone)
        assert (
            "ClassificationAudience"
            not in (profiles.unit(profiles.folder).management[CLASSIFICATION])
        )

    def test_what_it_cannot_be_is_said(self, profiles: Shelf) -> None:
        for action, words in (
            (given("ClassificationLevel", "Très Secret"), "n’est pas admis"),
            (given("ClassificationOwner", " "), "ne peut être vide"),
            (given("ClassificationReassessingDate", "demain"), "n’est pas une date"),
            (given("NeedReassessingAuthorization", "oui"), "par oui ou par non"),
            (given("Couleur", "rouge"), "n’est pas une propriété"),
            (
                RuleAction("remove_property", CLASSIFICATION, name="ClassificationLevel"),
                "n’est pas une propriété",
            ),
            (
                RuleAction("set_property", "AccessRule", name="ClassificationOwner", value="x"),
                "n’est pas une propriété",
            ),
        ):
            assert any(words in one for one in faults(profiles, action)), (action, words)


class TestForms:
    def test_each_is_asked_on_the_page_and_told_in_words(self, profiles: Shelf) -> None:
        with profiles.scope():
            mass = prepare_mass(
                kind="rules", unit_ids=[[profiles.folder.id]], agent_id=profiles.cast.aline.id
            )
        url = reverse("update_rule_action", args=[mass.id])

        def ask(**sent: Any) -> str:
            page = profiles.aline.post(url, sent, follow=True)
            return str(page.content.decode())

        assert "Donnez au moins une propriété" in ask(geste="classification")
        told = ask(
            geste="classification", level="Secret Défense", owner="Préfecture", authorization="oui"
        )
        assert "Donner le niveau de classification" in told
        assert "Donner la nécessité d’une autorisation" in told
        assert "Faire suivre le profil d’unité AUP-1" in ask(geste="set_profile", profile="AUP-1")
        assert "Supprimer le champ de diffusion" in ask(
            geste="remove_classification", name="ClassificationAudience"
        )
        told = ask(
            geste="change_hold", rule="HoldRule:HOL-00001", reason="Contentieux", still="oui",
            cleared="HoldReassessingDate",
        )  # fmt: skip
        assert "motif : Contentieux" in told
        assert "reclassement interdit : oui" in told
        assert "effacé : à réexaminer le" in told
        asked = profiles.mass(mass.id).parameters["actions"]
        assert [one["verb"] for one in asked] == [
            "set_property", "set_property", "set_property", "set_profile", "remove_property",
            "change",
        ]  # fmt: skip
        assert asked[-1]["attributes"] == {
            "HoldReason": "Contentieux",
            "PreventRearrangement": True,
        }
