"""Members of groups as a file: exported, checked, applied."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.ui import exports
from tenants.access import organisation_of, requires
from tenants.accounts.importing import apply_members
from tenants.accounts.members import LABELS, REQUIRED, exported_members, plan_members
from tenants.accounts.planning import Action
from tenants.accounts.views.group_sheets import GroupSheet, examine, receive
from tenants.models import AccountImport
from tenants.permissions import Permission

_IN, _END = gettext_lazy("Membres entrés"), gettext_lazy("Dates de fin changées")
_KIND = GroupSheet(
    name="group_members",
    subject=AccountImport.Subject.GROUPS,
    title=gettext_lazy("Importer les membres des groupes"),
    labels=LABELS,
    required=REQUIRED,
    plan=plan_members,
    apply=apply_members,
    done=(
        (_IN, Action.CREATE),
        (_END, Action.CHANGE),
        (gettext_lazy("Membres sortis"), Action.DISABLE),
    ),
    shown=(("entrees", _IN, Action.CREATE), ("fins", _END, Action.CHANGE)),
)


@requires(Permission.ACCOUNT_VIEW)
@require_GET
def group_members_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """Every group with its members, as an import reads them."""
    if file_format not in exports.FORMATS:
        raise Http404
    return exports.export_response(
        exported_members(organisation_of(request)),
        title=_("Groupes et membres"),
        file_format=file_format,
    )


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def group_members_import(request: HttpRequest) -> HttpResponse:
    """Choose a file of members; it is checked and nothing changes yet."""
    return receive(request, _KIND)


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def group_members_plan(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Who would come, whose end would change, who would leave; then it is applied."""
    return examine(request, _KIND, import_id)
