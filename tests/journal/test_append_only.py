"""The application's role cannot rewrite a journal, whatever its code does."""

import pytest
from django.db import DatabaseError, connection, connections

from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.services import close_operation, open_operation
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import platform_scope, tenant_scope

TABLES = [
    "journal_event",
    "journal_lifecycleentry",
    "journal_operation",
    "journal_journalhead",
]


@pytest.fixture
def written(tenant):
    with tenant_scope(tenant.id):
        operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
        write_life_cycle([LifeCycleDraft("unit", new_id(), ["LFC.CREATION"])], operation=operation)
    return operation


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("as_platform", [False, True])
def test_neither_role_removes_anything(tenant, written, table, statement, as_platform):
    scope = platform_scope(reason="essai") if as_platform else tenant_scope(tenant.id)
    with pytest.raises(DatabaseError, match="permission denied"), scope:
        execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_event SET outcome = 'OK'",
        "UPDATE journal_event SET hash = ''",
        "UPDATE journal_lifecycleentry SET outcome = 'OK'",
        "UPDATE journal_operation SET type = 'X'",
        "UPDATE journal_operation SET agent_id = NULL",
        "UPDATE journal_operation SET started_at = now()",
    ],
)
def test_the_application_rewrites_nothing(tenant, written, statement):
    with pytest.raises(DatabaseError, match="permission denied"), tenant_scope(tenant.id):
        execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_journalhead SET sequence = sequence - 1",
        "UPDATE journal_operation SET event_count = 0",
        "UPDATE journal_operation SET last_sequence = 0",
        "UPDATE journal_operation SET life_cycle_count = 0",
    ],
)
def test_the_application_sends_no_counter_back(tenant, written, statement):
    with pytest.raises(DatabaseError, match="only advances"), tenant_scope(tenant.id):
        execute(statement)


def test_an_operation_that_is_over_stays_so(tenant, written):
    with tenant_scope(tenant.id):
        close_operation(operation=written, outcome=Outcome.KO)
    with pytest.raises(DatabaseError, match="only advances"), tenant_scope(tenant.id):
        execute("UPDATE journal_operation SET outcome = 'OK'")


@pytest.mark.parametrize("table", ["journal_event", "journal_lifecycleentry"])
def test_even_the_owner_meets_the_trigger(tenant, written, table):
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        try:
            for statement in (f"UPDATE {table} SET outcome = 'OK'", f"DELETE FROM {table}"):
                with pytest.raises(DatabaseError, match="only grows"):
                    cursor.execute(statement)
            with pytest.raises(DatabaseError, match="only grows"):
                cursor.execute(f"TRUNCATE {table}")
        finally:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
