"""An archive that arrives in pieces after its slip: announced, continued, completed, given up.

Pieces come in order, one call each. A piece sent again because its answer was lost changes
nothing; what a cut request wrote is cut off before the next try.
"""

import contextlib
import datetime as dt
import os
import secrets
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.crypto import constant_time_compare

from ingest.connectors.models import ConnectorAccess, ConnectorTransfer, ConnectorUpload
from ingest.connectors.slips import SlipRefused, read_head
from ingest.connectors.transfers import TransferConflict, find_transfer, receive_transfer
from ingest.uploads import has_room_for, max_length, plain_file_name
from ingest.workspace import incoming_path
from sae.jobs.queue import enqueue
from sae.kernel import clock
from sae.seda.containers import ContainerFault
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken
from tenants.organisations.quotas import check_room

LIFETIME = dt.timedelta(days=1)
"""A session without a new piece for that long is given up."""

EXPIRY_JOB = "ingest.expire_connector_uploads"
MAX_PIECES = 1_000_000


class PieceRefused(ValueError):  # noqa: N818 — told to people as is
    """The piece cannot be added."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a client presents with each piece: which archive, and the proof that it is its own."""

    identifier: str
    security: str


def start_session(access: ConnectorAccess, *, slip: Path, slip_file_name: str) -> Session:
    """Keep a slip whose archive will come by pieces.

    Raises ``SlipRefused`` at once, and ``QuotaReachedError`` in a full coffre, unless the transfer
    is one that was received and is sent again.
    """
    with tenant_scope(access.tenant_id):
        _check_room(access, slip, size=0)
    security = secrets.token_urlsafe(32)
    moment = clock.now()
    with tenant_scope(access.tenant_id):
        upload = ConnectorUpload(
            access=access,
            security_sha256=ApiToken.digest(security),
            slip_name=slip_file_name,
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
        slip.replace(incoming_path(upload.slip_id))
        try:
            upload.save(force_insert=True)
            enqueue(
                tenant_id=access.tenant_id,
                kind=EXPIRY_JOB,
                subject_id=upload.id,
                not_before=upload.expires_at,
            )
        except BaseException:
            incoming_path(upload.slip_id).unlink(missing_ok=True)
            raise
    return Session(str(upload.id), security)


def add_piece(
    access: ConnectorAccess,
    session: Session,
    *,
    index: int,
    count: int,
    piece: Path,
    file_name: str,
) -> ConnectorUpload:
    """Add the piece of rank ``index`` (from 1) out of ``count``.

    Raises ``PieceRefused``, and ``QuotaReachedError`` when the coffre has no room for it.
    """
    with tenant_scope(access.tenant_id):
        upload = _locked(access, session)
        if upload.transfer_id is not None:
            return upload
        if count > MAX_PIECES or index > count or upload.piece_count not in (0, count):
            raise PieceRefused(f"Le morceau {index} sur {count} ne va pas avec les précédents.")
        if index <= upload.received_pieces:
            return upload
        if index > upload.received_pieces + 1:
            expected = upload.received_pieces + 1
            raise PieceRefused(f"Le morceau {expected} est attendu avant le morceau {index}.")
        size = piece.stat().st_size
        if upload.received_bytes + size > max_length() or not has_room_for(size):
            raise PieceRefused("L’archive dépasse la taille admise ou la place disponible.")
        # The session stays: the same piece passes once the coffre has room again.
        _check_room(access, incoming_path(upload.slip_id), size=upload.received_bytes + size)
        upload.received_bytes = _append(upload, piece)
        upload.received_pieces = index
        upload.piece_count = count
        upload.file_name = plain_file_name(file_name)
        upload.expires_at = clock.now() + LIFETIME
        upload.save()
    return upload


def complete(access: ConnectorAccess, upload: ConnectorUpload) -> ConnectorTransfer | None:
    """Receive the transfer once its last piece is there; ``None`` before.

    Done again, it gives the same transfer. What is wrong with the transfer is raised as by
    ``receive_transfer``; the session then ends, since the client must start again.
    """
    if upload.transfer_id is None and upload.received_pieces < upload.piece_count:
        return None
    with tenant_scope(access.tenant_id):
        _lock(upload.id)
        upload.refresh_from_db()
        if upload.transfer_id is not None:
            transfer: ConnectorTransfer = ConnectorTransfer.objects.select_related("deposit").get(
                id=upload.transfer_id
            )
            return transfer
    try:
        transfer = receive_transfer(
            access, slip=incoming_path(upload.slip_id), attachments=incoming_path(upload.id)
        )
    except FileNotFoundError:
        # The same last piece, sent twice at once: the other call has finished.
        with tenant_scope(access.tenant_id):
            upload.refresh_from_db()
            found: ConnectorTransfer = ConnectorTransfer.objects.select_related("deposit").get(
                id=upload.transfer_id
            )
        return found
    except (SlipRefused, ContainerFault, TransferConflict):
        # Theirs: the client must start again. What is ours lets it send its last piece again.
        discard(access, upload)
        raise
    with tenant_scope(access.tenant_id):
        ConnectorUpload.objects.filter(id=upload.id).update(transfer_id=transfer.id)
    _remove_files(upload)
    return transfer


def discard(access: ConnectorAccess, upload: ConnectorUpload) -> None:
    """Forget a session and take its space back."""
    with tenant_scope(access.tenant_id):
        ConnectorUpload.objects.filter(id=upload.id).delete()
    _remove_files(upload)


def expire_session(tenant_id: uuid.UUID, upload_id: uuid.UUID) -> dt.datetime | None:
    """Give up a session that is past its time; return when to look again if it is not."""
    with tenant_scope(tenant_id):
        _lock(upload_id)
        upload = ConnectorUpload.objects.filter(id=upload_id).first()
        if upload is None:
            return None
        if upload.expires_at > clock.now():
            expires_at: dt.datetime = upload.expires_at
            return expires_at
        ConnectorUpload.objects.filter(id=upload_id).delete()
    _remove_files(upload)
    return None


def _locked(access: ConnectorAccess, session: Session) -> ConnectorUpload:
    """Return the session, held until the transaction ends. The same words for all that is wrong."""
    unknown = PieceRefused("Cette session d’envoi est inconnue ou close : envoyez de nouveau.")
    try:
        identifier = uuid.UUID(session.identifier)
    except ValueError:
        raise unknown from None
    _lock(identifier)
    upload: ConnectorUpload | None = ConnectorUpload.objects.filter(
        id=identifier, access=access
    ).first()
    if upload is None or not constant_time_compare(
        upload.security_sha256, ApiToken.digest(session.security)
    ):
        raise unknown
    return upload


def _check_room(access: ConnectorAccess, slip: Path, *, size: int) -> None:
    """Raise ``QuotaReachedError``, but for a transfer already received: it takes no more room."""
    head = read_head(slip)
    known = find_transfer(
        kind=access.kind,
        agency=head.transferring_agency,
        message_identifier=head.message_identifier,
    )
    if known is None:
        check_room(access.tenant_id, size=size)


def _lock(identifier: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pieces {identifier}"]
        )


def _append(upload: ConnectorUpload, piece: Path) -> int:
    """Add a piece to the archive, durably, and return the archive's length."""
    with incoming_path(upload.id).open("ab") as archive, piece.open("rb") as stream:
        if archive.tell() < upload.received_bytes:
            raise PieceRefused("Les morceaux précédents ne sont plus là : envoyez de nouveau.")
        archive.truncate(upload.received_bytes)
        shutil.copyfileobj(stream, archive, 1 << 20)
        archive.flush()
        os.fsync(archive.fileno())
        return archive.tell()


def _remove_files(upload: ConnectorUpload) -> None:
    for name in (upload.id, upload.slip_id):
        with contextlib.suppress(OSError):
            incoming_path(name).unlink(missing_ok=True)
