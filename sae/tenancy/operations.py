"""Migration operations that build the wall: composite keys, row-level security, grants."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from sae.tenancy.models import TenantForeignKey
from sae.tenancy.scope import APPLICATION_ROLE, PLATFORM_ROLE, TENANT_SETTING

_OWN_ROWS = f"tenant_id = NULLIF(current_setting('{TENANT_SETTING}', true), '')::uuid"


class TenantTable(Operation):
    """Give a tenant's table its keys, policies and grants in one call.

    - primary key ``(tenant_id, id)`` in place of ``(id)``: one index, and every lookup carries the
      tenant through the policy;
    - one composite foreign key per ``TenantForeignKey``, and one of ``tenant_id`` to the tenants;
    - row-level security forced: the application role sees the tenant named in the transaction
      alone, the platform role (assumed by ``platform_scope``) sees all;
    - ``grants``: what the two roles may do; append-only tables get a trigger too.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self,
        model: str,
        *,
        grants: str = "SELECT, INSERT, UPDATE, DELETE",
        append_only: bool = False,
        row_level_security: bool = True,
    ) -> None:
        self.model = model
        self.grants = "SELECT, INSERT" if append_only else grants
        self.append_only = append_only
        self.row_level_security = row_level_security

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes in Django's view of the model."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        for statement in [
            *primary_key_sql(model),
            *foreign_keys_sql(model),
            *(policies_sql(model._meta.db_table) if self.row_level_security else []),
            *grants_sql(model._meta.db_table, self.grants),
            *(append_only_sql(model._meta.db_table) if self.append_only else []),
        ]:
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """The table goes with its model: nothing to undo before."""

    def describe(self) -> str:
        return f"Wall around {self.model}"


def primary_key_sql(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    return [
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
        f'ALTER TABLE "{table}" ADD PRIMARY KEY (tenant_id, id)',
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_fk" '
        "FOREIGN KEY (tenant_id) REFERENCES tenancy_tenant (id)",
    ]


def foreign_keys_sql(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    statements = []
    for field in model._meta.local_fields:
        if isinstance(field, TenantForeignKey):
            target = field.related_model._meta.db_table
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_wall" '
                f'FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{target}" (tenant_id, id) '
                "DEFERRABLE INITIALLY DEFERRED"
            )
    return statements


def policies_sql(table: str) -> list[str]:
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant_wall ON "{table}" TO {APPLICATION_ROLE} '
        f"USING ({_OWN_ROWS}) WITH CHECK ({_OWN_ROWS})",
        f'CREATE POLICY platform ON "{table}" TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)',
    ]


def grants_sql(table: str, grants: str, roles: Sequence[str] = ()) -> list[str]:
    roles = roles or (APPLICATION_ROLE, PLATFORM_ROLE)
    return [f'GRANT {grants} ON "{table}" TO {", ".join(roles)}'] if grants else []


def append_only_sql(table: str) -> list[str]:
    return [
        f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION sae_refuse_change()",
        f'CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION sae_refuse_change()",
    ]


REFUSE_CHANGE_FUNCTION = """
CREATE FUNCTION sae_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % only grows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
