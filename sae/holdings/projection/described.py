"""What units say of themselves, changed in the search projection: text, level, dates, order."""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from django.db import connection

from sae.holdings.projection.table import TABLE
from sae.tenancy.scope import current_tenant_id


@dataclass(frozen=True, slots=True)
class Described:
    """What the projection holds of one unit's description.

    ``words`` is the text form of a ``tsvector`` (``sae.holdings.text.tsvector_literal``);
    ``title_key`` is ``None`` when it stays as it is.
    """

    unit_id: uuid.UUID
    words: str
    level: str
    start_date: dt.date | None
    end_date: dt.date | None
    title_key: str | None


def encode_described(entries: Iterable[Described]) -> str:
    """Write entries as ``describe_anew`` sends them; asks nothing of the database.

    One JSON text: arrays of thousands of texts are written in Python, far slower.
    """
    return orjson.dumps(list(entries)).decode()


def describe_anew(encoded: str) -> None:
    """Rewrite the entries of units whose description changed, in one statement."""
    if encoded == "[]":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} AS entry SET tsv = change.words::tsvector, level = change.level, "
            "start_date = change.start_date, end_date = change.end_date, "
            "title_key = COALESCE(change.title_key, entry.title_key) "
            "FROM jsonb_to_recordset(%s::jsonb) AS change(unit_id uuid, words text, level text, "
            "start_date date, end_date date, title_key text) "
            "WHERE entry.tenant_id = %s AND entry.unit_id = change.unit_id",
            [encoded, current_tenant_id()],
        )
