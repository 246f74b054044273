"""What a change of length would do: the very dates that the change then gives."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sae.holdings import rule_simulation, rules_update
from sae.holdings.inheritance.dates import Rule
from sae.holdings.models import RulesUpdate
from sae.holdings.rule_simulation import Moved, Simulated, simulate
from sae.holdings.rules_store import results_of
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast
from tests.holdings.stored import StoredGraph, stored_ids
from tests.holdings.test_inheritance import rules, unit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2012, 6, 1)


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.coffre_a.id):
        yield


@pytest.fixture
def graph() -> StoredGraph:
    return StoredGraph(
        [
            unit("town", "sp", Appraisal=rules("APP-1 2000-01-01 2010-01-01")),
            unit("file", "sp", "town"),
            unit("longer", "sp", "town", Appraisal=rules("APP-2 2000-01-01 2020-01-01")),
            unit("undated", "sp", "town", Appraisal=rules("APP-3")),
            unit("young", "sp", "town", Appraisal=rules("APP-1 2005-01-01 2015-01-01")),
            unit("beside", "sp", Appraisal=rules("APP-2 2000-01-01 2020-01-01")),
        ]
    )


def years(duration: int | None, *, unlimited: bool = False) -> rule_simulation.Simulation:
    return simulate(
        "APP-1", duration, "YEAR", category="AppraisalRule", unlimited=unlimited, today=TODAY
    )


def moved(graph: StoredGraph, simulation: rule_simulation.Simulation) -> dict[str, Moved]:
    return {graph.names[one.unit_id]: one for one in simulation.moved()}


def test_longer_some_cease_to_be_due(graph: StoredGraph) -> None:
    simulation = years(15)
    assert simulation.counts() == Simulated(
        "AppraisalRule", TODAY, declaring=2, affected=5, moved=3, ceasing_to_be_due=2
    )
    found = moved(graph, simulation)
    assert set(found) == {"town", "file", "young"}
    assert (found["file"].before, found["file"].after) == (dt.date(2010, 1, 1), dt.date(2015, 1, 1))
    assert found["town"].declares
    assert not found["file"].declares


def test_shorter_some_become_due(graph: StoredGraph) -> None:
    counts = years(5).counts()
    assert (counts.becoming_due, counts.ceasing_to_be_due, counts.moved) == (1, 0, 3)


@pytest.mark.parametrize(
    ("today", "is_due"), [("2009-12-31", False), ("2010-01-01", True), ("2010-01-02", True)]
)
def test_a_rule_is_over_on_the_very_day_of_its_end(
    graph: StoredGraph, today: str, is_due: bool
) -> None:
    """As an elimination counts it: an end date that is the day asked has expired."""
    day = dt.date.fromisoformat(today)
    unlimited = simulate("APP-1", None, "YEAR", category="AppraisalRule", unlimited=True, today=day)
    assert unlimited.counts().ceasing_to_be_due == (2 if is_due else 0)
    # From 20 years to 10: what ended in 2015 and 2010 now ends then.
    shorter = simulate("APP-2", 10, "YEAR", category="AppraisalRule", today=day)
    assert shorter.counts().becoming_due == (2 if is_due else 0)


def test_unlimited_nothing_is_due_any_more(graph: StoredGraph) -> None:
    simulation = years(None, unlimited=True)
    counts = simulation.counts()
    assert (counts.moved, counts.ceasing_to_be_due, counts.becoming_due) == (4, 2, 0)
    assert {one.after for one in simulation.moved()} == {None}


def test_a_length_past_all_calendars_is_counted(graph: StoredGraph) -> None:
    assert years(9_000).counts().undatable == 5


def test_a_rule_that_nobody_has_moves_nothing(graph: StoredGraph) -> None:
    simulation = simulate("APP-9", 1, "YEAR", category="AppraisalRule")
    assert simulation.counts().affected == 0
    assert list(simulation.moved()) == []


def test_a_rule_of_no_referential_is_an_error() -> None:
    with pytest.raises(LookupError):
        simulate("NOWHERE", 1, "YEAR")


def test_nothing_is_written_and_few_queries_are_made(graph: StoredGraph) -> None:
    before = stored_ids()
    with CaptureQueriesContext(connection) as context:
        simulation = years(15)
        simulation.counts()
        list(simulation.moved())
    assert len(context) == 2
    assert all(one["sql"].startswith("SELECT") for one in context)
    assert stored_ids() == before


@pytest.mark.parametrize("duration", [0, 3, 12, 40])
def test_the_change_then_gives_the_dates_announced(
    graph: StoredGraph, duration: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = moved(graph, years(duration))
    rule = Rule("APP-1", "AppraisalRule", duration, measurement="YEAR")
    monkeypatch.setattr(rules_update, "rules_named", lambda names: {"APP-1": rule})
    operation_id = rules_update.start_update(["APP-1"])
    update = RulesUpdate.objects.get(id=operation_id)
    rules_update.next_slice(update)
    found = results_of([graph.id(name) for name in graph.built])
    for name, one in announced.items():
        result = found[graph.id(name)]
        if one.after is not None:
            assert result.appraisal_end == one.after
