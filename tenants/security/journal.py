"""Acts of security, told in the coffre de preuve of the organisation: codes and identifiers."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sae.journal.labels import Label
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.services.organisations import proof_of

LABELS: dict[str, Label] = {
    "ACCOUNT_SIGN_IN_REFUSED": _("Essais de connexion refusés"),
    "ACCOUNT_BLOCK": _("Blocage d’un compte après trop d’essais"),
    "ACCOUNT_PASSWORD_CHANGE_REQUIRED": _("Nouveau mot de passe exigé"),
    "SESSION_CUT": _("Fermeture de sessions"),
    "SECOND_FACTOR_ADD": _("Ajout d’un second facteur"),
    "SECOND_FACTOR_REMOVE": _("Retrait d’un second facteur"),
    "SECOND_FACTOR_RESET": _("Réinitialisation du second facteur"),
    "SECOND_FACTOR_CODES": _("Nouveaux codes de secours"),
    "ACCOUNT_CONFIRM": _("Confirmation de l’identité"),
    "SIGN_ON_CONFIGURE": _("Réglage de la connexion par un fournisseur d’identité"),
    "SIGN_ON_TEST": _("Essai de la connexion par un fournisseur d’identité"),
    "SIGN_ON_SWITCH": _("Mise en service ou arrêt du fournisseur d’identité"),
    "SIGN_ON_REFUSED": _("Connexion refusée par le contrôle de l’identité reçue"),
}


def tell(
    account: Account,
    code: str,
    *,
    agent: Account | None = None,
    outcome: Outcome = Outcome.OK,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write an act on an account; its author is the account itself unless ``agent`` is given."""
    agent_id = (agent or account).id
    tell_organisation(
        account.organisation,
        code,
        agent_id=agent_id,
        outcome=outcome,
        detail={"account": str(account.id), **(detail or {})},
    )


def tell_organisation(
    organisation: Organisation,
    code: str,
    *,
    agent_id: Any = None,
    outcome: Outcome = Outcome.OK,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write an act in the journal of an organisation."""
    with tenant_scope(proof_of(organisation).id):
        operation = open_operation(
            type=code, category="UPDATE", agent_id=agent_id, detail=dict(detail or {})
        )
        close_operation(operation=operation, outcome=outcome)
