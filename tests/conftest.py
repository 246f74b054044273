"""Real services for every test that asks for the database; none for those that do not."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from sae.config.database import database_from_url
from tests.services import ServiceEnv, start_services

pytest_plugins = ["tests.builders.people"]

# The same examples at each run, and no time is ever asserted.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["SAE_DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceEnv]:
    """The PostgreSQL and the S3 server of this run."""
    environment = start_services(tmp_path_factory.mktemp("services"))
    yield environment
    environment.stop()


@pytest.fixture(scope="session")
def django_db_setup(services: ServiceEnv, django_db_blocker: Any) -> Iterator[None]:
    """A database migrated as its owner; the tests then run as the application's role."""
    os.environ.update(services.environment())
    os.environ["SAE_SECRET_KEY"] = settings.SECRET_KEY
    settings.OFFERS = services.offers
    with django_db_blocker.unblock():
        for alias, url in (("default", services.database_url), ("owner", services.owner_url)):
            connections[alias].close()
            connections[alias].settings_dict.update(database_from_url(url))
            connections.settings[alias].update(database_from_url(url))
        call_command("migrate", database="owner", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def committed_db(
    django_db_setup: None, django_db_blocker: Any, services: ServiceEnv
) -> Iterator[None]:
    """A database where transactions really commit (other processes see them), emptied after."""
    with django_db_blocker.unblock():
        yield
        for connection in connections.all():
            connection.close()
        empty_database(services.admin_url)


def empty_database(admin_url: str) -> None:
    """Empty every table but those of the migrations, behind the application's back."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        rows = admin.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = "
            "'public' AND tablename NOT IN ('django_migrations', 'django_content_type')"
        ).fetchall()
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET lock_timeout = '20s'")
        # DELETE in the tables that hold something: 2 ms, where a TRUNCATE of all makes new files
        # for each table and index (30 to 200 ms, at every test).
        filled = admin.execute(
            " UNION ALL ".join(
                f"SELECT '{row[0]}' WHERE EXISTS (SELECT FROM {row[0]})" for row in rows
            )
        ).fetchall()
        for (table,) in filled:
            admin.execute(f"DELETE FROM {table}")
