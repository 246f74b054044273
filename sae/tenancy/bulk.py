"""Rows by COPY under row-level security.

PostgreSQL refuses ``COPY … FROM`` into a table under row-level security, so rows go by COPY into
a temporary table of the transaction and from there by one INSERT … SELECT, which the policy
checks like any other.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import sql

from sae.tenancy.scope import current_scope


def copy_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    through_policy: bool = True,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Insert ``rows`` (tuples in the order of ``columns``) and return their number.

    Needs an open scope; ``columns`` must hold ``tenant_id``. jsonb values come as text or bytes
    already encoded. ``through_policy=False`` is for the tables exempt from row-level security.
    """
    current_scope()
    table = sql.Identifier(model._meta.db_table)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection = connections[using]
    with connection.cursor() as cursor:
        if not through_policy:
            return _copy(cursor, table, names, rows)
        staging = sql.Identifier(f"staging_{model._meta.db_table}"[:60])
        # psycopg's own cursor: Django's wrapper knows neither COPY nor composed statements.
        raw = cursor.cursor
        raw.execute(
            sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                staging, names, table
            )
        )
        _copy(cursor, staging, names, rows)
        raw.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, staging)
        )
        count: int = raw.rowcount
        raw.execute(sql.SQL("DROP TABLE {}").format(staging))
        return count


def _copy(cursor: Any, table: sql.Identifier, names: Any, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with cursor.cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
