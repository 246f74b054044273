"""A misconfigured wall refuses to start (``manage.py check --database default``)."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import OperationalError

from sae.tenancy.models import TenantModel

ROW_LEVEL_SECURITY_EXEMPT: dict[str, str] = {}
"""Tables of tenants without policy, each with the measured reason."""


def tenant_models() -> list[type[TenantModel]]:
    """Return every concrete model that belongs to a tenant."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


@register(Tags.database)
def check_database_role(databases: Sequence[str] | None = None, **kwargs: Any) -> list[Error]:
    """The application's role is neither superuser, nor owner, nor above row-level security."""
    if not databases or DEFAULT_DB_ALIAS not in databases:
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls, current_user, EXISTS (SELECT FROM pg_class WHERE "
            "relowner = pg_roles.oid AND relkind IN ('r', 'p') AND relnamespace = "
            "'public'::regnamespace) FROM pg_roles WHERE rolname = current_user"
        )
        above, role, owner = cursor.fetchone()
    if above or owner:
        return [
            Error(
                f"Le rôle PostgreSQL « {role} » échappe au cloisonnement des coffres.",
                hint="Donnez à SAE_DATABASE_URL un rôle ni propriétaire ni superutilisateur.",
                id="tenancy.E001",
            )
        ]
    return []


@register(Tags.database)
def check_row_level_security(databases: Sequence[str] | None = None, **kwargs: Any) -> list[Error]:
    """Every table of tenants has forced row-level security, or a reason not to."""
    if not databases or DEFAULT_DB_ALIAS not in databases:
        return []
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            )
            walled = {row[0] for row in cursor.fetchall()}
    except OperationalError as error:
        return [Error(f"Base injoignable : {error}", id="tenancy.E003")]
    return [
        Error(f"La table « {model._meta.db_table} » n’a pas de mur.", id="tenancy.E002")
        for model in tenant_models()
        if model._meta.db_table not in walled
        and model._meta.db_table not in ROW_LEVEL_SECURITY_EXEMPT
    ]
