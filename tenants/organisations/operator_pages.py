"""Screens of the operator: one organisation in numbers, suspending and reopening it."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.tenancy.models import Organisation
from tenants.access import account_of, requires
from tenants.models import Account, SupportAccess
from tenants.organisations.figures import figures_of
from tenants.organisations.operator_forms import SuspensionForm
from tenants.organisations.operator_list import HOME, MENU, health_in_words
from tenants.organisations.support import accesses_of
from tenants.organisations.suspension import (
    NotSuspendableError,
    resume_organisation,
    suspend_organisation,
)
from tenants.permissions import Permission
from tenants.security.recent import recently_authenticated


def find_served(organisation_id: uuid.UUID) -> Organisation:
    """Return an organisation that the platform serves; 404 for any other identifier."""
    found = Organisation.objects.filter(id=organisation_id, is_platform=False).first()
    if found is None:
        raise Http404
    return found


@requires(Permission.PLATFORM_MANAGE)
@require_safe
def organisation_page(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """One organisation in numbers, and what the operator can do for it."""
    organisation = find_served(organisation_id)
    accesses = list(accesses_of(organisation)[:10])
    names = dict(
        Account.objects.filter(id__in=[one.requested_by for one in accesses]).values_list(
            "id", "name"
        )
    )
    figures = figures_of([organisation])[organisation.id]
    return render(
        request,
        "tenants/organisations/organisation.html",
        {
            "organisation": organisation,
            "figures": figures,
            "health_words": health_in_words(figures),
            "accesses": [(one, names.get(one.requested_by, "")) for one in accesses],
            "open_states": (SupportAccess.State.REQUESTED, SupportAccess.State.ACCEPTED),
            "breadcrumb": [(HOME, reverse("organisations")), (organisation.name, "")],
        },
    )


@requires(Permission.PLATFORM_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_suspend(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Close an organisation for a time: what stops, what stays, why, and its name typed."""
    organisation = find_served(organisation_id)
    form = SuspensionForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            suspend_organisation(
                organisation=organisation,
                reason=form.cleaned_data["reason"],
                agent_id=account_of(request).id,
            )
        except NotSuspendableError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("« %s » est suspendue.") % organisation.name)
            return redirect("platform_organisation", organisation.id)
    return render(
        request,
        "tenants/organisations/suspend.html",
        {
            "organisation": organisation,
            "figures": figures_of([organisation])[organisation.id],
            "form": form,
            "breadcrumb": [
                (HOME, reverse("organisations")),
                (organisation.name, reverse("platform_organisation", args=[organisation.id])),
                (_("Suspendre"), ""),
            ],
        },
        status=400 if form.is_bound else 200,
    )


@requires(Permission.PLATFORM_MANAGE)
@require_POST
def organisation_resume(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Open a suspended organisation again."""
    organisation = find_served(organisation_id)
    try:
        resume_organisation(organisation=organisation, agent_id=account_of(request).id)
    except NotSuspendableError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("« %s » est de nouveau ouverte.") % organisation.name)
    return redirect("platform_organisation", organisation.id)


organisation_page.menu = MENU  # type: ignore[attr-defined]
organisation_suspend.menu = MENU  # type: ignore[attr-defined]
