"""Importing accounts: a file is checked, shown, then applied whole or for its sound lines."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.ui import exports
from tenants import mail
from tenants.access import account_of, organisation_of, requires
from tenants.accounts import columns, selectors
from tenants.accounts.forms import FileForm
from tenants.accounts.importing import apply_file, find_import, receive_file
from tenants.accounts.planning import Action, Plan, plan_accounts
from tenants.accounts.reach import Reach, RefusedError
from tenants.accounts.sheets import FAULTS_COLUMN, MOST_ROWS, UnreadableError, protected_rows
from tenants.accounts.views.asking import actor_of, breadcrumb, site_of
from tenants.models import AccountImport
from tenants.permissions import Permission

MOST_SHOWN = 200
_SECTIONS = (
    (Action.CREATE, gettext_lazy("Comptes créés"), "person-plus"),
    (Action.CHANGE, gettext_lazy("Comptes modifiés"), "pencil"),
    (Action.DISABLE, gettext_lazy("Comptes désactivés"), "slash-circle"),
)


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is checked and nothing changes yet."""
    organisation = organisation_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        actor = actor_of(request)
        try:
            plan_accounts(content=content, organisation=organisation, actor=actor.account)
        except UnreadableError as error:
            form.add_error("file", str(error))
        else:
            received = receive_file(
                organisation=organisation, content=content, file_name=file.name, actor=actor
            )
            return redirect("account_import_plan", received.id)
    return render(
        request,
        "tenants/accounts/import.html",
        {
            "form": form,
            "breadcrumb": breadcrumb((gettext_lazy("Importer"), "")),
            "columns": zip(columns.COLUMNS, columns.header(), strict=True),
            "required": columns.REQUIRED,
            "groups": sorted(Reach(account_of(request), organisation).groups()),
            "imports": selectors.latest_imports(organisation),
            "most_rows": MOST_ROWS,
        },
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_import_plan(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What the file would do, line by line; then it is applied."""
    received = _received(request, import_id)
    if received.applied_at is not None:
        return render(
            request,
            "tenants/accounts/imported.html",
            {
                "received": received,
                "breadcrumb": breadcrumb((received.file_name, "")),
                "sections": [
                    (label, received.counts.get(action.value, 0)) for action, label, _i in _SECTIONS
                ],
            },
        )
    if request.method == "POST":
        try:
            applied = apply_file(
                organisation=organisation_of(request),
                content=bytes(received.content),
                actor=actor_of(request),
                sound_lines_only=request.POST.get("lines") == "sound",
                invite=bool(request.POST.get("invite")),
                site=site_of(request) if request.POST.get("invite") else "",
                seen=request.POST.get("seen", ""),
                received=received,
            )
        except (RefusedError, UnreadableError) as error:
            messages.error(request, str(error))
        else:
            if applied.invited:
                messages.success(request, _("Les invitations partent par courriel."))
            return redirect("account_import_plan", received.id)
    plan = _plan(request, received)
    return render(request, "tenants/accounts/plan.html", _shown(received, plan))


def _received(request: HttpRequest, import_id: uuid.UUID) -> AccountImport:
    found = find_import(organisation_of(request), import_id)
    if found is None or found.subject != AccountImport.Subject.ACCOUNTS:
        raise Http404
    return found


def _plan(request: HttpRequest, received: AccountImport) -> Plan:
    return plan_accounts(
        content=bytes(received.content),
        organisation=organisation_of(request),
        actor=account_of(request),
    )


def _shown(received: AccountImport, plan: Plan) -> dict[str, Any]:
    sections = []
    for action, label, icon in _SECTIONS:
        lines = plan.of(action)
        if lines:
            left = max(len(lines) - MOST_SHOWN, 0)
            sections.append((action.value, label, icon, lines[:MOST_SHOWN], left, len(lines)))
    return {
        "received": received,
        "plan": plan,
        "faults": plan.faults[:MOST_SHOWN],
        "faults_left": max(len(plan.faults) - MOST_SHOWN, 0),
        "sections": sections,
        "unchanged": len(plan.of(Action.NOTHING)),
        "sends_mail": mail.is_configured(),
        "creates": bool(plan.of(Action.CREATE)),
        "breadcrumb": breadcrumb((received.file_name, "")),
    }


@requires(Permission.ACCOUNT_MANAGE)
@require_GET
def account_import_faults(request: HttpRequest, import_id: uuid.UUID) -> HttpResponseBase:
    """The faulty lines as they came, with what is wrong: to correct and import again."""
    received = _received(request, import_id)
    if received.applied_at is not None:
        raise Http404
    plan = _plan(request, received)
    titles = [title for title in plan.sheet.header if title != FAULTS_COLUMN]
    kept = [place for place, title in enumerate(plan.sheet.header) if title != FAULTS_COLUMN]

    def rows() -> Any:
        yield [*titles, FAULTS_COLUMN]
        for line in plan.lines:
            if line.faults:
                raw = plan.sheet.raw[line.number]
                cells = [raw[place] if place < len(raw) else "" for place in kept]
                words = " ".join(f"{fault.label} : {fault.sentence}" for fault in line.faults)
                # Cells of our own exports are protected already: as they came, not once more.
                yield [*cells, *next(protected_rows([[words]]))]

    return exports.export_response(
        rows(), title=_("Lignes à corriger"), file_format=plan.sheet.file_format
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_GET
def account_import_model(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """An empty file with the right headers."""
    if file_format not in exports.FORMATS:
        raise Http404
    return exports.export_response(
        iter([columns.header()]), title=_("Modèle de comptes"), file_format=file_format
    )
