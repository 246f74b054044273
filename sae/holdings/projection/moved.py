"""Units that changed place, in the search projection: ancestors and agencies."""

from typing import Any

from sae.holdings.projection.table import TABLE
from sae.tenancy.scope import current_tenant_id


def move_entries(cursor: Any) -> None:
    """Give their new place to the entries named by the temporary tables of a move.

    See ``sae.holdings.moving``: ``new_places`` (number, ancestors, agencies) and
    ``new_places_units`` (unit, number).
    """
    cursor.execute(
        f"UPDATE {TABLE} AS entry SET ancestors = place.ancestors, agencies = place.agencies "  # noqa: S608 constants
        "FROM new_places_units AS one JOIN new_places AS place USING (number) "
        "WHERE entry.tenant_id = %s AND entry.unit_id = one.id",
        [current_tenant_id()],
    )
