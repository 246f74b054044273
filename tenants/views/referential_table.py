"""Tables edited as in a spreadsheet; what is typed is compared before it is applied."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sae.ui.pagination import page_of, pager_of
from tenants.access import account_of, requires
from tenants.contracts_edit.guard import refuse_unless_in_charge
from tenants.permissions import Permission
from tenants.referentials.editing import (
    READ_ONLY,
    StaleError,
    as_new,
    draft_changes,
    own_fields,
    refuse_stale,
)
from tenants.referentials.kinds import Kind
from tenants.referentials.versions import plain
from tenants.views.referential_cells import Column, cells_of, columns_of
from tenants.views.referential_places import breadcrumb_of, kind_of, list_url

PAGE = 200
NEW_LINES = 5
MOST_LINES = 2_000
_NAMES: Mapping[str, str] = {"rules": "value", "ontologies": "short_name"}
"""Column by which lines are filtered, beside the identifier."""


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_table(request: HttpRequest, slug: str) -> HttpResponse:
    """Type in the cells of a table; « Comparer » shows what would change."""
    kind = kind_of(slug)
    if kind.slug in READ_ONLY:
        raise Http404
    refuse_unless_in_charge(request, slug)
    columns = columns_of(kind)
    typed: dict[str, dict[str, str]] = {}
    if request.method == "POST":
        lines = list(_typed_lines(request, columns))
        try:
            changes, versions = _changes(kind, columns, lines)
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
        "columns": [(one.name, one.label) for one in columns],
        "lines": [_line(kind, columns, row, typed.get(row.identifier, {})) for row in page],
        "new_lines": [(f"n{rank}", cells_of(kind, columns, {})) for rank in range(NEW_LINES)],
        "pager": pager_of(request, page),
        "words": words,
        "list_url": list_url(kind),
        "breadcrumb": breadcrumb_of(kind, _("Modifier en tableau")),
    }
    return render(request, "tenants/referential_table.html", context)


def _line(
    kind: Kind, columns: Sequence[Column], row: Any, typed: Mapping[str, str]
) -> tuple[Any, list[dict[str, Any]], bool]:
    """Return a line: its element, its cells, and whether it is the organisation's to remove."""
    document = plain(kind.describe(row))
    return (
        row,
        cells_of(kind, columns, {**document, **typed}),
        own_fields(kind, document) is None,
    )


def _typed_lines(request: HttpRequest, columns: Sequence[Column]) -> Iterator[dict[str, str]]:
    """Yield what each line of the form says: its cells, ``of``, ``version`` and ``removed``."""
    for key in request.POST.getlist("ligne")[:MOST_LINES]:
        line = {one.name: request.POST.get(f"{key}-{one.name}", "").strip() for one in columns}
        line["of"] = request.POST.get(f"{key}-de", "")
        line["version"] = request.POST.get(f"{key}-version", "")
        line["removed"] = request.POST.get(f"{key}-retirer", "")
        yield line


def _changes(
    kind: Kind, columns: Sequence[Column], lines: Sequence[Mapping[str, str]]
) -> tuple[dict[str, dict[str, Any] | None], dict[str, int]]:
    """Return the changes typed, by identifier, and the versions that they were typed over."""
    key = kind.key
    of = [line["of"] for line in lines if line["of"]]
    rows = {row.identifier: row for row in kind.model.objects.filter(identifier__in=of)}
    changes: dict[str, dict[str, Any] | None] = {}
    versions: dict[str, int] = {}
    for line in lines:
        cells: dict[str, Any] = {one.name: one.read(line[one.name]) for one in columns}
        identifier = line["of"]
        if not identifier:
            if any(cells[one.name] and not one.choices for one in columns):
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
