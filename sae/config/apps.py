from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "sae.config"
    label = "config"
    verbose_name = "Composition"
