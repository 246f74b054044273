"""Deposits that wait for someone, as the home page and the frame show them."""

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, QuerySet

from ingest.models import Deposit
from ingest.selectors.deposits import LIVE_STATES, STATUS_QUERIES, deposits
from sae.kernel import clock

REMINDED_FOR = dt.timedelta(days=30)
"""A refusal older than that has been dealt with, or never will be."""


def refused_deposits() -> QuerySet[Deposit]:
    """Return the refused deposits of the last weeks that no later attempt has followed."""
    later = Deposit.objects.filter(
        action=Deposit.Action.INGEST,
        message_identifier=OuterRef("message_identifier"),
        received_at__gt=OuterRef("received_at"),
    ).exclude(message_identifier="")
    return (
        deposits()
        .filter(STATUS_QUERIES["KO"], received_at__gt=clock.now() - REMINDED_FOR)
        .exclude(action=Deposit.Action.BLANK_TEST)
        .exclude(Exists(later))
    )


def stopped_deposits() -> QuerySet[Deposit]:
    """Return the deposits that a fault of ours has stopped."""
    return deposits().filter(STATUS_QUERIES["FATAL"])


def live_deposits_of(account_id: uuid.UUID) -> QuerySet[Deposit]:
    """Return an account's deposits under way."""
    return deposits().filter(account_id=account_id, state__in=LIVE_STATES)
