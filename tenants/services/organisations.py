"""Organisations, their coffres and their first accounts. Each act is told in a proof journal."""

import uuid
from typing import Any

from django.db import connection
from django.db.models import Max

from sae.holdings.projection import prepare_tenant
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import Account, ApiToken
from tenants.rights.proof import proof_coffre
from tenants.rights.services import grant_ready

COLOURS = ("#8C3D1F", "#55651B", "#3D5566", "#6B3A6E")
"""Colours given in turn to new coffres; white text on each has a contrast over 6.4."""


class AlreadyExists(ValueError):  # noqa: N818 — told to people as is
    """Something of that name or number is there already."""


def create_organisation(
    *,
    name: str,
    is_platform: bool = False,
    agent_id: uuid.UUID | None = None,
    code: str = "",
    address: str = "",
    is_template: bool = False,
) -> Organisation:
    """Create an organisation with its coffre de preuve, where the act is journalled.

    Raises ``AlreadyExists`` for a name or a code already used.
    """
    with platform_scope(reason=f"create organisation {name}"):
        if Organisation.objects.filter(name=name).exists():
            raise AlreadyExists(f"L’organisation « {name} » existe déjà.")
        if code and Organisation.objects.filter(code=code).exists():
            raise AlreadyExists(f"Le code « {code} » est déjà celui d’une organisation.")
        organisation = Organisation.objects.create(
            name=name, is_platform=is_platform, code=code, address=address, is_template=is_template
        )
        proof = _create_tenant(organisation, "Coffre de preuve", Tenant.Kind.PROOF, None)
    _tell(proof, "ORGANISATION_CREATE", {"organisation": str(organisation.id)}, agent_id)
    return organisation


def create_tenant(
    *,
    organisation: Organisation,
    name: str,
    number: int | None = None,
    agent_id: uuid.UUID | None = None,
    **settings: Any,
) -> Tenant:
    """Create a coffre of archives; raise ``AlreadyExists`` for a name or number already used.

    ``settings``: other fields of ``Tenant`` (colour, languages, quotas).
    """
    with platform_scope(reason=f"create coffre {name}"):
        tenant = _create_tenant(organisation, name, Tenant.Kind.ARCHIVES, number, **settings)
    _tell(
        proof_of(organisation),
        "TENANT_CREATE",
        {"tenant": str(tenant.id), "number": tenant.number},
        agent_id,
    )
    return tenant


def create_account(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    password: str | None,
    places: list[tuple[Tenant, str]],
    agent_id: uuid.UUID | None = None,
) -> Account:
    """Create an account with ready profiles in coffres: ``places`` holds (coffre, key).

    The journal keeps its identifier, not its name.
    """
    with tenant_scope(proof_of(organisation).id):
        if Account.objects.filter(email__iexact=email).exists():
            raise AlreadyExists(f"Un compte utilise déjà l’adresse « {email} ».")
        account = Account.objects.create_user(email, password, name=name, organisation=organisation)
        _write("ACCOUNT_CREATE", {"account": str(account.id)}, agent_id)
        for tenant, key in places:
            grant_ready(account=account, coffre=tenant, key=key)
    return account


def create_api_token(
    *,
    tenant: Tenant,
    name: str,
    role: str = "head_archivist",
    context_id: str = "",
    agent_id: uuid.UUID | None = None,
) -> str:
    """Create the key of an application and return it: it is shown this once."""
    secret = ApiToken.new_secret()
    with tenant_scope(tenant.id):
        token = ApiToken.objects.create(
            name=name,
            prefix=secret[:8],
            token_sha256=ApiToken.digest(secret),
            role=role,
            context_id=context_id,
            created_at=clock.now(),
        )
        _write("API_TOKEN_CREATE", {"token": str(token.id), "role": role}, agent_id)
    return secret


def proof_of(organisation: Organisation) -> Tenant:
    """Return the coffre where acts on an organisation's accounts and settings are journalled."""
    return proof_coffre(organisation.id)


def _create_tenant(
    organisation: Organisation, name: str, kind: str, number: int | None, **settings: Any
) -> Tenant:
    # Two creations at once would take the same number: the second waits for the first.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('coffre numbers', 0))")
    if number is None:
        number = (Tenant.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    elif Tenant.objects.filter(number=number).exists():
        raise AlreadyExists(f"Le coffre numéro {number} existe déjà.")
    if Tenant.objects.filter(organisation=organisation, name=name).exists():
        raise AlreadyExists(f"Le coffre « {name} » existe déjà dans cette organisation.")
    tenant = Tenant.objects.create(
        organisation=organisation,
        number=number,
        name=name,
        kind=kind,
        **{"colour": COLOURS[number % len(COLOURS)], **settings},
    )
    prepare_tenant(tenant.id)
    return tenant


def _tell(proof: Tenant, code: str, detail: dict[str, object], agent_id: uuid.UUID | None) -> None:
    with tenant_scope(proof.id):
        _write(code, detail, agent_id)


def _write(code: str, detail: dict[str, object], agent_id: uuid.UUID | None) -> None:
    operation = open_operation(type=code, category="MASTERDATA", agent_id=agent_id, detail=detail)
    close_operation(operation=operation, outcome=Outcome.OK)
