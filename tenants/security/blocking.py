"""Accounts blocked because too many wrong passwords were given, where the policy says so.

Guesses block nobody unless the organisation chose so (``block_after_failures``): it then accepts
that anybody can have an account blocked. An administrator unblocks it.
"""

from django.core.cache import cache

from sae.kernel.outcomes import Outcome
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.security import throttle
from tenants.security.journal import tell
from tenants.security.sessions import cut_sessions


def note_failure(email: str, failures: int) -> None:
    """Tell the journal when guesses begin to wait; block the account if its organisation asks."""
    account = Account.objects.filter(email__iexact=email.strip()).first()
    if account is None or not account.is_active:
        return
    over = failures - throttle.FREE_TRIES
    if over >= 0 and over & (over - 1) == 0:
        # At the 5th, 6th, 7th, 9th, 13th failure…: the journal is not the guesser's to fill.
        tell(
            account,
            "ACCOUNT_SIGN_IN_REFUSED",
            outcome=Outcome.KO,
            detail={"failures": failures},
        )
    limit = policy_of(account.organisation).block_after_failures
    if not limit:
        return
    key = f"signin:failures:{account.id}"
    count = (cache.get(key) or 0) + 1
    cache.set(key, count, throttle.MEMORY)
    if count >= limit:
        cache.delete(key)
        account.set_status(Account.Status.BLOCKED)
        account.save()
        cut_sessions(account)
        tell(account, "ACCOUNT_BLOCK", outcome=Outcome.OK, detail={"failures": count})
