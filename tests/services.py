"""The real PostgreSQL and the real S3 server that the test-suite runs against.

`start_services(data_dir)` starts both in about 4 s. While writing tests, keep one pair running and
name it, so that each run of pytest begins at once in a fresh database of its own:

    .venv/bin/python -m tests.services /tmp/sae-services &
    SAE_TEST_DATA_DIR=/tmp/sae-services .venv/bin/pytest …
"""

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from sae.embedded.objectstore import EmbeddedObjectStore
from sae.embedded.postgres import EmbeddedPostgres
from sae.embedded.postgres_roles import APP_ROLE, OWNER_ROLE, PLATFORM_ROLE
from sae.embedded.s3_request import send_request

SHARED_VARIABLE = "SAE_TEST_DATA_DIR"
_NOTE = "services.json"
# Durability against a power cut is not what these tests prove, and costs half their time.
_TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "256MB",
    "max_connections": "150",
}


@dataclass(frozen=True)
class ServiceEnv:
    """Where the services are. `database_url` is the application role's, `owner_url` the owner's.

    `admin_url` is the superuser's, for what a test must do behind the application's back.
    """

    data_dir: str
    database_url: str
    owner_url: str
    admin_url: str
    offers: list[dict[str, Any]]
    stop: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)

    def environment(self) -> dict[str, str]:
        """The SAE_* variables that make the application use these services."""
        return {
            "SAE_ENV": "test",
            "SAE_DATABASE_URL": self.database_url,
            "SAE_DATABASE_OWNER_URL": self.owner_url,
            "SAE_OFFERS": json.dumps(self.offers),
        }


def start_services(data_dir: Path) -> ServiceEnv:
    """Start both under `data_dir`, or join the pair that SAE_TEST_DATA_DIR names.

    A pair joined is given a new empty database, dropped by `stop()`, so that several runs may share
    it. Call from the main thread and call `stop()` at the end; a killed run leaves nothing either.
    """
    shared = os.environ.get(SHARED_VARIABLE)
    if shared and (joined := _join(Path(shared))) is not None:
        return joined
    return _start(data_dir)


def _start(data_dir: Path) -> ServiceEnv:
    store = EmbeddedObjectStore(data_dir / "objects")
    postgres = EmbeddedPostgres(data_dir / "postgres", settings=_TEST_SETTINGS)
    store.launch()
    try:
        postgres.start()
        # pytest-django makes its own database, as the owner.
        with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {OWNER_ROLE} CREATEDB")
        store.wait_ready()
    except BaseException:
        postgres.stop()
        store.stop()
        raise

    def stop() -> None:
        postgres.stop()
        store.stop()

    return ServiceEnv(
        data_dir=str(data_dir),
        database_url=postgres.app_url,
        owner_url=postgres.owner_url,
        admin_url=postgres.admin_url.replace("@/postgres?", "@/sae?"),
        offers=list(store.offers()),
        stop=stop,
    )


def _join(data_dir: Path) -> ServiceEnv | None:
    try:
        noted = json.loads((data_dir / _NOTE).read_text())
    except FileNotFoundError:
        return None
    offer = noted["offers"][0]
    database = f"sae_{secrets.token_hex(4)}"
    try:
        send_request(
            offer["endpoint"],
            "HEAD",
            f"/{offer['bucket']}",
            access_key=offer["access_key"],
            secret_key=offer["secret_key"],
        )
        with psycopg.connect(noted["admin_url"], autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database} OWNER {OWNER_ROLE}")
    except (psycopg.OperationalError, OSError):
        return None

    def drop() -> None:
        with psycopg.connect(noted["admin_url"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    return ServiceEnv(
        data_dir=str(data_dir),
        database_url=noted["database_url"].replace("@/sae?", f"@/{database}?"),
        owner_url=noted["owner_url"].replace("@/sae?", f"@/{database}?"),
        admin_url=noted["admin_url"].replace("@/sae?", f"@/{database}?"),
        offers=noted["offers"],
        stop=drop,
    )


def main() -> None:
    """Run the pair until Ctrl-C or SIGTERM, for other runs to join."""
    data_dir = Path(sys.argv[1]).resolve()
    services = _start(data_dir)
    note = data_dir / _NOTE
    told = {name: value for name, value in asdict(services).items() if name != "stop"}
    note.touch(mode=0o600)
    note.write_text(json.dumps(told))
    sys.stdout.write(f"{SHARED_VARIABLE}={data_dir}\n")
    sys.stdout.flush()
    over = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: over.set())
    over.wait()
    note.unlink()
    services.stop()


if __name__ == "__main__":
    main()

__all__ = ["APP_ROLE", "OWNER_ROLE", "PLATFORM_ROLE", "ServiceEnv", "start_services"]
