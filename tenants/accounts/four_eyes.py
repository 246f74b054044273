"""Anonymising an account, as an act that a second person approves."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Tenant
from sae.ui import french
from tenants.accounts.anonymisation import FOUR_EYES, anonymise_account, preview
from tenants.accounts.reach import Reach, RefusedError
from tenants.accounts.telling import Actor
from tenants.models import Account, Proposal
from tenants.permissions import Permission
from tenants.rights.four_eyes import Action
from tenants.rights.proposals import Act, ProposalError, Shown, propose
from tenants.services.organisations import proof_of

ACTION = Action(
    key=FOUR_EYES,
    label=gettext_lazy("anonymiser un compte"),
    explanation=gettext_lazy(
        "Le nom, l’adresse et tout ce que l’annuaire sait d’une personne s’effacent sans retour."
    ),
    default=lambda: False,
    asking=Permission.ACCOUNT_ANONYMISE,
    approving=Permission.ACCOUNT_ANONYMISE_APPROVE,
)


class Anonymising(Act):
    """``subject_id``: the account."""

    action = ACTION
    refusals = (RefusedError,)

    def shown(self, proposal: Proposal) -> Shown:
        """Name the account, as long as it has a name."""
        account = Account.objects.get(id=proposal.subject_id)
        disabled = account.disabled_at
        return Shown(
            _("Anonymiser %s") % account.name,
            reverse("account", args=[account.id]),
            (
                (_("Compte"), account.name),
                (_("Identifiant technique"), account.identifier),
                (_("Désactivé le"), french.day(disabled) if disabled else ""),
            ),
        )

    def state_of(self, proposal: Proposal) -> Mapping[str, Any]:
        """The account, disabled since a moment, and whom it names."""
        account = Account.objects.get(id=proposal.subject_id)
        return {
            "status": account.status,
            "disabled_at": account.disabled_at,
            "named": [account.name, account.email],
        }

    def why_not(self, proposal: Proposal, account: Account, permission: Permission) -> str:
        """The account stands strictly below whoever asks, and whoever approves."""
        asked = Account.objects.select_related("organisation").get(id=proposal.subject_id)
        return Reach(account, asked.organisation, permission).why_not(asked)

    def carry_out(self, proposal: Proposal, *, proposer: Account, approver: Account) -> None:
        """Anonymise, as who asked would have done."""
        account = Account.objects.select_related("organisation").get(id=proposal.subject_id)
        anonymise_account(account=account, actor=Actor(proposer), approved=True)


def propose_anonymisation(*, account: Account, actor: Actor, reason: str) -> Proposal:
    """Ask that a disabled account be anonymised; raise ``ProposalError``."""
    if actor.account is None:
        raise ProposalError(_("Une demande a un auteur."))
    if found := preview(account=account, actor=actor).obstacles:
        raise ProposalError(" ".join(found))
    proof: Tenant = proof_of(account.organisation)
    return propose(
        action=FOUR_EYES,
        coffre=proof,
        subject_id=account.id,
        reason=reason,
        by=actor.account,
        request_id=actor.request_id,
    )
