"""Rows by COPY under row-level security.

PostgreSQL refuses ``COPY … FROM`` into a table under row-level security, so rows go by COPY into
a temporary table of the transaction and from there by one INSERT … SELECT, which the policy
checks like any other.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import Copy, Cursor, sql

from sae.tenancy.scope import current_scope


def copy_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Insert ``rows`` (tuples in the order of ``columns``) and return their number.

    Needs an open scope; ``columns`` must hold ``tenant_id``. jsonb values come as text or bytes
    already encoded.
    """

    def write(copy: Copy) -> None:
        for row in rows:
            copy.write_row(row)

    return _copy_in(model, columns, write, using=using)


def copy_lines(
    model: type[models.Model],
    columns: Sequence[str],
    lines: bytes,
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Insert rows already written by ``encode_lines``; like ``copy_rows`` otherwise.

    For rows by the hundred thousand: they can be written ahead, by another thread.
    """
    return _copy_in(model, columns, lambda copy: copy.write(lines), using=using)


NULL = "\\N"
"""What stands for no value in a line."""

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escaped(text: str) -> str:
    """Return any text as it goes in a line; identifiers, numbers and dates need not pass here."""
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(_ESCAPES)
    return text


def encode_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows of texts in PostgreSQL's text format (COPY, « File Formats »)."""
    return "".join(["\t".join(row) + "\n" for row in rows]).encode()


def _copy_in(
    model: type[models.Model],
    columns: Sequence[str],
    write: Callable[[Copy], None],
    *,
    using: str,
) -> int:
    current_scope()
    table = sql.Identifier(model._meta.db_table)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connections[using].cursor() as cursor:
        # psycopg's own cursor: Django's wrapper knows neither COPY nor composed statements.
        raw: Cursor = cursor.cursor
        staging = sql.Identifier(_staging_name(model._meta.db_table, columns))
        # Made once in a transaction: made and dropped for each batch, it took a tenth of a loading
        # and left the catalogue full of the dead.
        raw.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DROP AS SELECT {} FROM {} "
                "WITH NO DATA"
            ).format(staging, names, table)
        )
        with raw.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(staging, names)) as copy:
            write(copy)
        raw.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, staging)
        )
        count = raw.rowcount
        raw.execute(sql.SQL("TRUNCATE {}").format(staging))
    if count >= MANY:
        forget_plans(using=using)
    return count


def _staging_name(table: str, columns: Sequence[str]) -> str:
    """Return a name of its own for each table and list of columns, within PostgreSQL's length."""
    return f"staging_{zlib.crc32(','.join(columns).encode()):08x}_{table}"[:63]


MANY = 1_000
"""Rows from which a table may have outgrown what this session knows of it."""


def forget_plans(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Have what checks the foreign keys at commit be planned again, for tables as they now are.

    Call it once many rows were written or removed. PostgreSQL plans each check once in a session:
    planned over a few rows, it reads the whole table each time, until statistics are gathered
    (10 000 rows in one transaction: 4 s in COMMIT, 0.06 s planned again).
    """
    with connections[using].cursor() as cursor:
        cursor.execute("DISCARD PLANS")
