"""Groups as a file: exported, checked, applied."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.ui import exports
from tenants.access import may, organisation_of, requires
from tenants.accounts.groups import LABELS, REQUIRED, exported_groups, plan_groups
from tenants.accounts.importing import apply_groups
from tenants.accounts.planning import Action
from tenants.accounts.views.group_sheets import GroupSheet, examine, receive
from tenants.models import AccountImport
from tenants.permissions import Permission
from tenants.security.recent import recently_authenticated

_MADE, _CHANGED = gettext_lazy("Groupes créés"), gettext_lazy("Groupes modifiés")
_KIND = GroupSheet(
    name="groups",
    subject=AccountImport.Subject.DEFINITIONS,
    title=gettext_lazy("Importer des groupes"),
    labels=LABELS,
    required=REQUIRED,
    plan=plan_groups,
    apply=apply_groups,
    done=((_MADE, Action.CREATE), (_CHANGED, Action.CHANGE)),
    shown=(("crees", _MADE, Action.CREATE), ("modifies", _CHANGED, Action.CHANGE)),
)


@requires(Permission.RIGHT_VIEW)
@require_GET
def groups_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """Every group with its level and profiles, as an import reads them."""
    if file_format not in exports.FORMATS:
        raise Http404
    return exports.export_response(
        exported_groups(organisation_of(request)), title=_("Groupes"), file_format=file_format
    )


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def groups_import(request: HttpRequest) -> HttpResponse:
    """Choose a file of groups; it is checked and nothing changes yet."""
    return receive(request, _KIND, places=may(request, Permission.ACCOUNT_MANAGE))


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def groups_plan(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Which groups would be made or changed, and how; then it is applied."""
    return examine(request, _KIND, import_id)
