from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Organisations et référentiels"

    def ready(self) -> None:
        from sae.journal.labels import register_labels
        from sae.tenancy.middleware import register_tenant_resolver
        from sae.ui import shell
        from tenants.access import resolve_tenant
        from tenants.accounts import wiring as accounts
        from tenants.applications import views as applications
        from tenants.contracts_edit import views as contracts
        from tenants.frame import band_of, may_see
        from tenants.journal_labels import LABELS
        from tenants.organisations import wiring as organisations
        from tenants.referentials import wiring
        from tenants.rights import wiring as rights
        from tenants.security import wiring as security

        register_tenant_resolver(resolve_tenant)
        shell.register(band=band_of, may=may_see)
        register_labels(LABELS)
        wiring.connect()
        security.connect()
        accounts.connect()
        contracts.connect()
        applications.connect()
        organisations.connect()
        rights.connect()
