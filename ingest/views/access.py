"""The only way to a deposit from a request."""

import uuid

from django.http import Http404

from ingest.models import Deposit
from ingest.selectors.deposits import find_deposit


def deposit_or_404(identifier: uuid.UUID) -> Deposit:
    """Return a deposit of the coffre one works in; any other is as good as unknown."""
    deposit = find_deposit(identifier)
    if deposit is None:
        raise Http404
    return deposit
