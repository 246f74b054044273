"""The security of another's account, for those who manage accounts."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sae.ui.errors import refusal
from tenants.access import account_of, may, organisation_of, requires
from tenants.accounts.reach import RefusedError, check_reach
from tenants.accounts.views.asking import way_to
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.permissions import Permission
from tenants.security.forms import ConfirmWordForm
from tenants.security.gate import needs_second_factor
from tenants.security.journal import tell
from tenants.security.passwords import require_new_password
from tenants.security.recent import recently_authenticated
from tenants.security.second_factor import NothingToResetError, reset_second_factor
from tenants.security.sessions import cut_sessions, open_sessions
from tenants.security.views.own import second_factors, session_lines


@requires(Permission.SESSION_REVOKE)
@require_GET
def security(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """How an account enters, and where it is signed in now."""
    account = _account(request, account_id)
    policy = policy_of(account.organisation)
    context = {
        **second_factors(account),
        "account": account,
        "needs_second_factor": needs_second_factor(account, policy),
        "has_password": account.has_usable_password(),
        "password_set_at": getattr(getattr(account, "security", None), "password_set_at", None),
        "must_change": getattr(getattr(account, "security", None), "must_change_password", False),
        "sessions": session_lines(account, request.session.session_key),
        "may_manage": bool(may(request, Permission.ACCOUNT_MANAGE)),
        "breadcrumb": way_to(account, (_("Sécurité"), "")),
    }
    return render(request, "tenants/security/account.html", context)


@requires(Permission.SESSION_REVOKE)
@require_POST
def session_cut(request: HttpRequest, account_id: uuid.UUID, number: uuid.UUID) -> HttpResponse:
    """Close one session of an account."""
    account = _in_reach(request, account_id, Permission.SESSION_REVOKE)
    doomed = open_sessions(account).filter(number=number).first()
    if doomed is None:
        raise Http404
    doomed.delete()
    tell(account, "SESSION_CUT", agent=account_of(request), detail={"sessions": 1})
    messages.success(request, _("Session fermée."))
    return redirect("account_security_of", account_id=account.id)


@requires(Permission.SESSION_REVOKE)
@require_POST
def sessions_cut(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Close every session of an account."""
    account = _in_reach(request, account_id, Permission.SESSION_REVOKE)
    count = cut_sessions(account)
    tell(account, "SESSION_CUT", agent=account_of(request), detail={"sessions": count})
    sentence = ngettext("%(n)d session fermée.", "%(n)d sessions fermées.", count) % {"n": count}
    messages.success(request, sentence)
    return redirect("account_security_of", account_id=account.id)


@requires(Permission.ACCOUNT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_reset(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Take away a lost second factor, once its owner was recognised by other means."""
    account = _in_reach(request, account_id, Permission.ACCOUNT_MANAGE)
    form = ConfirmWordForm(request.POST or None, expected=account.email)
    if request.method == "POST" and form.is_valid():
        try:
            reset_second_factor(account, agent=account_of(request))
        except NothingToResetError:
            return refusal(request, _("Ce compte n’a pas de second facteur."))
        messages.success(request, _("Second facteur réinitialisé, sessions fermées."))
        return redirect("account_security_of", account_id=account.id)
    back = reverse("account_security_of", args=[account.id])
    context = {
        "account": account,
        "form": form,
        **second_factors(account),
        "breadcrumb": way_to(account, (_("Sécurité"), back), (_("Second facteur"), "")),
    }
    return render(request, "tenants/security/second_factor_reset.html", context)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def password_required(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Have the account choose another password at its next page."""
    account = _in_reach(request, account_id, Permission.ACCOUNT_MANAGE)
    if not account.has_usable_password():
        return refusal(
            request, _("Ce compte n’a pas de mot de passe : envoyez-lui une invitation.")
        )
    require_new_password(account, agent=account_of(request))
    messages.success(request, _("Un nouveau mot de passe lui sera demandé à sa prochaine page."))
    return redirect("account_security_of", account_id=account.id)


def _account(request: HttpRequest, account_id: uuid.UUID) -> Account:
    """Return an account of the organisation one works for; any other is unknown."""
    found = Account.objects.filter(id=account_id, organisation=organisation_of(request)).first()
    if found is None:
        raise Http404
    return found


def _in_reach(request: HttpRequest, account_id: uuid.UUID, permission: Permission) -> Account:
    """Return an account below one's level; refuse, with the reason, to act on any other."""
    account = _account(request, account_id)
    try:
        check_reach(account_of(request), account, permission)
    except RefusedError as refused:
        raise PermissionDenied(str(refused)) from refused
    return account
