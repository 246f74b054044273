"""Whose sight of the deposits: what the profiles of an account, or the context of a key, open."""

import uuid
from collections.abc import Callable, Collection

from django.http import HttpRequest

from sae.tenancy.models import Tenant
from tenants.access import account_of, coffre_rights, may
from tenants.applications.door import Caller
from tenants.models import Account
from tenants.permissions import Permission
from tenants.rights.deposits import (
    DepositGrant,
    DepositSight,
    Limits,
    Reach,
    limits_of_grants,
    sight_of_grants,
)
from tenants.rights.effective import rights_of
from tenants.selectors.ingest import ContextView


def deposit_sight_of_request(request: HttpRequest) -> DepositSight:
    """Return the deposits that the signed-in account follows in the coffre of its request."""
    rights = coffre_rights(request)
    given = rights.deposits(Permission.DEPOSIT_VIEW) if rights else ()
    return sight_of_grants(given, owner_id=account_of(request).id)


def deposit_sight_of_caller(caller: Caller) -> DepositSight:
    """Return the deposits that an application follows in the coffre that it calls for.

    A context that is controlled shows those made under its ingest contracts, and its own.
    """
    return deposit_sight_of_context(caller.context, caller.tenant, owner_id=caller.token.id)


def deposit_sight_of_context(
    context: ContextView | None, coffre: Tenant, *, owner_id: uuid.UUID
) -> DepositSight:
    """Return the deposits followed under an application context, by what it makes them as."""
    if context is None or not context.enable_control:
        return DepositSight(everything=True)
    contracts = tuple(sorted(context.ingest_contracts(coffre.number)))
    grant = DepositGrant(Reach.CHOSEN, contracts=contracts)
    return DepositSight(
        grants=(grant,) if grant.chooses else (),
        owner_id=owner_id,
        context_id=context.identifier,
    )


Finder = Callable[[Collection[uuid.UUID], DepositSight], Collection[uuid.UUID]]
_finders: list[Finder] = []


def register_deposits(finder: Finder) -> None:
    """Have ``finder(operation_ids, sight)`` tell which operations are deposits in sight.

    Deposits belong to a room above, which answers here by registering when the application starts.
    """
    _finders.append(finder)


def deposits_followed(
    request: HttpRequest, operation_ids: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Return those operations that are deposits whose page the reader may open. One query."""
    if not operation_ids or not may(request, Permission.DEPOSIT_VIEW):
        return frozenset()
    sight = deposit_sight_of_request(request)
    return frozenset(one for finder in _finders for one in finder(operation_ids, sight))


def deposit_limits_of(account_id: uuid.UUID | None, tenant_id: uuid.UUID) -> Limits | None:
    """Return what an account may name in its deposits; nothing limits what is not an account.

    Applications are held to the contracts of their context, connectors to their settings.
    """
    account = Account.objects.filter(id=account_id).first() if account_id else None
    if account is None:
        return None
    rights = rights_of(account).within(Tenant.objects.get(id=tenant_id))
    return limits_of_grants(rights.deposits(Permission.DEPOSIT_CREATE)) if rights else []
