from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "sae.ui"
    verbose_name = "Interface"
