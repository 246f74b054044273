"""The antivirus, as the system checks see it (``manage.py check --deploy``)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from ingest import antivirus


@register(deploy=True)
def check_antivirus(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Configured, it answers; absent, deposits say « non effectué » and so does this."""
    if not settings.ANTIVIRUS_URL:
        return [
            Warning(
                "Aucun antivirus : chaque versement portera « non effectué ».",
                hint="Donnez SAE_ANTIVIRUS_URL (tcp://clamav:3310).",
                id="ingest.W001",
            )
        ]
    try:
        antivirus.version()
    except antivirus.AntivirusUnavailable as error:
        return [
            Error(
                f"L’antivirus ne répond pas : {error}",
                hint="Les versements attendront qu’il réponde.",
                id="ingest.E001",
            )
        ]
    return []
