"""Two ways into one database: the application's role serves, the owner's role migrates."""

from typing import Any

OWNER_ALIAS = "owner"


class OwnerMigratesRouter:
    """Migrations run as the owner alone; everything else as the application role."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == OWNER_ALIAS

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True
