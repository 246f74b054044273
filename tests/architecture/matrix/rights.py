"""Profiles, groups, effective rights, check-up."""

import uuid

from sae.tenancy.scope import tenant_scope
from tenants.models.rights import Group, GroupMember, Profile
from tenants.permissions import Permission
from tenants.rights.lifting import propose_lifting
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import Cast


def _profile(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.proof_a.id):
        return Profile.objects.get(ready="reader").id


def _group(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.proof_a.id):
        return Group.objects.get(ready=f"reader:{cast.coffre_a.id}").id


def _member(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.proof_a.id):
        return GroupMember.objects.get(account_id=cast.basile.id).id


def _proposal(cast: Cast) -> uuid.UUID:
    return propose_lifting(
        organisation=cast.coffre_a.organisation,
        action="deposit.cancel",
        by=cast.administrator_a,
        reason="Une seule archiviste en août",
    ).id


VIEW, MANAGE, DELEGATE = (
    Permission.RIGHT_VIEW,
    Permission.RIGHT_MANAGE,
    Permission.RIGHT_DELEGATE,
)

LINES: dict[str, Line] = {
    "profiles": Line(VIEW),
    "profile_new": Line(MANAGE),
    "profile": Line(VIEW, of="rights_profile"),
    "profile_edit": Line(MANAGE, of="rights_profile"),
    "profile_delete": Line(MANAGE, of="rights_profile"),
    "groups": Line(VIEW),
    "group_new": Line(MANAGE),
    "delegate": Line(DELEGATE),
    "group": Line(VIEW, of="group"),
    "group_edit": Line(MANAGE, of="group"),
    "group_delete": Line(MANAGE, of="group"),
    "member_add": Line(DELEGATE, of="group"),
    "member_end": Line(DELEGATE, of="member"),
    "member_remove": Line(DELEGATE, of="member"),
    "who_can": Line(VIEW),
    "who_sees_unit": Line(VIEW),
    "effective_rights": Line(VIEW, of="judged_account"),
    "see_as": Line(VIEW, of="judged_account"),
    "rights_checkup": Line(VIEW),
    "four_eyes": Line(Permission.ORGANISATION_MANAGE),
    # Whoever asks for, or approves, one act among those that need a second person.
    "proposals": Line(Permission.RIGHT_DELEGATE_APPROVE),
    "proposal": Line(Permission.RIGHT_DELEGATE_APPROVE, of="proposal"),
}
THINGS: dict[str, Thing] = {
    "rights_profile": Thing("profile_id", make=_profile),
    "group": Thing("group_id", make=_group),
    "member": Thing("member_id", make=_member),
    "proposal": Thing("proposal_id", make=_proposal),
    "judged_account": Thing("account_id", make=lambda cast: cast.basile.id),
}
