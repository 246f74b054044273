"""The four belts around a tenant, each proved as the application's own role."""

import uuid

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from sae.journal.models import Event, Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.checks import check_database_role, check_row_level_security
from sae.tenancy.models import Tenant, WrongTenantError
from sae.tenancy.scope import (
    NoScopeError,
    current_tenant_id,
    platform_scope,
    scope_is_open,
    tenant_scope,
)
from tenants.models import ApiToken
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db


def make_operation(tenant: Tenant) -> Operation:
    with tenant_scope(tenant.id):
        operation = open_operation(type="TEST", category="CHECK")
        close_operation(operation=operation, outcome=Outcome.OK)
    return operation


class TestManagersFailClosed:
    def test_no_query_without_a_scope(self, cast: Cast) -> None:
        with pytest.raises(NoScopeError):
            Operation.objects.count()

    def test_a_scope_sees_its_own_rows_alone(self, cast: Cast) -> None:
        operation = make_operation(cast.coffre_a)
        with tenant_scope(cast.coffre_b.id):
            assert not Operation.objects.filter(id=operation.id).exists()
        with tenant_scope(cast.coffre_a.id):
            assert Operation.objects.filter(id=operation.id).exists()

    def test_a_row_of_another_tenant_is_not_written(self, cast: Cast) -> None:
        foreign = ApiToken(tenant_id=cast.coffre_b.id, name="x")
        with tenant_scope(cast.coffre_a.id):
            with pytest.raises(WrongTenantError):
                foreign.save()
            with pytest.raises(WrongTenantError):
                ApiToken.objects.bulk_create([foreign])

    def test_the_scope_closes_after_an_error(self, cast: Cast) -> None:
        with pytest.raises(ZeroDivisionError), tenant_scope(cast.coffre_a.id):
            raise ZeroDivisionError
        assert not scope_is_open()

    def test_scopes_nest_and_come_back(self, cast: Cast) -> None:
        operation = make_operation(cast.coffre_a)
        with tenant_scope(cast.coffre_a.id):
            with tenant_scope(cast.coffre_b.id):
                assert current_tenant_id() == cast.coffre_b.id
            assert rows_seen() >= 1
            with platform_scope(reason="test"):
                pass
            with pytest.raises(ZeroDivisionError), tenant_scope(cast.coffre_b.id):
                raise ZeroDivisionError
            assert Operation.objects.filter(id=operation.id).exists()

    def test_work_across_tenants_needs_a_reason(self, cast: Cast) -> None:
        with pytest.raises(ValueError, match="reason"), platform_scope(reason=""):
            pass


def check_constraints_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def rows_seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_operation")
        return cursor.fetchone()[0]


class TestRowLevelSecurity:
    def test_raw_sql_sees_the_tenant_of_the_transaction_alone(self, cast: Cast) -> None:
        make_operation(cast.coffre_a)
        with tenant_scope(cast.coffre_a.id):
            own = rows_seen()
        with tenant_scope(cast.coffre_b.id):
            assert rows_seen() < own or rows_seen() == 0
        assert own >= 1

    def test_an_unset_tenant_sees_nothing(self, cast: Cast) -> None:
        make_operation(cast.coffre_a)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sae.tenant_id', '', true)")
        assert rows_seen() == 0

    def test_a_forged_python_scope_still_meets_the_database(self, cast: Cast) -> None:
        """Rows written in SQL under another tenant's name are refused by the policy."""
        with tenant_scope(cast.coffre_a.id):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO tenants_apitoken (tenant_id, id, name, prefix, token_sha256, "
                        "role, context_id, created_at) VALUES (%s, %s, 'x', 'x', 'x', 'reader', "
                        "'', now())",
                        [cast.coffre_b.id, new_id()],
                    )

    def test_the_application_has_no_privilege_of_the_platform_by_itself(self, cast: Cast) -> None:
        with pytest.raises(ProgrammingError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE tenancy_tenant SET name = 'x'")

    def test_the_platform_sees_all_tenants(self, cast: Cast) -> None:
        make_operation(cast.coffre_a)
        make_operation(cast.coffre_b)
        with platform_scope(reason="test"):
            tenants = set(Operation.objects.values_list("tenant_id", flat=True))
        assert {cast.coffre_a.id, cast.coffre_b.id} <= tenants

    def test_every_table_of_tenants_is_walled(self, cast: Cast) -> None:
        assert check_row_level_security(databases=["default"]) == []
        assert check_database_role(databases=["default"]) == []

    def test_the_owner_itself_is_under_the_policies(self, cast: Cast, services: object) -> None:
        with psycopg.connect(services.owner_url) as owner:  # type: ignore[attr-defined]
            assert owner.execute("SELECT count(*) FROM journal_event").fetchone() == (0,)


class TestCompositeKeys:
    def test_a_key_cannot_point_across_the_wall(self, cast: Cast) -> None:
        operation = make_operation(cast.coffre_a)
        with pytest.raises(IntegrityError), tenant_scope(cast.coffre_b.id):
            Event.objects.bulk_create(
                [
                    Event(
                        tenant_id=cast.coffre_b.id,
                        sequence=1_000_000,
                        operation_id=operation.id,
                        code="X",
                        outcome="OK",
                        outcome_detail="X.OK",
                        occurred_at="2026-01-01T00:00:00Z",
                        previous_hash=b"",
                        hash=b"",
                    )
                ]
            )
            check_constraints_now()

    def test_two_tenants_may_hold_the_same_identifier(self, cast: Cast) -> None:
        identifier = uuid.uuid4()
        for coffre in (cast.coffre_a, cast.coffre_b):
            with tenant_scope(coffre.id):
                ApiToken.objects.create(
                    id=identifier, name="x", prefix="x", token_sha256="x",
                    role="reader", created_at="2026-01-01T00:00:00Z",
                )  # fmt: skip
        with tenant_scope(cast.coffre_a.id):
            assert ApiToken.objects.filter(id=identifier).count() == 1
