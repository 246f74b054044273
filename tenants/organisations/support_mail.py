"""Telling by mail those who may answer that the support asks to come in: one job per person."""

from django.conf import settings
from django.urls import reverse

from sae.jobs.claim import Claim
from sae.jobs.queue import enqueue
from sae.jobs.registry import DONE, Advance
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants import mail
from tenants.models import Account, SupportAccess
from tenants.permissions import Permission
from tenants.rights.checking import holders_of

JOB_KIND = "tenants.support_mail"
TEMPLATE = "support_request"


def tell_holders(organisation: Organisation, proof: Tenant) -> None:
    """Have a mail sent to each person who may accept; nothing without a mail server.

    Runs in the scope of the coffre de preuve, with the request: both are committed, or neither.
    """
    if not mail.is_configured():
        return
    for account in holders_of(organisation, Permission.SUPPORT_ACCEPT):
        enqueue(tenant_id=proof.id, kind=JOB_KIND, subject_id=account.id)


def send_support_mail(claim: Claim) -> Advance:
    """Tell one person of the requests that wait; none waits any more: nothing is sent."""
    with tenant_scope(claim.tenant_id):
        account = Account.objects.filter(id=claim.subject_id, is_active=True).first()
        waiting = list(
            SupportAccess.objects.filter(state=SupportAccess.State.REQUESTED).order_by("id")
        )
        if account is not None and waiting:
            latest = waiting[-1]
            coffre = Tenant.objects.get(id=latest.coffre_id)
            page = reverse("support_access", args=[latest.id])
            mail.send(
                TEMPLATE,
                to=account.email,
                name=account.name,
                organisation=account.organisation.name,
                coffre=coffre.name,
                reason=latest.reason,
                minutes=latest.minutes,
                url=f"{settings.PUBLIC_URL.rstrip('/')}{page}" if settings.PUBLIC_URL else "",
            )
        claim.assert_current()
    return DONE
