"""A coffre for the tests of referentials, with its scope open."""

from collections.abc import Iterator

import pytest

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope


def make_coffre(number: int, *, organisation: Organisation | None = None) -> Tenant:
    """Create a coffre of archives under a number, in an organisation of its own by default."""
    with platform_scope(reason="test"):
        organisation = organisation or Organisation.objects.create(name=f"Commune {number}")
        return Tenant.objects.create(
            organisation=organisation, number=number, name=f"Coffre {number}"
        )


@pytest.fixture
def coffre(db: None) -> Iterator[Tenant]:
    """The coffre number 7, its scope open."""
    tenant = make_coffre(7)
    with tenant_scope(tenant.id):
        yield tenant
