"""Groups as a file: exported, checked, applied."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.ui import exports
from tenants.access import account_of, may, organisation_of, requires
from tenants.accounts.forms import FileForm
from tenants.accounts.groups import COLUMNS, LABELS, REQUIRED, exported_groups, plan_groups
from tenants.accounts.importing import apply_groups, find_import, receive_file
from tenants.accounts.planning import Action
from tenants.accounts.reach import RefusedError
from tenants.accounts.sheets import MOST_ROWS, UnreadableError
from tenants.accounts.views.asking import Crumb, actor_of
from tenants.models import AccountImport
from tenants.permissions import Permission
from tenants.security.recent import recently_authenticated

MOST_SHOWN = 200


def _breadcrumb(last: Crumb) -> list[Crumb]:
    return [
        (gettext_lazy("Administration"), ""),
        (gettext_lazy("Groupes"), reverse("groups")),
        last,
    ]


@requires(Permission.RIGHT_VIEW)
@require_GET
def groups_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """Every group with its level and profiles, as an import reads them."""
    if file_format not in exports.FORMATS:
        raise Http404
    return exports.export_response(
        exported_groups(organisation_of(request)), title=_("Groupes"), file_format=file_format
    )


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def groups_import(request: HttpRequest) -> HttpResponse:
    """Choose a file of groups; it is checked and nothing changes yet."""
    organisation = organisation_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content, actor = file.read(), actor_of(request)
        try:
            plan_groups(content=content, organisation=organisation, actor=actor.account)
        except UnreadableError as error:
            form.add_error("file", str(error))
        else:
            received = receive_file(
                organisation=organisation,
                content=content,
                file_name=file.name,
                actor=actor,
                subject=AccountImport.Subject.DEFINITIONS,
            )
            return redirect("groups_plan", received.id)
    return render(
        request,
        "tenants/accounts/groups_import.html",
        {
            "form": form,
            "breadcrumb": _breadcrumb((gettext_lazy("Importer des groupes"), "")),
            "columns": [(key, LABELS[key]) for key in COLUMNS],
            "required": REQUIRED,
            "most_rows": MOST_ROWS,
            "places": may(request, Permission.ACCOUNT_MANAGE),
        },
    )


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def groups_plan(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Which groups would be made or changed, and how; then it is applied."""
    organisation = organisation_of(request)
    received = find_import(organisation, import_id)
    if received is None or received.subject != AccountImport.Subject.DEFINITIONS:
        raise Http404
    breadcrumb = _breadcrumb((received.file_name, ""))
    if received.applied_at is not None:
        counts = received.counts
        sections = [
            (_("Groupes créés"), counts.get(Action.CREATE, 0)),
            (_("Groupes modifiés"), counts.get(Action.CHANGE, 0)),
        ]
        context = {"received": received, "breadcrumb": breadcrumb, "sections": sections}
        return render(request, "tenants/accounts/imported.html", context)
    content = bytes(received.content)
    if request.method == "POST":
        try:
            apply_groups(
                organisation=organisation,
                content=content,
                actor=actor_of(request),
                sound_lines_only=request.POST.get("lines") == "sound",
                seen=request.POST.get("seen", ""),
                received=received,
            )
        except (RefusedError, UnreadableError) as error:
            messages.error(request, str(error))
        else:
            return redirect("groups_plan", received.id)
    plan = plan_groups(content=content, organisation=organisation, actor=account_of(request))
    return render(
        request,
        "tenants/accounts/groups_plan.html",
        {
            "received": received,
            "plan": plan,
            "faults": plan.faults[:MOST_SHOWN],
            "faults_left": max(len(plan.faults) - MOST_SHOWN, 0),
            "sections": [
                ("crees", _("Groupes créés"), plan.of(Action.CREATE)),
                ("modifies", _("Groupes modifiés"), plan.of(Action.CHANGE)),
            ],
            "unchanged": len(plan.of(Action.NOTHING)),
            "breadcrumb": breadcrumb,
        },
    )
