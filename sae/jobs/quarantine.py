"""Giving a job up, and telling its subject in the same transaction."""

import uuid

from django.db import connection

from sae.jobs.registry import Quarantine, UnknownKindError, registration_of
from sae.tenancy.scope import tenant_scope


def quarantine(*, tenant_id: uuid.UUID, job_id: uuid.UUID, token: int, reason: str) -> bool:
    """Give up a job still held under ``token``; return ``False`` when it no longer is.

    The token moves on, so a worker that still runs can commit nothing; the handler's
    ``on_quarantine`` is called in this same transaction, and undoes it when it raises.
    """
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'quarantined', token = token + 1, reason = %s, "
            "lease_until = NULL, worker = '', finished_at = clock_timestamp() "
            "WHERE tenant_id = %s AND id = %s AND token = %s AND state = 'claimed' "
            "RETURNING kind, subject_id, last_error",
            [reason, tenant_id, job_id, token],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        kind, subject_id, last_error = row
        try:
            callback = registration_of(kind).on_quarantine
        except UnknownKindError:
            callback = None
        if callback is not None:
            callback(Quarantine(job_id, tenant_id, kind, subject_id, reason, last_error))
    return True
