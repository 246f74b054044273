"""What an application reads of the fonds: the coffre it calls, seen as its contract allows."""

import contextlib
from collections.abc import Iterator

from django.http import HttpRequest

from sae.holdings.sight import Sight, seeing
from sae.tenancy.scope import tenant_scope
from tenants.applications.answers import ApiError
from tenants.applications.door import Caller
from tenants.sights import sight_of_contracts

CONTRACT = "X-Access-Contract-Id"


@contextlib.contextmanager
def reading(request: HttpRequest, caller: Caller) -> Iterator[None]:
    """Open the scope of the caller's coffre, and its sight; raise ``ApiError`` 401."""
    with tenant_scope(caller.tenant.id), seeing(sight_of_caller(request, caller)):
        yield


def sight_of_caller(request: HttpRequest, caller: Caller) -> Sight:
    """Return what the call may see, in the open scope: what the contract it names shows.

    The contract must be active and, when its context is controlled, one of those that the context
    gives in this coffre. A token bound to no context, and that names no contract, sees everything.
    """
    named = request.headers.get(CONTRACT, "").strip()
    context = caller.context
    if not named and context is None:
        return Sight.whole()
    if context is not None and context.enable_control:
        allowed = context.access_contracts(caller.tenant.number)
        sight = sight_of_contracts([named] if named in allowed else [])
    else:
        sight = sight_of_contracts([named] if named else [])
    if sight.is_empty:
        # One answer for what is missing, unknown, inactive or of another application.
        raise ApiError(
            401, f"L’en-tête {CONTRACT} doit nommer un contrat d’accès actif de cette application."
        )
    return sight
