"""The cast: Aline, archivist of A; Basile, read-only of A; Chloé, archivist of B."""

from dataclasses import dataclass

import pytest
from django.test import Client

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope
from tenants.models import Account, Membership

PASSWORD = "une-phrase-de-passe-longue"


@dataclass(frozen=True)
class Cast:
    """Two organisations, a coffre of archives each, and who works in them."""

    coffre_a: Tenant
    proof_a: Tenant
    coffre_b: Tenant
    proof_b: Tenant
    aline: Account
    basile: Account
    chloe: Account
    administrator_a: Account
    administrator_b: Account
    auditor_a: Account
    operator: Account

    def client(self, account: Account | None) -> Client:
        """Return a browser signed in as ``account`` (``None``: anonymous)."""
        client = Client()
        if account is not None:
            client.force_login(account)
        return client


def make_cast() -> Cast:
    """Create the cast; needs the database."""
    from sae.holdings.projection import prepare_tenant

    with platform_scope(reason="test"):
        town_a = Organisation.objects.create(name="Saint-Aubin-la-Rivière")
        town_b = Organisation.objects.create(name="Bourg-Neuf")
        platform = Organisation.objects.create(name="Val-Fleury Agglomération", is_platform=True)
        tenants = {}
        for number, (key, organisation, kind) in enumerate(
            (
                ("coffre_a", town_a, Tenant.Kind.ARCHIVES),
                ("proof_a", town_a, Tenant.Kind.PROOF),
                ("coffre_b", town_b, Tenant.Kind.ARCHIVES),
                ("proof_b", town_b, Tenant.Kind.PROOF),
                ("platform", platform, Tenant.Kind.PROOF),
            ),
            start=1,
        ):
            tenants[key] = Tenant.objects.create(
                organisation=organisation, number=number, name=f"Coffre {number}", kind=kind
            )
            prepare_tenant(tenants[key].id)
    role = Membership.Role
    people = {}
    for key, name, organisation, places in (
        ("aline", "Aline Archambault", town_a, [("coffre_a", role.ARCHIVIST)]),
        ("basile", "Basile Bonnet", town_a, [("coffre_a", role.READER)]),
        ("chloe", "Chloé Carpentier", town_b, [("coffre_b", role.ARCHIVIST)]),
        (
            "administrator_a",
            "Adèle Aubry",
            town_a,
            [("coffre_a", role.ADMINISTRATOR), ("proof_a", role.ADMINISTRATOR)],
        ),
        (
            "administrator_b",
            "Bruno Bertin",
            town_b,
            [("coffre_b", role.ADMINISTRATOR), ("proof_b", role.ADMINISTRATOR)],
        ),
        (
            "auditor_a",
            "Denise Dumas",
            town_a,
            [("coffre_a", role.AUDITOR), ("proof_a", role.AUDITOR)],
        ),
        ("operator", "Olivier Oudin", platform, [("platform", role.OPERATOR)]),
    ):
        account = Account.objects.create_user(
            f"{key.replace('_', '.')}@exemple.fr", PASSWORD, name=name, organisation=organisation
        )
        for coffre, given in places:
            Membership.objects.create(account=account, tenant=tenants[coffre], role=given)
        people[key] = account
    tenants.pop("platform")
    return Cast(**tenants, **people)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in a test whose changes are rolled back."""
    return make_cast()


@pytest.fixture
def committed_cast(committed_db: None) -> Cast:
    """The cast, committed: other processes see it."""
    return make_cast()
