"""Updates of units, rules and holds."""

import uuid

from sae.holdings.mass import prepare_mass
from sae.holdings.models import ArchiveUnit
from sae.tenancy.scope import tenant_scope
from tenants.permissions import Permission
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import Cast

EDIT, HOLD = Permission.UNIT_EDIT, Permission.UNIT_HOLD
# A draft of which nothing was asked: it cannot be applied, paused or undone.
NOT_YET = (302, 409, 422)

LINES: dict[str, Line] = {
    "unit_edit": Line(EDIT, of="unit"),
    "updates": Line(EDIT),
    "update_export": Line(EDIT, method="post", granted=(400,)),
    "update_import": Line(EDIT),
    "update_new_descriptions": Line(EDIT, method="post", granted=(400,)),
    "update_new_rules": Line(Permission.UNIT_RULES, method="post", granted=(400,)),
    "update_new_hold": Line(HOLD, method="post", granted=(400,)),
    "update": Line(EDIT, of="act", granted=(200, 404)),
    "update_live": Line(EDIT, of="act", granted=(200, 404)),
    "update_check": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_rule_action": Line(EDIT, of="act", method="post", granted=(404,)),
    "update_launch": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_leave_out": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_pause": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_resume": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_cancel": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_revert": Line(EDIT, of="act", method="post", granted=NOT_YET),
    "update_report_csv": Line(EDIT, of="act"),
    "update_report_xlsx": Line(EDIT, of="act"),
    "update_report_jsonl": Line(EDIT, of="act"),
    # The last: the draft is forgotten.
    "update_discard": Line(EDIT, of="act", method="post", granted=(302,)),
    "holds": Line(HOLD),
    "hold": Line(HOLD, also=(("key", "inconnu"),), granted=(404,)),
    "hold_change": Line(HOLD, also=(("key", "inconnu"),), method="post", granted=(404,)),
    "hold_lift": Line(HOLD, also=(("key", "inconnu"),), method="post", granted=(404,)),
}


def _draft(cast: Cast) -> uuid.UUID:
    """A selection of the only unit of the coffre, of which nothing was asked yet."""
    with tenant_scope(cast.coffre_a.id):
        unit_ids = list(ArchiveUnit.objects.values_list("id", flat=True))
        return prepare_mass(kind="descriptions", unit_ids=[unit_ids], agent_id=None).id


THINGS: dict[str, Thing] = {"act": Thing("mass_id", _draft)}
