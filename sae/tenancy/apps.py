from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "sae.tenancy"
    label = "tenancy"
    verbose_name = "Cloisonnement"

    def ready(self) -> None:
        from sae.tenancy import checks  # noqa: F401
        from sae.tenancy.grants import grant_platform_tables

        post_migrate.connect(grant_platform_tables, dispatch_uid="tenancy_grants")
