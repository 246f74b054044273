"""Making an administrator, as an act that a second person approves."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.ui import french
from tenants.models import Account, Proposal
from tenants.models.rights import Group, GroupMember
from tenants.permissions import LABELS, Permission
from tenants.rights.administering import KEY, administering_of, profiles_of
from tenants.rights.effective import rights_of
from tenants.rights.four_eyes import Action
from tenants.rights.levels import any_may_act_on
from tenants.rights.proposals import Act, Shown, propose
from tenants.rights.reach import OutOfReachError, check_account
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.services import MembershipError, add_member, change_end

ACTION = Action(
    key=KEY,
    label=gettext_lazy("faire d’un compte un administrateur"),
    explanation=gettext_lazy(
        "Placer un compte dans un groupe qui gère des comptes, des droits, des contrats, des "
        "applications ou l’organisation, ou l’y laisser plus longtemps."
    ),
    default=lambda: False,
    asking=Permission.RIGHT_DELEGATE,
    approving=Permission.RIGHT_DELEGATE_APPROVE,
)


class MakingAdministrator(Act):
    """``subject_id``: the group; ``mark``: the account; ``arguments``: ``until``, ISO or null."""

    action = ACTION
    refusals = (MembershipError, OutOfReachError, NobodyRemainsError)

    def shown(self, proposal: Proposal) -> Shown:
        """Name the account and the group, and say what the group gives."""
        group = Group.objects.filter(id=proposal.subject_id).first()
        account = Account.objects.filter(id=proposal.mark).first()
        name = account.name if account else _("un compte disparu")
        if group is None:
            return Shown(_("Placer %s dans un groupe supprimé") % name, reverse("groups"))
        profiles = profiles_of(group)
        until = _until(proposal)
        return Shown(
            _("Placer %(name)s dans « %(group)s »") % {"name": name, "group": group.name},
            reverse("group", args=[group.id]),
            (
                (_("Compte"), name),
                (_("Groupe"), group.name),
                (_("Niveau"), group.level or _("racine")),
                (_("Jusqu’au"), french.moment(until) if until else _("sans fin")),
                (_("Profils"), ", ".join(one.name for one in profiles)),
                (
                    _("Droits d’administrateur"),
                    ", ".join(str(LABELS[one]) for one in sorted(administering_of(profiles))),
                ),
            ),
        )

    def state_of(self, proposal: Proposal) -> Mapping[str, Any]:
        """What the group gives, its level, and how long the account is in it."""
        group = Group.objects.filter(id=proposal.subject_id).first()
        account = Account.objects.filter(id=proposal.mark).first()
        member = _present(proposal)
        return {
            "group": group and [group.name, group.level],
            "profiles": [
                [one.id, one.coffre_id, sorted(one.permissions), one.sees_everything,
                 sorted(one.access_contracts), one.deposit_reach,
                 sorted(one.deposit_contracts), sorted(one.deposit_agencies)]
                for one in (profiles_of(group) if group else [])
            ],
            "account": account and [account.is_active, account.email],
            "member": member and [member.id, member.ends_at],
        }  # fmt: skip

    def why_not(self, proposal: Proposal, account: Account, permission: Permission) -> str:
        """The group and the account stand strictly below whoever asks, and whoever approves."""
        if permission is not ACTION.approving:
            # Who asks is checked by the service itself, when asking and when it is done.
            return ""
        if str(account.id) == proposal.mark:
            return _("Nul n’approuve un droit qui lui est donné.")
        group = Group.objects.filter(id=proposal.subject_id).first()
        placed = Account.objects.filter(id=proposal.mark).first()
        if group is None or placed is None:
            return ""
        proof = Tenant.objects.get(id=group.tenant_id)
        levels = rights_of(account).levels(proof.organisation_id, permission)
        if not any_may_act_on(levels, group.level):
            return _("Ce groupe n’est pas sous votre niveau : une personne au-dessus l’approuve.")
        try:
            check_account(account, placed, permission)
        except OutOfReachError as error:
            return str(error)
        return ""

    def carry_out(self, proposal: Proposal, *, proposer: Account, approver: Account) -> None:
        """Place the account, or let it stay longer, as who asked would have done."""
        until = _until(proposal)
        member = _present(proposal)
        if member is not None:
            change_end(member=member, until=until, changed_by=proposer, approved=True)
            return
        group = Group.objects.filter(id=proposal.subject_id).first()
        if group is None:
            raise MembershipError(_("Ce groupe a été supprimé."))
        add_member(
            group=group,
            account=Account.objects.get(id=proposal.mark),
            until=until,
            given_by=proposer,
            reason=proposal.reason,
            approved=True,
        )


def propose_administrator(
    *,
    group: Group,
    account: Account,
    until: dt.datetime | None,
    by: Account,
    reason: str,
    request_id: str = "",
) -> Proposal:
    """Ask that an account be an administrator by a group; raise ``ProposalError``."""
    proof = Tenant.objects.get(id=group.tenant_id)
    return propose(
        action=KEY,
        coffre=proof,
        subject_id=group.id,
        mark=str(account.id),
        arguments={"until": until.isoformat() if until else None},
        reason=reason,
        by=by,
        request_id=request_id,
    )


def _until(proposal: Proposal) -> dt.datetime | None:
    text = proposal.arguments.get("until")
    return dt.datetime.fromisoformat(text) if text else None


def _present(proposal: Proposal) -> GroupMember | None:
    found: GroupMember | None = (
        GroupMember.objects.filter(
            group_id=proposal.subject_id, account_id=uuid.UUID(proposal.mark)
        )
        .exclude(ends_at__lte=clock.now())
        .first()
    )
    return found
