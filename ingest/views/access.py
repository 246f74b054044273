"""The only way to a deposit from a request."""

import uuid

from django.http import Http404, HttpRequest

from ingest.models import Deposit
from ingest.selectors.deposits import find_deposit
from tenants.deposit_sights import deposit_sight_of_request


def deposit_or_404(request: HttpRequest, identifier: uuid.UUID) -> Deposit:
    """Return a deposit that the reader follows; any other is as good as unknown."""
    deposit = find_deposit(identifier, deposit_sight_of_request(request))
    if deposit is None:
        raise Http404
    return deposit
