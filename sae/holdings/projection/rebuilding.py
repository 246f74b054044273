"""Entries of the projection compared with what they should be, and written where they differ.

Nothing is emptied: an entry that is right is not touched, so what is searched meanwhile is found.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import uuid
from dataclasses import dataclass

from django.db import connection
from psycopg import Cursor

from sae.holdings.projection.table import COLUMNS, TABLE, Entries, partition_of
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

_STAGING = "staging_search_entries"
_CONTENTS = [name for name in COLUMNS.split(", ") if name not in ("tenant_id", "unit_id")]
_OF_ENTRY = ", ".join(f"entry.{name}" for name in _CONTENTS)
_OF_RIGHT = ", ".join(f"wanted.{name}" for name in _CONTENTS)
_HERE = "entry.tenant_id = %(tenant)s AND entry.unit_id > %(after)s AND entry.unit_id <= %(upto)s"


@dataclass(slots=True)
class Mended:
    """Entries that said something else, that were not there, that no unit has."""

    altered: int = 0
    added: int = 0
    removed: int = 0


def mend_entries(right: Entries, *, after: uuid.UUID, upto: uuid.UUID) -> Mended:
    """Make the entries of units in ``]after, upto]`` those given, and remove the others.

    The caller holds the rows of these units: nobody writes their entries meanwhile. An entry of a
    unit that came after they were read is left alone: whoever brought it wrote it right.
    """
    tenant_id = current_tenant_id()
    if right.tenant_id != tenant_id:
        raise ValueError("entries of another tenant than the one in scope")
    values = {"tenant": tenant_id, "after": after, "upto": upto}
    done = Mended()
    with (
        joining_whole("holdings_archiveunit", partition_of(tenant_id)),
        connection.cursor() as cursor,
    ):
        raw: Cursor = cursor.cursor
        raw.execute(
            f"CREATE TEMP TABLE {_STAGING} ON COMMIT DROP AS "
            f"SELECT {COLUMNS} FROM {TABLE} WITH NO DATA"
        )
        with raw.copy(f"COPY {_STAGING} ({COLUMNS}) FROM STDIN") as copy:
            copy.write(right.lines)
        raw.execute(f"ANALYZE {_STAGING}")
        raw.execute(
            f"UPDATE {TABLE} AS entry SET "
            + ", ".join(f"{name} = wanted.{name}" for name in _CONTENTS)
            + f" FROM {_STAGING} AS wanted WHERE {_HERE} AND entry.unit_id = wanted.unit_id "
            f"AND ({_OF_ENTRY}) IS DISTINCT FROM ({_OF_RIGHT})",
            values,
        )
        done.altered = raw.rowcount
        raw.execute(
            f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {_STAGING} AS wanted "
            f"WHERE NOT EXISTS (SELECT FROM {TABLE} AS entry "
            f"WHERE {_HERE} AND entry.unit_id = wanted.unit_id)",
            values,
        )
        done.added = raw.rowcount
        raw.execute(
            f"DELETE FROM {TABLE} AS entry WHERE {_HERE} AND NOT EXISTS ("
            "SELECT FROM holdings_archiveunit AS unit WHERE unit.tenant_id = %(tenant)s "
            "AND unit.id = entry.unit_id)",
            values,
        )
        done.removed = raw.rowcount
        raw.execute(f"DROP TABLE {_STAGING}")
    return done
