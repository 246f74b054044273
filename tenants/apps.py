from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Organisations et référentiels"

    def ready(self) -> None:
        from sae.tenancy.middleware import register_tenant_resolver
        from tenants.access import resolve_tenant
        from tenants.referentials import wiring

        register_tenant_resolver(resolve_tenant)
        wiring.connect()
