"""Grants on the tables that belong to no tenant, renewed after each migration."""

from typing import Any

from django.apps import apps
from django.db import connections

from sae.tenancy.models import Organisation, Tenant, TenantModel
from sae.tenancy.router import OWNER_ALIAS
from sae.tenancy.scope import APPLICATION_ROLE, PLATFORM_ROLE


def grant_platform_tables(using: str, **kwargs: Any) -> None:
    """Let the application role use sessions, queues and accounts; directories are read-only."""
    if using != OWNER_ALIAS:
        return
    both = f"{APPLICATION_ROLE}, {PLATFORM_ROLE}"
    with connections[using].cursor() as cursor:
        existing = set(connections[using].introspection.table_names(cursor))
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in existing or not model._meta.managed or issubclass(model, TenantModel):
                continue
            if model in (Organisation, Tenant):
                cursor.execute(f'GRANT SELECT ON "{table}" TO {APPLICATION_ROLE}')
                cursor.execute(
                    f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {PLATFORM_ROLE}'
                )
            else:
                cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {both}')
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {both}")
        cursor.execute(f'GRANT SELECT ON "django_migrations" TO {both}')
