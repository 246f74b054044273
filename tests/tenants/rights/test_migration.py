"""The roles of before become memberships of ready groups, in a database of their time."""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.services import ServiceEnv

ROOT = Path(__file__).resolve().parents[3]
NAME = "sae_before_rights"
pytestmark = pytest.mark.slow


@pytest.fixture
def before(services: ServiceEnv) -> Iterator[str]:
    """The owner's address of an empty database, dropped after."""
    owner = conninfo_to_dict(services.owner_url)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(NAME), sql.Identifier(str(owner["user"]))
            )
        )
    yield of_that_database(services.owner_url)
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(drop)


def of_that_database(url: str) -> str:
    """Return an address of the services with the other database in it."""
    return re.sub(r"@([^/]*)/[^?]*", rf"@\1/{NAME}", url, count=1)


def migrate(url: str, services: ServiceEnv, *target: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    app_url = of_that_database(services.database_url)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", *target],
        cwd=ROOT,
        env={
            **kept,
            **services.environment(),
            "DJANGO_SETTINGS_MODULE": "sae.config.settings",
            "SAE_DATABASE_OWNER_URL": url,
            "SAE_DATABASE_URL": app_url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def as_admin(services: ServiceEnv) -> psycopg.Connection:
    """Connect to that database above its walls."""
    return psycopg.connect(make_conninfo(services.admin_url, dbname=NAME), autocommit=True)


def test_roles_become_memberships_of_ready_groups(before: str, services: ServiceEnv) -> None:
    migrate(before, services, "tenants", "0004")
    town, coffre, proof = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    people = {role: uuid.uuid4() for role in ("archivist", "administrator", "reader")}
    with as_admin(services) as admin:
        admin.execute(
            "INSERT INTO tenancy_organisation (id, name, code, address, is_platform, is_template,"
            " suspension_reason, created_at) VALUES (%s, 'Ville', '', '', false, false, '', now())",
            [town],
        )
        for tenant, number, name, kind in (
            (coffre, 1, "Archives", "archives"),
            (proof, 2, "Preuve", "proof"),
        ):
            admin.execute(
                "INSERT INTO tenancy_tenant (id, organisation_id, number, name, kind, colour,"
                " languages, ingest_contract, access_contract, created_at)"
                " VALUES (%s, %s, %s, %s, %s, '#3D5566', '{fr}', '', '', now())",
                [tenant, town, number, name, kind],
            )
        columns = [
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name ="
                " 'tenants_account' AND is_nullable = 'NO' AND data_type IN"
                " ('character varying', 'text') AND column_name NOT IN ('email', 'identifier')"
            )
        ]
        booleans = [
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name ="
                " 'tenants_account' AND is_nullable = 'NO' AND data_type = 'boolean'"
            )
        ]
        for role, account in people.items():
            values = {
                "id": account,
                "organisation_id": town,
                "email": f"{role}@exemple.fr",
                "identifier": role[:12],
                "created_at": "2026-01-01T00:00:00Z",
                **dict.fromkeys(columns, "x"),
                **dict.fromkeys(booleans, True),
            }
            admin.execute(
                sql.SQL("INSERT INTO tenants_account ({}) VALUES ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(sql.Placeholder() * len(values)),
                ),
                list(values.values()),
            )
            for place in (coffre, proof) if role == "administrator" else (coffre,):
                admin.execute(
                    "INSERT INTO tenants_membership (id, account_id, tenant_id, role)"
                    " VALUES (%s, %s, %s, %s)",
                    [uuid.uuid4(), account, place, role],
                )
        admin.execute(
            "INSERT INTO tenants_apitoken (id, tenant_id, name, prefix, token_sha256, role,"
            " context_id, created_at) VALUES (%s, %s, 'GED', 'sae_', 'x', 'archivist', '', now())",
            [uuid.uuid4(), coffre],
        )
    migrate(before, services)
    with as_admin(services) as admin:
        rows = admin.execute(
            "SELECT m.account_id, g.ready, p.ready, p.coffre_id, p.sees_everything,"
            " 'right.manage' = ANY (p.permissions), m.ends_at, m.tenant_id"
            " FROM tenants_groupmember m JOIN tenants_group g ON g.id = m.group_id"
            " JOIN tenants_groupprofile gp ON gp.group_id = g.id"
            " JOIN tenants_profile p ON p.id = gp.profile_id"
        ).fetchall()
        walled = admin.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE relname IN ('tenants_groupmember', 'tenants_apitoken')"
        ).fetchall()
        seen = admin.execute(
            "SELECT DISTINCT 'right.manage' = ANY (ready_seen), 'journal.write' = ANY (ready_seen)"
            " FROM tenants_profile"
        ).fetchall()
        followed = admin.execute(
            "SELECT DISTINCT deposit_reach, deposit_contracts, deposit_agencies"
            " FROM tenants_profile"
        ).fetchall()
        (role,) = admin.execute("SELECT role FROM tenants_apitoken").fetchone() or ("",)
    admin_of = people["administrator"]
    assert {(*row[:4], row[5]) for row in rows} == {
        (people["archivist"], f"head_archivist:{coffre}", "head_archivist", coffre, False),
        (people["reader"], f"reader:{coffre}", "reader", coffre, False),
        (admin_of, f"administrator:{coffre}", "administrator", coffre, False),
        (admin_of, f"administrator:{proof}", "administrator", proof, True),
    }
    assert all(row[4] and row[6] is None and row[7] == proof for row in rows)
    assert walled == [(True,), (True,)]
    assert followed == [("every", [], [])], "an update takes no deposit away"
    assert role == "head_archivist"
    assert seen == [(True, False)], "what came since is offered, rights are not widened"
