"""What came of an import: what changed, every fault, the report."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sae.kernel.outcomes import Outcome
from sae.ui import exports
from tenants.access import may, requires
from tenants.models import ReferentialImport
from tenants.permissions import Permission
from tenants.referentials.kinds import Kind
from tenants.referentials.reports import ImportReport, problem_from_json
from tenants.referentials.sentences import sentence
from tenants.selectors import referentials as selectors
from tenants.views.referential_fault_lists import fault_lines
from tenants.views.referential_places import breadcrumb_of, kind_of, list_url

MOST_SHOWN = 500


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_outcome(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What came of an import: what changed, or every fault by row and column."""
    kept = _kept(import_id)
    kind = kind_of(kept.kind)
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
        "breadcrumb": breadcrumb_of(kind, file_name or _("Import")),
        "list_url": list_url(kind),
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
    return exports.export_response(
        fault_lines(map(problem_from_json, kept.problems)),
        title=_("Anomalies %s") % kept.file_name,
        file_format="csv",
    )
