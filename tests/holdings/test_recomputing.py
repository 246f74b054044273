"""Stored rules follow every change, and what is stored is what a fresh computation gives."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sae.holdings import loading, recomputing, rows
from sae.holdings.inheritance import Unit
from sae.holdings.models import ArchiveUnit, RulesResult, UnitRules
from sae.holdings.recomputing import Recomputed, recompute, recompute_below
from sae.holdings.rules_store import results_of, sweep_results
from sae.holdings.selectors.units import units_for_attachment
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.holdings.stored import StoredGraph, fresh_ids, stored_ids
from tests.holdings.test_inheritance import rules, unit
from tests.holdings.test_inheritance_properties import SOME, blocks, graphs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.coffre_a.id):
        yield


def town() -> StoredGraph:
    return StoredGraph(
        [
            unit("town", "sp", Appraisal=rules("APP-1 2000-01-01 2010-01-01", FinalAction="Keep")),
            unit("series", "sp", "town"),
            unit("file", "sp", "series", Access=rules("ACC-1 2000-01-01 2025-01-01", "ACC-2")),
            unit("other file", "sp", "series"),
            unit("piece", "sp", "file"),
        ]
    )


def test_units_with_the_same_rules_share_one_row() -> None:
    graph = town()
    given = stored_ids()
    assert given[graph.id("series")] == given[graph.id("other file")]
    assert len(set(given.values())) == 4 == RulesResult.objects.count()


def test_pieces_that_declare_the_same_thing_share_one_row() -> None:
    declared = rules("ACC-1 2000-01-01 2025-01-01")
    graph = StoredGraph(
        [unit("root", "sp"), *(unit(f"u{n}", "sp", "root", Access=declared) for n in range(3))]
    )
    assert len({stored_ids()[graph.id(f"u{n}")] for n in range(3)}) == 1
    assert stored_ids() == fresh_ids()


def test_columns_say_ends_undated_origins_and_actions() -> None:
    graph = town()
    found = results_of([graph.id("file"), graph.id("piece"), graph.id("town")])
    file, piece = found[graph.id("file")], found[graph.id("piece")]
    assert str(file.appraisal_end) == "2010-01-01"
    assert str(file.access_end) == "2025-01-01"
    assert file.undated == ["AccessRule"]
    assert file.rules == ["ACC-1", "ACC-2", "APP-1"]
    assert file.own_rules == ["ACC-1", "ACC-2"]
    assert (file.local, file.inherited) == (["AccessRule"], ["AppraisalRule"])
    assert (piece.local, piece.inherited) == ([], ["AppraisalRule", "AccessRule"])
    assert piece.own_rules == []
    assert file.appraisal_actions == ["Keep"]
    assert file.hold_end is None
    assert not file.prevents


def test_the_latest_end_date_wins_and_holds_freeze() -> None:
    hold: dict[str, Any] = {
        "Rules": [
            {"Rule": "HOL-1", "EndDate": "2010-01-01", "PreventRearrangement": True},
            {"Rule": "HOL-2", "EndDate": "2030-01-01"},
        ]
    }
    graph = StoredGraph(
        [
            unit("a", "sp", Hold=hold, Appraisal=rules("APP-1 2000-01-01 2003-01-01")),
            unit(
                "b", "sp", "a", Appraisal=rules("APP-2 2000-01-01 2001-01-01", refuse=("APP-9",)),
                Hold=rules(prevent=True, Rules=[{"Rule": "HOL-3", "PreventRearrangement": True}]),
                NeedAuthorization=True,
            ),
        ]
    )  # fmt: skip
    found = results_of([graph.id("a"), graph.id("b")])
    a, b = found[graph.id("a")], found[graph.id("b")]
    assert (str(a.hold_end), str(a.frozen_until)) == ("2030-01-01", "2010-01-01")
    assert str(b.appraisal_end) == "2003-01-01"
    assert (b.hold_end, str(b.frozen_until), b.undated) == (None, "9999-12-31", ["HoldRule"])
    assert b.prevents == ["AppraisalRule", "HoldRule"]
    assert b.needs_authorization
    assert not a.needs_authorization


def test_a_change_at_the_root_reaches_everything_below_and_only_what_differs() -> None:
    graph = town()
    graph.declare("town", {"AppraisalRule": {"FinalAction": "Destroy"}})
    assert recompute_below([graph.id("town")]) == Recomputed(units=5, changed=5)
    assert stored_ids() == fresh_ids()
    assert results_of([graph.id("piece")])[graph.id("piece")].appraisal_actions == ["Destroy"]
    assert recompute_below([graph.id("town")]) == Recomputed(units=5, changed=0)


def test_a_change_lower_down_leaves_what_is_beside() -> None:
    graph = town()
    graph.declare("file", {})
    assert recompute_below([graph.id("file")]) == Recomputed(units=2, changed=2)
    assert stored_ids() == fresh_ids()


def test_one_unit_alone_can_be_computed() -> None:
    graph = town()
    graph.declare("piece", {"NeedAuthorization": True})
    assert recompute([graph.id("piece")]) == Recomputed(units=1, changed=1)
    assert stored_ids() == fresh_ids()


def test_batches_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = town()
    graph.declare("town", {"AccessRule": rules("ACC-3")})
    monkeypatch.setattr(recomputing, "BATCH", 2)
    assert recompute_below([graph.id("town"), graph.id("file")]).units == 5
    assert stored_ids() == fresh_ids()


def test_units_never_computed_get_their_rules_ancestors_first() -> None:
    graph = town()
    UnitRules.objects.all().delete()
    recompute([graph.id("piece")])
    assert set(stored_ids()) == {graph.id(name) for name in ("town", "series", "file", "piece")}
    recompute_below([graph.id("town")])
    assert stored_ids() == fresh_ids()


def test_a_deposit_under_existing_units_inherits_their_rules() -> None:
    graph = town()
    target = units_for_attachment([graph.id("file")])[graph.id("file")].in_graph()
    fonds = FondsBuilder(agency="sp")
    top = fonds.unit("Versement", attached_to=target)
    below = fonds.unit("Pièce", under=top)
    fonds.load()
    assert stored_ids() == fresh_ids()
    assert results_of([below.id])[below.id].rules == ["ACC-1", "ACC-2", "APP-1"]


def test_a_child_that_comes_before_its_parent_has_its_rules_too() -> None:
    fonds = FondsBuilder(agency="sp")
    graph = town()
    units = [
        rows.UnitRow(
            id=new_id(), operation_id=fonds.operation.id, created_at=clock.now(), title=name,
            level="File", originating_agency="sp",
        )
        for name in ("parent", "child", "grandchild")
    ]  # fmt: skip
    parent, child, grandchild = (row.id for row in units)
    above = (graph.id("town"), graph.id("series"), graph.id("file"))
    placed = [
        _placed(units[2], (child,), (*above, parent, child), 6),
        _placed(units[1], (parent,), (*above, parent), 5),
        _placed(units[0], (above[-1],), above, 4, child_count=1),
    ]
    loading.load_units(placed)
    assert stored_ids() == fresh_ids()
    assert results_of([grandchild])[grandchild].rules == ["ACC-1", "ACC-2", "APP-1"]


def _placed(
    row: rows.UnitRow,
    parents: tuple[uuid.UUID, ...],
    ancestors: tuple[uuid.UUID, ...],
    depth: int,
    **more: Any,
) -> rows.UnitRow:
    return replace(row, parents=parents, ancestors=ancestors, depth=depth, **more)


def test_results_that_nobody_has_are_swept() -> None:
    graph = town()
    before = RulesResult.objects.count()
    graph.declare("town", {})
    recompute_below([graph.id("town")])
    used = len(set(stored_ids().values()))
    assert RulesResult.objects.count() > used
    assert sweep_results() == before
    assert RulesResult.objects.count() == used


def test_queries_do_not_follow_the_number_of_units() -> None:
    def queries(width: int) -> int:
        graph = StoredGraph(
            [
                unit("root", "sp"),
                *(unit(f"a{n}", "sp", "root", Access=rules(f"ACC-{n}")) for n in range(width)),
                *(unit(f"b{n}", "sp", f"a{n}") for n in range(width)),
            ]
        )
        graph.declare("root", {"NeedAuthorization": True})
        with CaptureQueriesContext(
            connection,
        ) as context:
            assert recompute_below([graph.id("root")]).changed == 2 * width + 1
        return len(context)

    assert queries(3) == queries(60)


def test_another_coffre_is_left_alone(cast: Cast) -> None:
    town()
    mine = stored_ids()
    with tenant_scope(cast.coffre_b.id):
        assert stored_ids() == {}
        assert recompute_below(list(mine)) == Recomputed()
    assert stored_ids() == mine


@st.composite
def changes(draw: st.DrawFn, names: list[str]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            draw(st.sampled_from(names)),
            {
                **{
                    category: draw(blocks(category))
                    for category in SOME
                    if draw(st.integers(0, 1)) == 0
                },
                **({"NeedAuthorization": draw(st.booleans())} if draw(st.booleans()) else {}),
            },
        )
        for _ in range(draw(st.integers(1, 4)))
    ]


class _Undo(Exception):  # noqa: N818 — takes an example back
    pass


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs(), st.data())
def test_after_any_changes_what_is_stored_is_what_a_fresh_computation_gives(
    units: list[Unit], data: st.DataObject
) -> None:
    with pytest.raises(_Undo), transaction.atomic():
        graph = StoredGraph(units)
        assert stored_ids() == fresh_ids()
        for name, declared in data.draw(changes(list(graph.built))):
            graph.declare(name, orjson.loads(orjson.dumps(declared)))
            recompute_below([graph.id(name)])
        assert stored_ids() == fresh_ids()
        kept = set(stored_ids().values())
        assert kept <= set(RulesResult.objects.values_list("id", flat=True))
        assert set(stored_ids()) == set(ArchiveUnit.objects.values_list("id", flat=True))
        raise _Undo
