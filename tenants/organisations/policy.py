"""What an organisation asks of those who sign in to it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import OrganisationSettings


class SecondFactor(enum.StrEnum):
    OPTIONAL = "optional"
    REQUIRED_FOR_ADMINISTRATORS = "administrators"
    REQUIRED = "required"


SECOND_FACTOR_WORDS: Mapping[str, str | Promise] = {
    SecondFactor.OPTIONAL: _("au choix de chacun"),
    SecondFactor.REQUIRED_FOR_ADMINISTRATORS: _("obligatoire pour les administrateurs"),
    SecondFactor.REQUIRED: _("obligatoire pour tous"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Passwords, second factor, addresses and lives of accounts of one organisation.

    ``password_months``: a password lasts so long, 0 for ever. ``password_history``: so many
    former ones are refused. ``mail_domains``: addresses allowed, empty for all.
    ``session_idle_minutes``: a session unused for so long is closed, 0 never.
    ``block_after_failures``: so many wrong passwords in a day block an account, 0 never (the rule:
    whoever guesses waits, and nobody else does).
    ``account_retention_months``: a disabled account is due for anonymisation after that.
    """

    password_length: int = 12
    password_months: int = 0
    password_history: int = 3
    second_factor: SecondFactor = SecondFactor.OPTIONAL
    session_hours: int = 12
    session_idle_minutes: int = 120
    block_after_failures: int = 0
    mail_domains: tuple[str, ...] = ()
    account_retention_months: int = 72

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name, in JSON's types."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in fields(self)
            for value in [getattr(self, field.name)]
        }


def policy_of(organisation: Organisation) -> Policy:
    """Return the policy of an organisation; its coffre de preuve holds it."""
    proof = Tenant.objects.filter(organisation=organisation, kind=Tenant.Kind.PROOF).first()
    if proof is None:
        return Policy()
    with tenant_scope(proof.id):
        settings = OrganisationSettings.objects.only("tenant", "policy").first()
    return policy_from(settings.policy if settings else {})


def policy_from(kept: Mapping[str, Any]) -> Policy:
    """Return the policy that was kept as JSON; a field of another age is left out."""
    known = {field.name for field in fields(Policy)}
    chosen = {name: value for name, value in kept.items() if name in known}
    if "second_factor" in chosen:
        chosen["second_factor"] = SecondFactor(chosen["second_factor"])
    if "mail_domains" in chosen:
        chosen["mail_domains"] = tuple(chosen["mail_domains"])
    return Policy(**chosen)
