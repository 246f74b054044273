"""What a deposit's page says and offers about stopping, resuming and undoing it."""

from functools import cached_property

from django.http import HttpRequest

from ingest.cancellation.models import DepositCancellation
from ingest.models import Deposit
from ingest.selectors.deposits import names_of
from ingest.services.cancelling import (
    is_accepted,
    lacks_approval,
    latest_cancellation_of,
)
from ingest.services.resuming import may_abandon, may_pause, may_resume
from tenants.access import account_of, may
from tenants.permissions import Permission

State = DepositCancellation.State


class Undoing:
    """Acts open to the reader on one deposit, and the request to undo it, if any."""

    def __init__(self, request: HttpRequest, deposit: Deposit) -> None:
        self.request = request
        self.deposit = deposit

    @property
    def may_pause(self) -> bool:
        return may_pause(self.deposit) and bool(may(self.request, Permission.DEPOSIT_RESUME))

    @property
    def may_resume(self) -> bool:
        return may_resume(self.deposit) and bool(may(self.request, Permission.DEPOSIT_RESUME))

    @property
    def may_abandon(self) -> bool:
        return may_abandon(self.deposit) and bool(may(self.request, Permission.DEPOSIT_RESUME))

    @cached_property
    def cancellation(self) -> DepositCancellation | None:
        """The latest request, whatever became of it."""
        return latest_cancellation_of(self.deposit)

    @property
    def is_waiting(self) -> bool:
        return self.cancellation is not None and self.cancellation.state == State.REQUESTED

    @property
    def lacks_approval(self) -> bool:
        return (
            self.cancellation is not None and self.is_waiting and lacks_approval(self.cancellation)
        )

    @property
    def may_cancel(self) -> bool:
        return (
            is_accepted(self.deposit)
            and not self.is_waiting
            and bool(may(self.request, Permission.DEPOSIT_CANCEL))
        )

    @property
    def may_withdraw(self) -> bool:
        return self.is_waiting and bool(may(self.request, Permission.DEPOSIT_CANCEL))

    @property
    def may_approve(self) -> bool:
        return (
            self.cancellation is not None
            and self.lacks_approval
            and self.cancellation.requested_by != account_of(self.request).id
            and bool(may(self.request, Permission.DEPOSIT_CANCEL_APPROVE))
        )

    @property
    def may_relaunch(self) -> bool:
        return (
            self.cancellation is not None
            and bool(self.cancellation.fault)
            and self.cancellation.state in (State.REQUESTED, State.ERASING)
            and bool(may(self.request, Permission.DEPOSIT_CANCEL))
        )

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of those who asked, approved and withdrew, by those words."""
        one = self.cancellation
        if one is None:
            return {}
        known = names_of([one.requested_by, one.approved_by, one.withdrawn_by])
        return {
            "requested": known.get(one.requested_by, "") if one.requested_by else "",
            "approved": known.get(one.approved_by, "") if one.approved_by else "",
            "withdrawn": known.get(one.withdrawn_by, "") if one.withdrawn_by else "",
        }
