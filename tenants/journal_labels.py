"""How the journal names the acts of this room: organisations, coffres, accounts, tokens."""

from django.utils.translation import gettext_lazy as _

from sae.journal.labels import Label

LABELS: dict[str, Label] = {
    "ORGANISATION_CREATE": _("Création d’une organisation"),
    "TENANT_CREATE": _("Création d’un coffre"),
    "ACCOUNT_CREATE": _("Création d’un compte"),
    "ACCOUNT_SIGN_IN": _("Connexion"),
    "ACCOUNT_SIGN_OUT": _("Déconnexion"),
    "ACCOUNT_PASSWORD_CHANGE": _("Changement de mot de passe"),
    "API_TOKEN_CREATE": _("Création d’un jeton d’application"),
}
