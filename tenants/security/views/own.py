"""The security of one's own account: password, second factor, open sessions."""

import uuid
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenants.access import account_of
from tenants.models import Account, AccountSession
from tenants.organisations.policy import policy_of
from tenants.security.browsers import browser_words
from tenants.security.gate import needs_second_factor
from tenants.security.journal import tell
from tenants.security.sessions import cut_sessions, open_sessions


@require_GET
def account_security(request: HttpRequest) -> HttpResponse:
    """Everything that lets one in, on one page."""
    account = account_of(request)
    policy = policy_of(account.organisation)
    context = {
        **second_factors(account),
        "needs_second_factor": needs_second_factor(account, policy),
        "has_password": account.has_usable_password(),
        "password_set_at": getattr(getattr(account, "security", None), "password_set_at", None),
        "sessions": session_lines(account, request.session.session_key),
        "policy": policy,
    }
    return render(request, "tenants/security/own.html", context)


@require_GET
def second_factor_choice(request: HttpRequest) -> HttpResponse:
    """Where an account goes first when its organisation asks for a second factor."""
    account = account_of(request)
    return render(request, "tenants/security/second_factor_choice.html", second_factors(account))


@require_POST
def session_cut(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Close one of one's own sessions."""
    account = account_of(request)
    doomed = AccountSession.objects.filter(account=account, number=number).first()
    if doomed is None:
        raise Http404
    tell(account, "SESSION_CUT", detail={"sessions": 1})
    if doomed.session_key == request.session.session_key:
        request.session.flush()
        return redirect("account_login")
    doomed.delete()
    messages.success(request, _("Session fermée."))
    return redirect("account_security")


@require_POST
def sessions_cut(request: HttpRequest) -> HttpResponse:
    """Close every session of one's own but this one."""
    account = account_of(request)
    count = cut_sessions(account, keep=request.session.session_key)
    if count:
        tell(account, "SESSION_CUT", detail={"sessions": count})
    messages.success(
        request,
        ngettext("%(n)d autre session fermée.", "%(n)d autres sessions fermées.", count)
        % {"n": count}
        if count
        else _("Aucune autre session n’était ouverte."),
    )
    return redirect("account_security")


def second_factors(account: Account) -> dict[str, Any]:
    """Return what an account has of each sort, for templates."""
    found = list(Authenticator.objects.filter(user_id=account.pk).order_by("created_at"))
    by_type = {one.type: one for one in found}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "totp": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [
            {"row": one, "name": one.wrap().name, "passwordless": one.wrap().is_passwordless}
            for one in found
            if one.type == Authenticator.Type.WEBAUTHN
        ],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
    }


def session_lines(account: Account, current: str | None) -> list[dict[str, Any]]:
    """Return the open sessions of an account as its pages show them."""
    return [
        {
            "number": row.number,
            "browser": browser_words(row.browser),
            "address": row.address,
            "started_at": row.started_at,
            "seen_at": row.seen_at,
            "is_current": row.session_key == current,
        }
        for row in open_sessions(account)
    ]
