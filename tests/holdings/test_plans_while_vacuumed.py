"""Foreign keys are checked by primary keys, whatever PostgreSQL thinks of the size of a table.

A vacuum that passes while the first rows of a coffre are being loaded counts none of them: the
table is known as empty, large as it is. Any index that holds the tenant was then taken for as good
as the primary key, and each row that was checked read all the others.
"""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import transaction
from psycopg import sql

from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.services import ServiceEnv

LOADED = ("holdings_archiveunit", "holdings_objectgroup", "storage_storedobject")
UNITS = 1_500


@pytest.fixture
def unseen(committed_cast: Cast, services: ServiceEnv) -> Iterator[psycopg.Connection]:
    """Units with objects, loaded and not committed, over which a vacuum has passed."""
    with transaction.atomic():
        with tenant_scope(committed_cast.coffre_a.id):
            fonds = FondsBuilder(bytes_kept="apart")
            top = fonds.unit("Fonds")
            for number in range(UNITS):
                fonds.unit(f"Pièce {number}", under=top, file=b"%d" % number)
            fonds.load()
        with psycopg.connect(services.admin_url, autocommit=True) as admin:
            for table in LOADED:
                admin.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
            yield admin
        transaction.set_rollback(True)


def plan_of(admin: psycopg.Connection, table: str, *, kind: str) -> str:
    """Return how PostgreSQL finds what a foreign key refers to (``RI_FKey_check``)."""
    admin.execute(sql.SQL("SET plan_cache_mode = {}").format(sql.Literal(f"force_{kind}_plan")))
    name = sql.Identifier(f"check_{kind}")
    admin.execute(
        sql.SQL(
            "PREPARE {} (uuid, uuid) AS SELECT 1 FROM ONLY {} x "
            "WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE OF x"
        ).format(name, sql.Identifier(table))
    )
    lines = admin.execute(
        sql.SQL("EXPLAIN EXECUTE {} (gen_random_uuid(), gen_random_uuid())").format(name)
    ).fetchall()
    admin.execute(sql.SQL("DEALLOCATE {}").format(name))
    return "\n".join(line for (line,) in lines)


def test_a_table_filled_under_a_vacuum_is_looked_up_by_its_key(unseen: psycopg.Connection) -> None:
    for table in LOADED:
        known = unseen.execute(
            "SELECT reltuples, relpages FROM pg_class WHERE relname = %s", [table]
        ).fetchone()
        assert known is not None
        assert known[0] == 0, "the vacuum counts nothing of what is being loaded"
        assert known[1] > 0
        for kind in ("generic", "custom"):
            plan = plan_of(unseen, table, kind=kind)
            assert f"{table}_pkey" in plan, plan
            assert "Filter" not in plan, plan
