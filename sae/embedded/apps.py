from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """Brings `manage.py up`; the composition leaves it out in production."""

    name = "sae.embedded"
    label = "embedded"
    verbose_name = "Services embarqués"
