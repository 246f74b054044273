"""Who asks, and for which account: the only way to get one for a screen."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.ui.correlation import correlation_id
from tenants import mail
from tenants.access import account_of, organisation_of
from tenants.accounts.reach import Reach, RefusedError
from tenants.accounts.telling import Actor
from tenants.models import Account

MENU = "administration"
TITLE = gettext_lazy("Comptes")
Crumb = tuple[str | Promise, str]


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts, with the number of the request."""
    return Actor(account_of(request), correlation_id())


def asked_account(request: HttpRequest, account_id: uuid.UUID) -> Account:
    """Return an account of the organisation one works in; 404 for any other."""
    found = (
        Account.objects.select_related("organisation")
        .filter(organisation=organisation_of(request), id=account_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def account_in_reach(request: HttpRequest, account_id: uuid.UUID) -> Account:
    """Return an account one may act on; 404 outside the organisation, 403 above one's level."""
    found = asked_account(request, account_id)
    if reason := Reach(account_of(request), found.organisation).why_not(found):
        raise PermissionDenied(reason)
    return found


def site_of(request: HttpRequest) -> str:
    """Return the address of the site for a link; raise ``RefusedError`` when it is not sure."""
    try:
        return mail.site_address(request)
    except mail.UnsafeAddressError as error:
        raise RefusedError(
            _("L’adresse du site n’est pas réglée : l’exploitant doit donner SAE_PUBLIC_URL.")
        ) from error


def breadcrumb(*more: Crumb) -> list[Crumb]:
    """Return the way to a screen: administration, accounts, then ``more``."""
    return [(gettext_lazy("Administration"), ""), (TITLE, reverse("accounts")), *more]


def way_to(account: Account, *more: Crumb) -> list[Crumb]:
    """Return the way to a screen of one account."""
    return breadcrumb((account.name, reverse("account", args=[account.id])), *more)
