"""Acts that need a second person: asked with a reason, approved by another, done at that moment.

One mechanism for every act that an organisation may want seen by four eyes. The room that owns an
act gives an ``Act``; everything is checked again when it is approved: the rights of who asked, the
rights and level of who approves, the thing as it was when it was asked. Each moment is an event of
one operation (``PROPOSAL``, identifier of the request), open until the request ends; what the act
itself writes names the request and its approver. Journals get codes and identifiers, no reason.
"""

import datetime as dt
import hashlib
import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.jobs.claim import Claim
from sae.jobs.queue import cancel, enqueue
from sae.jobs.registry import DONE, Advance
from sae.journal.acting import acting
from sae.journal.canonical import admissible
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, Proposal
from tenants.permissions import LABELS, Permission
from tenants.rights.effective import Rights, rights_of
from tenants.rights.four_eyes import Action, register_action
from tenants.rights.proof import proof_coffre

OPERATION = "PROPOSAL"
APPROVAL, REFUSAL = "PROPOSAL_APPROVAL", "PROPOSAL_REFUSAL"
WITHDRAWAL, EXPIRY = "PROPOSAL_WITHDRAWAL", "PROPOSAL_EXPIRY"
CATEGORY = "MASTERDATA"
JOB_KIND = "tenants.proposal_expiry"
LASTS = dt.timedelta(days=30)
"""How long a request waits: beyond, what it was asked for has probably changed."""
LONGEST_REASON = 1000
ALREADY = gettext_lazy("C’est déjà demandé : la demande attend d’être approuvée.")
State = Proposal.State


class ProposalError(ValueError):
    """The request cannot be made, approved or ended; the message says why, in French."""


class NotWaitingError(ProposalError):
    """The request no longer waits: approved, refused, withdrawn or expired."""


class SamePersonError(ProposalError):
    """Whoever asked cannot approve nor refuse: another person must."""


class ChangedMeanwhileError(ProposalError):
    """The thing is no longer what it was when the act was asked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a request reads: ``title`` says the act and the thing, ``url`` is the page of the thing.

    ``facts``: label and words, one line each, what whoever approves has to know.
    """

    title: str
    url: str
    facts: tuple[tuple[str, str], ...] = ()


class Act(ABC):
    """An act done only once a second person approved it. Called in the scope of the proof.

    ``refusals``: exceptions of ``carry_out`` whose message is told to people as is.
    """

    action: Action
    refusals: tuple[type[Exception], ...] = ()

    @abstractmethod
    def shown(self, proposal: Proposal) -> Shown:
        """Return how the request reads, whatever became of its thing."""

    @abstractmethod
    def state_of(self, proposal: Proposal) -> Mapping[str, Any]:
        """Return what the thing is now, as far as an approval relies on it; JSON values."""

    def why_not(self, proposal: Proposal, account: Account, permission: Permission) -> str:
        """Return why this account, which has the permission, may not use it here; empty if it may.

        Asked of who proposes (``action.asking``) and of who approves (``action.approving``).
        """
        return ""

    @abstractmethod
    def carry_out(self, proposal: Proposal, *, proposer: Account, approver: Account) -> None:
        """Do it, by the service that would have done it without a second person."""


_acts: dict[str, Act] = {}


def register_act(act: Act) -> None:
    """Add an act, and the choice that organisations have about it."""
    _acts[act.action.key] = act
    register_action(act.action)


def act_of(proposal: Proposal) -> Act:
    """Return the act of a request."""
    return _acts[proposal.action]


def proposable_actions() -> list[Action]:
    """Return the acts that this mechanism serves."""
    return [one.action for one in _acts.values()]


def propose(
    *,
    action: str,
    coffre: Tenant,
    subject_id: uuid.UUID,
    reason: str,
    by: Account,
    mark: str = "",
    arguments: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> Proposal:
    """Ask that an act be done; nothing changes before another person approves it.

    Raises ``ProposalError``: no reason, no right, already asked.
    """
    act = _acts[action]
    proof = proof_coffre(coffre.organisation_id)
    moment = clock.now()
    with tenant_scope(proof.id):
        proposal = Proposal(
            action=action,
            coffre_id=coffre.id,
            subject_id=subject_id,
            mark=mark,
            arguments=dict(arguments or {}),
            reason=admissible(reason.strip())[:LONGEST_REASON],
            proposed_by=by.id,
            proposed_at=moment,
            expires_at=moment + LASTS,
        )
        if not proposal.reason:
            raise ProposalError(_("Dites pourquoi : la personne qui approuve le lira."))
        if why := why_not_ask(proposal, by):
            raise ProposalError(why)
        _make_room(proposal, moment)
        proposal.seen = _digest(act.state_of(proposal))
        try:
            with transaction.atomic():
                proposal.save(force_insert=True)
        except IntegrityError as error:
            # Another asked for it at the same moment.
            raise ProposalError(ALREADY) from error
        enqueue(
            tenant_id=proof.id,
            kind=JOB_KIND,
            subject_id=proposal.id,
            not_before=proposal.expires_at,
        )
        open_operation(
            id=proposal.id,
            type=OPERATION,
            category=CATEGORY,
            agent_id=by.id,
            request_id=request_id,
            detail={
                "action": action,
                "tenant": str(coffre.id),
                "subject": str(subject_id),
                **({"mark": mark} if mark else {}),
                "until": proposal.expires_at,
            },
        )
    return proposal


def approve(*, proposal: Proposal, by: Account) -> Proposal:
    """Approve a request as a second person, and do what it asks, now.

    Everything is checked again; what fails leaves the request waiting. Raises ``ProposalError``
    (``NotWaitingError``, ``SamePersonError``, ``ChangedMeanwhileError``).
    """
    with tenant_scope(proposal.tenant_id):
        held = _waiting(proposal)
        if reasons := obstacles(held, by):
            raise reasons[0]
        act = act_of(held)
        proposer = Account.objects.get(id=held.proposed_by)
        try:
            with acting(proposal=str(held.id), approved_by=str(by.id)):
                act.carry_out(held, proposer=proposer, approver=by)
        except act.refusals as error:
            raise ProposalError(str(error)) from error
        _end(held, State.DONE, by=by, code=APPROVAL, outcome=Outcome.OK)
    return held


def refuse(*, proposal: Proposal, by: Account, answer: str) -> Proposal:
    """Say no, with the reason that who asked will read; raise as ``approve`` does."""
    with tenant_scope(proposal.tenant_id):
        held = _waiting(proposal)
        if error := why_not_decide(held, by):
            raise error
        held.answer = admissible(answer.strip())[:LONGEST_REASON]
        if not held.answer:
            raise ProposalError(_("Dites pourquoi : la personne qui a demandé le lira."))
        _end(held, State.REFUSED, by=by, code=REFUSAL, outcome=Outcome.KO)
    return held


def withdraw(*, proposal: Proposal, by: Account) -> Proposal:
    """Take a request back; only who asked may. Raises ``ProposalError``, ``NotWaitingError``."""
    with tenant_scope(proposal.tenant_id):
        held = _waiting(proposal)
        if held.proposed_by != by.id:
            raise ProposalError(_("Cette demande n’est pas la vôtre."))
        _end(held, State.WITHDRAWN, by=by, code=WITHDRAWAL, outcome=Outcome.KO)
    return held


def expire_proposal(claim: Claim) -> Advance:
    """End a request that nobody answered in time. Idempotent."""
    with tenant_scope(claim.tenant_id):
        held = (
            Proposal.objects.select_for_update(of=("self",))
            .filter(id=claim.subject_id, state=State.WAITING)
            .first()
        )
        claim.assert_current()
        if held is not None and held.expires_at <= clock.now():
            _expire(held)
    return DONE


def obstacles(proposal: Proposal, by: Account) -> list[ProposalError]:
    """Return what stands against an approval by this account now: all of it, in order.

    Runs in the scope of the proof.
    """
    found = [error] if (error := why_not_decide(proposal, by)) else []
    proposer = Account.objects.get(id=proposal.proposed_by)
    if why := why_not_ask(proposal, proposer):
        found.append(ProposalError(_("Qui l’a demandé ne le peut plus : %s") % why))
    if _digest(act_of(proposal).state_of(proposal)) != proposal.seen:
        found.append(
            ChangedMeanwhileError(
                _("Ce que vous approuveriez a changé depuis la demande : elle est à refaire.")
            )
        )
    return found


def why_not_ask(proposal: Proposal, by: Account) -> str:
    """Return why an account may not ask for this act, empty when it may."""
    return _why_not(proposal, by, act_of(proposal).action.asking)


def why_not_decide(
    proposal: Proposal, by: Account, rights: Rights | None = None
) -> ProposalError | None:
    """Return why an account may not approve nor refuse a request, ``None`` when it may."""
    if by.id == proposal.proposed_by:
        return SamePersonError(_("Votre propre demande attend l’accord d’une autre personne."))
    why = _why_not(proposal, by, act_of(proposal).action.approving, rights)
    return ProposalError(why) if why else None


def proposal_in(organisation: Organisation, proposal_id: uuid.UUID) -> Proposal | None:
    """Return a request of an organisation, ``None`` when it has none of that identifier."""
    with tenant_scope(proof_coffre(organisation.id).id):
        found: Proposal | None = Proposal.objects.filter(
            id=proposal_id, action__in=_acts.keys()
        ).first()
    return found


def proposals_of(organisation: Organisation, *, most: int = 200) -> list[Proposal]:
    """Return the requests of an organisation, the latest first."""
    with tenant_scope(proof_coffre(organisation.id).id):
        return list(Proposal.objects.filter(action__in=_acts.keys())[:most])


def waiting_in(organisation: Organisation) -> list[Proposal]:
    """Return the requests that wait, those whose end comes first before."""
    with tenant_scope(proof_coffre(organisation.id).id):
        return list(
            Proposal.objects.filter(
                action__in=_acts.keys(), state=State.WAITING, expires_at__gt=clock.now()
            ).order_by("expires_at")
        )


def waiting_on(organisation: Organisation, *, action: str, subject_id: uuid.UUID) -> list[Proposal]:
    """Return the requests of an act that wait on one thing."""
    return [
        one
        for one in waiting_in(organisation)
        if one.action == action and one.subject_id == subject_id
    ]


def is_waiting(proposal: Proposal) -> bool:
    """Tell whether a request can still be answered."""
    return proposal.state == State.WAITING and proposal.expires_at > clock.now()


def forget_words_about(account: Account) -> int:
    """Blank the reasons and answers of the requests on an account that is anonymised."""
    named = Proposal.objects.filter(subject_id=account.id) | Proposal.objects.filter(
        mark=str(account.id)
    )
    return int(named.update(reason="", answer="", seen=""))


def _why_not(
    proposal: Proposal, account: Account, permission: Permission, rights: Rights | None = None
) -> str:
    coffre = Tenant.objects.select_related("organisation").get(id=proposal.coffre_id)
    # A support access opens archives; who answers for an organisation belongs to it.
    if account.organisation_id != coffre.organisation_id:
        return _("Seule une personne de l’organisation le peut.")
    held = rights if rights is not None else rights_of(account)
    if not held.chains(permission, coffre):
        return _("Il y faut la permission « %s ».") % LABELS[permission]
    return act_of(proposal).why_not(proposal, account, permission)


def _make_room(proposal: Proposal, moment: dt.datetime) -> None:
    """Refuse a second request for the same thing; one whose time is over gives way."""
    same = Proposal.objects.select_for_update(of=("self",)).filter(
        action=proposal.action,
        subject_id=proposal.subject_id,
        mark=proposal.mark,
        state=State.WAITING,
    )
    for earlier in same:
        if earlier.expires_at > moment:
            raise ProposalError(ALREADY)
        _expire(earlier)


def _waiting(proposal: Proposal) -> Proposal:
    """Lock a request that waits; whoever comes second is told."""
    held: Proposal = Proposal.objects.select_for_update(of=("self",)).get(id=proposal.id)
    if held.state != State.WAITING:
        raise NotWaitingError(
            _("Cette demande est déjà %s : rien à faire.") % held.get_state_display()
        )
    if held.expires_at <= clock.now():
        raise NotWaitingError(_("Cette demande est échue : elle est à refaire."))
    return held


def _expire(held: Proposal) -> None:
    _end(held, State.EXPIRED, by=None, code=EXPIRY, outcome=Outcome.KO)


def _end(held: Proposal, state: str, *, by: Account | None, code: str, outcome: Outcome) -> None:
    held.state = state
    held.decided_by, held.decided_at = by.id if by else None, clock.now()
    # An anonymisation that was just done has blanked the words of its own request.
    held.save(update_fields=["state", "decided_by", "decided_at", *_answered(held)])
    if by is not None:
        cancel(tenant_id=held.tenant_id, kind=JOB_KIND, subject_id=held.id)
    operation = Operation.objects.get(id=held.id)
    draft = EventDraft(code, Outcome.OK, detail={"agent": str(by.id) if by else None})
    append_events([draft], operation=operation)
    # Refused, withdrawn or expired, it did not do what it was for.
    close_operation(operation=operation, outcome=outcome, detail={"ended": str(state)})


def _answered(held: Proposal) -> list[str]:
    return ["answer"] if held.state == State.REFUSED else []


def _digest(state: Mapping[str, Any]) -> str:
    text = json.dumps(state, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
