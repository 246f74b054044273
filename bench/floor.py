"""The floor: the physical work of a deposit, with the same clients, and nothing else.

Unpack and hash, read the manifest, identify formats, write the same bytes to every offer by the
same packing rule, send the same rows by COPY to the same tables. No control, no journal of its
own, no confirmation, no metadata beside; each part after the other, in one process.
"""

import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from ingest import formats
from sae.kernel.identifiers import new_id
from sae.seda.assembly import IgnoringConsumer
from sae.seda.containers import Unpacked, unpack
from sae.seda.reader import read_manifest
from sae.storage.offers.base import PART_SIZE, Offer, part_size_for
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import LARGEST_PACKED, object_key

_SENDERS = 12
_BLOCK = 1 << 18

_TABLES = {
    "holdings_objectgroup": "operation_id",
    "holdings_dataobject": "operation_id",
    "storage_storedobject": "operation_id",
    "storage_objectcopy": None,
    "holdings_archiveunit": "operation_id",
    "holdings_unitedge": None,
    "holdings_search": "operation_id",
    "holdings_unitrules": None,
    "journal_lifecycleentry": "operation_id",
}
"""Tables that a deposit fills in bulk, with the column that names it."""

_THROUGH = {
    "storage_objectcopy": "stored_object_id IN (SELECT id FROM storage_storedobject "
    "WHERE tenant_id = {tenant} AND operation_id = {operation})",
    "holdings_unitrules": "id IN (SELECT id FROM holdings_archiveunit "
    "WHERE tenant_id = {tenant} AND operation_id = {operation})",
    "holdings_unitedge": "unit_id IN (SELECT id FROM holdings_archiveunit "
    "WHERE tenant_id = {tenant} AND operation_id = {operation})",
}


def measure_floor(
    package: Path,
    *,
    source: tuple[uuid.UUID, uuid.UUID],
    into: uuid.UUID,
    admin_url: str,
    scratch: Path,
    processor_seconds: Callable[[], float],
) -> tuple[dict[str, float], float]:
    """Do the floor of a package already deposited; return the seconds of each part, then how much
    all of it used of the processors.

    ``source`` names the tenant and the operation whose rows are sent again, to the empty coffre
    ``into``. ``scratch`` is a folder on the disk of the workspaces.
    """
    rows = _saved_rows(source, into, admin_url, scratch)
    folder = Path(tempfile.mkdtemp(prefix="floor-", dir=scratch))
    seconds: dict[str, float] = {}
    used = processor_seconds()

    def timed(name: str, work: Callable[[], object]) -> object:
        start = time.monotonic()
        try:
            return work()
        finally:
            seconds[name] = time.monotonic() - start

    try:
        unpacked = timed("unpack + SHA-512", lambda: unpack(package, folder))
        assert isinstance(unpacked, Unpacked)
        timed("manifest", lambda: read_manifest(folder / "manifest.xml", IgnoringConsumer()))
        files = [folder / entry.stored_as for entry in unpacked.entries]
        timed("identification", lambda: list(formats.identify(files)))
        timed("two offers", lambda: _write(unpacked, folder, into))
        timed("COPY", lambda: _copy(rows, admin_url))
        used = processor_seconds() - used
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for path in rows.values():
            path.unlink()
    return seconds, used


# Bytes


def _write(unpacked: Unpacked, folder: Path, tenant_id: uuid.UUID) -> None:
    operation_id = new_id()
    offers = strategy().offers
    small: list[ItemToStore] = []
    large: list[ItemToStore] = []
    for entry in unpacked.entries:
        item = ItemToStore(str(new_id()), folder / entry.stored_as, entry.size)
        (small if item.size < LARGEST_PACKED else large).append(item)
    if small:
        _write_pack(small, offers, object_key(tenant_id, operation_id, "pack-0001"))

    def send(item: ItemToStore) -> None:
        content = item.read()
        for offer in offers:
            offer.put_bytes(object_key(tenant_id, operation_id, item.identifier), content)

    with ThreadPoolExecutor(_SENDERS) as senders:
        list(senders.map(send, (item for item in large if item.size <= PART_SIZE)))
    for item in large:
        if item.size > PART_SIZE:
            key = object_key(tenant_id, operation_id, item.identifier)
            _to_all(offers, key, item.size, item.parts)


def _write_pack(items: Iterable[ItemToStore], offers: tuple[Offer, ...], key: str) -> None:
    content = b"".join(item.read() for item in items)
    if len(content) > PART_SIZE:
        pieces = ItemToStore("pack", content, len(content))
        _to_all(offers, key, len(content), pieces.parts)
        return
    with ThreadPoolExecutor(len(offers)) as senders:
        list(senders.map(lambda offer: offer.put_bytes(key, content), offers))


def _to_all(
    offers: tuple[Offer, ...], key: str, size: int, parts: Callable[[int], Iterator[bytes]]
) -> None:
    part_size = part_size_for(size)
    failures: list[Exception] = []

    def send(offer: Offer) -> None:
        try:
            offer.put_parts(key, parts(part_size), part_size=part_size)
        except Exception as error:
            failures.append(error)

    senders = [threading.Thread(target=send, args=(offer,)) for offer in offers]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    for failure in failures:
        raise failure


# Rows


def _saved_rows(
    source: tuple[uuid.UUID, uuid.UUID], into: uuid.UUID, admin_url: str, scratch: Path
) -> dict[str, Path]:
    """Save the rows of an operation as COPY will send them, under the name of another tenant."""
    tenant, operation = (f"'{one}'" for one in source)
    saved: dict[str, Path] = {}
    with psycopg.connect(admin_url) as admin:
        for table, column in _TABLES.items():
            # Without statistics of what has just come in, its dump may take minutes.
            admin.execute(f"ANALYZE {table}".encode())
            mine = f"{column} = {operation}" if column else _THROUGH[table]
            where = f"tenant_id = {tenant} AND " + mine.format(tenant=tenant, operation=operation)
            saved[table] = scratch / f"{table}.{operation.strip(chr(39))}.copy"
            with saved[table].open("wb") as file:
                _save(admin, f"SELECT * FROM {table} WHERE {where}", file, source[0], into)
        # What the rows refer to is there beforehand, as it is for the product.
        columns = _columns(admin, "journal_operation")
        others = ", ".join(name for name in columns if name != "tenant_id")
        admin.execute(
            f"INSERT INTO journal_operation (tenant_id, {others}) SELECT '{into}', {others} "
            f"FROM journal_operation WHERE tenant_id = {tenant} AND id = {operation}".encode()
        )
    return saved


def _save(
    admin: psycopg.Connection, query: str, file: object, old: uuid.UUID, new: uuid.UUID
) -> None:
    before, after = str(old).encode(), str(new).encode()
    with admin.cursor().copy(f"COPY ({query}) TO STDOUT".encode()) as copy:
        for row in copy:
            file.write(bytes(row).replace(before, after))  # type: ignore[attr-defined]


def _columns(admin: psycopg.Connection, table: str) -> list[str]:
    rows = admin.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    return [name for (name,) in rows]


def _copy(rows: dict[str, Path], admin_url: str) -> None:
    """Send them in one transaction; indexes and keys are the product's own."""
    with psycopg.connect(admin_url) as admin:
        for table, path in rows.items():
            with (
                path.open("rb") as file,
                admin.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy,
            ):
                while block := file.read(_BLOCK):
                    copy.write(block)
