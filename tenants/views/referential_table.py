"""Tables edited as in a spreadsheet; what is typed is compared before it is applied."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sae.ui.pagination import page_of, pager_of
from tenants.access import account_of, requires
from tenants.models import ManagementRule, OntologyTerm
from tenants.permissions import Permission
from tenants.referentials import labels
from tenants.referentials.agencies import REQUIRED
from tenants.referentials.editing import (
    KEYS,
    StaleError,
    as_new,
    draft_changes,
    own_fields,
    refuse_stale,
)
from tenants.referentials.kinds import Kind
from tenants.referentials.rules import COLUMNS
from tenants.referentials.versions import plain
from tenants.views.referential_places import breadcrumb_of, kind_of, list_url

PAGE = 200
NEW_LINES = 5
MOST_LINES = 2_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "agencies": REQUIRED,
    "rules": COLUMNS,
    "formats": ("PUID", "Name", "Version", "MIMEType", "Alert", "Comment"),
    "ontologies": ("Identifier", "ShortName", "Type", "Description", "Collections"),
}
_CHOICES: Mapping[str, list[tuple[str, Any]]] = {
    "RuleType": list(ManagementRule.Category.choices),
    "RuleMeasurement": [("", "—"), *ManagementRule.Measurement.choices[:3]],
    "Alert": [("", gettext_lazy("non")), ("true", gettext_lazy("oui"))],
    "Type": list(OntologyTerm.Type.choices),
}
_NAMES: Mapping[str, str] = {"rules": "value", "ontologies": "short_name"}
"""Column by which lines are filtered, beside the identifier."""


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
            **{f"{_NAMES.get(kind.slug, 'name')}__icontains": words}
        )
    page = page_of(request, rows, size=PAGE)
    context = {
        "kind": kind,
        "columns": [(name, labels.field_label(kind, name)) for name in _COLUMNS[kind.slug]],
        "lines": [_line(kind, row, typed.get(row.identifier, {})) for row in page],
        "new_lines": [(f"n{rank}", _cells(kind, {})) for rank in range(NEW_LINES)],
        "pager": pager_of(request, page),
        "words": words,
        "list_url": list_url(kind),
        "breadcrumb": breadcrumb_of(kind, _("Modifier en tableau")),
    }
    return render(request, "tenants/referential_table.html", context)


def _line(kind: Kind, row: Any, typed: Mapping[str, str]) -> tuple[Any, list[dict[str, Any]], bool]:
    """Return a line: its element, its cells, and whether it is the organisation's to remove."""
    document = plain(kind.describe(row))
    return row, _cells(kind, {**document, **typed}), own_fields(kind, document) is None


def _cells(kind: Kind, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    only = own_fields(kind, document) if document else None
    return [
        {
            "name": name,
            "label": labels.field_label(kind, name),
            "value": _written(document.get(name)),
            "choices": _CHOICES.get(name),
            "is_key": name == KEYS[kind.slug],
            "is_short": name in ("RuleDuration", "RuleMeasurement", "Alert", KEYS[kind.slug]),
            "is_fixed": only is not None and name not in only,
        }
        for name in _COLUMNS[kind.slug]
    ]


def _written(value: Any) -> str:
    """Return a value as one types it in a cell."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return str(value or "")


def _read(name: str, words: str) -> Any:
    """Return what was typed in a cell, as the file says it."""
    if name == "Alert":
        return words == "true"
    if name == "Collections":
        return [part.strip() for part in words.split("|") if part.strip()]
    return words


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
        cells: dict[str, Any] = {name: _read(name, line[name]) for name in _COLUMNS[kind.slug]}
        identifier = line["of"]
        if not identifier:
            filled = {name for name, value in cells.items() if value and name not in _CHOICES}
            if filled:
                made = as_new(kind, cells)
                changes[made[key] or f"?{len(changes)}"] = made
            continue
        row = rows.get(identifier)
        before = dict(plain(kind.describe(row))) if row else {}
        only = own_fields(kind, before)
        kept = {name: cells[name] for name in cells if only is None or name in only}
        if line["removed"] and only is None:
            changes[identifier] = None
        elif any((before.get(name) or "") != (kept[name] or "") for name in kept if name != key):
            changes[identifier] = {**before, **kept, key: identifier}
        else:
            continue
        versions[identifier] = int(line["version"]) if line["version"].isdigit() else -1
    return changes, versions
