"""What an organisation asks of those who sign in to it."""

import enum
from dataclasses import dataclass

from sae.tenancy.models import Organisation


class SecondFactor(enum.StrEnum):
    OPTIONAL = "optional"
    REQUIRED_FOR_ADMINISTRATORS = "administrators"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Policy:
    """Passwords, second factor, addresses and lives of accounts of one organisation.

    ``password_months``: a password lasts so long, 0 for ever. ``password_history``: so many
    former ones are refused. ``mail_domains``: addresses allowed, empty for all.
    ``account_retention_months``: a disabled account is due for anonymisation after that.
    """

    password_length: int = 12
    password_months: int = 0
    password_history: int = 3
    second_factor: SecondFactor = SecondFactor.OPTIONAL
    session_hours: int = 12
    mail_domains: tuple[str, ...] = ()
    account_retention_months: int = 72


def policy_of(organisation: Organisation) -> Policy:
    """Return the policy of an organisation."""
    return Policy()
