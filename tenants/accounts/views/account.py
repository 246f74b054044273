"""One account: its page, creating it, changing it, moving it."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.journal.models import Operation
from sae.kernel import clock
from tenants import mail
from tenants.access import account_of, may, organisation_of, requires
from tenants.accounts import selectors
from tenants.accounts.anonymisation import FOUR_EYES
from tenants.accounts.forms import AccountForm, MoveForm, NewAccountForm
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import invite_account
from tenants.accounts.moving import move_account
from tenants.accounts.reach import Reach, RefusedError
from tenants.accounts.services import create_account, update_account
from tenants.accounts.statuses import account_status
from tenants.accounts.views.acts import show_link
from tenants.accounts.views.asking import (
    account_in_reach,
    actor_of,
    asked_account,
    breadcrumb,
    site_of,
    way_to,
)
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.permissions import Permission
from tenants.rights.reach import OutOfReachError
from tenants.rights.services import MembershipError, add_member
from tenants.rights.views.proposals import pending_on

Status = Account.Status


@requires(Permission.ACCOUNT_VIEW)
@require_GET
def account(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Who it stands for, its groups, its entries, what was done to it, what may be done."""
    shown = asked_account(request, account_id)
    manages = bool(may(request, Permission.ACCOUNT_MANAGE))
    why_not = Reach(account_of(request), shown.organisation).why_not(shown) if manages else ""
    return render(
        request,
        "tenants/accounts/account.html",
        {
            "breadcrumb": breadcrumb((shown.name, "")),
            "account": shown,
            "status": account_status(shown),
            "places": selectors.places_of(shown),
            "sign_ins": selectors.sign_ins_of(shown),
            "history": selectors.history_of(shown),
            "link": _link_in_words(shown),
            "manages": manages,
            "why_not": why_not,
            "acts": manages and not why_not,
            "may_anonymise": bool(may(request, Permission.ACCOUNT_ANONYMISE)),
            "pending": pending_on(request, action=FOUR_EYES, subject_id=shown.id),
            "due_at": _due_at(shown),
            "effective_rights_url": _address("effective_rights", request, shown, "RIGHT_VIEW"),
            "sessions_url": _address("account_security_of", request, shown, "SESSION_REVOKE"),
        },
    )


def _address(name: str, request: HttpRequest, shown: Account, permission: str) -> str:
    """Return the address of a page of another room about an account, empty without the right."""
    if not may(request, Permission[permission]):
        return ""
    try:
        return reverse(name, args=[shown.id])
    except NoReverseMatch:
        return ""


def _due_at(shown: Account) -> Any:
    """Return when a disabled account is due for anonymisation."""
    if shown.status != Status.DISABLED or shown.disabled_at is None:
        return None
    months = policy_of(shown.organisation).account_retention_months
    return selectors.months_after(shown.disabled_at, months)


def _link_in_words(shown: Account) -> dict[str, Any] | None:
    """Return what became of the last invitation or reset."""
    asked = selectors.mail_under_way(shown)
    link = selectors.link_of(shown)
    if asked is not None and asked.detail.get("sent") == "mail":
        if asked.state != Operation.State.COMPLETED:
            return {"state": "RUNNING", "words": _("Courriel en cours d’envoi")}
        if asked.outcome != "OK":
            return {
                "state": "FATAL",
                "words": _("Le courriel n’est pas parti"),
                "at": asked.ended_at,
            }
    if link is None:
        return None
    if link.used_at:
        return {"state": "OK", "words": _("Lien utilisé"), "at": link.used_at}
    if link.revoked_at:
        return {"state": "CANCELLED", "words": _("Lien annulé"), "at": link.revoked_at}
    if link.expires_at <= clock.now():
        return {"state": "CANCELLED", "words": _("Lien expiré"), "at": link.expires_at}
    return {"state": "WAITING", "words": _("Lien valable jusqu’au"), "at": link.expires_at}


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Create an account, place it in groups, invite it."""
    organisation = organisation_of(request)
    groups = Reach(account_of(request), organisation).groups()
    form = NewAccountForm(request.POST or None, organisation=organisation, group_names=list(groups))
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        try:
            with transaction.atomic():
                made = create_account(
                    organisation=organisation, identity=form.identity, actor=actor
                )
                for name in form.cleaned_data.get("groups", ()):
                    add_member(group=groups[name], account=made, given_by=actor.account)
                invites = form.cleaned_data["invite"] and made.status == Status.INVITED
                site = site_of(request) if invites else ""
                handed = invite_account(account=made, actor=actor, site=site) if invites else None
        except (RefusedError, MembershipError, OutOfReachError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Le compte est créé."))
            if handed is not None:
                return show_link(request, made, handed)
            return redirect("account", made.id)
    return render(
        request,
        "tenants/accounts/new.html",
        {
            "form": form,
            "breadcrumb": breadcrumb((gettext_lazy("Nouveau compte"), "")),
            "sends_mail": mail.is_configured(),
        },
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_edit(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Change what is written down about an account."""
    shown = account_in_reach(request, account_id)
    now = Identity.of(shown)
    form = AccountForm(
        request.POST or None,
        organisation=shown.organisation,
        account=shown,
        initial={name: getattr(now, name) for name in now.__dataclass_fields__},
    )
    if request.method == "POST" and form.is_valid():
        try:
            update_account(account=shown, identity=form.identity, actor=actor_of(request))
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Le compte est modifié."))
            return redirect("account", shown.id)
    return render(
        request,
        "tenants/accounts/edit.html",
        {
            "form": form,
            "account": shown,
            "breadcrumb": way_to(shown, (gettext_lazy("Modifier"), "")),
        },
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_move(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Have an account be in other groups, in another service."""
    shown = account_in_reach(request, account_id)
    known = Reach(account_of(request), shown.organisation).groups()
    present = selectors.groups_of(shown.organisation, [shown.id]).get(shown.id, ())
    form = MoveForm(
        request.POST or None,
        group_names=list(known),
        initial={"service": shown.service, "groups": [one for one in present if one in known]},
    )
    if request.method == "POST" and form.is_valid():
        try:
            move_account(
                account=shown,
                groups=form.cleaned_data["groups"],
                service=form.cleaned_data["service"],
                actor=actor_of(request),
            )
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Le compte est déplacé."))
            return redirect("account", shown.id)
    return render(
        request,
        "tenants/accounts/move.html",
        {
            "form": form,
            "account": shown,
            "beyond": [one for one in present if one not in known],
            "breadcrumb": way_to(shown, (gettext_lazy("Déplacer"), "")),
        },
    )
