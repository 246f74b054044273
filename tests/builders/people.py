"""The cast: Aline, archivist of A; Basile, read-only of A; Chloé, archivist of B."""

import datetime as dt
import time
from dataclasses import dataclass

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import Account
from tenants.models.rights import GroupMember
from tenants.rights.services import grant_ready

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
            session = client.session
            session[AUTHENTICATION_METHODS_SESSION_KEY] = [
                {"method": "password", "at": time.time()}
            ]
            session["account_authentication_methods_user"] = str(account.pk)
            session.save()
        return client


def grant(
    account: Account, coffre: Tenant, key: str, until: dt.datetime | None = None
) -> GroupMember:
    """Give an account a ready profile in a coffre, by the services that a page would call."""
    return grant_ready(account=account, coffre=coffre, key=key, until=until)


def take_away(account: Account) -> None:
    """Forget every right of an account, behind the services' back."""
    proof = Tenant.objects.get(organisation_id=account.organisation_id, kind=Tenant.Kind.PROOF)
    with tenant_scope(proof.id):
        GroupMember.objects.filter(account_id=account.id).delete()


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
    people = {}
    for key, name, organisation, places in (
        ("aline", "Aline Archambault", town_a, [("coffre_a", "head_archivist")]),
        ("basile", "Basile Bonnet", town_a, [("coffre_a", "reader")]),
        ("chloe", "Chloé Carpentier", town_b, [("coffre_b", "head_archivist")]),
        (
            "administrator_a",
            "Adèle Aubry",
            town_a,
            [("coffre_a", "administrator"), ("proof_a", "administrator")],
        ),
        (
            "administrator_b",
            "Bruno Bertin",
            town_b,
            [("coffre_b", "administrator"), ("proof_b", "administrator")],
        ),
        (
            "auditor_a",
            "Denise Dumas",
            town_a,
            [("coffre_a", "auditor"), ("proof_a", "auditor")],
        ),
        ("operator", "Olivier Oudin", platform, [("platform", "operator")]),
    ):
        account = Account.objects.create_user(
            f"{key.replace('_', '.')}@exemple.fr", PASSWORD, name=name, organisation=organisation
        )
        for coffre, given in places:
            grant(account, tenants[coffre], given)
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
