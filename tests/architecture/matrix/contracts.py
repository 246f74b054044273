"""Access contracts, the picker of positions, applications."""

import uuid

from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.applications.services import issue_token
from tenants.models import AccessContract
from tenants.permissions import Permission
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import Cast

LINES: dict[str, Line] = {
    "position_picker": Line(Permission.HOLDINGS_VIEW),
    "access_contracts": Line(Permission.CONTRACT_MANAGE),
    "access_contract_new": Line(Permission.CONTRACT_MANAGE),
    "access_contract_positions": Line(Permission.CONTRACT_MANAGE),
    "access_contract_preview": Line(Permission.CONTRACT_MANAGE, method="post"),
    "access_contract": Line(Permission.CONTRACT_MANAGE, of="access_contract"),
    "access_contract_edit": Line(Permission.CONTRACT_MANAGE, of="access_contract"),
    "access_contract_switch": Line(
        Permission.CONTRACT_MANAGE, of="access_contract", method="post", granted=(302,)
    ),
    "applications": Line(Permission.APPLICATION_MANAGE),
    "application_new": Line(Permission.APPLICATION_MANAGE),
    "application_certificate": Line(Permission.APPLICATION_MANAGE),
    "application": Line(Permission.APPLICATION_MANAGE, of="application"),
    "application_rotate": Line(Permission.APPLICATION_MANAGE, of="application"),
    "application_revoke": Line(
        Permission.APPLICATION_MANAGE, of="application", method="post", granted=(302, 409)
    ),
}


def _access_contract(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.coffre_a.id):
        return AccessContract.objects.create(
            identifier="CA-ESSAI",
            name="Contrat d’essai",
            created_at=clock.now(),
            updated_at=clock.now(),
        ).id


def _application(cast: Cast) -> uuid.UUID:
    with tenant_scope(cast.coffre_a.id):
        return issue_token(name="Portail", role="reader").token.id


THINGS: dict[str, Thing] = {
    "access_contract": Thing("row_id", _access_contract),
    "application": Thing("token_id", _application),
}
