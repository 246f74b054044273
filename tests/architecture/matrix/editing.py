"""Classification: building and moving."""

import uuid

from access.editing.tree_files import KIND
from sae.holdings.mass import prepare_mass
from sae.holdings.models import ArchiveUnit
from sae.tenancy.scope import tenant_scope
from tenants.permissions import Permission
from tenants.referentials.drafts import keep_draft
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import Cast

LINES: dict[str, Line] = {
    "classification_build": Line(Permission.CLASSIFICATION_EDIT),
    "classification_template": Line(Permission.CLASSIFICATION_EDIT, method="post", granted=(302,)),
    "tree_draft": Line(Permission.CLASSIFICATION_EDIT, of="tree_draft"),
    "tree_draft_live": Line(Permission.CLASSIFICATION_EDIT, of="tree_draft"),
    "tree_draft_compare": Line(
        Permission.CLASSIFICATION_EDIT, of="tree_draft", method="post", granted=(302, 404)
    ),
    "tree_draft_apply": Line(
        Permission.CLASSIFICATION_EDIT, of="tree_draft", method="post", granted=(302, 404)
    ),
    "tree_draft_discard": Line(
        Permission.CLASSIFICATION_EDIT, of="tree_draft", method="post", granted=(302, 404)
    ),
    "tree_draft_lines": Line(Permission.CLASSIFICATION_EDIT, of="tree_draft", granted=(404,)),
    "tree_draft_faults": Line(Permission.CLASSIFICATION_EDIT, of="tree_draft", granted=(404,)),
    "position_create": Line(Permission.CLASSIFICATION_EDIT),
    "units_move": Line(Permission.UNIT_MOVE, method="post", granted=(302,)),
    "classification_csv": Line(Permission.HOLDINGS_VIEW),
    "classification_ead": Line(Permission.HOLDINGS_VIEW),
    # Without a contract nor an agency chosen, one is sent back to choose them.
    "classification_sip": Line(Permission.HOLDINGS_VIEW, granted=(302,)),
    "units_destination": Line(Permission.UNIT_MOVE, of="moves"),
    "unit_move": Line(Permission.UNIT_MOVE, of="unit"),
    # The unit of a deposit is no position of a tree.
    "position_merge": Line(Permission.CLASSIFICATION_EDIT, of="unit", granted=(404,)),
    "branch_delete": Line(Permission.CLASSIFICATION_EDIT, of="unit", granted=(404,)),
}


def _draft(cast: Cast) -> uuid.UUID:
    """Units chosen to be moved, without a destination yet."""
    with tenant_scope(cast.coffre_a.id):
        unit_ids = list(ArchiveUnit.objects.values_list("id", flat=True))
        return prepare_mass(kind="moves", unit_ids=[unit_ids], agent_id=None).id


def _tree(cast: Cast) -> uuid.UUID:
    """A file of positions read, not applied yet."""
    content = b"Identifier,ParentIdentifier,Title\nA,,Arbre\n"
    with tenant_scope(cast.coffre_a.id):
        return keep_draft(
            KIND, content=content, file_name="arbre.csv", notes=[], account_id=None
        ).id


THINGS: dict[str, Thing] = {
    "moves": Thing("mass_id", _draft),
    "tree_draft": Thing("draft_id", _tree),
}
