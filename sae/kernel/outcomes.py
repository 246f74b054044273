"""Outcomes of items, actions, steps and operations, and their aggregation.

The order is the severity; an aggregate is the worst of its parts at every level. KO is the
depositor's to mend, FATAL is ours.
"""

import enum
from collections.abc import Iterable


class Outcome(enum.IntEnum):
    """Severity of what happened, in the field's own words."""

    STARTED = 1
    OK = 3
    WARNING = 4
    KO = 5
    FATAL = 6


def worst(outcomes: Iterable[Outcome], *, default: Outcome = Outcome.OK) -> Outcome:
    """Return the most severe outcome, ``default`` when there is none."""
    return max(outcomes, default=default)
