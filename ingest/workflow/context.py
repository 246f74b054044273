"""What every step is given."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.models import Deposit
from ingest.workflow.catalogue import WORKFLOWS, Step, Workflow
from ingest.workspace import Workspace
from sae.tenancy.models import Tenant


def _ignore(done: int, total: int) -> None:
    """Progress of a step that nobody watches."""


@dataclass(slots=True)
class StepContext:
    """One run of one step over one deposit.

    An earlier run of the step may have died half-way: what it left in the workspace is written
    again, what it left on the offers is recognised. A step is the same the first time and after.
    """

    tenant: Tenant
    deposit: Deposit
    step: Step
    progress: Callable[[int, int], None] = field(default=_ignore)

    @property
    def workflow(self) -> Workflow:
        return WORKFLOWS[self.deposit.action]

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.tenant.id, self.deposit.id)

    @property
    def operation_id(self) -> uuid.UUID:
        return self.deposit.id
