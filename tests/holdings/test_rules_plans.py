"""Rules of units are found by their key, even while PostgreSQL knows the tables as tiny.

A second index on (tenant, result) was once taken for as good as the primary key over a coffre too
new for its statistics: each unit looked up read all the others (20 000 units: 16 s).
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

from sae.holdings.models import ArchiveUnit, UnitRules
from sae.holdings.move_checks import held
from sae.holdings.recomputing import recompute, recompute_below
from sae.holdings.rules_store import results_of
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast

UNITS = 3_000
TABLE = UnitRules._meta.db_table


@pytest.fixture
def grown(cast: Cast) -> Iterator[list[uuid.UUID]]:
    """A coffre that grew since its statistics were gathered."""
    with tenant_scope(cast.coffre_a.id):
        gathered_when_tiny()
        fonds = FondsBuilder()
        top = fonds.unit("Fonds")
        units = [fonds.unit(f"Pièce {number}", under=top) for number in range(UNITS)]
        fonds.load()
        yield [one.id for one in units]


def gathered_when_tiny() -> None:
    """Have PostgreSQL believe that the tables hold what they hold now: nothing, or so."""
    with connections["owner"].cursor() as cursor:
        for table in (TABLE, ArchiveUnit._meta.db_table):
            cursor.execute(f"ANALYZE {table}")


def rows_read(work: Callable[[], object]) -> list[tuple[str, float]]:
    """Return the queries that read the rules of units, with how many of their rows each reads."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if TABLE in sql and sql.lstrip().startswith("SELECT"):
            raw = connection.connection.cursor()
            seen.append(raw.mogrify(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    found = []
    with connection.cursor() as cursor:
        for sql in seen:
            cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            found.append((sql[:200], sum(map(_read_by, _nodes(cursor.fetchone()[0][0]["Plan"])))))
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _read_by(node: dict[str, Any]) -> float:
    if node.get("Relation Name") != TABLE:
        return 0
    rows: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return node["Actual Loops"] * rows


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(recompute, id="computed again"),
        pytest.param(recompute_below, id="and below"),
        pytest.param(results_of, id="read"),
        pytest.param(lambda ids: held(ids, clock.now().date()), id="held"),
    ],
)
def test_no_unit_is_looked_for_among_all_those_of_its_result(
    grown: list[uuid.UUID], work: Callable[[list[uuid.UUID]], object]
) -> None:
    queries = rows_read(lambda: work(grown))
    assert queries
    for sql, rows in queries:
        assert rows <= 2 * UNITS + 10, sql
