"""Widening an access contract, as an act that a second person approves.

A contract is widened by whatever opens one more archive, one more file, one more writing, or lets
it be done with less trace. Narrowing one, or writing a new one that nobody has yet, stays an affair
of one person.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.holdings.sight import Grant, Sight, Writing, seeing
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from tenants.contracts_edit.guard import WIDENING
from tenants.models import AccessContract, Account, Proposal
from tenants.permissions import Permission
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.imports import Agent
from tenants.referentials.updates import update_document
from tenants.rights.four_eyes import Action, needed_here
from tenants.rights.proposals import Act, ProposalError, Shown, propose

ACTION = Action(
    key=WIDENING,
    label=gettext_lazy("élargir un contrat d’accès"),
    explanation=gettext_lazy(
        "Ouvrir plus d’archives, de fichiers ou de modifications à ceux qui ont déjà le contrat, "
        "ou l’activer."
    ),
    default=lambda: False,
    asking=Permission.CONTRACT_MANAGE,
    approving=Permission.CONTRACT_MANAGE_APPROVE,
)
IDENTITY = ("id", "tenant", "created_at", "updated_at")


def needs_approval(tenant: Tenant) -> bool:
    """Tell whether widening a contract of a coffre needs a second person."""
    return needed_here(tenant.id, WIDENING)


def widened(
    before: Grant, after: Grant, *, was_active: bool = True, is_active: bool = True
) -> list[str]:
    """Return how a contract opens more than before, in words; empty when it does not."""
    if not is_active:
        return []
    if not was_active:
        return [_("le contrat devient actif")]
    found = [
        (
            _more(after.every_agency, before.every_agency, after.agencies, before.agencies),
            _("des services producteurs de plus"),
        ),
        (
            _more(not after.roots, not before.roots, after.roots, before.roots),
            _("des positions ouvertes de plus"),
        ),
        (set(before.excluded) - set(after.excluded), _("des positions qui ne sont plus cachées")),
        (
            set(before.due_categories) - set(after.due_categories),
            _("des archives dont le délai n’est pas échu"),
        ),
        (
            set(after.due_categories_of_others) - set(before.due_categories_of_others),
            _("des archives d’autres services, une fois leur délai échu"),
        ),
        (
            after.plans_always and not before.plans_always,
            _("les plans de classement, où qu’ils soient"),
        ),
        (
            _more(after.every_usage, before.every_usage, after.usages, before.usages),
            _("des usages d’objets de plus à télécharger"),
        ),
        (after.writing > before.writing, _WRITINGS[after.writing]),
        (
            before.access_logged and not after.access_logged,
            _("des accès qui n’entrent plus au journal"),
        ),
    ]
    return [str(words) for wider, words in found if wider]


_WRITINGS = {
    Writing.NONE: "",
    Writing.DESCRIPTION: gettext_lazy("la modification des descriptions"),
    Writing.ALL: gettext_lazy("la modification des descriptions et des règles"),
}


def _more(every: bool, was_every: bool, some: Any, were: Any) -> bool:
    """Tell whether a list that may be « all » gains something."""
    if was_every:
        return False
    return every or bool(set(some) - set(were))


class Widening(Act):
    """``subject_id``: the contract; ``arguments``: ``set`` (what its file says), ``wider``, and
    ``shown`` (units open before and after, of all) when it was asked."""

    action = ACTION
    refusals = (ProposalError,)

    def shown(self, proposal: Proposal) -> Shown:
        """Name the contract, and say what it would open."""
        with tenant_scope(proposal.coffre_id):
            contract = AccessContract.objects.filter(id=proposal.subject_id).first()
        coffre = Tenant.objects.get(id=proposal.coffre_id)
        before, after, total = proposal.arguments["shown"]
        facts = (
            (_("Coffre"), coffre.name),
            (_("S’ouvrent"), " ; ".join(proposal.arguments["wider"])),
            (
                _("Unités visibles"),
                _("%(before)s aujourd’hui, %(after)s ensuite, sur %(total)s")
                % {
                    "before": french.number(before),
                    "after": french.number(after),
                    "total": french.number(total),
                },
            ),
        )
        if contract is None:
            return Shown(_("Élargir un contrat supprimé"), reverse("access_contracts"), facts)
        return Shown(
            _("Élargir le contrat « %s »") % contract.name,
            reverse("access_contract", args=[contract.id]),
            ((_("Contrat"), f"{contract.name} ({contract.identifier})"), *facts),
        )

    def state_of(self, proposal: Proposal) -> Mapping[str, Any]:
        """The whole contract."""
        with tenant_scope(proposal.coffre_id):
            contract = AccessContract.objects.filter(id=proposal.subject_id).first()
        if contract is None:
            return {}
        return {
            field.name: getattr(contract, field.attname)
            for field in contract._meta.local_fields
            if field.name not in IDENTITY
        }

    def carry_out(self, proposal: Proposal, *, proposer: Account, approver: Account) -> None:
        """Change the contract in its coffre, in the name of who asked."""
        with tenant_scope(proposal.coffre_id), seeing(Sight.whole()):
            contract = AccessContract.objects.get(id=proposal.subject_id)
            report = update_document(
                ACCESS_CONTRACTS,
                tenant=Tenant.objects.get(id=proposal.coffre_id),
                identifier=contract.identifier,
                content=json.dumps({"$action": [{"$set": proposal.arguments["set"]}]}).encode(),
                agent=Agent(account_id=proposer.id),
            )
            if report.outcome != Outcome.OK:
                raise ProposalError(
                    _("Le référentiel refuse ce contrat tel qu’il a été demandé : à refaire.")
                )


def propose_widening(
    *,
    tenant: Tenant,
    contract_id: uuid.UUID,
    values: Mapping[str, Any],
    wider: list[str],
    shown: tuple[int, int, int],
    by: Account,
    reason: str,
    request_id: str = "",
) -> Proposal:
    """Ask that a contract be widened; raise ``ProposalError``.

    ``values``: what its file says from then on; ``shown``: units open before, after, of all.
    """
    return propose(
        action=WIDENING,
        coffre=tenant,
        subject_id=contract_id,
        arguments={"set": dict(values), "wider": wider, "shown": list(shown)},
        reason=reason,
        by=by,
        request_id=request_id,
    )
