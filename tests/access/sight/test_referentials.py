"""Referentials kept without seeing all that they rule: numbers for the act, never names."""

from typing import Any

import pytest
from django.urls import reverse

from sae.kernel import clock
from tenants.models import Agency, ManagementRule
from tenants.permissions import Permission
from tests.access.sight.conftest import CONTRACT, Narrowed, archivist_by_contract

pytestmark = pytest.mark.django_db
READ_ONLY = (Permission.REFERENTIAL_EDIT, Permission.REFERENTIAL_IMPORT)


def rule_id(narrowed: Narrowed, identifier: str) -> Any:
    with narrowed.scope():
        return ManagementRule.objects.get(identifier=identifier).id


def users(page: Any) -> list[str]:
    return [words for words, _url in page.context["users"]]


def test_who_changes_a_rule_is_told_how_many_units_declare_it(narrowed: Narrowed) -> None:
    url = reverse("rule", args=[rule_id(narrowed, "HOL-00001")])
    page = narrowed.basile.get(url)
    assert users(page) == ["3 unités d’archives"]
    assert narrowed.told(page) == []


def test_who_only_reads_is_told_what_a_search_of_theirs_finds(narrowed: Narrowed) -> None:
    archivist_by_contract(narrowed.cast, CONTRACT, without=READ_ONLY)
    for identifier, told in (("HOL-00001", ["1 unité d’archives"]),
                             ("APP-00001", ["2 unités d’archives"])):  # fmt: skip
        page = narrowed.basile.get(reverse("rule", args=[rule_id(narrowed, identifier)]))
        assert users(page) == told
        assert narrowed.told(page) == []


def test_an_agency_of_which_one_sees_nothing_is_used_by_nothing_one_knows(
    narrowed: Narrowed,
) -> None:
    archivist_by_contract(narrowed.cast, CONTRACT, without=READ_ONLY)
    with narrowed.scope():
        agency = Agency.objects.create(
            identifier="MAIRIE", name="Mairie", created_at=clock.now(), updated_at=clock.now()
        )
    assert users(narrowed.basile.get(reverse("agency", args=[agency.id]))) == []


class TestSimulation:
    ASKED = {"duration": "30", "measurement": "YEAR"}

    def ask(self, narrowed: Narrowed, **more: str) -> Any:
        url = reverse("rule_simulation", args=[rule_id(narrowed, "APP-00001")])
        return narrowed.basile.get(url, {**self.ASKED, **more})

    def test_who_may_change_the_rule_counts_every_unit_and_reads_those_seen(
        self, narrowed: Narrowed
    ) -> None:
        page = self.ask(narrowed)
        assert page.context["counts"].moved == 6
        assert page.context["is_wider"]
        assert "Ces nombres sont ceux de tout le fonds" in page.content.decode()
        assert sorted(unit.title for unit, _one in page.context["moved"]) == ["Annexe", "Budget"]
        assert page.context["hidden"] == 0
        assert narrowed.told(page) == []

    def test_who_may_not_counts_those_seen(self, narrowed: Narrowed) -> None:
        archivist_by_contract(narrowed.cast, CONTRACT, without=READ_ONLY)
        page = self.ask(narrowed)
        counts = page.context["counts"]
        assert (counts.moved, counts.affected, counts.declaring) == (2, 2, 0)
        assert not page.context["is_wider"]
        assert narrowed.told(page) == []

    def test_its_file_holds_those_seen(self, narrowed: Narrowed) -> None:
        answer = self.ask(narrowed, export="csv")
        assert narrowed.told(answer) == []
        assert len(b"".join(self.ask(narrowed, export="csv")).decode().strip().splitlines()) == 3
