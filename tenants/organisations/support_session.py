"""A page seen under a support access: its operations carry both names, the page its own event.

The event is written before the answer leaves, in the operation of the access, in the coffre de
preuve of the organisation: an access that has ended meanwhile shows nothing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from sae.journal.acting import acting
from sae.journal.models import Operation
from sae.journal.services import OperationClosedError, append_event
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import errors
from sae.ui.shell import Banner
from tenants.models import Account, SupportAccess
from tenants.organisations.support import is_in_force
from tenants.services.organisations import proof_of

PAGE = "SUPPORT_PAGE"
ACT = "SUPPORT_ACT"
_FRAME = {"ui:running", "ui:coffre_colours", "ui:preferences", "ui:shortcuts", "organisation_logo"}
_OWN = {"coffre_switch", "support_stop", "account_logout"}
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class SupportSession:
    """The access under which the coffre of a request is open, and where it is told."""

    access: SupportAccess
    proof: Tenant


def support_session_of(request: HttpRequest) -> SupportSession | None:
    """Return the access that opens the coffre of a request, ``None`` for people at home."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    account = getattr(request, "user", None)
    if tenant is None or not isinstance(account, Account):
        return None
    if tenant.organisation_id == account.organisation_id:
        return None
    if not hasattr(request, "support_session"):
        request.support_session = _find(tenant, account)  # type: ignore[attr-defined]
    found: SupportSession | None = request.support_session  # type: ignore[attr-defined]
    return found


def _find(tenant: Tenant, account: Account) -> SupportSession | None:
    proof = proof_of(tenant.organisation)
    with tenant_scope(proof.id):
        access = SupportAccess.objects.filter(
            requested_by=account.id, coffre_id=tenant.id, state=SupportAccess.State.ACCEPTED
        ).first()
    return SupportSession(access, proof) if access and is_in_force(access) else None


class SupportMiddleware:
    """Stands inside the scope of the coffre, around every page seen under an access."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session = support_session_of(request)
        if session is None:
            return self.get_response(request)
        access = session.access
        with acting(support=str(access.id), accepted_by=str(access.decided_by)):
            response = self.get_response(request)
        try:
            _tell(request, session, response.status_code)
        except OperationClosedError:
            if _name(request) in _OWN:
                return response
            return errors.refusal(request, _("Cet accès du support vient de prendre fin."))
        return response


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else ""


def _tell(request: HttpRequest, session: SupportSession, status: int) -> None:
    name = _name(request)
    if not name or name in _FRAME | _OWN:
        return
    match = request.resolver_match
    # Identifiers alone: what was typed in a search is not kept.
    subjects = {
        key: str(value)
        for key, value in (match.kwargs if match else {}).items()
        if isinstance(value, (uuid.UUID, int))
    }
    with tenant_scope(session.proof.id):
        operation = Operation.objects.get(id=session.access.operation_id)
        append_event(
            operation=operation,
            code=PAGE if request.method in _READING else ACT,
            outcome=Outcome.OK if status < 400 else Outcome.KO,
            detail={"page": name, "method": str(request.method), "status": status, **subjects},
        )


def support_banner(request: HttpRequest) -> Banner | None:
    """Return what stands on every page while one works under an access."""
    session = support_session_of(request)
    if session is None:
        return None
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return Banner(
        "tenants/organisations/support_banner.html",
        {"access": session.access, "coffre": tenant, "organisation": tenant.organisation},
    )
