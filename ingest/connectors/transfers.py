"""Taking over a transfer: composed, received once whatever the number of times it is sent."""

from pathlib import Path

from django.db import connection

from ingest.connectors.composition import Composition, compose_package
from ingest.connectors.models import ConnectorAccess, ConnectorTransfer
from ingest.connectors.placing import slip_name
from ingest.connectors.slips import SlipHead, read_head
from ingest.models import Deposit
from ingest.services.receive import receive_package
from ingest.uploads import plain_file_name
from ingest.workspace import Workspace, incoming_path
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from sae.ui import french


class TransferConflict(Exception):  # noqa: N818 — told to people as is
    """Another transfer already bears these names."""


def receive_transfer(
    access: ConnectorAccess, *, slip: Path, attachments: Path | None, request_id: str = ""
) -> ConnectorTransfer:
    """Receive a slip and its archive as one deposit; the two files are left to the caller.

    The same content under the same names is the same transfer. A transfer refused may be sent
    again, corrected or not: it is judged again. Raises ``SlipRefused``, ``ContainerFault``,
    ``NoRoomError`` and ``TransferConflict``.
    """
    head = read_head(slip)
    package = incoming_path(new_id())
    try:
        composed = compose_package(
            slip, attachments, into=package, slip_name=slip_name(access.kind, access.id)
        )
        with tenant_scope(access.tenant_id):
            _lock_names(access, head)
            earlier = find_transfer(
                kind=access.kind,
                agency=head.transferring_agency,
                message_identifier=head.message_identifier,
            )
            if earlier is not None and not _may_come_again(earlier):
                if earlier.content_sha256 != composed.content_sha256:
                    raise TransferConflict(_conflict(earlier))
                return earlier
            return _take_over(access, head, composed, package, earlier, request_id)
    finally:
        package.unlink(missing_ok=True)


def find_transfer(*, kind: str, agency: str, message_identifier: str) -> ConnectorTransfer | None:
    """Return the transfer of the coffre in scope that bears these names."""
    transfer: ConnectorTransfer | None = (
        ConnectorTransfer.objects.select_related("deposit")
        .filter(kind=kind, transferring_agency=agency, message_identifier=message_identifier)
        .first()
    )
    return transfer


def _lock_names(access: ConnectorAccess, head: SlipHead) -> None:
    """Receive one transfer of these names at a time: the second finds the first."""
    key = "\n".join(
        [str(access.tenant_id), access.kind, head.transferring_agency, head.message_identifier]
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _may_come_again(transfer: ConnectorTransfer) -> bool:
    """Tell whether what was received under these names was refused for good, or cancelled."""
    deposit = transfer.deposit
    return bool(
        deposit.cancelled_at
        or (
            deposit.state == Deposit.State.COMPLETED
            and Outcome[deposit.settled_outcome] >= Outcome.KO
        )
    )


def _conflict(transfer: ConnectorTransfer) -> str:
    return (
        f"Le transfert « {transfer.message_identifier} » de « {transfer.transferring_agency} » a "
        f"déjà été reçu le {french.moment(transfer.received_at)} avec un autre contenu "
        f"({transfer.deposit.reference}) : donnez un autre identifiant à celui-ci."
    )


def _take_over(
    access: ConnectorAccess,
    head: SlipHead,
    composed: Composition,
    package: Path,
    earlier: ConnectorTransfer | None,
    request_id: str,
) -> ConnectorTransfer:
    deposit = receive_package(
        tenant_id=access.tenant_id,
        file=package,
        file_name=plain_file_name(f"{head.message_identifier}.tar"),
        action=Deposit.Action.INGEST,
        source=Deposit.Source.CONNECTOR,
        account_id=access.id,
        context_id=access.context_id,
        manifest_digest=composed.slip_sha256,
        manifest_digest_algorithm="SHA-256",
        request_id=request_id,
    )
    try:
        transfer = earlier or ConnectorTransfer(
            kind=access.kind,
            transferring_agency=head.transferring_agency,
            message_identifier=head.message_identifier,
        )
        transfer.access = access
        transfer.deposit = deposit
        transfer.archival_agency = head.archival_agency
        transfer.seda_version = head.seda_version
        transfer.slip_sha256 = composed.slip_sha256
        transfer.content_sha256 = composed.content_sha256
        transfer.received_at = clock.now()
        transfer.save()
    except BaseException:
        Workspace(access.tenant_id, deposit.id).clean(keep_package=False)
        raise
    return transfer
