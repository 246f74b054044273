"""What an organisation asks of passwords: length, former ones, life; a change when it is due.

Registered among Django's own validators, so that every way of choosing a password obeys: the page
of one's account, the links by mail, the command line.
"""

import datetime as dt
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sae.kernel import clock
from tenants.models import Account, AccountSecurity
from tenants.organisations.policy import Policy, policy_of
from tenants.security.journal import tell

MOST_REMEMBERED = 24
"""Former passwords kept, whatever an organisation asks."""
_MONTH = dt.timedelta(days=30.44)


class OrganisationPasswordValidator:
    """Length and former passwords, as the organisation of the account asks.

    Raises ``ValidationError`` in French. ``password_changed`` is called by Django each time a
    password chosen is saved: it starts its life.
    """

    def validate(self, password: str, user: Any = None) -> None:
        policy = _policy_for(user)
        faults = []
        if len(password) < policy.password_length:
            faults.append(
                ngettext(
                    "Ce mot de passe est trop court : il faut au moins %(number)d caractère.",
                    "Ce mot de passe est trop court : il faut au moins %(number)d caractères.",
                    policy.password_length,
                )
                % {"number": policy.password_length}
            )
        if policy.password_history and _was_used(user, password, policy.password_history):
            faults.append(_("Vous avez déjà utilisé ce mot de passe : choisissez-en un autre."))
        if faults:
            raise ValidationError(faults)

    def get_help_text(self) -> str:
        return _(
            "Une phrase de plusieurs mots est plus sûre et se retient mieux qu’un mot compliqué."
        )

    def password_changed(self, password: str, user: Any = None) -> None:
        if not isinstance(user, Account) or not user.has_usable_password():
            return
        if not Account.objects.filter(id=user.id).exists():
            return
        known = AccountSecurity.objects.filter(account=user).first()
        former = [user.password, *(known.former_passwords if known else [])]
        AccountSecurity.objects.update_or_create(
            account=user,
            defaults={
                "password_set_at": clock.now(),
                "former_passwords": former[:MOST_REMEMBERED],
                "must_change_password": False,
            },
        )


def password_is_due(account: Account, policy: Policy) -> bool:
    """Tell whether a new password must be chosen: asked for, or the old one has lived its life."""
    if not account.has_usable_password():
        return False
    security = AccountSecurity.objects.filter(account=account).first()
    if security is None:
        # An account older than this table: its password begins its life when it is first seen.
        AccountSecurity.objects.get_or_create(account=account)
        return False
    if security.must_change_password:
        return True
    life = _MONTH * policy.password_months
    return bool(life) and clock.now() - security.password_set_at > life


def require_new_password(account: Account, *, agent: Account) -> None:
    """Have the account choose a new password before anything else; its sessions go on there."""
    AccountSecurity.objects.update_or_create(
        account=account, defaults={"must_change_password": True}
    )
    tell(account, "ACCOUNT_PASSWORD_CHANGE_REQUIRED", agent=agent)


def _policy_for(user: Any) -> Policy:
    return policy_of(user.organisation) if isinstance(user, Account) else Policy()


def _was_used(user: Any, password: str, number: int) -> bool:
    if not isinstance(user, Account):
        return False
    security = AccountSecurity.objects.filter(account_id=user.id).first()
    former: list[str] = security.former_passwords[:number] if security else []
    if user.has_usable_password() and user.password not in former:
        former = [user.password, *former]
    return any(check_password(password, encoded) for encoded in former)
