"""The table of the search projection: its partitions, and what is written in it."""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from sae.tenancy.bulk import encode_lines
from sae.tenancy.scope import current_tenant_id

TABLE = "holdings_search"

COLUMNS = (
    "tenant_id, unit_id, tsv, ancestors, agencies, unit_type, level, start_date, end_date, "
    "operation_id, has_object, title_key"
)
EntryValues = tuple[str, str, str, str, str, str, str, str, str, str, str]
"""One row in the order of the columns, without the tenant, each value as it goes by COPY."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one tenant, written as they go by COPY."""

    tenant_id: uuid.UUID
    lines: bytes


def partition_of(tenant_id: uuid.UUID) -> str:
    """Return the name of the table that holds the entries of a coffre."""
    return f"{TABLE}_{tenant_id.hex}"


def prepare_tenant(tenant_id: uuid.UUID) -> None:
    """Make the partition of a new coffre; does nothing when it exists.

    The application role has no DDL right: a SECURITY DEFINER function, owned by the migrating
    role, makes it. Called in the transaction that creates the coffre.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sae_create_tenant_partition(%s)", [tenant_id])


def encode_entries(rows: Iterable[EntryValues], *, tenant_id: uuid.UUID) -> Entries:
    """Write entries as ``copy_entries`` sends them; needs neither scope nor connection."""
    tenant = tenant_id.hex
    return Entries(tenant_id, encode_lines([(tenant, *row) for row in rows]))


def copy_entries(entries: Entries) -> None:
    """Send entries by COPY, straight into the table (it has no policy)."""
    if entries.tenant_id != current_tenant_id():
        raise ValueError("entries of another tenant than the one in scope")
    with connection.cursor() as cursor:
        with cursor.cursor.copy(f"COPY {TABLE} ({COLUMNS}) FROM STDIN") as copy:
            copy.write(entries.lines)


def remove_entries(unit_ids: Sequence[uuid.UUID]) -> int:
    """Remove the entries of units that leave the fonds; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE tenant_id = %s AND unit_id = ANY(%s)",
            [current_tenant_id(), list(unit_ids)],
        )
        return cursor.rowcount
