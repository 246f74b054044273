"""A file of groups, or of their members, at the screen: received and checked, then applied."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tenants.access import account_of, organisation_of
from tenants.accounts.forms import FileForm
from tenants.accounts.importing import find_import, receive_file
from tenants.accounts.planning import Action
from tenants.accounts.reach import RefusedError
from tenants.accounts.sheets import MOST_ROWS, UnreadableError
from tenants.accounts.views.asking import Crumb, actor_of
from tenants.models import AccountImport

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class GroupSheet:
    """What one kind of file is and does.

    ``plan`` and ``apply`` are those of its module; ``done`` and ``shown`` name what a plan did or
    would do, ``shown`` with the key of each section. ``name`` begins its addresses and templates.
    """

    name: str
    subject: str
    title: Promise
    labels: Mapping[str, Any]
    required: Sequence[str]
    plan: Callable[..., Any]
    apply: Callable[..., Any]
    done: Sequence[tuple[Promise, Action]]
    shown: Sequence[tuple[str, Promise, Action]]


def receive(request: HttpRequest, kind: GroupSheet, **context: Any) -> HttpResponse:
    """Choose a file; it is checked and nothing changes yet."""
    organisation = organisation_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content, actor = file.read(), actor_of(request)
        try:
            kind.plan(content=content, organisation=organisation, actor=actor.account)
        except UnreadableError as error:
            form.add_error("file", str(error))
        else:
            received = receive_file(
                organisation=organisation,
                content=content,
                file_name=file.name,
                actor=actor,
                subject=kind.subject,
            )
            return redirect(f"{kind.name}_plan", received.id)
    return render(
        request,
        f"tenants/accounts/{kind.name}_import.html",
        {
            "form": form,
            "title": kind.title,
            "breadcrumb": _breadcrumb((kind.title, "")),
            "columns": list(kind.labels.items()),
            "required": kind.required,
            "most_rows": MOST_ROWS,
            **context,
        },
    )


def examine(request: HttpRequest, kind: GroupSheet, import_id: uuid.UUID) -> HttpResponse:
    """Show what a file would do; then it is applied."""
    organisation = organisation_of(request)
    received = find_import(organisation, import_id)
    if received is None or received.subject != kind.subject:
        raise Http404
    if received.applied_at is not None:
        return _applied(request, kind, received)
    content = bytes(received.content)
    if request.method == "POST":
        try:
            kind.apply(
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
            return redirect(f"{kind.name}_plan", received.id)
    plan = kind.plan(content=content, organisation=organisation, actor=account_of(request))
    return render(
        request,
        f"tenants/accounts/{kind.name}_plan.html",
        {
            "received": received,
            "plan": plan,
            "faults": plan.faults[:MOST_SHOWN],
            "faults_left": max(len(plan.faults) - MOST_SHOWN, 0),
            "sections": [(key, label, plan.of(action)) for key, label, action in kind.shown],
            "unchanged": len(plan.of(Action.NOTHING)),
            "another": reverse(f"{kind.name}_import"),
            "breadcrumb": _breadcrumb((received.file_name, "")),
        },
    )


def _applied(request: HttpRequest, kind: GroupSheet, received: AccountImport) -> HttpResponse:
    context = {
        "received": received,
        "breadcrumb": _breadcrumb((received.file_name, "")),
        "sections": [(label, received.counts.get(action, 0)) for label, action in kind.done],
    }
    return render(request, "tenants/accounts/imported.html", context)


def _breadcrumb(last: Crumb) -> list[Crumb]:
    return [
        (gettext_lazy("Administration"), ""),
        (gettext_lazy("Groupes"), reverse("groups")),
        last,
    ]
