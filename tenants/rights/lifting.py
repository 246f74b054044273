"""Doing without a second person where one was wanted, as an act that a second person approves."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation, Tenant
from tenants.models import Account, Proposal
from tenants.permissions import LABELS, Permission
from tenants.rights.four_eyes import LIFTING, Action, actions, choose, second_person_needed
from tenants.rights.proof import proof_coffre
from tenants.rights.proposals import Act, Shown, propose

ACTION = Action(
    key=LIFTING,
    label=gettext_lazy("lever le double regard"),
    explanation=gettext_lazy(
        "Ne plus exiger de seconde personne pour un acte, celui-ci compris : sans cela, qui règle "
        "l’organisation s’en dispense quand il veut."
    ),
    default=lambda: False,
    asking=Permission.ORGANISATION_MANAGE,
    approving=Permission.ORGANISATION_MANAGE_APPROVE,
)


class Lifting(Act):
    """``subject_id``: the organisation; ``mark``: the act for which nobody else is wanted."""

    action = ACTION

    def shown(self, proposal: Proposal) -> Shown:
        """Name the act."""
        found = next((one for one in actions() if one.key == proposal.mark), None)
        label = str(found.label) if found else proposal.mark
        return Shown(
            _("Lever le double regard : %s") % label,
            reverse("four_eyes"),
            (
                (_("Acte"), label),
                (_("Ensuite"), _("une seule personne suffira")),
                *([(_("Qui pourra"), str(LABELS[found.asking]))] if found else []),
            ),
        )

    def state_of(self, proposal: Proposal) -> Mapping[str, Any]:
        """Whether a second person is wanted now."""
        return {"required": second_person_needed(proposal.subject_id, proposal.mark)}

    def carry_out(self, proposal: Proposal, *, proposer: Account, approver: Account) -> None:
        """Keep the choice, under the name of who asked."""
        choose(
            organisation=Organisation.objects.get(id=proposal.subject_id),
            action=proposal.mark,
            required=False,
            by=proposer,
            approved=True,
        )


def propose_lifting(
    *, organisation: Organisation, action: str, by: Account, reason: str, request_id: str = ""
) -> Proposal:
    """Ask that an act need nobody else any more; raise ``ProposalError``."""
    proof: Tenant = proof_coffre(organisation.id)
    return propose(
        action=LIFTING,
        coffre=proof,
        subject_id=organisation.id,
        mark=action,
        reason=reason,
        by=by,
        request_id=request_id,
    )
