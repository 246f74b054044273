"""Deposits that wait for someone, as the home page and the frame show them."""

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, QuerySet

from ingest.models import Deposit
from ingest.selectors.deposits import LIVE_STATES, STATUS_QUERIES, deposits
from sae.kernel import clock
from tenants.rights.deposits import DepositSight

REMINDED_FOR = dt.timedelta(days=30)
"""A refusal older than that has been dealt with, or never will be."""


def refused_deposits(sight: DepositSight) -> QuerySet[Deposit]:
    """Return the refused deposits in sight of the last weeks that no later attempt has followed.

    The later attempt may be out of sight: it was made good, by whomever.
    """
    later = Deposit.objects.filter(
        action=Deposit.Action.INGEST,
        message_identifier=OuterRef("message_identifier"),
        received_at__gt=OuterRef("received_at"),
    ).exclude(message_identifier="")
    return (
        deposits(sight)
        .filter(STATUS_QUERIES["KO"], received_at__gt=clock.now() - REMINDED_FOR)
        .exclude(action=Deposit.Action.BLANK_TEST)
        .exclude(Exists(later))
    )


def stopped_deposits(sight: DepositSight) -> QuerySet[Deposit]:
    """Return the deposits in sight that a fault of ours has stopped."""
    return deposits(sight).filter(STATUS_QUERIES["FATAL"])


def live_deposits_of(account_id: uuid.UUID) -> QuerySet[Deposit]:
    """Return an account's deposits under way."""
    return deposits(DepositSight(owner_id=account_id)).filter(state__in=LIVE_STATES)
