"""Mails, as the system checks see them (``manage.py check --deploy``)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from tenants import mail


@register(deploy=True)
def check_mail(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Without server, links are shown to administrators; with one, links need a sure address."""
    if not mail.is_configured():
        return [
            Warning(
                "Aucun serveur de courriel : les liens sont montrés une fois aux administrateurs.",
                hint="Donnez SAE_EMAIL_URL (smtp+tls://nom:secret@hôte:587) et SAE_EMAIL_FROM.",
                id="tenants.W001",
            )
        ]
    try:
        mail.server_of(settings.EMAIL_URL)
    except ValueError as error:
        return [Error(str(error), id="tenants.E001")]
    vague = [name for name in settings.ALLOWED_HOSTS if name == "*" or name.startswith(".")]
    if vague and not settings.PUBLIC_URL:
        return [
            Error(
                "L’adresse du site dans les courriels n’est pas sûre : SAE_ALLOWED_HOSTS contient"
                f" {', '.join(vague)}.",
                hint="Donnez SAE_PUBLIC_URL (https://sae.exemple.fr).",
                id="tenants.E002",
            )
        ]
    return []
