from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "sae.config"
    label = "config"
    verbose_name = "Composition"

    def ready(self) -> None:
        from sae.config import checks  # noqa: F401
