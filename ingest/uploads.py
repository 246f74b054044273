"""Files arriving in pieces: begun, continued, finished, given up.

What counts as received is what is on the disk, flushed: a web process killed in the middle loses
nothing that the client was told, and the database need not be right for a resumption to be.
"""

import datetime as dt
import hashlib
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from ingest.models import Deposit, Upload
from ingest.request_bodies import BodyCutError, copy_body
from ingest.services.receive import receive_package
from ingest.workspace import incoming_path
from sae.jobs.queue import enqueue
from sae.kernel import clock
from sae.tenancy.scope import current_tenant_id

LIFETIME = dt.timedelta(days=3)
"""An upload without news for that long is given up and its space taken back."""

RESERVE = 512 * 1024 * 1024
"""Bytes that stay free on the workspace's disk: no new upload eats into them."""


EXPIRY_JOB = "ingest.expire_uploads"


class ChecksumMismatchError(Exception):
    """The piece received is not the one the client sent; nothing of it is kept."""


def start_upload(
    *, account_id: uuid.UUID, file_name: str, length: int, action: str, metadata: Mapping[str, str]
) -> Upload:
    """Make room for a file of ``length`` bytes."""
    moment = clock.now()
    upload = Upload(
        tenant_id=current_tenant_id(),
        account_id=account_id,
        file_name=plain_file_name(file_name),
        length=length,
        metadata={**metadata, "action": action},
        created_at=moment,
        expires_at=moment + LIFETIME,
    )
    upload.save(force_insert=True)
    enqueue(
        tenant_id=upload.tenant_id,
        kind=EXPIRY_JOB,
        subject_id=upload.tenant_id,
        not_before=upload.expires_at,
    )
    incoming_path(upload.id).touch()
    return upload


def plain_file_name(name: str) -> str:
    """Return the last part of a name given by a browser, without control characters.

    >>> plain_file_name("C:\\\\Paquets\\\\avril.zip")
    'avril.zip'
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in last if char.isprintable())[:255] or "paquet"


def has_room_for(length: int) -> bool:
    """Tell whether the workspace's disk can take ``length`` bytes and keep its reserve."""
    return shutil.disk_usage(incoming_path(uuid.UUID(int=0)).parent).free - RESERVE >= length


def lock_upload(upload: Upload) -> bool:
    """Hold the upload until the transaction ends; ``False`` when another request holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"upload {upload.id}"]
        )
        return bool(cursor.fetchone()[0])


def received(upload: Upload) -> int:
    """Return how many bytes are on the disk, flushed."""
    if upload.deposit_id is not None:
        return upload.length
    try:
        descriptor = os.open(incoming_path(upload.id), os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def append_body(
    upload: Upload,
    request: HttpRequest,
    *,
    offset: int,
    checksum: tuple["hashlib._Hash", bytes] | None = None,
) -> int:
    """Add the request's body at ``offset`` and return the new offset.

    A client that goes away leaves what it had sent, except under a ``checksum`` (hash, expected
    digest), where a piece is kept whole or not at all. Raises ``ChecksumMismatchError`` then, and
    ``BodyTooLargeError`` when the body goes past the announced length.
    """
    with incoming_path(upload.id).open("r+b" if offset else "wb") as file:
        file.seek(offset)
        digest = checksum[0] if checksum else None
        try:
            copy_body(request, file, limit=upload.length - offset, digest=digest)
            if checksum and digest and digest.digest() != checksum[1]:
                raise ChecksumMismatchError
        except BodyCutError:
            if checksum:
                file.truncate(offset)
        except BaseException:
            file.truncate(offset)
            raise
        file.flush()
        os.fsync(file.fileno())
        new_offset = os.fstat(file.fileno()).st_size
    upload.offset = new_offset
    upload.expires_at = clock.now() + LIFETIME
    upload.save(update_fields=["offset", "expires_at"])
    return new_offset


def finish_upload(upload: Upload) -> Deposit:
    """Hand a whole file over to the workflow; doing it again gives the same deposit.

    The file stays under its incoming name until the deposit is committed: a process killed in
    between finds it there and finishes.
    """
    source = incoming_path(upload.id)
    if upload.deposit_id is not None:
        deposit: Deposit = Deposit.objects.get(id=upload.deposit_id)
        return deposit
    handed = source.with_suffix(".whole")
    handed.unlink(missing_ok=True)
    os.link(source, handed)
    deposit = receive_package(
        tenant_id=upload.tenant_id,
        file=handed,
        file_name=upload.file_name,
        action=upload.metadata["action"],
        source=Deposit.Source.BROWSER,
        account_id=upload.account_id,
        idempotency_key=f"upload:{upload.id}",
        was_announced=True,
    )
    upload.deposit_id = deposit.id
    upload.offset = upload.length
    upload.save(update_fields=["deposit_id", "offset"])
    transaction.on_commit(lambda: source.unlink(missing_ok=True))
    return deposit


def discard_upload(upload: Upload) -> None:
    """Forget an upload and take its space back."""
    path = incoming_path(upload.id)
    upload.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def uploads_under_way(account_id: uuid.UUID) -> list[Upload]:
    """Return an account's unfinished uploads in the coffre in scope, latest first."""
    return list(
        Upload.objects.filter(
            account_id=account_id, deposit_id__isnull=True, expires_at__gt=clock.now()
        ).order_by("-id")[:100]
    )


def expire_uploads() -> int:
    """Give up the uploads of the coffre in scope that have had no news; return their number.

    Finished ones go too, a while after: their deposit has its own life.
    """
    expired = list(Upload.objects.filter(expires_at__lte=clock.now()))
    for upload in expired:
        if lock_upload(upload):
            discard_upload(upload)
    return len(expired)


def sweep_incoming() -> int:
    """Remove incoming files that nothing has touched for twice the lifetime; return their number.

    They belong to no upload any more: a web process died while it was receiving them.
    """
    limit = (clock.now() - 2 * LIFETIME).timestamp()
    swept = 0
    for path in incoming_folder().iterdir():
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def incoming_folder() -> Path:
    """Return the folder of incoming files, made when it is missing."""
    return incoming_path(uuid.UUID(int=0)).parent


def max_length() -> int:
    """Return the greatest number of bytes that one upload may announce."""
    return int(settings.TUS_MAX_SIZE)
