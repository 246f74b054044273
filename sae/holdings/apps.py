from django.apps import AppConfig


class HoldingsConfig(AppConfig):
    name = "sae.holdings"
    label = "holdings"
    verbose_name = "Fonds"
