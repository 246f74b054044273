"""The real PostgreSQL and the real S3 server of a run, as durable as in production."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sae.embedded.objectstore import EmbeddedObjectStore
from sae.embedded.postgres import EmbeddedPostgres
from sae.embedded.postgres_roles import ADMIN_ROLE, DATABASE

# `full_page_writes`, `fsync` and `synchronous_commit` are named so that nobody has to wonder.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@dataclass(frozen=True, slots=True)
class Services:
    """``environment`` are the SAE_* variables that lead the product to these services;
    ``processes`` the identifiers of their main processes."""

    environment: dict[str, str]
    admin_url: str
    processes: tuple[int, ...]


@contextmanager
def running_services(data_dir: Path) -> Iterator[Services]:
    """Run both under ``data_dir`` (made if missing) until the block ends."""
    store = EmbeddedObjectStore(data_dir / "objects")
    postgres = EmbeddedPostgres(data_dir / "postgres", settings=DURABLE)
    store.launch()
    try:
        postgres.start()
        store.wait_ready()
        yield Services(
            environment={
                "SAE_ENV": "embedded",
                "SAE_DATA_DIR": str(data_dir),
                "SAE_DATABASE_URL": postgres.app_url,
                "SAE_DATABASE_OWNER_URL": postgres.owner_url,
                "SAE_OFFERS": json.dumps(store.offers()),
                "SAE_LOG_LEVEL": "WARNING",
            },
            admin_url=postgres.url(ADMIN_ROLE, database=DATABASE),
            processes=tuple(each.process.pid for each in (postgres, store) if each.process),
        )
    finally:
        postgres.stop()
        store.stop()
