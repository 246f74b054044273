"""Suspending an organisation: nobody enters, nothing runs, everything is kept.

Three doors ask: the middleware below for people (whoever is signed in is signed out at the next
page), the API for applications, the queue for jobs (``sae.jobs.queue`` reads the same column).
"""

import uuid
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope
from tenants.models import Account
from tenants.organisations.telling import tell_both

SUSPEND = "ORGANISATION_SUSPEND"
RESUME = "ORGANISATION_RESUME"


class NotSuspendableError(ValueError):
    """The platform cannot suspend itself, nor what is suspended already; told as is."""


def sentence_of(organisation: Organisation) -> str:
    """Return what whoever knocks at a suspended organisation is told."""
    return _(
        "L’organisation « %(name)s » est suspendue par l’exploitant de la plateforme : personne ne "
        "peut y entrer pour le moment. Ses archives sont conservées. Adressez-vous à l’exploitant."
    ) % {"name": organisation.name}


def suspend_organisation(
    *, organisation: Organisation, reason: str, agent_id: uuid.UUID | None
) -> Organisation:
    """Suspend an organisation; the reason is kept, and journalled on both sides by its act."""
    if organisation.is_platform:
        raise NotSuspendableError(_("L’exploitant ne peut pas se suspendre lui-même."))
    with platform_scope(reason=SUSPEND):
        row = Organisation.objects.select_for_update().get(id=organisation.id)
        if row.suspended_at is not None:
            raise NotSuspendableError(_("Cette organisation est déjà suspendue."))
        row.suspended_at = clock.now()
        row.suspension_reason = reason
        row.save(update_fields=["suspended_at", "suspension_reason"])
        tell_both(
            row, SUSPEND, agent_id=agent_id, before={"suspended": False}, after={"suspended": True}
        )
    return row


def resume_organisation(*, organisation: Organisation, agent_id: uuid.UUID | None) -> Organisation:
    """Open a suspended organisation again: accounts, applications and jobs as they were."""
    with platform_scope(reason=RESUME):
        row = Organisation.objects.select_for_update().get(id=organisation.id)
        if row.suspended_at is None:
            raise NotSuspendableError(_("Cette organisation n’est pas suspendue."))
        row.suspended_at = None
        row.suspension_reason = ""
        row.save(update_fields=["suspended_at", "suspension_reason"])
        tell_both(
            row, RESUME, agent_id=agent_id, before={"suspended": True}, after={"suspended": False}
        )
    return row


def refusal_of(tenant: Tenant) -> str:
    """Return why a coffre answers nobody for now, empty when it answers."""
    organisation = tenant.organisation
    return sentence_of(organisation) if organisation.suspended_at is not None else ""


class SuspensionMiddleware:
    """Signs out whoever belongs to a suspended organisation, and says why.

    Stands behind the authentication: a session opened before the suspension ends at its next page,
    and a right password opens none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        account = getattr(request, "user", None)
        if isinstance(account, Account) and account.organisation.suspended_at is not None:
            organisation = account.organisation
            logout(request)
            return render(
                request,
                "tenants/organisations/suspended.html",
                {"sentence": sentence_of(organisation)},
                status=403,
            )
        return self.get_response(request)
