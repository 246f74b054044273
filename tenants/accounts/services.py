"""Acts on accounts: each is one transaction, with its line in the journal of the organisation.

Every service locks the account, refuses with ``RefusedError`` (a sentence for people) what may
not be done, and returns the account as it is afterwards.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.accounts.identity import Identity, faults_of
from tenants.accounts.links import revoke_links
from tenants.accounts.reach import RefusedError, check_reach, hold_managers, is_last_manager
from tenants.accounts.telling import Actor, tell
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.security.sessions import cut_sessions
from tenants.services.organisations import proof_of

Status = Account.Status


def create_account(*, organisation: Organisation, identity: Identity, actor: Actor) -> Account:
    """Create an account without password: a person is invited, a function is enabled at once."""
    identity = identity.tidied()
    if actor.account is not None and actor.account.organisation_id != organisation.id:
        raise RefusedError(_("Ce compte n’est pas de votre organisation."))
    with tenant_scope(proof_of(organisation).id):
        account = insert_account(organisation, identity)
        after = {**_named(identity), "status": account.status}
        tell("ACCOUNT_CREATE", account, actor, before={}, after=after)
    return account


def insert_account(organisation: Organisation, identity: Identity) -> Account:
    """Write the row of a new account; the caller tells of it. Raises ``RefusedError``."""
    _check(identity, organisation)
    account = Account(organisation=organisation, name=identity.name, **asdict(identity))
    is_person = identity.kind == Account.Kind.NOMINATIVE
    account.set_status(Status.INVITED if is_person else Status.ENABLED)
    account.set_unusable_password()
    with _address_is_free(identity.email):
        account.save(force_insert=True)
    return account


def update_account(*, account: Account, identity: Identity, actor: Actor) -> Account:
    """Change what is written down about an account; nothing is told when nothing changes."""
    identity = identity.tidied()
    with _acting_on(account, actor) as held:
        changed = Identity.of(held).differences(identity)
        before = {field: getattr(held, field) for field in changed}
        apply_identity(held, identity)
        if changed:
            after = {field: getattr(identity, field) for field in changed}
            tell("ACCOUNT_UPDATE", held, actor, before=before, after=after)
    return held


def apply_identity(account: Account, identity: Identity) -> tuple[str, ...]:
    """Write a new identity on a locked account; return what changed. The caller tells of it."""
    changed = Identity.of(account).differences(identity)
    if not changed:
        return ()
    _refuse_anonymised(account)
    if "kind" in changed:
        raise RefusedError(_("Le type d’un compte ne change pas : créez un autre compte."))
    _check(identity, account.organisation)
    for field in changed:
        setattr(account, field, getattr(identity, field))
    account.name = identity.name
    with _address_is_free(identity.email):
        account.save()
    if "email" in changed:
        # A link sent to the former address must not open the account any more.
        revoke_links(account)
    return changed


def disable_account(*, account: Account, actor: Actor) -> Account:
    """Forbid an account to enter; its sessions and links end at once."""
    return _change_status(
        account, actor, "ACCOUNT_DISABLE", Status.DISABLED, {*Account.ENTERING, Status.BLOCKED}
    )


def enable_account(*, account: Account, actor: Actor) -> Account:
    """Let a disabled account enter again: as an invited one while it has no password."""
    return _change_status(account, actor, "ACCOUNT_ENABLE", _entering(account), {Status.DISABLED})


def unblock_account(*, account: Account, actor: Actor) -> Account:
    """Let a blocked account enter again."""
    return _change_status(account, actor, "ACCOUNT_UNBLOCK", _entering(account), {Status.BLOCKED})


def apply_status(account: Account, status: str, allowed: set[str]) -> str:
    """Write a new status on a locked account; return the former one. The caller tells of it."""
    _refuse_anonymised(account)
    if account.status not in allowed:
        raise RefusedError(
            _("Ce compte est %(status)s : rien à faire.") % {"status": account.get_status_display()}
        )
    if status not in Account.ENTERING:
        hold_managers(account.organisation)
        if is_last_manager(account):
            raise RefusedError(
                _(
                    "C’est la dernière personne à pouvoir gérer les comptes de l’organisation :"
                    " donnez d’abord ce droit à une autre."
                )
            )
        revoke_links(account)
        cut_sessions(account)
    former = account.status
    account.set_status(status)
    account.save()
    return former


def _change_status(
    account: Account, actor: Actor, code: str, status: str, allowed: set[str]
) -> Account:
    with _acting_on(account, actor) as held:
        former = apply_status(held, status, allowed)
        tell(code, held, actor, before={"status": former}, after={"status": held.status})
    return held


def _entering(account: Account) -> str:
    """Return the status of an account let in: enabled once somebody has chosen its password."""
    is_person = account.kind == Account.Kind.NOMINATIVE
    never_entered = not account.has_usable_password() and account.last_login is None
    return Status.INVITED if is_person and never_entered else Status.ENABLED


@contextlib.contextmanager
def _acting_on(account: Account, actor: Actor) -> Iterator[Account]:
    """Open the coffre de preuve, lock the account, check that the actor may act on it."""
    check_reach(actor.account, account)
    with tenant_scope(proof_of(account.organisation).id):
        yield lock_account(account)


def lock_account(account: Account) -> Account:
    """Return the account as it is now, locked until the transaction ends."""
    return (
        Account.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(id=account.id)
    )


def _check(identity: Identity, organisation: Organisation) -> None:
    found: Sequence[Any] = list(
        faults_of(identity, mail_domains=policy_of(organisation).mail_domains)
    )
    if found:
        raise RefusedError(" ".join(fault.sentence for fault in found))


def _refuse_anonymised(account: Account) -> None:
    if account.status == Status.ANONYMISED:
        raise RefusedError(_("Ce compte est anonymisé : il ne change plus."))


@contextlib.contextmanager
def _address_is_free(email: str) -> Iterator[None]:
    """Turn the refusal of the database into a sentence; the transaction stays usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "account_email" not in str(error):
            raise
        raise RefusedError(_("Un compte utilise déjà l’adresse « %s ».") % email) from error


def _named(identity: Identity) -> dict[str, Any]:
    return {field: value for field, value in asdict(identity).items() if value}
