"""Deposits run to their end in the test's own process, step after step."""

import uuid
from pathlib import Path

from ingest.models import Deposit, DepositProblem
from ingest.services.receive import receive_package
from ingest.steps import STEPS
from ingest.workflow.runner import Progression, advance
from ingest.workspace import incoming_path
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementRule

AGENCY = "FRAN_NP_009913"
CONTRACT = "ArchivalAgreement0"


def make_referentials(coffre: Tenant) -> None:
    """The agency, the contract and the rules that the packages of the tests name."""
    moment = clock.now()
    with tenant_scope(coffre.id):
        Agency.objects.create(
            identifier=AGENCY, name="Secrétariat général", created_at=moment, updated_at=moment
        )
        IngestContract.objects.create(
            identifier=CONTRACT,
            name="Contrat d’essai",
            status="ACTIVE",
            created_at=moment,
            updated_at=moment,
        )
        for identifier, category, years in (
            ("APP-00001", "AppraisalRule", 10),
            ("ACC-00002", "AccessRule", 25),
        ):
            ManagementRule.objects.create(
                identifier=identifier,
                category=category,
                value=identifier,
                duration=years,
                measurement="YEAR",
                created_at=moment,
                updated_at=moment,
            )


def receive(
    coffre: Tenant,
    package: Path,
    *,
    action: str = "ingest",
    context_id: str = "",
    account_id: uuid.UUID | None = None,
) -> Deposit:
    """Receive a copy of a package: by the command line, or from somebody's screen."""
    incoming = incoming_path(new_id())
    incoming.write_bytes(package.read_bytes())
    return receive_package(
        tenant_id=coffre.id,
        file=incoming,
        file_name=package.name,
        action=action,
        source=Deposit.Source.BROWSER if account_id else Deposit.Source.COMMAND_LINE,
        account_id=account_id,
        context_id=context_id,
    )


def run_to_end(coffre: Tenant, deposit_id: uuid.UUID) -> Deposit:
    """Advance a deposit until it is over, waits or pauses; return it as it then stands."""
    for _step in range(40):
        result = advance(
            tenant=coffre,
            deposit_id=deposit_id,
            steps=STEPS,
            assert_current=lambda: None,
            progress=lambda done, total, label: None,
        )
        if result.progression is not Progression.CONTINUE:
            break
    with tenant_scope(coffre.id):
        return Deposit.objects.get(id=deposit_id)


def deposit(
    coffre: Tenant, package: Path, *, action: str = "ingest", context_id: str = ""
) -> Deposit:
    """Receive a package and run it to its end."""
    return run_to_end(coffre, receive(coffre, package, action=action, context_id=context_id).id)


def problems_of(coffre: Tenant, made: Deposit) -> list[DepositProblem]:
    """Return the faults of a deposit in order."""
    with tenant_scope(coffre.id):
        return list(DepositProblem.objects.filter(deposit=made).order_by("position"))
