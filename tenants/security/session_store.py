"""Sessions kept in the database with the account they belong to: listed, and cut at once."""

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from tenants.models import AccountSession


class SessionStore(DatabaseStore):
    """Django's own, over ``AccountSession``; ``row`` is the row read, once it is loaded."""

    row: AccountSession | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return AccountSession

    def _get_session_from_db(self) -> AccountSession | None:
        self.row = cast(AccountSession | None, super()._get_session_from_db())  # type: ignore[misc]
        return self.row

    def create_model_instance(self, data: dict[str, Any]) -> AccountSession:
        row = cast(AccountSession, super().create_model_instance(data))
        row.account_id = data.get(SESSION_KEY)
        return row
