"""A change in two moments: what a file would do is shown, then applied or given up."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sae.tenancy.middleware import tenant_of
from sae.ui import exports, french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.contracts_edit.guard import refuse_unless_in_charge
from tenants.models import ReferentialDraft
from tenants.permissions import Permission
from tenants.referentials import labels
from tenants.referentials.counting import Uses, count_uses
from tenants.referentials.drafts import (
    ChangedMeanwhileError,
    ElementChange,
    Preview,
    apply_draft,
    drafts_in_progress,
    open_draft,
)
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.profile_bundles import UnreadableBundleError
from tenants.referentials.sentences import sentence
from tenants.referentials.sound_part import faulty_documents, faulty_lines
from tenants.referentials.spreadsheets import NOTES, UnreadableSheetError
from tenants.selectors import referentials as selectors
from tenants.views.referential_fault_lists import fault_lines
from tenants.views.referential_places import breadcrumb_of, kind_of, list_url
from tenants.views.referential_users import User, users_of

MOST_BYTES = 30 * 1024 * 1024
MOST_SHOWN = 500
MOST_CHANGES = 300


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


@requires(Permission.REFERENTIAL_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a file: it is read and compared, nothing changes yet."""
    kind = kind_of(slug)
    refuse_unless_in_charge(request, slug)
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = open_draft(
                kind,
                content=file.read(),
                file_name=file.name,
                replace=form.cleaned_data["replace"],
                account_id=account_of(request).id,
            )
        except UnreadableSheetError:
            form.add_error("file", _("Ce classeur est abîmé ou trop grand pour être lu."))
        except UnreadableBundleError as unreadable:
            form.add_error("file", str(unreadable))
        else:
            return redirect("referential_draft", draft.id)
    context = {
        "kind": kind,
        "form": form,
        "breadcrumb": breadcrumb_of(kind, _("Importer")),
        "imports": selectors.latest_imports(kind.slug),
        "drafts": drafts_in_progress(kind.slug),
    }
    return render(request, "tenants/import_form.html", context)


@requires(Permission.REFERENTIAL_IMPORT)
@require_GET
def referential_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """What a prepared change would do, or every fault by row and column."""
    draft = _draft(draft_id)
    preview = Preview(draft, tenant_of(request))
    if request.GET.get("export") in exports.FORMATS:
        return exports.export_response(
            _rows(request, preview, preview.changes(most=exports.MOST_LINES)),
            title=_("Différences"),
            file_format=request.GET["export"],
        )
    return render(request, "tenants/draft.html", _context(request, preview))


@requires(Permission.REFERENTIAL_IMPORT)
@require_POST
def referential_draft_apply(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Apply what was shown, in one operation."""
    preview = Preview(_draft(draft_id), tenant_of(request))
    refuse_unless_in_charge(request, preview.draft.kind)
    agent = Agent(account_id=account_of(request).id, request_id=correlation_id())
    try:
        report = apply_draft(preview, seen=request.POST.get("vu", ""), agent=agent)
    except ChangedMeanwhileError:
        messages.warning(
            request,
            _("Le référentiel a changé entre-temps : relisez ce qui serait fait, puis appliquez."),
        )
        return redirect("referential_draft", draft_id)
    return redirect("referential_outcome", report.operation_id)


@requires(Permission.REFERENTIAL_IMPORT)
@require_POST
def referential_draft_discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Give up: nothing changed, nothing is kept."""
    draft = _draft(draft_id)
    kind = KINDS[draft.kind]
    draft.delete()
    messages.success(request, _("La modification préparée est abandonnée : rien n’a changé."))
    return redirect(list_url(kind))


@requires(Permission.REFERENTIAL_IMPORT)
@require_GET
def referential_draft_faults(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """The faulty lines with their faults in a last column, to be corrected and imported again."""
    draft = _draft(draft_id)
    preview = Preview(draft, tenant_of(request))
    rows = faulty_lines(preview.content, preview.report.problems)
    if KINDS[draft.kind].media != "csv" or len(rows) < 2:
        raise Http404
    return exports.export_response(rows, title=_("Lignes à corriger"), file_format="csv")


@requires(Permission.REFERENTIAL_IMPORT)
@require_GET
def referential_draft_faulty(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The faulty elements of a JSON file, each with its faults, to be corrected and imported."""
    draft = _draft(draft_id)
    preview = Preview(draft, tenant_of(request))
    content = faulty_documents(preview.content, preview.report.problems)
    if KINDS[draft.kind].media != "json" or content is None:
        raise Http404
    return HttpResponse(
        content,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="elements-a-corriger.json"'},
    )


@requires(Permission.REFERENTIAL_IMPORT)
@require_GET
def referential_draft_anomalies(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Every fault of the file with its place, whatever its format."""
    preview = Preview(_draft(draft_id), tenant_of(request))
    if not preview.report.problems:
        raise Http404
    return exports.export_response(
        fault_lines(preview.report.problems),
        title=_("Anomalies %s") % preview.draft.file_name,
        file_format="csv",
    )


def _draft(draft_id: uuid.UUID) -> ReferentialDraft:
    # Other rooms keep drafts of their own kinds in the same place.
    rows: QuerySet[ReferentialDraft] = ReferentialDraft.objects.filter(id=draft_id, kind__in=KINDS)
    draft = rows.first()
    if draft is None:
        raise Http404
    return draft


def _context(request: HttpRequest, preview: Preview) -> dict[str, Any]:
    kind, report = preview.kind, preview.report
    changes = preview.changes(most=MOST_CHANGES)
    shown = report.problems[:MOST_SHOWN]
    judged = preview.judged
    # What may not leave is refused with the names of those who use it.
    kept = {one.place.identifier for one in shown if not one.place.line} & preview.current.keys()
    users = count_uses(kind.slug, kept)
    return {
        "kind": kind,
        "draft": preview.draft,
        "preview": preview,
        "report": report,
        "notes": [NOTES[note] for note in preview.draft.notes if note in NOTES],
        "faults": [
            (one, sentence(one), _users(request, kind, one.place.identifier, users))
            for one in shown
        ],
        "left": len(report.problems) - len(shown),
        "changes": [
            (one, _fields(kind, one), users_of(kind.slug, one.identifier, one.uses, reader=request))
            for one in changes
        ],
        "hidden": preview.total - len(changes),
        "counts": [
            (_("Ajoutés"), len(judged.inserted)),
            (_("Modifiés"), len(judged.updated)),
            (_("Retirés"), len(judged.deleted)),
        ],
        "may_apply": judged.is_accepted and (preview.total > 0),
        "has_faulty_documents": kind.media == "json"
        and any("position" in one.arguments for one in report.problems),
        "has_faulty_lines": kind.media == "csv" and any(one.place.line for one in report.problems),
        "list_url": list_url(kind),
        "breadcrumb": breadcrumb_of(kind, preview.draft.file_name or _("Modification préparée")),
    }


def _fields(kind: Kind, change: ElementChange) -> list[tuple[Any, str, str]]:
    return [
        (
            labels.field_label(kind, one.name),
            labels.value_in_words(one.before),
            labels.value_in_words(one.after),
        )
        for one in change.differences
    ]


def _users(
    request: HttpRequest, kind: Kind, identifier: str, uses: Mapping[str, Uses]
) -> list[User]:
    return users_of(kind.slug, identifier, uses.get(identifier), reader=request)


def _rows(request: HttpRequest, preview: Preview, changes: list[ElementChange]) -> list[list[str]]:
    natures = {"added": _("ajouté"), "changed": _("modifié"), "removed": _("retiré")}
    rows = [
        [
            _("Identifiant"),
            _("Intitulé"),
            _("Changement"),
            _("Champ"),
            _("Avant"),
            _("Après"),
            _("Utilisé par"),
        ]
    ]
    for change in changes:
        users = users_of(preview.kind.slug, change.identifier, change.uses, reader=request)
        who = ", ".join(words for words, _url in users)
        first = [change.identifier, change.title, natures[change.nature]]
        fields = _fields(preview.kind, change) or [("", "", "")]
        rows += [[*first, str(label), before, after, who] for label, before, after in fields]
    return rows


def draft_url(draft: ReferentialDraft) -> str:
    """Return the address of a prepared change."""
    return reverse("referential_draft", args=[draft.id])
