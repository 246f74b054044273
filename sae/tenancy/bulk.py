"""Rows by COPY under row-level security.

PostgreSQL refuses ``COPY … FROM`` into a table under row-level security, so rows go by COPY into
a temporary table of the transaction and from there by one INSERT … SELECT, which the policy
checks like any other.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import Copy, Cursor, sql

from sae.tenancy.scope import current_scope, current_tenant_id


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


@dataclass(frozen=True, slots=True)
class Share:
    """What one table takes of lines that serve several: SQL expressions over their columns.

    ``tenant_id`` is not among ``values``: it is always that of the open scope. ``where`` leaves
    lines out.
    """

    model: type[models.Model]
    values: Mapping[str, LiteralString]
    where: LiteralString = "true"

    def insert(self, staging: sql.Identifier) -> sql.Composed:
        return sql.SQL("INSERT INTO {} (tenant_id, {}) SELECT {}, {} FROM {} WHERE {}").format(
            sql.Identifier(self.model._meta.db_table),
            _names(self.values),
            sql.Literal(current_tenant_id()),
            sql.SQL(", ").join(map(sql.SQL, self.values.values())),
            staging,
            sql.SQL(self.where),
        )


@dataclass(frozen=True, slots=True)
class SharedLines:
    """Lines that serve several tables, so that what these have in common is sent and read once.

    ``columns`` names the values of a line, in order, each with the column of a model whose type it
    has. ``shares`` are written in their order.
    """

    name: str
    columns: Mapping[str, tuple[type[models.Model], str]]
    shares: Sequence[Share]

    def nothing(self) -> sql.Composed:
        """Return a query that gives no line, but the types of all."""
        sources = {model: f"source_{model._meta.db_table}" for model, _ in self.columns.values()}
        typed = (
            sql.SQL("{}.{} AS {}").format(*map(sql.Identifier, (sources[model], column, name)))
            for name, (model, column) in self.columns.items()
        )
        tables = (
            sql.SQL("{} AS {}").format(*map(sql.Identifier, (model._meta.db_table, source)))
            for model, source in sources.items()
        )
        return sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(typed), sql.SQL(", ").join(tables)
        )


def share_lines(shared: SharedLines, lines: bytes, *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Insert lines written by ``encode_lines`` into every table of ``shared``.

    Returns how many the first table took. Needs an open scope of one tenant, whose identifier the
    lines leave out.
    """
    staging = sql.Identifier(_staging_name(shared.name, list(shared.columns)))
    inserts = [share.insert(staging) for share in shared.shares]
    return _through(
        staging, shared.nothing(), shared.columns, lambda copy: copy.write(lines), inserts, using
    )


def _copy_in(
    model: type[models.Model],
    columns: Sequence[str],
    write: Callable[[Copy], None],
    *,
    using: str,
) -> int:
    current_scope()
    table, names = sql.Identifier(model._meta.db_table), _names(columns)
    staging = sql.Identifier(_staging_name(model._meta.db_table, columns))
    nothing = sql.SQL("SELECT {} FROM {}").format(names, table)
    insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, staging)
    return _through(staging, nothing, columns, write, [insert], using)


def _through(
    staging: sql.Identifier,
    nothing: sql.Composed,
    columns: Iterable[str],
    write: Callable[[Copy], None],
    inserts: Sequence[sql.Composed],
    using: str,
) -> int:
    """Send lines to ``staging``, of the types that ``nothing`` gives, and on from there.

    Returns how many rows the first of ``inserts`` wrote.
    """
    with connections[using].cursor() as cursor:
        # psycopg's own cursor: Django's wrapper knows neither COPY nor composed statements.
        raw: Cursor = cursor.cursor
        # Made once in a transaction: made and dropped for each batch, it took a tenth of a loading
        # and left the catalogue full of the dead.
        raw.execute(
            sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DROP AS {} WITH NO DATA").format(
                staging, nothing
            )
        )
        with raw.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(staging, _names(columns))) as copy:
            write(copy)
        # In one message: at each answer, the database waits for who asked.
        empty = sql.SQL("TRUNCATE {}").format(staging)
        raw.execute(sql.SQL("; ").join([*inserts, empty]), prepare=False)
        count = raw.rowcount
    if count >= MANY:
        forget_plans(using=using)
    return count


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


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
