"""``manage.py rules``: what is stored against what is declared, and mending it."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from sae.holdings.models import ArchiveUnit, RulesResult, UnitRules
from sae.holdings.rules_check import Check, Difference, Fault, recompute_all, strays
from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast, make_cast
from tests.holdings.stored import StoredGraph, fresh_ids, stored_ids
from tests.holdings.test_inheritance import rules, unit


@pytest.fixture
def graph(cast: Cast) -> StoredGraph:
    with tenant_scope(cast.coffre_a.id):
        return build()


def build() -> StoredGraph:
    return StoredGraph(
        [
            unit("town", "sp", Appraisal=rules("APP-1 2000-01-01 2010-01-01", FinalAction="Keep")),
            unit("file", "sp", "town", Access=rules("ACC-1 2000-01-01 2025-01-01")),
            unit("piece", "sp", "file"),
        ]
    )


def differences(cast: Cast, sample: int | None = None) -> list[Difference]:
    with tenant_scope(cast.coffre_a.id):
        return sorted(Check(sample).differences(), key=lambda one: one.unit_id)


@pytest.mark.django_db
class TestCheck:
    def test_nothing_is_wrong_after_a_deposit(self, cast: Cast, graph: StoredGraph) -> None:
        assert differences(cast) == []
        with tenant_scope(cast.coffre_a.id):
            check = Check(2)
            assert list(check.differences()) == []
            assert check.units == 2

    def test_a_declaration_changed_behind_is_found_with_all_below(
        self, cast: Cast, graph: StoredGraph
    ) -> None:
        with tenant_scope(cast.coffre_a.id):
            graph.declare("file", {"NeedAuthorization": True})
        assert differences(cast) == [
            Difference(graph.id(name), Fault.STALE, ("AccessRule", "GlobalProperties"))
            for name in ("file", "piece")
        ]

    def test_a_unit_without_rules_is_found(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            UnitRules.objects.filter(id=graph.id("piece")).delete()
        assert differences(cast) == [Difference(graph.id("piece"), Fault.MISSING)]

    def test_a_row_altered_in_the_database_is_found(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            given = UnitRules.objects.get(id=graph.id("town")).result_id
            row = RulesResult.objects.get(id=given)
            row.delete()
            row.appraisal_end = "2030-01-01"
            row.save(force_insert=True)
        assert differences(cast) == [Difference(graph.id("town"), Fault.ALTERED)]

    def test_a_row_gone_is_found(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            RulesResult.objects.filter(
                id=UnitRules.objects.get(id=graph.id("piece")).result_id
            ).delete()
        assert differences(cast) == [Difference(graph.id("piece"), Fault.ALTERED)]

    def test_rules_of_units_that_left_are_counted(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            UnitRules.objects.create(id=new_id(), result_id=new_id())
            assert strays() == 1

    def test_the_command_names_differences_and_fails(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            graph.declare("town", {})
        out = io.StringIO()
        with pytest.raises(CommandError, match=r"3 écart") as caught:
            call_command("rules", "check", "--all", "--tenant", "1", stdout=out)
        assert caught.value.returncode == 2
        assert str(graph.id("piece")) in out.getvalue()
        assert re.search(r"périmées \(AppraisalRule\)", out.getvalue())
        call_command("rules", "check", "--tenant", "3", stdout=out)

    def test_an_unknown_coffre_is_said(self, cast: Cast) -> None:
        with pytest.raises(CommandError, match="99"):
            call_command("rules", "check", "--tenant", "99")

    def test_recomputing_mends_everything(self, cast: Cast, graph: StoredGraph) -> None:
        with tenant_scope(cast.coffre_a.id):
            graph.declare("town", {})
            UnitRules.objects.filter(id=graph.id("file")).delete()
        out = io.StringIO()
        call_command("rules", "recompute", "--tenant", "1", stdout=out)
        assert "3 unités calculées, 3 corrigées" in out.getvalue()
        assert differences(cast) == []
        with tenant_scope(cast.coffre_a.id):
            assert stored_ids() == fresh_ids()
            assert RulesResult.objects.count() == len(set(stored_ids().values()))
            assert Operation.objects.filter(type="COMPUTE_INHERITED_RULES").count() == 1


def test_recomputing_slice_by_slice(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from sae.holdings import rules_check

    monkeypatch.setattr(rules_check, "SLICE", 1)
    cast = make_cast()
    with tenant_scope(cast.coffre_a.id):
        built = build()
        ArchiveUnit.objects.filter(id=built.id("town")).update(management={})
    assert recompute_all(cast.coffre_a.id).changed == 3
    assert differences(cast) == []
