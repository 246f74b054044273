"""Rows written as text come back as they were."""

import psycopg
import pytest
from django.db import connection, transaction

from sae.holdings.models import ArchiveUnit
from sae.kernel import clock
from sae.kernel.identifiers import new_id, new_ids, new_ids_in_hex
from sae.storage.models import ObjectCopy, StoredObject
from sae.tenancy.bulk import (
    NULL,
    Share,
    SharedLines,
    copy_lines,
    copy_rows,
    encode_lines,
    escaped,
    share_lines,
)
from sae.tenancy.models import Tenant
from sae.tenancy.scope import NoScopeError, tenant_scope
from tenants.models import Agency
from tests.builders.people import Cast
from tests.services import ServiceEnv

COLUMNS = (
    *("tenant_id", "id", "identifier", "name", "description", "details"),
    *("version", "created_at", "updated_at"),
)
NAUGHTY = "Voirie\t« \\N » \\\\ \r\n{\"é\": 'œ'} \\t 😀"


def lines(tenant: str, *names: str) -> bytes:
    moment = clock.now().isoformat()
    return encode_lines(
        (tenant, new_id().hex, f"A{number}", escaped(name), "", "{}", "0", moment, moment)
        for number, name in enumerate(names)
    )


def test_any_text_survives(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        names = [NAUGHTY, "", NULL, "fin"]
        assert copy_lines(Agency, COLUMNS, lines(cast.coffre_a.id.hex, *names)) == 4
        kept = Agency.objects.order_by("identifier").values_list("name", flat=True)
        assert list(kept) == names


def test_another_tenants_rows_are_refused(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        with pytest.raises(psycopg.Error), transaction.atomic():
            copy_lines(Agency, COLUMNS, lines(cast.coffre_b.id.hex, "Voirie"))
    with pytest.raises(NoScopeError):
        copy_lines(Agency, COLUMNS, lines(cast.coffre_a.id.hex, "Voirie"))


def test_batches_of_one_transaction_do_not_mix(cast: Cast) -> None:
    """They share a staging table, even after one of them was undone."""
    tenant = cast.coffre_a.id.hex
    with tenant_scope(cast.coffre_a.id):
        with pytest.raises(RuntimeError), transaction.atomic():
            copy_lines(Agency, COLUMNS, lines(tenant, "Perdu"))
            raise RuntimeError
        with pytest.raises(psycopg.Error), transaction.atomic():
            copy_lines(Agency, COLUMNS, lines(cast.coffre_b.id.hex, "Refusé"))
        assert copy_lines(Agency, COLUMNS, lines(tenant, "Voirie", "Culture")) == 2
        others = [name for name in COLUMNS if name != "description"] + ["description"]
        moment = clock.now()
        row = (tenant, new_id(), "B0", "Finances", "{}", 0, moment, moment, "Budget")
        assert copy_rows(Agency, others, [row]) == 1
        kept = Agency.objects.order_by("identifier").values_list("name", "description")
        assert list(kept) == [("Voirie", ""), ("Culture", ""), ("Finances", "Budget")]


SHARED = SharedLines(
    name="shared",
    columns={
        "id": (StoredObject, "id"),
        "key": (StoredObject, "key"),
        "created_at": (StoredObject, "created_at"),
        "copies": (ArchiveUnit, "parents"),
        "offer": (ObjectCopy, "offer"),
    },
    shares=(
        Share(
            StoredObject,
            {
                "id": "id",
                "operation_id": "id",
                "kind": "'object'",
                "key": "key",
                "size": "1",
                "sha512": "''",
                "part_size": "1",
                "part_digests": "''",
                "strategy": "'default'",
                "created_at": "created_at",
            },
        ),
        Share(
            ObjectCopy,
            {
                "id": "unnest(copies)",
                "stored_object_id": "id",
                "offer": "offer",
                "state": "'present'",
                "reported_digest": "''",
            },
            where="offer IS NOT NULL",
        ),
    ),
)


def shared_line(key: str, *, copies: int = 0, offer: str = NULL) -> tuple[str, ...]:
    literal = "{" + ",".join(new_ids_in_hex(copies)) + "}"
    return new_id().hex, escaped(key), clock.now().isoformat(), literal, offer


def test_lines_shared_by_two_tables_go_to_both(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        for key in (NAUGHTY, "second"):
            lines = [shared_line(key, copies=1, offer="site-a"), shared_line(f"{key} nu")]
            assert share_lines(SHARED, encode_lines(lines)) == 2
        stored = StoredObject.objects.filter(strategy="default").order_by("key")
        assert {one.key: one.copies.count() for one in stored} == {
            NAUGHTY: 1,
            f"{NAUGHTY} nu": 0,
            "second": 1,
            "second nu": 0,
        }
    with tenant_scope(cast.coffre_b.id):
        assert not StoredObject.objects.filter(key="second").exists()
    with pytest.raises(NoScopeError):
        share_lines(SHARED, encode_lines([shared_line("sans coffre")]))


def test_lines_shared_are_all_refused_when_one_table_refuses(cast: Cast) -> None:
    line = shared_line("double", copies=1, offer="site-a")
    with tenant_scope(cast.coffre_a.id):
        with pytest.raises(psycopg.Error), transaction.atomic():
            share_lines(SHARED, encode_lines([line, line]))
        assert not StoredObject.objects.filter(key="double").exists()
        assert share_lines(SHARED, encode_lines([line])) == 1


def test_identifiers_in_hexadecimal_are_of_the_same_kind() -> None:
    before, inside, after = new_id().hex, new_ids_in_hex(3), new_ids(1)[0].hex
    assert [before, *inside, after] == sorted([before, *inside, after])
    assert all(one[12] == "7" and one[16] in "89ab" and len(one) == 32 for one in inside)


def test_keys_are_not_checked_as_when_the_table_was_small(
    committed_cast: Cast, services: ServiceEnv
) -> None:
    """What was read of the stored objects does not grow as the square of their number."""
    coffre, number = committed_cast.coffre_a, 2_000
    start_anew(services)
    store(coffre, 1)
    analyse(services)
    before = rows_read(services)
    for _turn in range(8):
        store(coffre, 1)
    store(coffre, number)
    read = rows_read(services) - before
    assert number <= read < 20 * number


def store(coffre: Tenant, number: int) -> None:
    """Record stored objects with a copy each; the keys between them are checked at commit."""
    moment = clock.now()
    ids = new_ids(number)
    with tenant_scope(coffre.id):
        copy_rows(
            StoredObject,
            (
                *("tenant_id", "id", "operation_id", "kind", "key", "size", "sha512"),
                *("part_size", "part_digests", "strategy", "created_at"),
            ),
            (
                (coffre.id, one, ids[0], "object", str(one), 1, "", 1, b"", "default", moment)
                for one in ids
            ),
        )
        copy_rows(
            ObjectCopy,
            ("tenant_id", "id", "stored_object_id", "offer", "state", "reported_digest"),
            ((coffre.id, new_id(), one, "site-a", "present", "") for one in ids),
        )


def start_anew(services: ServiceEnv) -> None:
    """Forget what other tests left: the pages of a table emptied weigh on its plans."""
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("TRUNCATE storage_storedobject CASCADE")


def analyse(services: ServiceEnv) -> None:
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE storage_storedobject")


def rows_read(services: ServiceEnv) -> int:
    """Rows of stored objects that were read so far, by whatever plan."""
    connection.close()
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        row = admin.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables "
            "WHERE relname = 'storage_storedobject'"
        ).fetchone()
    assert row is not None
    return int(row[0])
