"""Checking a package again, or depositing for good one that passed its blank test."""

import os
import uuid
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ingest.models import Deposit
from ingest.selectors.deposits import is_live, status_key
from ingest.services.receive import receive_package
from ingest.views.access import deposit_or_404
from ingest.views.deposit_new import parse_ticket
from ingest.views.deposit_page import RECHECKED
from ingest.views.package_files import PackageFile, receives_packages
from ingest.workspace import Workspace, incoming_path
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.middleware import tenant_id_of
from sae.ui import errors
from tenants.access import account_of, requires
from tenants.organisations.quotas import QuotaReachedError
from tenants.permissions import Permission


@requires(Permission.DEPOSIT_CREATE)
@receives_packages
@require_POST
def deposit_recheck(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Run the blank test on the package kept, or on the corrected one that comes with the form."""
    deposit = deposit_or_404(request, deposit_id)
    if is_live(deposit) or deposit.action not in RECHECKED:
        return errors.refusal(request, _("Ce versement ne peut pas être revérifié."))
    file = request.FILES.get("package")
    if isinstance(file, PackageFile):
        return _start(request, file.path, file.name or "", Deposit.Action.BLANK_TEST, "recheck")
    return _start_from_kept(request, deposit, Deposit.Action.BLANK_TEST, "recheck")


@requires(Permission.DEPOSIT_CREATE)
@require_POST
def deposit_commit(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Deposit for good the package of a blank test that passed."""
    deposit = deposit_or_404(request, deposit_id)
    passed = (Outcome.OK.name, Outcome.WARNING.name)
    if deposit.action != Deposit.Action.BLANK_TEST or status_key(deposit) not in passed:
        return errors.refusal(request, _("Seul un contrôle à blanc réussi peut être versé."))
    return _start_from_kept(request, deposit, Deposit.Action.INGEST, "commit")


def _start_from_kept(
    request: HttpRequest, deposit: Deposit, action: str, purpose: str
) -> HttpResponse:
    """Use a second name of the kept package: the first stays with its own deposit."""
    kept = Workspace(deposit.tenant_id, deposit.id).package
    copy = incoming_path(new_id())
    try:
        os.link(kept, copy)
    except FileNotFoundError:
        messages.warning(
            request, _("Le paquet n’est plus conservé ici : choisissez le fichier à contrôler.")
        )
        return redirect("deposit", deposit.id)
    try:
        return _start(request, copy, deposit.file_name, action, purpose)
    finally:
        copy.unlink(missing_ok=True)


def _start(
    request: HttpRequest, file: Path, file_name: str, action: str, purpose: str
) -> HttpResponse:
    ticket = parse_ticket(request)
    if ticket is None:
        raise Http404
    try:
        received = receive_package(
            tenant_id=tenant_id_of(request),
            file=file,
            file_name=file_name,
            action=action,
            source=Deposit.Source.BROWSER,
            account_id=account_of(request).id,
            idempotency_key=f"{purpose}:{ticket}",
        )
    except QuotaReachedError as full:
        return errors.refusal(request, str(full))
    return redirect("deposit", received.id)
