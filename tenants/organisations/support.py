"""Access of the operator's support to a coffre: asked with a reason, granted by a person there.

Every act is one transaction in the coffre de preuve of the organisation concerned. An access lives
under one operation, opened when it is granted and closed when it ends, so that all that was done
with it can be read in one place; each operation made meanwhile carries its identifier too
(``sae.journal.acting``).
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sae.jobs.claim import Claim
from sae.jobs.queue import cancel, enqueue
from sae.jobs.registry import DONE, Advance
from sae.journal.canonical import admissible
from sae.journal.models import Operation
from sae.journal.platform import ROUTINE
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import Account, SupportAccess
from tenants.organisations.support_mail import tell_holders
from tenants.organisations.telling import platform_proof, tell_in
from tenants.services.organisations import proof_of

REQUEST = "SUPPORT_REQUEST"
REFUSAL = "SUPPORT_REFUSE"
WITHDRAWAL = "SUPPORT_WITHDRAW"
SESSION = "SUPPORT_SESSION"
JOB_KIND = "tenants.support_expiry"
CATEGORY = "ACCESS"
MOST_MINUTES = 8 * 60
LEAST_MINUTES = 15
LONGEST_REASON = 1000
State = SupportAccess.State
OPEN = (State.REQUESTED, State.ACCEPTED)


class SupportRefusedError(ValueError):
    """The act cannot be done; the message is told to people as is."""


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """What the operator's account asks."""

    coffre: Tenant
    reason: str
    minutes: int


def request_support(*, asked: SupportRequest, account: Account) -> SupportAccess:
    """Ask for an access to a coffre; raise ``SupportRefusedError``."""
    organisation = asked.coffre.organisation
    reason = admissible(asked.reason.strip())[:LONGEST_REASON]
    if not account.organisation.is_platform or organisation.is_platform:
        raise SupportRefusedError(_("Le support n’entre que chez les organisations qu’il sert."))
    if not reason:
        raise SupportRefusedError(_("Dites pourquoi : la personne qui accepte le lira."))
    if not LEAST_MINUTES <= asked.minutes <= MOST_MINUTES:
        raise SupportRefusedError(_("La durée va d’un quart d’heure à huit heures."))
    proof = proof_of(organisation)
    with platform_scope(reason=REQUEST), tenant_scope(proof.id):
        mine = SupportAccess.objects.filter(
            coffre_id=asked.coffre.id, requested_by=account.id, state__in=OPEN
        ).select_for_update(of=("self",))
        for earlier in mine:
            if not _has_run_out(earlier):
                raise SupportRefusedError(
                    _("Vous avez déjà demandé ou obtenu un accès à ce coffre.")
                )
            _end(earlier, ended_by=None)
        access: SupportAccess = SupportAccess.objects.create(
            coffre_id=asked.coffre.id,
            requested_by=account.id,
            reason=reason,
            minutes=asked.minutes,
            requested_at=clock.now(),
        )
        tell_holders(organisation, proof)
        _tell_both(REQUEST, access, proof, account.id, {"minutes": asked.minutes})
    return access


def accept_support(*, access: SupportAccess, account: Account, is_full: bool) -> SupportAccess:
    """Open the coffre from now on, for the time asked; read-only unless ``is_full``."""
    moment = clock.now()
    with tenant_scope(access.tenant_id):
        held = _held(access, State.REQUESTED)
        held.state = State.ACCEPTED
        held.decided_by, held.decided_at = account.id, moment
        held.is_full = is_full
        held.ends_at = moment + dt.timedelta(minutes=held.minutes)
        held.operation_id = new_id()
        held.save()
        enqueue(
            tenant_id=held.tenant_id, kind=JOB_KIND, subject_id=held.id, not_before=held.ends_at
        )
        # Open while the access lasts: the pages that are seen are its events.
        open_operation(
            id=held.operation_id,
            type=SESSION,
            category=CATEGORY,
            agent_id=held.requested_by,
            detail={
                **_named(held),
                "accepted_by": str(account.id),
                "full": is_full,
                "until": held.ends_at,
            },
        )
    return held


def refuse_support(*, access: SupportAccess, account: Account) -> SupportAccess:
    """Say no."""
    return _answer_without_opening(access, account, State.REFUSED, REFUSAL)


def withdraw_support(*, access: SupportAccess, account: Account) -> SupportAccess:
    """Take a request back before it is answered; only who asked may."""
    if access.requested_by != account.id:
        raise SupportRefusedError(_("Cette demande n’est pas la vôtre."))
    return _answer_without_opening(access, account, State.WITHDRAWN, WITHDRAWAL)


def stop_support(*, access: SupportAccess, account: Account) -> SupportAccess:
    """End an access at once, by either side."""
    with tenant_scope(access.tenant_id):
        held = _held(access, State.ACCEPTED)
        cancel(tenant_id=held.tenant_id, kind=JOB_KIND, subject_id=held.id)
        _end(held, ended_by=account.id)
    return held


def expire_support(claim: Claim) -> Advance:
    """End an access whose time is over: its operation is closed. Idempotent."""
    with tenant_scope(claim.tenant_id):
        access = (
            SupportAccess.objects.select_for_update(of=("self",))
            .filter(id=claim.subject_id, state=State.ACCEPTED)
            .first()
        )
        claim.assert_current()
        if access is not None and _has_run_out(access):
            _end(access, ended_by=None)
    return DONE


def open_accesses_of(account: Account, at: dt.datetime) -> list[SupportAccess]:
    """Return the accesses that an account of the operator may use at a moment.

    Looked up at every page of such an account, in any organisation: routine, shows nobody anything.
    """
    with platform_scope(reason=f"{ROUTINE} accès du support"):
        return list(
            SupportAccess.objects.filter(
                requested_by=account.id,
                state=State.ACCEPTED,
                decided_at__lte=at,
                ends_at__gt=at,
            )
        )


def access_in(organisation: Organisation, access_id: uuid.UUID) -> SupportAccess | None:
    """Return an access of an organisation, ``None`` when it has none of that identifier."""
    with tenant_scope(proof_of(organisation).id):
        found: SupportAccess | None = SupportAccess.objects.filter(id=access_id).first()
    return found


def accesses_of(organisation: Organisation) -> Sequence[SupportAccess]:
    """Return the accesses asked of an organisation, the latest first."""
    with tenant_scope(proof_of(organisation).id):
        return list(SupportAccess.objects.order_by("-id")[:200])


def accesses_asked() -> Sequence[SupportAccess]:
    """Return the accesses asked by the operator, everywhere, the latest first."""
    with platform_scope(reason=f"{ROUTINE} accès du support"):
        return list(SupportAccess.objects.order_by("-id")[:200])


def find_asked(access_id: uuid.UUID) -> SupportAccess | None:
    """Return an access asked by the operator, wherever it is."""
    with platform_scope(reason=f"{ROUTINE} accès du support"):
        found: SupportAccess | None = SupportAccess.objects.filter(id=access_id).first()
    return found


def is_in_force(access: SupportAccess, at: dt.datetime | None = None) -> bool:
    """Tell whether an access opens its coffre at a moment."""
    moment = at or clock.now()
    return access.state == State.ACCEPTED and access.ends_at is not None and access.ends_at > moment


def _answer_without_opening(
    access: SupportAccess, account: Account, state: str, code: str
) -> SupportAccess:
    with platform_scope(reason=code), tenant_scope(access.tenant_id):
        held = _held(access, State.REQUESTED)
        held.state = state
        held.decided_by, held.decided_at = account.id, clock.now()
        held.save()
        proof = Tenant.objects.get(id=held.tenant_id)
        _tell_both(code, held, proof, account.id, {})
    return held


def _held(access: SupportAccess, state: str) -> SupportAccess:
    """Lock an access that must be in a state; whoever comes second is told."""
    held: SupportAccess = SupportAccess.objects.select_for_update(of=("self",)).get(id=access.id)
    if held.state != state:
        raise SupportRefusedError(
            _("Cet accès est %(state)s : rien à faire.") % {"state": held.get_state_display()}
        )
    return held


def _has_run_out(access: SupportAccess) -> bool:
    return access.ends_at is not None and access.ends_at <= clock.now()


def _end(access: SupportAccess, *, ended_by: uuid.UUID | None) -> None:
    access.state = State.ENDED
    access.ended_by = ended_by
    access.ended_at = clock.now()
    access.save(update_fields=["state", "ended_by", "ended_at"])
    operation = Operation.objects.get(id=access.operation_id)
    if operation.state != Operation.State.COMPLETED:
        close_operation(
            operation=operation,
            outcome=Outcome.OK,
            detail={"ended_by": str(ended_by or ""), "by_itself": ended_by is None},
        )


def _named(access: SupportAccess) -> dict[str, str]:
    return {"support": str(access.id), "tenant": str(access.coffre_id)}


def _tell_both(
    code: str,
    access: SupportAccess,
    proof: Tenant,
    agent_id: uuid.UUID,
    detail: dict[str, object],
) -> None:
    """In the organisation's journal and in the platform's: both sides keep their own proof."""
    told = {**_named(access), **detail}
    tell_in(proof, code, agent_id=agent_id, detail=told)
    platform = platform_proof()
    if platform is not None:
        tell_in(platform, code, agent_id=agent_id, detail=told)
