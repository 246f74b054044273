"""What a deployment should not forget, beyond each room's own checks."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004


@register(deploy=True)
def check_time_stamping(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """A time-stamping authority is named, by an address that can be called."""
    if not settings.TSA_URL:
        return [
            Warning(
                "Aucune autorité d’horodatage : les scellements ne seront pas qualifiés.",
                hint="Donnez SAE_TSA_URL (https://…).",
                id="config.W001",
            )
        ]
    if urlsplit(settings.TSA_URL).scheme not in ("http", "https"):
        return [Error(f"SAE_TSA_URL n’est pas une adresse : {settings.TSA_URL}", id="config.E001")]
    return []
