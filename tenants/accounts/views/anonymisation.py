"""Anonymising an account: what goes, what stays, what blocks; then its certificate."""

import uuid

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tenants.access import requires
from tenants.accounts.anonymisation import (
    ERASED,
    FOUR_EYES,
    KEPT,
    anonymise_account,
    needs_approval,
    preview,
)
from tenants.accounts.certificate import certificate
from tenants.accounts.forms import AnonymiseForm
from tenants.accounts.four_eyes import propose_anonymisation
from tenants.accounts.reach import RefusedError
from tenants.accounts.views.asking import actor_of, asked_account, way_to
from tenants.permissions import Permission
from tenants.rights.proposals import ProposalError
from tenants.rights.views.proposals import pending_on
from tenants.security.recent import is_recent


@requires(Permission.ACCOUNT_ANONYMISE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_anonymise(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Show what would be erased; the identifier typed again erases it."""
    shown = asked_account(request, account_id)
    approved = needs_approval(shown)
    form = AnonymiseForm(request.POST or None, account=shown, says_why=approved)
    if request.method == "POST":
        if not is_recent(request):
            raise ReauthenticationRequired
        if form.is_valid():
            try:
                if approved:
                    propose_anonymisation(
                        account=shown,
                        actor=actor_of(request),
                        reason=form.cleaned_data["reason"],
                    )
                else:
                    anonymise_account(account=shown, actor=actor_of(request))
            except (RefusedError, ProposalError) as error:
                form.add_error(None, str(error))
            else:
                if approved:
                    said = _("La demande attend l’accord d’une seconde personne : rien n’a changé.")
                else:
                    said = _("Le compte est anonymisé. Gardez son certificat.")
                messages.success(request, said)
                return redirect("account", shown.id)
    return render(
        request,
        "tenants/accounts/anonymise.html",
        {
            "account": shown,
            "form": form,
            "preview": preview(account=shown, actor=actor_of(request)),
            "approved": approved,
            "pending": pending_on(request, action=FOUR_EYES, subject_id=shown.id),
            "erased": ERASED,
            "kept": KEPT,
            "breadcrumb": way_to(shown, (gettext_lazy("Anonymiser"), "")),
        },
    )


@requires(Permission.ACCOUNT_ANONYMISE)
@require_GET
def account_certificate(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """The certificate of an anonymised account."""
    shown = asked_account(request, account_id)
    pdf = certificate(shown)
    if pdf is None:
        raise Http404
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"certificat-anonymisation-{shown.identifier}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
