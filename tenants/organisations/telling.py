"""Journal lines of acts on organisations: in the coffre de preuve concerned, and the platform's."""

import uuid
from collections.abc import Mapping
from typing import Any

from sae.journal.models import Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.services.organisations import proof_of

CATEGORY = "MASTERDATA"


def tell_in(
    proof: Tenant,
    code: str,
    *,
    agent_id: uuid.UUID | None,
    detail: Mapping[str, Any],
    operation_id: uuid.UUID | None = None,
) -> Operation:
    """Write a whole operation in a coffre de preuve; identifiers and figures only."""
    with tenant_scope(proof.id):
        operation = open_operation(
            type=code, category=CATEGORY, agent_id=agent_id, detail=detail, id=operation_id
        )
        close_operation(operation=operation, outcome=Outcome.OK)
    return operation


def tell_both(
    organisation: Organisation, code: str, *, agent_id: uuid.UUID | None, **detail: Any
) -> None:
    """Write an act of the operator in the organisation's coffre de preuve and in its own."""
    detail = {"organisation": str(organisation.id), **detail}
    tell_in(proof_of(organisation), code, agent_id=agent_id, detail=detail)
    platform = platform_proof()
    if platform is not None and platform.organisation_id != organisation.id:
        tell_in(platform, code, agent_id=agent_id, detail=detail)


def platform_proof() -> Tenant | None:
    """Return the coffre de preuve of the platform, ``None`` before it has an organisation."""
    return Tenant.objects.filter(organisation__is_platform=True, kind=Tenant.Kind.PROOF).first()
