"""Open sessions of accounts: listed, cut one by one or all together."""

import uuid

from django.db.models import QuerySet

from sae.kernel import clock
from tenants.models import Account, AccountSession


def open_sessions(account: Account) -> QuerySet[AccountSession]:
    """Return the sessions of an account that still open something, the latest seen first."""
    live = AccountSession.objects.filter(account=account, expire_date__gt=clock.now())
    return live.order_by("-seen_at", "-started_at")


def cut_sessions(account: Account | uuid.UUID, keep: str | None = None) -> int:
    """Close every session of an account at once; return how many there were.

    To be called in the transaction that changes its password, its rights or its status, whose
    journal tells the act. ``keep``: the key of one session left open (the one that asks).
    """
    account_id = account.pk if isinstance(account, Account) else account
    doomed = AccountSession.objects.filter(account_id=account_id)
    if keep:
        doomed = doomed.exclude(session_key=keep)
    return doomed.delete()[0]
