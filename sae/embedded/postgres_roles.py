"""Roles, passwords and database of the embedded server, each made when missing.

Three roles, as in production: `sae_owner` owns the database and migrates; `sae_app` is what web and
workers are; `sae_platform`, which nobody logs in as, is assumed by `sae_app` for work across
tenants. A fourth, `sae_admin`, is the superuser of the server.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

DATABASE = "sae"
ADMIN_ROLE = "sae_admin"
OWNER_ROLE = "sae_owner"
APP_ROLE = "sae_app"
PLATFORM_ROLE = "sae_platform"


def load_passwords(data_dir: Path) -> dict[str, str]:
    """Return the password of each role that logs in, drawn at the first start."""
    path = data_dir / "secrets.json"
    if not path.exists():
        fresh = {role: secrets.token_urlsafe(24) for role in (ADMIN_ROLE, OWNER_ROLE, APP_ROLE)}
        partial = path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(fresh, file)
        partial.rename(path)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def provision(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make roles and database: a first start killed here is repaired by the next."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, attributes in (
            (OWNER_ROLE, "LOGIN"),
            (APP_ROLE, "LOGIN NOINHERIT"),
            (PLATFORM_ROLE, "NOLOGIN"),
        ):
            if role not in known:
                connection.execute(
                    sql.SQL("CREATE ROLE {} " + attributes).format(sql.Identifier(role))
                )
            if role in passwords:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(passwords[role])
                    )
                )
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(
                sql.Identifier(PLATFORM_ROLE), sql.Identifier(APP_ROLE)
            )
        )
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )
