"""Work across tenants leaves a line in the platform's own coffre de preuve.

Every ``platform_scope(reason=…)`` is an operation there, in the same transaction: undone, it was
not. Reasons that begin with ``ROUTINE`` are the platform's own machinery, which looks at the queues
of all tenants several times a second and shows nobody anything: those are not written down.
"""

from sae.journal.labels import register_labels
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import on_platform_scope, tenant_scope

ROUTINE = "routine:"
OPERATION_TYPE = "PLATFORM_ACCESS"
CATEGORY = "INTERNAL_OPERATING_OP"


def record_platform_scope(reason: str) -> None:
    """Write that work across tenants begins, and why; before the platform exists, nothing."""
    if reason.startswith(ROUTINE):
        return
    home = Tenant.objects.filter(organisation__is_platform=True, kind=Tenant.Kind.PROOF).first()
    if home is None:
        return
    with tenant_scope(home.id):
        operation = open_operation(
            type=OPERATION_TYPE, category=CATEGORY, detail={"reason": reason}
        )
        close_operation(operation=operation, outcome=Outcome.OK)


def connect() -> None:
    """Called once, when the room is ready."""
    on_platform_scope(record_platform_scope)
    register_labels({OPERATION_TYPE: "Travail transverse aux coffres"})
