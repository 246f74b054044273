"""Rows written as text come back as they were."""

import psycopg
import pytest
from django.db import transaction

from sae.kernel import clock
from sae.kernel.identifiers import new_id, new_ids, new_ids_in_hex
from sae.tenancy.bulk import NULL, copy_lines, encode_lines, escaped
from sae.tenancy.scope import NoScopeError, tenant_scope
from tenants.models import Agency
from tests.builders.people import Cast

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


def test_identifiers_in_hexadecimal_are_of_the_same_kind() -> None:
    before, inside, after = new_id().hex, new_ids_in_hex(3), new_ids(1)[0].hex
    assert [before, *inside, after] == sorted([before, *inside, after])
    assert all(one[12] == "7" and one[16] in "89ab" and len(one) == 32 for one in inside)
