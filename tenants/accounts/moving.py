"""Moving an account: to other groups (hence other coffres), to another service."""

from collections.abc import Collection
from dataclasses import replace

from django.utils.translation import gettext as _

from sae.tenancy.scope import tenant_scope
from tenants.accounts.identity import Identity
from tenants.accounts.reach import (
    Reach,
    RefusedError,
    check_reach,
    groups_of_accounts,
    hold_managers,
    managers_of,
)
from tenants.accounts.services import lock_account, update_account
from tenants.accounts.telling import Actor
from tenants.models import Account
from tenants.rights.reach import OutOfReachError
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.services import MembershipError, add_member, remove_member
from tenants.services.organisations import proof_of


def move_account(
    *, account: Account, groups: Collection[str], service: str, actor: Actor
) -> Account:
    """Have an account be in these groups, among those the actor may give, and in this service.

    Groups out of the actor's reach are left as they are. Raises ``RefusedError``, among others
    when nobody could manage accounts any more.
    """
    check_reach(actor.account, account)
    with tenant_scope(proof_of(account.organisation).id):
        hold_managers(account.organisation)
        held = lock_account(account)
        known = Reach(actor.account, account.organisation).groups()
        if unknown := set(groups) - set(known):
            raise RefusedError(_("Groupe inconnu : %s.") % ", ".join(sorted(unknown)))
        could_manage = bool(managers_of(account.organisation))
        present = set(groups_of_accounts([held.id]).get(held.id, ()))
        try:
            for name in sorted((present & set(known)) - set(groups)):
                remove_member(group=known[name], account=held, removed_by=actor.account)
            for name in sorted(set(groups) - present):
                add_member(group=known[name], account=held, given_by=actor.account)
        except (MembershipError, OutOfReachError, NobodyRemainsError) as error:
            raise RefusedError(str(error)) from error
        if could_manage and not managers_of(account.organisation):
            raise RefusedError(
                _(
                    "C’est la dernière personne à pouvoir gérer les comptes de l’organisation :"
                    " donnez d’abord ce droit à une autre."
                )
            )
        identity = replace(Identity.of(held), service=service)
        return update_account(account=held, identity=identity, actor=actor)
