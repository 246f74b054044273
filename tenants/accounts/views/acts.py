"""Acts on one account or on several: enable, disable, unblock, invite, reset."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sae.ui import french
from tenants.access import account_of, requires
from tenants.accounts import services
from tenants.accounts.invitations import Handed, invite_account, reset_account
from tenants.accounts.reach import Reach, RefusedError, is_last_manager
from tenants.accounts.views.asking import actor_of, asked_account, breadcrumb, site_of, way_to
from tenants.accounts.views.listing import chosen_accounts
from tenants.models import Account
from tenants.permissions import Permission

Status = Account.Status
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Act:
    """An act offered on several accounts at once."""

    key: str
    title: Promise | str
    button: Promise | str
    icon: str
    service: Callable[..., Account]
    from_statuses: frozenset[str]
    already: Promise | str


ACTS = {
    "disable": Act(
        "disable",
        gettext_lazy("Désactiver des comptes"),
        gettext_lazy("Désactiver"),
        "slash-circle",
        services.disable_account,
        frozenset({Status.INVITED, Status.ENABLED, Status.BLOCKED}),
        gettext_lazy("déjà désactivé ou anonymisé"),
    ),
    "enable": Act(
        "enable",
        gettext_lazy("Activer des comptes"),
        gettext_lazy("Activer"),
        "unlock",
        services.enable_account,
        frozenset({Status.DISABLED}),
        gettext_lazy("n’est pas désactivé"),
    ),
}


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_disable(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Say what disabling does, then do it."""
    shown = asked_account(request, account_id)
    if request.method == "POST":
        return _act(request, shown, services.disable_account, _("Le compte est désactivé."))
    blocked_by = Reach(account_of(request), shown.organisation).why_not(shown)
    if not blocked_by and is_last_manager(shown):
        blocked_by = _("C’est la dernière personne à pouvoir gérer les comptes de l’organisation.")
    if not blocked_by and shown.status not in ACTS["disable"].from_statuses:
        blocked_by = _("Ce compte est %s.") % shown.get_status_display()
    return render(
        request,
        "tenants/accounts/disable.html",
        {
            "account": shown,
            "blocked_by": blocked_by,
            "breadcrumb": way_to(shown, (gettext_lazy("Désactiver"), "")),
        },
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def account_enable(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Let a disabled account enter again."""
    shown = asked_account(request, account_id)
    return _act(request, shown, services.enable_account, _("Le compte est actif de nouveau."))


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def account_unblock(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Let a blocked account enter again."""
    shown = asked_account(request, account_id)
    return _act(request, shown, services.unblock_account, _("Le compte est débloqué."))


def _act(
    request: HttpRequest, shown: Account, service: Callable[..., Account], done: str
) -> HttpResponse:
    try:
        service(account=shown, actor=actor_of(request))
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("account", shown.id)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def account_invite(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Invite a person, by mail or by a link to hand over."""
    return _hand(request, asked_account(request, account_id), invite_account)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def account_reset(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Have a person choose another password."""
    return _hand(request, asked_account(request, account_id), reset_account)


def _hand(request: HttpRequest, shown: Account, service: Callable[..., Handed]) -> HttpResponse:
    try:
        handed = service(account=shown, actor=actor_of(request), site=site_of(request))
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("account", shown.id)
    return show_link(request, shown, handed)


def show_link(request: HttpRequest, shown: Account, handed: Handed) -> HttpResponse:
    """Show the link this once, or say that a mail leaves."""
    if not handed.address:
        messages.success(request, _("Un courriel part à l’adresse du compte."))
        return redirect("account", shown.id)
    return render(
        request,
        "tenants/accounts/link_shown.html",
        {
            "account": shown,
            "address": handed.address,
            "breadcrumb": way_to(shown, (gettext_lazy("Lien à remettre"), "")),
        },
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def accounts_bulk(request: HttpRequest) -> HttpResponse:
    """Show what an act would do to the accounts chosen, and which it leaves aside; then do it."""
    act = ACTS.get(request.POST.get("act", ""))
    chosen = chosen_accounts(request)
    if act is None or not chosen:
        messages.warning(request, _("Choisissez d’abord des comptes dans la liste."))
        return redirect("accounts")
    concerned, aside = _sorted_out(request, act, chosen)
    if request.POST.get("confirmed") and concerned:
        return _do_all(request, act, concerned)
    return render(
        request,
        "tenants/accounts/bulk.html",
        {
            "act": act,
            "concerned": concerned[:MOST_AT_ONCE],
            "left": max(len(concerned) - MOST_AT_ONCE, 0),
            "aside": aside,
            "breadcrumb": breadcrumb((act.title, "")),
        },
    )


def _sorted_out(
    request: HttpRequest, act: Act, chosen: list[Account]
) -> tuple[list[Account], list[tuple[Account, str]]]:
    """Return the accounts an act applies to, and the others, each with its reason."""
    reach = Reach(account_of(request), chosen[0].organisation)
    reach.prepare(chosen)
    concerned, aside = [], []
    for one in chosen:
        if one.status not in act.from_statuses:
            aside.append((one, str(act.already)))
        elif reason := reach.why_not(one):
            aside.append((one, reason))
        else:
            concerned.append(one)
    return concerned, aside


def _do_all(request: HttpRequest, act: Act, concerned: list[Account]) -> HttpResponse:
    """Act on each; one refused meanwhile is told and the others are done."""
    done = 0
    for one in concerned[:MOST_AT_ONCE]:
        try:
            act.service(account=one, actor=actor_of(request))
            done += 1
        except RefusedError as error:
            messages.error(request, f"{one.name} : {error}")
    words = ngettext("%s compte modifié.", "%s comptes modifiés.", done)
    messages.success(request, words % french.number(done))
    return redirect("accounts")
