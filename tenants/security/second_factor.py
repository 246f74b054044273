"""Second factors: one-time codes of a telephone (TOTP, RFC 6238), passkeys (WebAuthn), and codes
of recovery. The secrets of the first and the last are sealed in the database.
"""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.security.gate import has_second_factor, needs_second_factor
from tenants.security.journal import tell
from tenants.security.sealing import seal, unseal
from tenants.security.sessions import cut_sessions

_PURPOSE = "second-factor"
SERVICE = "SAE"


class SecondFactorAdapter(DefaultMFAAdapter):
    """What the library asks of us: names, seals, and whether a factor may be given up."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "Ce code ou cette clef n’ouvre rien ici. Pour un code, attendez le suivant, et "
            "vérifiez que l’heure du téléphone est réglée automatiquement."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "Votre organisation demande un second facteur : ajoutez-en un autre avant de retirer "
            "celui-ci."
        ),
    }

    def get_totp_issuer(self) -> str:
        return SERVICE

    def _get_site_name(self) -> str:
        return SERVICE

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=_PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        account = authenticator.user
        if not needs_second_factor(account, policy_of(account.organisation)):
            return True
        others = Authenticator.objects.filter(user=account).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def generate_authenticator_name(self, user: Account, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Ma clef d’accès") if number == 1 else _("Clef n° %(n)d") % {"n": number}


class NothingToResetError(ValueError):
    """The account has no second factor."""


def reset_second_factor(account: Account, *, agent: Account) -> int:
    """Take away the second factors of an account that lost them; its sessions are cut.

    The account then enters with its password alone, and is led to choose a new factor if its
    organisation asks for one. Raises ``NothingToResetError`` when there is none.
    """
    if not has_second_factor(account):
        raise NothingToResetError(str(account.id))
    removed = Authenticator.objects.filter(user=account).delete()[0]
    sessions = cut_sessions(account)
    tell(
        account,
        "SECOND_FACTOR_RESET",
        agent=agent,
        detail={"removed": removed, "sessions": sessions},
    )
    return removed
