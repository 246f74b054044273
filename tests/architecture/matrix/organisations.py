"""Organisations, their coffres and settings, support.

Pages of the operator are nobody's of an organisation: they carry no thing of coffre A.
"""

import uuid

from sae.tenancy.scope import tenant_scope
from tenants.models import SupportAccess
from tenants.organisations.support import SupportRequest, request_support
from tenants.permissions import Permission
from tests.architecture.matrix.line import EVERYONE, Line, Thing
from tests.builders.people import Cast

NOTHING = uuid.UUID("01900000-0000-7000-8000-000000000001")
_ORGANISATION = (("organisation_id", NOTHING),)
_ACCESS = (("access_id", NOTHING),)


def coffre(cast: Cast) -> uuid.UUID:
    return cast.coffre_a.id


def support_access(cast: Cast) -> uuid.UUID:
    """A request of the operator that waits for an answer of organisation A."""
    with tenant_scope(cast.proof_a.id):
        waiting = SupportAccess.objects.first()
    if waiting is None:
        asked = SupportRequest(cast.coffre_a, "Un versement reste bloqué.", 60)
        waiting = request_support(asked=asked, account=cast.operator)
    return waiting.id


LINES: dict[str, Line] = {
    "organisations": Line(Permission.PLATFORM_MANAGE),
    "organisation_new": Line(Permission.PLATFORM_MANAGE),
    "platform_organisation": Line(Permission.PLATFORM_MANAGE, also=_ORGANISATION),
    "coffre_add": Line(
        Permission.PLATFORM_MANAGE, also=_ORGANISATION, method="post", granted=(302,)
    ),
    "organisation_suspend": Line(Permission.PLATFORM_MANAGE, also=_ORGANISATION),
    "organisation_resume": Line(Permission.PLATFORM_MANAGE, also=_ORGANISATION, method="post"),
    "support_new": Line(Permission.SUPPORT_REQUEST, also=_ORGANISATION),
    "support_requests": Line(Permission.SUPPORT_REQUEST),
    "support_withdraw": Line(Permission.SUPPORT_REQUEST, also=_ACCESS, method="post"),
    "support_enter": Line(Permission.SUPPORT_REQUEST, also=_ACCESS, method="post"),
    "support_accesses": Line(Permission.SUPPORT_ACCEPT),
    "support_access": Line(Permission.SUPPORT_ACCEPT, of="support_access"),
    # Without an answer chosen: nothing is decided.
    "support_decide": Line(
        Permission.SUPPORT_ACCEPT, of="support_access", method="post", granted=(400,)
    ),
    # Either side may stop an access: whoever is of neither finds none.
    "support_stop": Line(EVERYONE, also=_ACCESS, method="post", granted=(404,)),
    "organisation_settings": Line(Permission.ORGANISATION_MANAGE),
    "coffre_settings": Line(Permission.ORGANISATION_MANAGE, of="settings_coffre"),
    "identity_settings": Line(Permission.ORGANISATION_MANAGE),
    "policy_settings": Line(Permission.ORGANISATION_MANAGE),
    "logo_settings": Line(Permission.ORGANISATION_MANAGE),
    # Nothing was changed yet: nothing to undo.
    "settings_undo": Line(Permission.ORGANISATION_MANAGE, method="post", granted=(409,)),
    "organisation_logo": Line(EVERYONE, granted=(404,)),
    "colour_check": Line(EVERYONE),
}
THINGS: dict[str, Thing] = {
    "settings_coffre": Thing("coffre_id", coffre),
    "support_access": Thing("access_id", support_access),
}
