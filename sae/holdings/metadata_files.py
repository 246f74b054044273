"""Files of metadata for the offers, kept beside the change that they tell until they are there.

A change of units writes its JSON Lines here, in its own transaction; a job sends them to every
offer, then removes them. A worker killed between the two sends the same bytes again; an offer that
is down makes them wait, never the change. Source: reference system §5.4.
"""

import datetime as dt
import uuid
from collections.abc import Iterable

import orjson
from isal import igzip

from sae.holdings.models import PendingMetadata
from sae.holdings.rows import UnitRow
from sae.jobs.claim import Claim
from sae.jobs.models import Cluster
from sae.jobs.queue import enqueue
from sae.jobs.registry import CONTINUE, DONE, Advance, wait
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.storage.models import StoredObject
from sae.storage.offers.errors import OfferError
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import store_files
from sae.tenancy.scope import current_tenant_id, tenant_scope

JOB_KIND = "metadata_to_offers"
REPORT = "report.jsonl.gz"
AT_ONCE = 20
RETRY_AFTER = dt.timedelta(seconds=20)


def line_of_row(row: UnitRow) -> bytes:
    """Return the line of a unit that enters the fonds, with its end; its version is 0."""
    return orjson.dumps(
        {
            "id": row.id,
            "type": row.unit_type,
            "parents": row.parents,
            "object_group": row.object_group_id,
            "agency": row.originating_agency,
            "agencies": row.originating_agencies,
            "manifest_id": row.manifest_id,
            "seda_version": row.seda_version,
            "profile": row.archive_unit_profile,
            "content": orjson.Fragment(row.content),
            "management": orjson.Fragment(row.management),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def keep_metadata(lines: Iterable[bytes], *, operation_id: uuid.UUID, name: str) -> None:
    """Keep a file of lines (each with its end) for the offers, compressed, and queue its sending.

    ``name`` ends its key (``units-000001.jsonl.gz``) and is unique within the operation.
    """
    keep_compressed(compressed(lines), operation_id=operation_id, name=name)


def compressed(lines: Iterable[bytes]) -> bytes:
    """Return a file of lines as ``keep_compressed`` wants it; asks nothing of the database."""
    # No date inside: the bytes depend on the lines alone.
    packed: bytes = igzip.compress(b"".join(lines), compresslevel=1, mtime=0)
    return packed


def keep_compressed(content: bytes, *, operation_id: uuid.UUID, name: str) -> None:
    """Keep a file for the offers, like ``keep_metadata``; another thread may have made it."""
    PendingMetadata.objects.create(
        id=new_id(),
        operation_id=operation_id,
        name=name,
        content=content,
        created_at=clock.now(),
    )
    enqueue(
        tenant_id=current_tenant_id(),
        kind=JOB_KIND,
        subject_id=operation_id,
        cluster=Cluster.LONG,
    )


def send_pending(claim: Claim) -> Advance:
    """Send what an operation keeps for the offers; see ``sae.jobs.registry.register_handler``."""
    with tenant_scope(claim.tenant_id):
        pending = list(
            PendingMetadata.objects.filter(operation_id=claim.subject_id).order_by("name")[:AT_ONCE]
        )
    if not pending:
        return DONE
    try:
        stored = store_files(
            tenant_id=claim.tenant_id,
            operation_id=claim.subject_id,
            items=[ItemToStore(one.name, bytes(one.content), len(one.content)) for one in pending],
            strategy=strategy(),
        )
    except OfferError as error:
        if not error.retryable:
            raise
        return wait(RETRY_AFTER, str(error))
    with tenant_scope(claim.tenant_id):
        for kind in (StoredObject.Kind.METADATA, StoredObject.Kind.REPORT):
            is_report = kind is StoredObject.Kind.REPORT
            record_stored(
                [one for one in stored if (one.identifier == REPORT) == is_report],
                tenant_id=claim.tenant_id,
                operation_id=claim.subject_id,
                kind=kind,
            )
        PendingMetadata.objects.filter(id__in=[one.id for one in pending]).delete()
        claim.assert_current()
    return CONTINUE
