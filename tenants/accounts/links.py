"""Single-use links to choose a password: made, found, used, revoked.

A link is ``/compte/lien/<identifier of the account>/<secret>/``. The identifier finds the
organisation, hence the coffre de preuve where the digest of the secret is kept; the secret alone
opens. One link of an account lives at a time.
"""

import datetime as dt
import hmac
from dataclasses import dataclass

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, AccountLink
from tenants.services.organisations import proof_of

Purpose = AccountLink.Purpose

LIVES: dict[str, dt.timedelta] = {
    Purpose.INVITATION: dt.timedelta(days=7),
    Purpose.RESET: dt.timedelta(hours=1),
}
"""How long a link may be used."""


MOST_RESETS_AN_HOUR = 3


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link that may still be used, and its account."""

    account: Account
    link: AccountLink


def make_link(account: Account, purpose: str) -> str:
    """Make a link in the coffre de preuve in scope, in place of any other; return its secret."""
    revoke_links(account)
    secret = AccountLink.new_secret()
    moment = clock.now()
    AccountLink.objects.create(
        account_id=account.id,
        purpose=purpose,
        secret_sha256=AccountLink.digest(secret),
        created_at=moment,
        expires_at=moment + LIVES[purpose],
    )
    return secret


def revoke_links(account: Account) -> int:
    """End every link of an account that could still be used; return how many. Needs the scope."""
    live = AccountLink.objects.filter(account_id=account.id, used_at=None, revoked_at=None)
    ended: int = live.update(revoked_at=clock.now())
    return ended


def find_link(identifier: str, secret: str, *, lock: bool = False) -> FoundLink | None:
    """Return the link of an address, ``None`` when it is unknown, used, revoked or expired.

    With ``lock``, call within the scope of the coffre de preuve that ``scope_of_link`` names: the
    row stays locked until the transaction ends, so that a link is used once.
    """
    account = account_of_link(identifier)
    if account is None or not account.may_receive_links:
        return None
    if lock:
        return _live_link(account, secret, lock=True)
    with tenant_scope(proof_of(account.organisation).id):
        return _live_link(account, secret, lock=False)


def account_of_link(identifier: str) -> Account | None:
    """Return the account that the address of a link names."""
    accounts = Account.objects.select_related("organisation")
    return accounts.filter(identifier=identifier).first()


def latest_link(account: Account) -> AccountLink | None:
    """Return the last link made for an account, whatever became of it. Needs the scope."""
    found: AccountLink | None = (
        AccountLink.objects.filter(account_id=account.id).order_by("-created_at").first()
    )
    return found


def may_be_asked_again(account: Account) -> bool:
    """Tell whether one more reset may be sent: a few an hour, or a mailbox could be flooded."""
    since = clock.now() - dt.timedelta(hours=1)
    with tenant_scope(proof_of(account.organisation).id):
        asked = Operation.objects.filter(
            type="ACCOUNT_RESET", agent_id=account.id, started_at__gte=since
        )
        return asked.count() < MOST_RESETS_AN_HOUR


def _live_link(account: Account, secret: str, *, lock: bool) -> FoundLink | None:
    links = AccountLink.objects.filter(
        account_id=account.id, used_at=None, revoked_at=None, expires_at__gt=clock.now()
    )
    digest = AccountLink.digest(secret)
    for link in links.select_for_update() if lock else links:
        if hmac.compare_digest(link.secret_sha256, digest):
            return FoundLink(account, link)
    return None
