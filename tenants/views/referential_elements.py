"""The page of one element of a referential: what it says, who uses it, what it was."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenants.access import may, requires
from tenants.contracts_edit.guard import may_change
from tenants.models import Referential, ReferentialVersion
from tenants.permissions import Permission
from tenants.referentials import editing, labels
from tenants.referentials.counting import Uses, count_uses
from tenants.referentials.exports import export_kind
from tenants.referentials.kinds import Kind
from tenants.referentials.versions import differences, plain, versions_of
from tenants.selectors import referentials as selectors
from tenants.views.referential_facts import agency_facts, contract_sections, rule_facts
from tenants.views.referential_kinds import name_of
from tenants.views.referential_places import breadcrumb_of, element_of, element_url, kind_of
from tenants.views.referential_users import users_of
from tenants.views.referentials import status_chip


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_element(request: HttpRequest, slug: str, row_id: uuid.UUID) -> HttpResponse:
    """One element: what it says, who uses it, what it was."""
    kind = kind_of(slug)
    row = element_of(kind, row_id)
    facts = [
        (labels.field_label(kind, name), labels.value_in_words(value))
        for name, value in plain(kind.describe(row)).items()
    ]
    return render_element(request, kind, row, [(_("Contenu"), facts)])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def rule(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One rule."""
    kind = kind_of("rules")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, [(_("Règle"), rule_facts(row))])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def agency(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One agency."""
    kind = kind_of("agencies")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, [(_("Service"), agency_facts(row))])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def ingest_contract(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One ingest contract: what a deposit that names it may bring."""
    kind = kind_of("ingestcontracts")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, contract_sections(row))


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_find(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the element that has an identifier (``identifiant``)."""
    kind = kind_of(slug)
    wanted = request.GET.get("identifiant", "").replace("\x00", "")
    row = kind.model.objects.filter(identifier=wanted).first()
    if row is None:
        raise Http404
    return redirect(element_url(kind, row.id))


def render_element(
    request: HttpRequest,
    kind: Kind,
    row: Referential,
    sections: Sequence[tuple[str, Any]],
) -> HttpResponse:
    """Render the page of an element; ``sections`` are (heading, (label, value)s)."""
    status = getattr(row, "status", "")
    context = {
        "kind": kind,
        "row": row,
        "title": name_of(row),
        "status": status_chip(status) if status else SafeString(""),
        "sections": sections,
        "users": users_of(kind.slug, row.identifier, uses_of(kind, row), reader=request),
        "versions": history_of(kind, row),
        "imports": selectors.latest_imports(kind.slug, most=5),
        "may_edit": may_edit(request, kind),
        "is_own": editing.own_fields(kind, plain(kind.describe(row))) is None,
        "breadcrumb": breadcrumb_of(kind, row.identifier),
    }
    return render(request, "tenants/referential.html", context)


def may_edit(request: HttpRequest, kind: Kind) -> bool:
    """Tell whether the reader may change the elements of a kind on the screen."""
    if kind.slug in editing.READ_ONLY or not may_change(request, kind.slug):
        return False
    return bool(may(request, Permission.REFERENTIAL_EDIT))


def uses_of(kind: Kind, row: Referential) -> Uses:
    """Return who uses an element today."""
    return count_uses(kind.slug, [row.identifier]).get(row.identifier, Uses())


def history_of(kind: Kind, row: Referential) -> list[dict[str, Any]]:
    """Return the versions of an element, each with what it changed of the one before."""
    versions = versions_of(kind.slug, row.identifier)
    lines = []
    for rank, version in enumerate(versions):
        before = versions[rank + 1] if rank + 1 < len(versions) else None
        compared = differences(
            {} if before is None or before.removed else before.document,
            {} if version.removed else version.document,
        )
        lines.append(
            {
                "version": version,
                "is_current": rank == 0,
                "is_first": before is None,
                "file_before": _file_replaced(version, before),
                "differences": []
                if before is None
                else [
                    (
                        labels.field_label(kind, one.name),
                        labels.value_in_words(one.before),
                        labels.value_in_words(one.after),
                    )
                    for one in compared
                ],
            }
        )
    return lines


def _file_replaced(
    version: ReferentialVersion, before: ReferentialVersion | None
) -> Mapping[str, Any]:
    """Return the file of the version before, when this one carries another in its place."""
    was = before.document.get("File", {}) if before is not None and not before.removed else {}
    return was if was != version.document.get("File", {}) else {}


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole referential as the file that would import it again."""
    made = export_kind(kind_of(slug).slug)
    return HttpResponse(
        made.content,
        content_type=made.content_type,
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )
