"""Everything that a deposit leaves, written so that two runs of one package can be compared.

Identifiers are replaced by their order of appearance, moments and durations by a word: what
remains must not depend on how often, or where, a worker died.
"""

import gzip
import hashlib
import re
import uuid
from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection, models

from ingest.models import Deposit, DepositProblem
from ingest.workspace import Workspace
from sae.holdings.models import (
    AccessionRegisterDetail,
    ArchiveUnit,
    DataObject,
    ObjectGroup,
    UnitEdge,
)
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.journal.verification import verify_tenant
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.base import Offer, read_blocks
from sae.storage.offers.filesystem import FilesystemOffer
from sae.storage.offers.s3 import S3Offer
from sae.storage.strategies import offers
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_VARIES = {
    "duration_ms",  # how long
    *("hash", "previous_hash", "last_hash", "last_sequence", "sequence", "life_cycle_frontier"),
    *("root", "MessageDigest"),  # sums over identifiers and moments
    *("number", "tsv", "part_digests", "confirmed_at", "last_verified_at", "started_at"),
}
_WRITTEN_WITH_IDENTIFIERS = ("metadata", "reply")


def final_state(tenant: Tenant, deposit_id: uuid.UUID) -> list[str]:
    """Return the rows, the objects at every offer and the events of a deposit, as lines."""
    with tenant_scope(tenant.id):
        lines = [*_rows(deposit_id), *_projection(tenant, deposit_id)]
        stored = {one.key: one for one in StoredObject.objects.filter(operation_id=deposit_id)}
    for offer in offers().values():
        lines += _kept(offer, f"{tenant.id}/{deposit_id}/", stored)
    lines.append(f"journal broken: {verify_tenant(tenant.id).broken}")
    workspace = Workspace(tenant.id, deposit_id).root
    left = sorted(path.name for path in workspace.iterdir()) if workspace.exists() else []
    lines.append(f"workspace: {left}")
    return _normalised(lines)


def _rows(deposit_id: uuid.UUID) -> Iterator[str]:
    """Rows by table, in the order of the identifiers, which is that of the manifest."""
    operation = {"operation_id": deposit_id}
    sources: list[tuple[models.QuerySet[Any], tuple[str, ...]]] = [
        (Deposit.objects.filter(id=deposit_id), ()),
        (Operation.objects.filter(id=deposit_id), ()),
        (ArchiveUnit.objects.filter(**operation), ("id",)),
        (ObjectGroup.objects.filter(**operation), ("id",)),
        (DataObject.objects.filter(**operation), ("id",)),
        (UnitEdge.objects.filter(unit__operation_id=deposit_id), ("unit_id", "parent_id")),
        (LifeCycleEntry.objects.filter(**operation), ("sequence",)),
        (StoredObject.objects.filter(**operation), ("key",)),
        (ObjectCopy.objects.filter(stored_object__operation_id=deposit_id), ()),
        (AccessionRegisterDetail.objects.filter(**operation), ("originating_agency",)),
        (DepositProblem.objects.filter(deposit_id=deposit_id), ("position",)),
        (Event.objects.filter(**operation), ("sequence",)),
    ]
    for rows, order in sources:
        name = rows.model.__name__
        if name == "ObjectCopy":
            order = ("stored_object__key", "offer")
        for row in rows.order_by(*order).values():
            yield f"{name} {_text(_settled(name, row))}"


def _settled(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Drop what cannot be the same twice."""
    kept = {key: value for key, value in row.items() if key not in _VARIES}
    if name == "StoredObject" and row["kind"] in _WRITTEN_WITH_IDENTIFIERS:
        kept = {key: value for key, value in kept.items() if key not in ("size", "sha512")}
    if name == "ObjectCopy":
        kept.pop("reported_digest")
        # Rows of copies are made by the bulk: nothing else refers to their identifiers.
        kept.pop("id")
    if name in ("UnitEdge", "LifeCycleEntry", "Event", "DepositProblem"):
        kept.pop("id")
        kept.pop("parent_id", None) if name == "Event" else None
    return kept


def _projection(tenant: Tenant, deposit_id: uuid.UUID) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, tsv::text, ancestors::text, agencies::text, unit_type, level, "
            "start_date, end_date, has_object, title_key FROM holdings_search "
            "WHERE tenant_id = %s AND operation_id = %s ORDER BY unit_id",
            [tenant.id, deposit_id],
        )
        for row in cursor.fetchall():
            yield f"search {_text(list(row))}"


def _kept(offer: Offer, prefix: str, stored: dict[str, StoredObject]) -> Iterator[str]:
    """What an offer really holds under a deposit's prefix, and what cut writes left there."""
    for listed in offer.list(prefix):
        data = b"".join(read_blocks(offer, listed.key, length=offer.size(listed.key)))
        known = stored.get(listed.key)
        agrees = known is not None and hashlib.sha512(data).hexdigest() == known.sha512
        shown = "same" if agrees else "OTHER BYTES"
        if known is not None and known.kind in _WRITTEN_WITH_IDENTIFIERS:
            shown += " " + _readable(data)
        yield f"{offer.id} {listed.key} {shown}"
    for left in leftovers(offer, prefix):
        yield f"{offer.id} LEFT BEHIND {left}"


def leftovers(offer: Offer, prefix: str) -> list[str]:
    """Return the writes begun and not finished that an offer still keeps."""
    if isinstance(offer, FilesystemOffer):
        return sorted(path.name for path in (offer.path / ".partial").iterdir())
    assert isinstance(offer, S3Offer)
    answer = offer._client.list_multipart_uploads(Bucket=offer.bucket, Prefix=prefix)
    return [upload["Key"] for upload in answer.get("Uploads", [])]


def _readable(data: bytes) -> str:
    raw = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    text = raw.decode()
    if text.startswith("{"):
        # Keys in the order in which they were written are not what is compared here.
        return " ".join(_text(orjson.loads(line)) for line in text.splitlines())
    return " ".join(text.split())


def _text(value: Any) -> str:
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(_without_varying(value), default=_plain, option=option).decode()


def _without_varying(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_varying(v) for k, v in value.items() if k not in _VARIES}
    if isinstance(value, list):
        return [_without_varying(one) for one in value]
    return value


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def _normalised(lines: list[str]) -> list[str]:
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"#{len(names)}")

    return [_UUID.sub(name, _MOMENT.sub("<moment>", line)) for line in lines]
