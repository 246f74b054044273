"""The stored rules in force: read by identifier, written set-wise, kept still meanwhile.

Deposits lay the rules of their units from what is stored above them, so nothing above may change
until they commit: they share a lock that a recomputation takes alone. Whoever changes declarations
or parents takes it first (``hold_rules_still``), before any row, so that nobody waits crosswise.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from psycopg import Cursor

from sae.holdings.models import RulesResult, UnitRules
from sae.holdings.rules_laying import COLUMNS, HandedDown, Layer, ResultLine
from sae.tenancy.bulk import encode_lines
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

RESULTS = RulesResult._meta.db_table
UNITS = UnitRules._meta.db_table
BATCH = 1_000
"""Identifiers named by one statement."""


def hold_rules_still() -> None:
    """Keep the rules of the coffre from anybody else until the transaction ends.

    First thing in a transaction that changes declarations or parents. Waits for the deposits that
    are entering; those that come wait for this transaction.
    """
    _lock("pg_advisory_xact_lock")


def share_rules() -> None:
    """Keep the stored rules as they are until the transaction ends; others may read them too."""
    _lock("pg_advisory_xact_lock_shared")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s, 0))", [f"rules in force {current_tenant_id()}"]
        )


def results_of(unit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RulesResult]:
    """Return the stored result of each unit; one that waits for its first has none. Two queries."""
    given = dict(UnitRules.objects.filter(id__in=unit_ids).values_list("id", "result_id"))
    rows = RulesResult.objects.filter(id__in=set(given.values())).defer("content").in_bulk()
    return {unit_id: rows[one] for unit_id, one in given.items() if one in rows}


def handed_down_by(unit_ids: Iterable[uuid.UUID], layer: Layer) -> dict[uuid.UUID, HandedDown]:
    """Return what these units hand down; one that has no stored result is left out."""
    wanted = sorted(unit_ids)
    found: dict[uuid.UUID, HandedDown] = {}
    for start in range(0, len(wanted), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, result_id FROM {UNITS} WHERE tenant_id = %s AND id = ANY(%s)",
                [current_tenant_id(), wanted[start : start + BATCH]],
            )
            given = cursor.fetchall()
            cursor.execute(
                f"SELECT id, content::text FROM {RESULTS} WHERE tenant_id = %s AND id = ANY(%s)",
                [current_tenant_id(), sorted({result_id for _unit, result_id in given})],
            )
            contents = dict(cursor.fetchall())
        for unit_id, result_id in given:
            if result_id in contents:
                found[unit_id] = layer.read(result_id, unit_id, contents[result_id].encode())
    return found


class ResultsToCome:
    """Rows of results gathered in a temporary table, then written all at once.

    Written in the order of their identifiers, at the end of the transaction: two deposits that
    bring the same results wait for one another a moment, and never crosswise.
    """

    TABLE = "staging_rules_results"

    def __init__(self) -> None:
        self._is_open = False

    def add(self, lines: Iterable[ResultLine]) -> None:
        tenant = current_tenant_id().hex
        encoded = encode_lines([(tenant, *line) for line in lines])
        if not encoded:
            return
        columns = ", ".join(("tenant_id", *COLUMNS))
        with connection.cursor() as cursor:
            raw: Cursor = cursor.cursor
            if not self._is_open:
                raw.execute(
                    f"CREATE TEMP TABLE {self.TABLE} ON COMMIT DROP AS "
                    f"SELECT {columns} FROM {RESULTS} WITH NO DATA"
                )
                self._is_open = True
            with raw.copy(f"COPY {self.TABLE} ({columns}) FROM STDIN") as copy:
                copy.write(encoded)

    def write(self) -> None:
        """Write what was gathered; results already known stay as they are."""
        if not self._is_open:
            return
        columns = ", ".join(("tenant_id", *COLUMNS))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {RESULTS} ({columns}) SELECT DISTINCT ON (id) {columns} "
                f"FROM {self.TABLE} ORDER BY id ON CONFLICT DO NOTHING"
            )
        self.drop()

    def drop(self) -> None:
        """Forget what was gathered."""
        if self._is_open:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {self.TABLE}")
        self._is_open = False


def give_results(given: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Write which result each unit has, in place of any other: (unit, result), once each."""
    if not given:
        return
    # Many units have one result: it is written in digits once.
    digits = {id(result): result.hex for _unit, result in given}
    staging = "staging_unit_rules"
    with connection.cursor() as cursor:
        raw: Cursor = cursor.cursor
        raw.execute(f"CREATE TEMP TABLE {staging} (id uuid, result_id uuid) ON COMMIT DROP")
        with raw.copy(f"COPY {staging} (id, result_id) FROM STDIN") as copy:
            copy.write(encode_lines([(unit.hex, digits[id(result)]) for unit, result in given]))
        raw.execute(
            f"INSERT INTO {UNITS} (tenant_id, id, result_id) "
            f"SELECT %s, id, result_id FROM {staging} ORDER BY id "
            "ON CONFLICT (tenant_id, id) DO UPDATE SET result_id = excluded.result_id",
            [current_tenant_id()],
        )
        raw.execute(f"DROP TABLE {staging}")


def forget_units(unit_ids: Sequence[uuid.UUID]) -> int:
    """Remove what is stored of units that leave the fonds; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {UNITS} WHERE tenant_id = %s AND id = ANY(%s)",
            [current_tenant_id(), list(unit_ids)],
        )
        return cursor.rowcount


def sweep_results() -> int:
    """Remove the results that no unit has any more; return how many there were."""
    hold_rules_still()
    with joining_whole(RESULTS, UNITS), connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {RESULTS} AS result WHERE tenant_id = %s AND NOT EXISTS (SELECT FROM "
            f"{UNITS} AS unit WHERE unit.tenant_id = result.tenant_id "
            "AND unit.result_id = result.id)",
            [current_tenant_id()],
        )
        return cursor.rowcount
