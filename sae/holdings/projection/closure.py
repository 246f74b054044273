"""What hangs below units: for whoever works on the fonds, not for whoever reads it.

No sight is asked here: what must follow a change does not depend on who may see it.
"""

from sae.holdings.projection.table import TABLE

BELOW = (
    f"SELECT unit_id FROM {TABLE} WHERE tenant_id = %(tenant)s AND ancestors && %(units)s::uuid[]"  # noqa: S608
)
"""Every unit below those of ``units``, as SQL; one scan of the GIN over ancestors."""
