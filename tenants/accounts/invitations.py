"""Sending people the link with which they choose a password: invitation, or reset.

With a mail server, the act is an operation of the coffre de preuve that a worker carries out: the
secret exists in the mail alone, and a server that is down is tried again. Without one, the link is
returned, to be shown once to whoever asked.
"""

import uuid
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from sae.jobs.claim import Claim
from sae.jobs.queue import enqueue
from sae.jobs.registry import DONE, Advance, Quarantine
from sae.journal.models import Operation
from sae.journal.selectors import find_operation
from sae.journal.services import close_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from tenants import mail
from tenants.accounts.links import LIVES, Purpose, find_link, make_link
from tenants.accounts.reach import RefusedError, check_reach
from tenants.accounts.services import lock_account
from tenants.accounts.telling import Actor, open_told, subject_of, tell
from tenants.models import Account
from tenants.services.organisations import proof_of
from tenants.signing_in import AccountAdapter

JOB_KIND = "tenants.account_link"
CODES = {Purpose.INVITATION: "ACCOUNT_INVITE", Purpose.RESET: "ACCOUNT_RESET"}


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of an act: ``address`` is the link to hand over, empty when a mail leaves."""

    operation_id: uuid.UUID
    address: str = ""


def invite_account(*, account: Account, actor: Actor, site: str) -> Handed:
    """Invite a person, again if need be: the former link ends."""
    if account.status != Account.Status.INVITED:
        raise RefusedError(_("Seul un compte qui n’est jamais entré peut être invité."))
    return _hand_link(account, actor, Purpose.INVITATION, site)


def reset_account(*, account: Account, actor: Actor, site: str) -> Handed:
    """Give a person a link to choose another password; the present one serves until then."""
    if account.status != Account.Status.ENABLED:
        raise RefusedError(_("Seul un compte actif peut recevoir un nouveau mot de passe."))
    return _hand_link(account, actor, Purpose.RESET, site)


def forgot_password(*, account: Account, site: str) -> None:
    """Send a reset to whoever says to have forgotten; nothing when no mail can leave."""
    if mail.is_configured() and account.status == Account.Status.ENABLED:
        with tenant_scope(proof_of(account.organisation).id):
            _ask_for_mail(account, Actor(account), Purpose.RESET, site)


def _hand_link(account: Account, actor: Actor, purpose: str, site: str) -> Handed:
    check_reach(actor.account, account)
    with tenant_scope(proof_of(account.organisation).id):
        held = lock_account(account)
        if not held.may_receive_links:
            raise RefusedError(_("Personne ne se connecte avec ce compte."))
        if mail.is_configured():
            return Handed(_ask_for_mail(held, actor, purpose, site).id)
        secret = make_link(held, purpose)
        operation = tell(CODES[Purpose(purpose)], held, actor, sent="shown")
    return Handed(operation.id, address_of(held, secret, site))


def _ask_for_mail(account: Account, actor: Actor, purpose: str, site: str) -> Operation:
    detail = {**subject_of(account), "purpose": str(purpose), "site": site, "sent": "mail"}
    operation = open_told(CODES[Purpose(purpose)], actor, detail)
    enqueue(tenant_id=operation.tenant_id, kind=JOB_KIND, subject_id=operation.id)
    return operation


def address_of(account: Account, secret: str, site: str) -> str:
    """Return the whole address of a link."""
    return site + reverse("account_link", args=[account.identifier, secret])


def send_link(claim: Claim) -> Advance:
    """Make the link of an operation and send it. A mail that fails leaves no link behind."""
    with tenant_scope(claim.tenant_id):
        operation = find_operation(claim.subject_id)
        if operation is None or operation.state == Operation.State.COMPLETED:
            return DONE
        account = Account.objects.select_related("organisation").get(id=operation.detail["account"])
        account = lock_account(account)
        if not account.may_receive_links:
            claim.assert_current()
            close_operation(operation=operation, outcome=Outcome.KO, detail={"reason": "status"})
            return DONE
        purpose = operation.detail["purpose"]
        secret = make_link(account, purpose)
        mail.send(
            purpose,
            to=account.email,
            name=account.name,
            email=account.email,
            organisation=account.organisation.name,
            url=address_of(account, secret, operation.detail["site"]),
            expires=french.moment(clock.now() + LIVES[Purpose(purpose)]),
        )
        claim.assert_current()
        close_operation(operation=operation, outcome=Outcome.OK)
    return DONE


def give_up(quarantine: Quarantine) -> None:
    """Say on the operation that its mail will not leave."""
    operation = find_operation(quarantine.subject_id)
    if operation is not None and operation.state != Operation.State.COMPLETED:
        close_operation(operation=operation, outcome=Outcome.FATAL, detail={"reason": "mail"})


def choose_password(
    *, request: HttpRequest, identifier: str, secret: str, password: str
) -> Account | None:
    """Use a link: the password is set, an invited account becomes active.

    Returns ``None`` when the link may not be used (any more): two requests at once use it once.
    """
    shown = find_link(identifier, secret)
    if shown is None:
        return None
    with tenant_scope(proof_of(shown.account.organisation).id):
        held = lock_account(shown.account)
        found = find_link(identifier, secret, lock=True)
        if found is None:
            return None
        former = held.status
        held.set_status(Account.Status.ENABLED)
        found.link.used_at = clock.now()
        found.link.save(update_fields=["used_at"])
        user: AbstractBaseUser = held
        AccountAdapter(request).set_password(user, password)
        tell(
            "ACCOUNT_LINK_USE",
            held,
            Actor(held),
            before={"status": former},
            after={"status": held.status},
            purpose=found.link.purpose,
        )
    return held
