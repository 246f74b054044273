"""A coffre for each test, and the administrator that a journal must not have to trust."""

import contextlib
import secrets
from collections.abc import Iterator

import pytest
from django.db import connections

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope


def make_tenant() -> Tenant:
    with platform_scope(reason="coffre d’essai"):
        organisation = Organisation.objects.create(name=f"Commune {secrets.token_hex(8)}")
        return Tenant.objects.create(
            organisation=organisation, number=secrets.randbelow(2**30), name="Archives"
        )


@pytest.fixture
def tenant(committed_db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def other_tenant(committed_db: None) -> Tenant:
    return make_tenant()


class DishonestAdministrator:
    """The owner of the tables, who lifts the triggers and the policies, and puts them back."""

    def run(self, table: str, statement: str, *parameters: object) -> int:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            try:
                cursor.execute(statement, parameters)
                return cursor.rowcount
            finally:
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def dishonest(committed_db: None) -> Iterator[DishonestAdministrator]:
    with contextlib.closing(connections["owner"]):
        yield DishonestAdministrator()
