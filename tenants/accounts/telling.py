"""Acts on accounts in the journal of their organisation: identifiers and codes, no name."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sae.journal.models import Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from tenants.accounts.identity import PERSONAL
from tenants.models import Account

MASK = "***"
CATEGORY = "MASTERDATA"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account and its request, or the command line and the platform itself (None)."""

    account: Account | None = None
    request_id: str = ""

    @property
    def account_id(self) -> uuid.UUID | None:
        return self.account.id if self.account else None


def subject_of(account: Account) -> dict[str, str]:
    """Return how a journal names an account."""
    return {"account": str(account.id), "identifier": account.identifier}


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a journal may keep them: the personal ones, if any, behind a mask."""
    return {
        field: (MASK if value else "") if field in PERSONAL else value
        for field, value in values.items()
    }


def open_told(code: str, actor: Actor, detail: Mapping[str, Any]) -> Operation:
    """Open an operation of this room in the coffre in scope."""
    return open_operation(
        type=code,
        category=CATEGORY,
        agent_id=actor.account_id,
        request_id=actor.request_id,
        detail=detail,
    )


def tell(
    code: str,
    account: Account,
    actor: Actor,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **more: Any,
) -> Operation:
    """Write an act on one account, with what it changed; call it last in the transaction."""
    detail: dict[str, Any] = {**subject_of(account), **more}
    if before is not None or after is not None:
        detail |= {"before": masked(before or {}), "after": masked(after or {})}
    operation = open_told(code, actor, detail)
    close_operation(operation=operation, outcome=Outcome.OK)
    return operation
