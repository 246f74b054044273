"""On whom an administrator may act: accounts of their organisation, strictly below their level."""

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation
from tenants.models import Account, Membership
from tenants.permissions import GRANTED, Permission


class RefusedError(ValueError):
    """An act on an account is refused; the message is told to people as is."""


def accounts_of(organisation: Organisation) -> QuerySet[Account]:
    """Return every account of an organisation."""
    return Account.objects.filter(organisation=organisation)


def why_not(actor: Account | None, account: Account) -> str:
    """Return why ``actor`` may not act on ``account``, empty when they may.

    ``None`` is the platform itself (its command line), which has no level.
    """
    if actor is None:
        return ""
    if account.organisation_id != actor.organisation_id:
        return _("Ce compte n’est pas de votre organisation.")
    if account.id == actor.id:
        return _("Vous ne pouvez pas agir sur votre propre compte.")
    return ""


def check_reach(actor: Account | None, account: Account) -> None:
    """Raise ``RefusedError`` when ``actor`` may not act on ``account``."""
    if reason := why_not(actor, account):
        raise RefusedError(reason)


def is_last_manager(account: Account) -> bool:
    """Tell whether nobody else of the organisation could manage accounts without this one."""
    managers = managers_of(account.organisation)
    return account.id in managers and len(managers) == 1


def managers_of(organisation: Organisation) -> set[uuid.UUID]:
    """Return the accounts that may enter and manage accounts of an organisation."""
    roles = [role for role, given in GRANTED.items() if Permission.ACCOUNT_MANAGE in given]
    found = Membership.objects.filter(
        role__in=roles,
        tenant__organisation=organisation,
        account__organisation=organisation,
        account__is_active=True,
        account__status=Account.Status.ENABLED,
    )
    return set(found.values_list("account_id", flat=True))
