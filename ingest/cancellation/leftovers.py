"""What an operation wrote at the offers, and its destruction. Every call may be made again."""

import uuid
from collections.abc import Iterator

from ingest.control.object_ids import IDENTIFIERS
from ingest.control.spool import OBJECTS_READY
from ingest.workspace import Workspace
from sae.storage.audit import delete_stored
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.base import PART_SIZE
from sae.storage.offers.errors import OfferError
from sae.storage.strategies import offers
from sae.storage.writer import PACK_SIZE, object_key
from sae.tenancy.scope import tenant_scope

BATCH = 200
"""Stored objects destroyed between two commits: what is done stays done."""

Kind = StoredObject.Kind
EVIDENCE = frozenset({"reply.xml", "manifest.xml"})
"""Kept of a deposit that was refused or abandoned."""


def destroy_stored(
    *, tenant_id: uuid.UUID, operation_id: uuid.UUID, kinds: tuple[str, ...]
) -> OfferError | None:
    """Destroy the bytes of an operation at every offer, batch by batch, each one committed.

    Returns the first error of an offer, after the others were given their part: call again later;
    ``None`` once nothing is left. Opens its own scopes.
    """
    last = uuid.UUID(int=0)
    failure: OfferError | None = None
    while True:
        with tenant_scope(tenant_id):
            left = ObjectCopy.objects.exclude(state=ObjectCopy.State.DELETED).values(
                "stored_object_id"
            )
            batch = list(
                StoredObject.objects.filter(
                    operation_id=operation_id, kind__in=kinds, id__gt=last, id__in=left
                ).order_by("id")[:BATCH]
            )
            if not batch:
                return failure
            last = batch[-1].id
            try:
                # Not in a savepoint: the copies already destroyed are recorded as such.
                delete_stored(stored_objects=batch)
            except OfferError as error:
                failure = failure or error


def sweep_operation(*, tenant_id: uuid.UUID, operation_id: uuid.UUID) -> OfferError | None:
    """Destroy everything at the offers but the evidence, recorded or not.

    A worker killed while it stored leaves objects that no row tells of: the offers' own listing
    finds them; writes cut in the middle are looked for by the names they would have had.
    """
    failure = destroy_stored(
        tenant_id=tenant_id,
        operation_id=operation_id,
        kinds=(Kind.OBJECT, Kind.PACK, Kind.METADATA),
    )
    prefix = f"{tenant_id}/{operation_id}/"
    cut = [object_key(tenant_id, operation_id, name) for name in _large(tenant_id, operation_id)]
    for offer in offers().values():
        try:
            for listed in list(offer.list(prefix)):
                if listed.key.removeprefix(prefix) not in EVIDENCE:
                    offer.delete(listed.key)
            for key in cut:
                offer.abandon(key)
        except OfferError as error:
            failure = failure or error
    return failure


def _large(tenant_id: uuid.UUID, operation_id: uuid.UUID) -> Iterator[str]:
    """Yield the names of what the operation writes in several parts."""
    workspace = Workspace(tenant_id, operation_id)
    if not workspace.has(OBJECTS_READY):
        return
    yield from ("units.jsonl.gz", "object-groups.jsonl.gz")
    raw = workspace.path(IDENTIFIERS).read_bytes() if workspace.has(IDENTIFIERS) else b""
    small = 0
    for entry in workspace.read_lines(OBJECTS_READY):
        if not entry["binary"]:
            continue
        start = 16 * entry["n"]
        if entry["size"] > PART_SIZE and raw:
            yield str(uuid.UUID(bytes=raw[start : start + 16]))
        else:
            small += entry["size"]
    for number in range(1, 2 + 2 * small // PACK_SIZE):
        yield f"pack-{number:04}"
