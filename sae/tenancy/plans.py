"""What PostgreSQL believes of tables, when it is told too late how large they are.

A vacuum that passes while the first rows of a table are being loaded counts none of them: until the
next one, a minute or so after the load commits, the table is taken for empty however large it is.
Joined row by row, as one joins a table of one row, it is then read once for each row of the other:
a search over 3 000 units took three minutes.
"""

import contextlib
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

_SEEN = (
    "SELECT current_setting('enable_nestloop'), COALESCE(bool_or(relpages > 0 "
    "AND reltuples BETWEEN 0 AND relpages AND pg_relation_size(oid) > %s), false) "
    "FROM pg_class WHERE oid = ANY(%s::regclass[])"
)
_SMALL = 8 * 8_192
"""Bytes of a table that may well be read at each row."""


@contextlib.contextmanager
def joining_whole(*tables: str, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Have what is executed within the block join tables as wholes if one is taken for empty.

    Otherwise PostgreSQL chooses, as always. For statements that read many rows of ``tables``; in a
    transaction. One short query, three when a table is taken for empty.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_SEEN, [_SMALL, list(tables)])
        before, is_unseen = cursor.fetchone()
        if is_unseen:
            _join_row_by_row(cursor, "off")
    yield
    # After an error nothing is put back: the setting ends with the transaction, which is broken.
    if is_unseen:
        with connections[using].cursor() as cursor:
            _join_row_by_row(cursor, before)


def _join_row_by_row(cursor: CursorWrapper, value: str) -> None:
    cursor.execute("SELECT set_config('enable_nestloop', %s, true)", [value])
