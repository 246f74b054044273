"""Importing a referential from the screen: choose a file, then read what came of it."""

import uuid
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.middleware import tenant_of
from sae.ui import exports, french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, may, requires
from tenants.models import ReferentialImport
from tenants.permissions import Permission
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.reports import ImportReport, problem_from_json
from tenants.referentials.sentences import sentence
from tenants.selectors import referentials as selectors
from tenants.views.referentials import HOME

MOST_BYTES = 30 * 1024 * 1024
MOST_SHOWN = 500


class ImportForm(forms.Form):
    """The file to import."""

    file = forms.FileField(label=gettext_lazy("Fichier"))
    replace = forms.BooleanField(
        label=gettext_lazy("Retirer aussi ce que le fichier ne nomme pas"),
        help_text=gettext_lazy(
            "Sinon le fichier complète le référentiel : il ajoute et modifie, sans rien retirer. "
            "Ce qui est en usage ne peut pas être retiré."
        ),
        required=False,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("Ce fichier dépasse %(size)s.") % {"size": french.size(MOST_BYTES)}
            )
        return file


def _kind(slug: str) -> Kind:
    kind = KINDS.get(slug)
    if kind is None:
        raise Http404
    return kind


@requires(Permission.REFERENTIAL_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a file; « Contrôler » says what it would do, « Importer » does it."""
    kind = _kind(slug)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        replaces = form.cleaned_data["replace"]
        choice = {"replace": replaces} if kind.completes else {}
        if request.POST.get("action") == "check":
            report = kind.checker(tenant=tenant_of(request), content=content, **choice)
            return render(
                request, "tenants/import.html", _outcome(request, kind, report, file.name)
            )
        agent = Agent(account_id=account_of(request).id, request_id=correlation_id())
        report = kind.importer(
            tenant=tenant_of(request),
            content=content,
            agent=agent,
            file_name=file.name,
            **choice,
        )
        return redirect("referential_outcome", report.operation_id)
    context = {
        "kind": kind,
        "form": form,
        "breadcrumb": _breadcrumb(kind, _("Importer")),
        "imports": selectors.latest_imports(kind.slug),
    }
    return render(request, "tenants/import_form.html", context)


def _breadcrumb(kind: Kind, last: str) -> list[tuple[Any, str]]:
    listing = selectors.LIST_PAGES.get(kind.slug)
    return [
        (HOME, reverse("referentials")),
        (kind.label, reverse(listing) if listing else reverse("referentials")),
        (last, ""),
    ]


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_outcome(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What came of an import: what changed, or every fault by row and column."""
    kept = _kept(import_id)
    kind = _kind(kept.kind)
    context = _outcome(request, kind, _report_of(kept), kept.file_name)
    return render(request, "tenants/import.html", {**context, "kept": kept})


def _kept(import_id: uuid.UUID) -> ReferentialImport:
    kept = selectors.find_import(import_id)
    if kept is None:
        raise Http404
    return kept


def _report_of(kept: ReferentialImport) -> ImportReport:
    return ImportReport(
        kind=kept.kind,
        outcome=Outcome[kept.outcome],
        outcome_detail=kept.report["Operation"]["outMessg"],
        problems=tuple(problem_from_json(one) for one in kept.problems),
        inserted=tuple(kept.changes["inserted"]),
        updated=tuple(kept.changes["updated"]),
        deleted=tuple(kept.changes["deleted"]),
        operation_id=kept.id,
        document=kept.report,
    )


def _outcome(
    request: HttpRequest, kind: Kind, report: ImportReport, file_name: str
) -> dict[str, Any]:
    shown = report.problems[:MOST_SHOWN]
    return {
        "kind": kind,
        "report": report,
        "file_name": file_name,
        "faults": [(found, sentence(found)) for found in shown],
        "left": len(report.problems) - len(shown),
        "changes": [
            (_("Ajoutés"), report.inserted),
            (_("Modifiés"), report.updated),
            (_("Retirés"), report.deleted),
        ],
        "breadcrumb": _breadcrumb(kind, file_name or _("Import")),
        "list_url": reverse(selectors.LIST_PAGES.get(kind.slug, "referentials")),
        "may_import": bool(may(request, Permission.REFERENTIAL_IMPORT)),
    }


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_report(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """The report of an import, as the peers' tools read it."""
    kept = _kept(import_id)
    response = JsonResponse(kept.report, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="rapport-{kept.id}.json"'
    return response


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_faults(request: HttpRequest, import_id: uuid.UUID) -> HttpResponseBase:
    """Every fault of an import, as CSV."""
    kept = _kept(import_id)
    header = [
        _("Ligne"),
        _("Colonne"),
        _("Champ"),
        _("Identifiant"),
        _("Vu"),
        _("Anomalie"),
        _("Code"),
    ]
    rows = [_row(problem_from_json(one)) for one in kept.problems]
    return exports.export_response(
        iter([header, *rows]), title=_("Anomalies %s") % kept.file_name, file_format="csv"
    )


def _row(found: Problem) -> list[Any]:
    place = found.place
    return [
        place.line,
        place.column,
        place.element,
        place.identifier,
        found.seen,
        sentence(found),
        found.code,
    ]
