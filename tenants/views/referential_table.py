"""Agencies and rules edited as in a spreadsheet; what is typed is compared before it is applied."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sae.ui.pagination import page_of, pager_of
from tenants.access import account_of, requires
from tenants.models import ManagementRule
from tenants.permissions import Permission
from tenants.referentials import labels
from tenants.referentials.agencies import REQUIRED
from tenants.referentials.editing import KEYS, StaleError, draft_changes, refuse_stale
from tenants.referentials.kinds import Kind
from tenants.referentials.rules import COLUMNS
from tenants.referentials.versions import plain
from tenants.views.referential_places import breadcrumb_of, kind_of, list_url

PAGE = 200
NEW_LINES = 5
MOST_LINES = 2_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {"agencies": REQUIRED, "rules": COLUMNS}
_CHOICES: Mapping[str, list[tuple[str, Any]]] = {
    "RuleType": list(ManagementRule.Category.choices),
    "RuleMeasurement": [("", "—"), *ManagementRule.Measurement.choices[:3]],
}


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_table(request: HttpRequest, slug: str) -> HttpResponse:
    """Type in the cells of a table; « Comparer » shows what would change."""
    kind = kind_of(slug)
    if kind.slug not in KEYS:
        raise Http404
    typed: dict[str, dict[str, str]] = {}
    if request.method == "POST":
        lines = list(_typed_lines(request, kind))
        try:
            changes, versions = _changes(kind, lines)
            refuse_stale(kind, versions)
        except StaleError as stale:
            messages.warning(
                request,
                _("%(names)s : changé entre-temps par quelqu’un d’autre. Rechargez la page.")
                % {"names": ", ".join(stale.identifiers)},
            )
            typed = {line["of"]: line for line in lines if line["of"]}
        else:
            if changes:
                draft = draft_changes(kind, changes=changes, account_id=account_of(request).id)
                return redirect("referential_draft", draft.id)
            messages.info(request, _("Rien n’a été changé."))
    rows = kind.model.objects.order_by("identifier")
    words = request.GET.get("q", "").replace("\x00", "").strip()
    if words:
        rows = rows.filter(identifier__icontains=words) | rows.filter(
            **{f"{'value' if kind.slug == 'rules' else 'name'}__icontains": words}
        )
    page = page_of(request, rows, size=PAGE)
    context = {
        "kind": kind,
        "columns": [(name, labels.field_label(kind, name)) for name in _COLUMNS[kind.slug]],
        "lines": [
            (
                row,
                _cells(kind, {**plain(kind.describe(row)), **typed.get(row.identifier, {})}),
            )
            for row in page
        ],
        "new_lines": [(f"n{rank}", _cells(kind, {})) for rank in range(NEW_LINES)],
        "pager": pager_of(request, page),
        "words": words,
        "list_url": list_url(kind),
        "breadcrumb": breadcrumb_of(kind, _("Modifier en tableau")),
    }
    return render(request, "tenants/referential_table.html", context)


def _cells(kind: Kind, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": labels.field_label(kind, name),
            "value": document.get(name, "") or "",
            "choices": _CHOICES.get(name),
            "is_key": name == KEYS[kind.slug],
            "is_short": name in ("RuleDuration", "RuleMeasurement", KEYS[kind.slug]),
        }
        for name in _COLUMNS[kind.slug]
    ]


def _typed_lines(request: HttpRequest, kind: Kind) -> Any:
    """Yield what each line of the form says: its cells, ``of``, ``version`` and ``removed``."""
    for key in request.POST.getlist("ligne")[:MOST_LINES]:
        line = {name: request.POST.get(f"{key}-{name}", "").strip() for name in _COLUMNS[kind.slug]}
        line["of"] = request.POST.get(f"{key}-de", "")
        line["version"] = request.POST.get(f"{key}-version", "")
        line["removed"] = request.POST.get(f"{key}-retirer", "")
        yield line


def _changes(
    kind: Kind, lines: list[dict[str, str]]
) -> tuple[dict[str, dict[str, Any] | None], dict[str, int]]:
    """Return the changes typed, by identifier, and the versions that they were typed over."""
    key = KEYS[kind.slug]
    of = [line["of"] for line in lines if line["of"]]
    rows = {row.identifier: row for row in kind.model.objects.filter(identifier__in=of)}
    changes: dict[str, dict[str, Any] | None] = {}
    versions: dict[str, int] = {}
    for line in lines:
        cells = {name: line[name] for name in _COLUMNS[kind.slug]}
        identifier = line["of"]
        if not identifier:
            filled = {name for name, value in cells.items() if value and name not in _CHOICES}
            if filled:
                changes[cells[key] or f"?{len(changes)}"] = cells
            continue
        row = rows.get(identifier)
        before = dict(plain(kind.describe(row))) if row else {}
        after = {**before, **cells, key: identifier}
        if line["removed"]:
            changes[identifier] = None
        elif any(before.get(name, "") != cells[name] for name in cells if name != key):
            changes[identifier] = after
        else:
            continue
        versions[identifier] = int(line["version"]) if line["version"].isdigit() else -1
    return changes, versions
