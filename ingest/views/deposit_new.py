"""Depositing: one form, several files, and the uploads that wait to be resumed."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ingest.models import Deposit, Upload
from ingest.selectors.deposits import deposits
from ingest.selectors.given import deposits_given
from ingest.services.receive import receive_package
from ingest.uploads import discard_upload, has_room_for, lock_upload, max_length, uploads_under_way
from ingest.views.package_files import PackageFile, receives_packages, refused_files
from sae.kernel.identifiers import new_id, parse_id
from sae.tenancy.middleware import tenant_id_of
from sae.ui import errors, french
from tenants.access import account_of, requires
from tenants.deposit_sights import deposit_limits_of
from tenants.organisations.quotas import QuotaReachedError, check_room, refusal_for
from tenants.permissions import Permission
from tenants.rights.deposits import DepositSight

ACTIONS = [
    (Deposit.Action.INGEST, gettext_lazy("Versement")),
    (Deposit.Action.BLANK_TEST, gettext_lazy("Contrôle à blanc")),
    (Deposit.Action.FILING_SCHEME, gettext_lazy("Plan de classement")),
    (Deposit.Action.HOLDING_SCHEME, gettext_lazy("Arbre de positionnement")),
]
ACTION_HELP = {
    Deposit.Action.INGEST: gettext_lazy(
        "Le paquet est contrôlé, puis ses archives entrent au fonds."
    ),
    Deposit.Action.BLANK_TEST: gettext_lazy("Tous les contrôles, sans rien verser."),
    Deposit.Action.FILING_SCHEME: gettext_lazy("Des dossiers qui accueilleront des archives."),
    Deposit.Action.HOLDING_SCHEME: gettext_lazy(
        "Les dossiers les plus hauts, sans service producteur."
    ),
}


class SeveralFilesInput(forms.ClearableFileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class PackagesField(forms.FileField):
    """One or more packages."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[PackageFile]:
        files = data if data and isinstance(data, (list, tuple)) else [data or None]
        cleaned = [super(PackagesField, self).clean(file, initial) for file in files]
        return [file for file in cleaned if isinstance(file, PackageFile)]


class DepositForm(forms.Form):
    """What is deposited, and as what. ``ticket`` makes a form sent twice have one effect."""

    action = forms.ChoiceField(
        label=gettext_lazy("Type de dépôt"),
        choices=ACTIONS,
        initial=Deposit.Action.INGEST,
        widget=forms.RadioSelect,
    )
    packages = PackagesField(label=gettext_lazy("Paquets"), allow_empty_file=True, max_length=255)
    ticket = forms.UUIDField(widget=forms.HiddenInput, required=False)


@requires(Permission.DEPOSIT_CREATE)
@receives_packages
@require_http_methods(["GET", "HEAD", "POST"])
def deposit_new(request: HttpRequest) -> HttpResponse:
    """Show the form, or take over the files it sent."""
    if request.method != "POST":
        asked = request.GET.get("action", "")
        action = asked if asked in Deposit.Action.values else Deposit.Action.INGEST
        return _page(request, DepositForm(initial={"action": action, "ticket": new_id()}))
    form = DepositForm(request.POST, request.FILES)
    too_large = refused_files(request)
    if too_large:
        form.add_error(
            "packages",
            _("« %(name)s » dépasse la taille admise (%(limit)s).")
            % {"name": too_large[0], "limit": french.limit(max_length())},
        )
    elif form.is_valid() and (refusal := _quota_refusal(request, form)):
        form.add_error("packages", refusal)
    if not form.is_valid():
        return _page(request, form, status=400)
    received = [
        _receive(request, file, form.cleaned_data["action"], form.cleaned_data["ticket"], rank)
        for rank, file in enumerate(form.cleaned_data["packages"])
    ]
    if len(received) == 1:
        return redirect("deposit", received[0].id)
    messages.success(
        request,
        ngettext("%d paquet reçu.", "%d paquets reçus.", len(received)) % len(received),
    )
    return redirect("deposits")


def _quota_refusal(request: HttpRequest, form: DepositForm) -> str:
    """Return why the coffre cannot take these packages; a blank test keeps nothing of them.

    Their place is kept until the request ends.
    """
    if form.cleaned_data["action"] == Deposit.Action.BLANK_TEST:
        return ""
    size = sum(file.path.stat().st_size for file in form.cleaned_data["packages"])
    try:
        check_room(tenant_id_of(request), size=size)
    except QuotaReachedError as full:
        return str(full)
    return ""


def _receive(
    request: HttpRequest, file: PackageFile, action: str, ticket: uuid.UUID | None, rank: int
) -> Deposit:
    return receive_package(
        tenant_id=tenant_id_of(request),
        file=file.path,
        file_name=file.name or "paquet",
        action=action,
        source=Deposit.Source.BROWSER,
        account_id=account_of(request).id,
        idempotency_key=f"form:{ticket}:{rank}" if ticket else "",
    )


@requires(Permission.DEPOSIT_CREATE)
@require_POST
def upload_discard(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Give up an upload that was cut, from the page (the protocol's own DELETE needs a script)."""
    upload = Upload.objects.filter(
        id=upload_id, account_id=account_of(request).id, deposit_id__isnull=True
    ).first()
    if upload is None:
        raise Http404
    if not lock_upload(upload):
        return errors.refusal(request, _("Ce fichier est en train d’arriver."))
    discard_upload(upload)
    messages.success(request, _("Téléversement abandonné."))
    return redirect("deposit_new")


def _page(request: HttpRequest, form: DepositForm, *, status: int = 200) -> HttpResponse:
    account = account_of(request)
    return render(
        request,
        "ingest/deposit_new.html",
        {
            "form": form,
            "actions": [
                (value, label, ACTION_HELP[value], form["action"].value() == value)
                for value, label in ACTIONS
            ],
            "uploads": uploads_under_way(account.id),
            "latest": deposits(DepositSight(owner_id=account.id))[:6],
            "limit": max_length(),
            "given": deposits_given(deposit_limits_of(account.id, tenant_id_of(request))),
            "is_full": not has_room_for(0),
            "quota_refusal": refusal_for(tenant_id_of(request), size=0),
        },
        status=status,
    )


def parse_ticket(request: HttpRequest) -> uuid.UUID | None:
    """Return the ticket that a form carries, ``None`` without one."""
    return parse_id(request.POST.get("ticket", ""))
