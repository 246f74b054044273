"""Referentials."""

import uuid

from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import ArchiveProfile
from tenants.permissions import Permission
from tenants.referentials.drafts import open_draft
from tenants.referentials.kinds import KINDS
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import Cast

LINES: dict[str, Line] = {
    "referentials": Line(Permission.REFERENTIAL_VIEW),
    "rules": Line(Permission.REFERENTIAL_VIEW),
    "rule": Line(Permission.REFERENTIAL_VIEW, of="rule"),
    "agencies": Line(Permission.REFERENTIAL_VIEW),
    "agency": Line(Permission.REFERENTIAL_VIEW, of="agency"),
    "ingest_contracts": Line(Permission.REFERENTIAL_VIEW),
    "ingest_contract": Line(Permission.REFERENTIAL_VIEW, of="contract"),
    "referential_import": Line(Permission.REFERENTIAL_IMPORT, also=(("slug", "agencies"),)),
    "referential_outcome": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
    "referential_report": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
    "referential_faults": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
    "rule_simulation": Line(Permission.REFERENTIAL_VIEW, of="rule"),
    "referential_draft": Line(Permission.REFERENTIAL_IMPORT, of="draft"),
    "referential_draft_apply": Line(
        Permission.REFERENTIAL_IMPORT, of="draft", method="post", granted=(302, 404)
    ),
    "referential_draft_discard": Line(
        Permission.REFERENTIAL_IMPORT, of="draft", method="post", granted=(302, 404)
    ),
    "referential_draft_faults": Line(Permission.REFERENTIAL_IMPORT, of="draft", granted=(200, 404)),
    "referential_draft_faulty": Line(Permission.REFERENTIAL_IMPORT, of="draft", granted=(200, 404)),
    "referential_draft_anomalies": Line(
        Permission.REFERENTIAL_IMPORT, of="draft", granted=(200, 404)
    ),
    "starter_sets": Line(Permission.REFERENTIAL_IMPORT),
    "starter_set_load": Line(
        Permission.REFERENTIAL_IMPORT,
        also=(("key", "communicabilite"),),
        method="post",
        granted=(302,),
    ),
    "referential_list": Line(Permission.REFERENTIAL_VIEW, also=(("slug", "contexts"),)),
    "referential_export": Line(Permission.REFERENTIAL_VIEW, also=(("slug", "rules"),)),
    "referential_find": Line(
        Permission.REFERENTIAL_VIEW, also=(("slug", "rules"),), granted=(302, 404)
    ),
    "referential_history": Line(Permission.REFERENTIAL_VIEW, also=(("slug", "rules"),)),
    "referential_compare": Line(
        Permission.REFERENTIAL_VIEW, also=(("slug", "rules"),), granted=(200, 404)
    ),
    "referential_return": Line(
        Permission.REFERENTIAL_EDIT, also=(("slug", "rules"),), method="post", granted=(404,)
    ),
    "referential_table": Line(Permission.REFERENTIAL_EDIT, also=(("slug", "rules"),)),
    "profile_file": Line(Permission.REFERENTIAL_EDIT, of="archive_profile"),
    "profile_file_preview": Line(
        Permission.REFERENTIAL_EDIT,
        of="archive_profile",
        also=(("sha512", "0" * 128),),
        granted=(404,),
    ),
    "profile_file_download": Line(
        Permission.REFERENTIAL_VIEW, of="archive_profile", granted=(404,)
    ),
    "profile_version_file": Line(
        Permission.REFERENTIAL_VIEW,
        of="archive_profile",
        also=(("number", 99),),
        granted=(404,),
    ),
    "profile_file_differences": Line(Permission.REFERENTIAL_VIEW, granted=(404,)),
    "referential_adopt": Line(
        Permission.REFERENTIAL_EDIT, also=(("slug", "rules"),), method="post", granted=(404,)
    ),
    "referential_create": Line(Permission.REFERENTIAL_EDIT, also=(("slug", "rules"),)),
    "referential_element": Line(Permission.REFERENTIAL_VIEW, of="rule", also=(("slug", "rules"),)),
    "referential_edit": Line(Permission.REFERENTIAL_EDIT, of="rule", also=(("slug", "rules"),)),
    "referential_remove": Line(Permission.REFERENTIAL_EDIT, of="rule", also=(("slug", "rules"),)),
    "referential_element_return": Line(
        Permission.REFERENTIAL_EDIT,
        of="rule",
        also=(("slug", "rules"), ("number", 99)),
        method="post",
        granted=(404,),
    ),
}


def _draft(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.coffre_a.id):
        return open_draft(KINDS["agencies"], content=b"Identifier,Name,Description\nA,B,\n").id


def _archive_profile(cast: Cast) -> uuid.UUID:
    """A notice that has no file yet."""
    with tenant_scope(cast.coffre_a.id):
        now = clock.now()
        return ArchiveProfile.objects.create(
            identifier="PR-1", name="Profil", format="XSD", created_at=now, updated_at=now
        ).id


THINGS: dict[str, Thing] = {
    "draft": Thing("draft_id", _draft),
    "archive_profile": Thing("row_id", _archive_profile),
}
