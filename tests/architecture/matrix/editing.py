"""Classification: building and moving."""

from tenants.permissions import Permission
from tests.architecture.matrix.line import Line, Thing

LINES: dict[str, Line] = {
    "classification_build": Line(Permission.CLASSIFICATION_EDIT),
    "classification_template": Line(Permission.CLASSIFICATION_EDIT, method="post", granted=(302,)),
    "position_create": Line(Permission.CLASSIFICATION_EDIT),
    "units_move": Line(Permission.UNIT_MOVE, method="post", granted=(302,)),
    "classification_csv": Line(Permission.HOLDINGS_VIEW),
    "classification_ead": Line(Permission.HOLDINGS_VIEW),
    # Without a contract nor an agency chosen, one is sent back to choose them.
    "classification_sip": Line(Permission.HOLDINGS_VIEW, granted=(302,)),
    "unit_move": Line(Permission.UNIT_MOVE, of="unit"),
    # The unit of a deposit is no position of a tree.
    "position_merge": Line(Permission.CLASSIFICATION_EDIT, of="unit", granted=(404,)),
    "branch_delete": Line(Permission.CLASSIFICATION_EDIT, of="unit", granted=(404,)),
}
THINGS: dict[str, Thing] = {}
