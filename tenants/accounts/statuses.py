"""How the status of an account is shown: icon and word."""

from django.utils.safestring import SafeString

from sae.ui.markup import status_html
from tenants.models import Account

_LOOKS = {
    Account.Status.INVITED: ("envelope", "paused"),
    Account.Status.ENABLED: ("check-circle-fill", "ok"),
    Account.Status.DISABLED: ("slash-circle", "not-run"),
    Account.Status.BLOCKED: ("lock-fill", "ko"),
    Account.Status.ANONYMISED: ("eye-slash", "not-run"),
}


def account_status(account: Account, *, plain: bool = False) -> SafeString:
    """Return the status of an account, icon and word."""
    icon, tone = _LOOKS[Account.Status(account.status)]
    word = str(account.get_status_display()).capitalize()
    return status_html(account.status, word=word, icon=icon, tone=tone, plain=plain)
