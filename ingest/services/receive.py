"""Receiving a package: from then on it is ours to keep until it is judged."""

import uuid
from pathlib import Path

from django.db import connection
from django.db.models import Max

from ingest.models import Deposit
from ingest.services.sweeping import plan_sweep
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workspace import Workspace, adopt_package
from sae.jobs.queue import enqueue
from sae.journal.canonical import admissible
from sae.journal.services import open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.deposit_sights import deposit_limits_of
from tenants.organisations.quotas import check_room

JOB_KIND = "ingest.advance"
LARGE_PACKAGE = 256 * 1024 * 1024
"""Above this size a deposit is worked on by the long cluster."""


def receive_package(
    *,
    tenant_id: uuid.UUID,
    file: Path,
    file_name: str,
    action: str,
    source: str,
    account_id: uuid.UUID | None,
    context_id: str = "",
    manifest_digest: str = "",
    manifest_digest_algorithm: str = "",
    idempotency_key: str = "",
    request_id: str = "",
    halts: bool = False,
    was_announced: bool = False,
) -> Deposit:
    """Take a package over: operation, deposit and job in one transaction.

    ``file`` is moved into the deposit's workspace, durably, before anything is committed. With an
    ``idempotency_key`` already seen in the tenant the earlier deposit is returned and the file
    removed: a request sent twice has one effect. With ``halts`` it pauses after its first step.
    The place of a package that ``was_announced`` was asked before it was sent.
    Raises ``QuotaReachedError`` when the coffre has no room for it.
    """
    workflow = WORKFLOWS[action]
    # A name read from a disk may hold what is not text; the database takes none of it.
    file_name = admissible(file_name)
    with tenant_scope(tenant_id):
        if idempotency_key:
            # Two that come at once: the second waits here, then finds the first.
            _lock(f"deposit {tenant_id} {idempotency_key}")
            earlier = Deposit.objects.filter(idempotency_key=idempotency_key).first()
            if earlier is not None:
                file.unlink(missing_ok=True)
                return earlier
        identifier = new_id()
        size = file.stat().st_size
        # A blank test keeps nothing: a full coffre may still be asked what it would say.
        if action != Deposit.Action.BLANK_TEST:
            check_room(tenant_id, size=size, was_announced=was_announced)
        workspace = Workspace(tenant_id, identifier)
        adopt_package(workspace, file)
        try:
            moment = clock.now()
            deposit = Deposit(
                id=identifier,
                tenant_id=tenant_id,
                year=moment.year,
                number=_next_number(tenant_id, moment.year),
                action=action,
                source=source,
                account_id=account_id,
                context_id=context_id,
                limits=deposit_limits_of(account_id, tenant_id),
                file_name=file_name,
                file_size=size,
                title=Path(file_name).name,
                manifest_digest=manifest_digest,
                manifest_digest_algorithm=manifest_digest_algorithm,
                idempotency_key=idempotency_key,
                halts=halts,
                received_at=moment,
            )
            deposit.save(force_insert=True)
            enqueue(
                tenant_id=tenant_id,
                kind=JOB_KIND,
                subject_id=identifier,
                cluster="long" if size > LARGE_PACKAGE else "short",
            )
            plan_sweep(tenant_id)
            open_operation(
                id=identifier,
                type=workflow.identifier,
                category=workflow.category,
                agent_id=account_id,
                application_id=context_id,
                request_id=request_id,
                detail={"file_name": file_name, "size": size, "source": source},
            )
        except BaseException:
            workspace.clean(keep_package=False)
            raise
    return deposit


def _next_number(tenant_id: uuid.UUID, year: int) -> int:
    """Return the next number of the year, without gap, one deposit at a time per tenant."""
    _lock(f"deposit {tenant_id}")
    last = Deposit.objects.filter(year=year).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _lock(name: str) -> None:
    """Hold a name until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
