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
    """Return what the call may see, in the open scope: what the contract it names shows."""
    named = request.headers.get(CONTRACT, "").strip()
    if not named and not caller.token.context_id:
        return Sight.whole()
    sight = sight_of_contracts([named] if named else [])
    if sight.is_empty:
        raise ApiError(401, f"L’en-tête {CONTRACT} doit nommer un contrat d’accès actif.")
    return sight
