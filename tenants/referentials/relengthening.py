"""A used rule whose length changes: the fonds follows, by an operation of its own.

Rules that changed or left while a deposit was under way are told to it when its units enter.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

from sae.holdings.inheritance.dates import Rule
from sae.holdings.redating import register_referential
from sae.holdings.rules_update import start_update
from tenants.models import ManagementRule, ReferentialVersion
from tenants.referentials.usage import register_rule_listener

MARGIN = dt.timedelta(hours=1)
"""An import dates its rules before it commits: a deposit may have read them in between."""


def rules_as_they_stand(identifiers: Collection[str]) -> Mapping[str, Rule]:
    """Return the rules of the coffre in scope among ``identifiers``."""
    rows = ManagementRule.objects.filter(identifier__in=set(identifiers))
    return {row.identifier: _rule(row) for row in rows}


def rules_changed_since(moment: dt.datetime) -> Mapping[str, Rule]:
    """Return the rules that changed after ``moment``, or little before: nearly always none."""
    rows = ManagementRule.objects.filter(updated_at__gt=moment - MARGIN)
    return {row.identifier: _rule(row) for row in rows}


def rules_gone_since(moment: dt.datetime) -> set[str]:
    """Return the rules that left the referential after ``moment``, or little before, for good."""
    left = ReferentialVersion.objects.filter(
        kind="rules", removed=True, created_at__gt=moment - MARGIN
    )
    names = set(left.values_list("identifier", flat=True))
    if not names:
        return names
    back = ManagementRule.objects.filter(identifier__in=names)
    return names - set(back.values_list("identifier", flat=True))


def _rule(row: ManagementRule) -> Rule:
    return Rule(row.identifier, row.category, row.duration, row.unlimited, row.measurement)


def _follow(identifiers: Collection[str], operation_id: uuid.UUID) -> None:
    start_update(identifiers, parent_id=operation_id)


def connect() -> None:
    """Called once the applications are loaded."""
    register_referential(rules_as_they_stand)
    register_rule_listener(_follow)
