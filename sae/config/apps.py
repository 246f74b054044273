from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "sae.config"
    label = "config"
    verbose_name = "Composition"

    def ready(self) -> None:
        from django.utils import timezone

        from sae.config import checks  # noqa: F401
        from sae.kernel import clock

        clock.keep_days_of(timezone.get_default_timezone())
