"""Record what was stored, in the caller's transaction."""

import uuid
from collections.abc import Iterable, Sequence

from sae.kernel import clock
from sae.kernel.identifiers import new_ids
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.errors import ObjectConflict
from sae.storage.writer import StoredResult
from sae.tenancy.bulk import copy_rows

_LOOKUP = 5_000


def record_stored(
    results: Iterable[StoredResult],
    *,
    tenant_id: uuid.UUID,
    operation_id: uuid.UUID,
    kind: StoredObject.Kind,
) -> dict[str, uuid.UUID]:
    """Insert stored objects and their copies by COPY; return ids by the items' identifiers.

    Needs the tenant's scope. An object already recorded (the same step run twice) keeps its row
    and its id. Raises ObjectConflict when that row has another digest.
    """
    stored = list(results)
    ids = _recorded(stored)
    fresh = [result for result in stored if result.identifier not in ids]
    ids.update(zip((each.identifier for each in fresh), new_ids(len(fresh)), strict=True))
    moment = clock.now()
    copy_rows(
        StoredObject,
        [
            *("tenant_id", "id", "operation_id", "kind", "key", "size", "sha512"),
            *("part_size", "part_digests", "strategy", "created_at"),
        ],
        (
            (
                *(tenant_id, ids[result.identifier], operation_id, kind.value, result.key),
                *(result.size, result.sha512, result.fingerprint.part_size),
                *(result.fingerprint.part_digests, result.strategy, moment),
            )
            for result in fresh
        ),
    )
    copies = [(result, copy) for result in fresh for copy in result.copies]
    copy_rows(
        ObjectCopy,
        [
            *("tenant_id", "id", "stored_object_id", "offer", "state", "reported_digest"),
            *("confirmed_at", "last_verified_at"),
        ],
        (
            (
                *(tenant_id, identifier, ids[result.identifier], copy.offer),
                *(ObjectCopy.State.PRESENT.value, copy.digest, copy.confirmed_at),
                # Read back from the medium itself, or only reported: an audit will tell.
                copy.confirmed_at if copy.digest.startswith("sha512:") else None,
            )
            for identifier, (result, copy) in zip(new_ids(len(copies)), copies, strict=True)
        ),
    )
    return ids


def _recorded(stored: Sequence[StoredResult]) -> dict[str, uuid.UUID]:
    ids = {}
    for start in range(0, len(stored), _LOOKUP):
        by_key = {result.key: result for result in stored[start : start + _LOOKUP]}
        rows = StoredObject.objects.filter(key__in=list(by_key))
        for identifier, key, sha512 in rows.values_list("id", "key", "sha512"):
            if sha512 != by_key[key].sha512:
                raise ObjectConflict("database", f"{key}: recorded with another digest")
            ids[by_key[key].identifier] = identifier
    return ids
