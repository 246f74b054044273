"""What a referential was: its operations, the differences between two, the return to one."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sae.kernel import clock
from sae.kernel.identifiers import parse_id
from sae.tenancy.middleware import tenant_of
from sae.ui import exports
from sae.ui.correlation import correlation_id
from tenants.access import account_of, may, requires
from tenants.contracts_edit.guard import may_change, refuse_unless_in_charge
from tenants.models import Account, ReferentialDraft, ReferentialVersion
from tenants.permissions import Permission
from tenants.referentials import editing, labels
from tenants.referentials.drafts import title_of
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import Kind
from tenants.referentials.sentences import sentence
from tenants.referentials.versions import changes_of, differences, documents_of, state_at
from tenants.views.referential_places import (
    breadcrumb_of,
    element_of,
    element_url,
    kind_of,
    list_url,
)

NOW = "aujourdhui"
MOST_SHOWN = 500


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_history(request: HttpRequest, slug: str) -> HttpResponse:
    """The operations that changed a referential, to be compared two by two."""
    kind = kind_of(slug)
    changes = changes_of(kind.slug)
    names = dict(
        Account.objects.filter(
            id__in={one.agent_id for one in changes},
            organisation=tenant_of(request).organisation_id,
        ).values_list("id", "name")
    )
    context = {
        "kind": kind,
        "changes": [(one, names.get(one.agent_id, "") if one.agent_id else "") for one in changes],
        "list_url": list_url(kind),
        "may_return": may_change(request, kind.slug)
        and bool(may(request, Permission.REFERENTIAL_EDIT)),
        "now": NOW,
        "breadcrumb": breadcrumb_of(kind, _("Versions")),
    }
    return render(request, "tenants/referential_history.html", context)


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_compare(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The differences of a referential between two of its versions (``de``, ``a``)."""
    kind = kind_of(slug)
    before_at = _moment(kind, request.GET.get("de", ""))
    after_at = _moment(kind, request.GET.get("a", NOW))
    if before_at > after_at:
        before_at, after_at = after_at, before_at
    before, after = state_at(kind.slug, before_at), _state(kind, after_at)
    rows = list(_compared(kind, before, after))
    if request.GET.get("export") in exports.FORMATS:
        header = [_("Identifiant"), _("Intitulé"), _("Champ"), _("Avant"), _("Après")]
        lines = [
            [identifier, title, str(label), old, new]
            for identifier, title, _nature, fields in rows
            for label, old, new in fields
        ]
        return exports.export_response(
            iter([header, *lines]), title=_("Différences"), file_format=request.GET["export"]
        )
    context = {
        "kind": kind,
        "rows": rows[:MOST_SHOWN],
        "hidden": max(0, len(rows) - MOST_SHOWN),
        "total": len(rows),
        "before_at": before_at,
        "after_at": after_at,
        "breadcrumb": breadcrumb_of(kind, _("Différences")),
    }
    return render(request, "tenants/referential_compare.html", context)


def _moment(kind: Kind, operation: str) -> dt.datetime:
    if operation == NOW:
        return clock.now()
    found = ReferentialVersion.objects.filter(
        kind=kind.slug, operation_id=parse_id(operation)
    ).aggregate(at=Max("created_at"))["at"]
    if found is None:
        raise Http404
    return found


def _state(kind: Kind, moment: dt.datetime) -> Mapping[str, Any]:
    recent = clock.now() - moment < dt.timedelta(seconds=5)
    return documents_of(kind.slug) if recent else state_at(kind.slug, moment)


def _compared(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    for identifier in sorted({*before, *after}):
        old, new = before.get(identifier), after.get(identifier)
        fields = differences(old or {}, new or {})
        if not fields and old is not None and new is not None:
            continue
        nature = "added" if old is None else "removed" if new is None else "changed"
        yield (
            identifier,
            title_of(new or old or {}),
            nature,
            [
                (
                    labels.field_label(kind, one.name),
                    labels.value_in_words(one.before),
                    labels.value_in_words(one.after),
                )
                for one in fields
            ],
        )


@requires(Permission.REFERENTIAL_EDIT)
@require_POST
def referential_return(request: HttpRequest, slug: str) -> HttpResponse:
    """Prepare the return of a whole kind to the state that an operation left."""
    kind = kind_of(slug)
    refuse_unless_in_charge(request, slug)
    moment = _moment(kind, request.POST.get("operation", ""))
    draft = editing.draft_return(kind, moment, account_id=account_of(request).id)
    return redirect("referential_draft", draft.id)


@requires(Permission.REFERENTIAL_EDIT)
@require_POST
def referential_element_return(
    request: HttpRequest, slug: str, row_id: uuid.UUID, number: int
) -> HttpResponse:
    """Give an element back what it was in one of its versions."""
    kind = kind_of(slug)
    refuse_unless_in_charge(request, slug)
    row = element_of(kind, row_id)
    agent = Agent(account_id=account_of(request).id, request_id=correlation_id())
    try:
        made = editing.return_to_version(
            kind, row.identifier, number, tenant=tenant_of(request), agent=agent
        )
    except LookupError:
        raise Http404 from None
    if isinstance(made, ReferentialDraft):
        return redirect("referential_draft", made.id)
    for found in made.problems:
        messages.error(request, sentence(found))
    if made.is_accepted:
        messages.success(request, _("L’élément est revenu à sa version %(n)s.") % {"n": number})
    return redirect(element_url(kind, row.id))
