"""What units declare of their management, judged once for all those that declare the same.

Source: reference system, steps CHECK_UNIT_SCHEMA, CHECK_CLASSIFICATION_LEVEL and
UNITS_RULES_COMPUTE.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.conf import settings

from sae.holdings.declared_rules import Management, compute_end_dates
from sae.holdings.inheritance.dates import Rule
from sae.holdings.unit_schema import Checked
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem

CLASSIFICATION = "CHECK_CLASSIFICATION_LEVEL"


class ManagementBlock:
    """A management block once its schema is checked. Its values are shared: never change them.

    That of a root holds what ManagementMetadata gives it: every check is of the whole.
    """

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self._dated: tuple[Management, list[Problem]] | None = None

    @cached_property
    def classification(self) -> list[Problem]:
        """Faults of the level of defence secrecy, of a block whose schema holds."""
        return _check_classification(self.checked.block)

    def dated(self, referential: Mapping[str, Rule]) -> tuple[Management, list[Problem]]:
        """Return the block with its end dates, and what is wrong with its rules."""
        if self._dated is None:
            self._dated = compute_end_dates(self.checked.block, referential)
        return self._dated


def _check_classification(management: dict[str, Any]) -> list[Problem]:
    """The level of defence secrecy is one that the platform admits."""
    block = management.get("ClassificationRule") or {}
    level = block.get("ClassificationLevel")
    if level is None:
        if block and not settings.CLASSIFICATION_LEVEL_OPTIONAL:
            return [Problem(f"{CLASSIFICATION}.KO", reason="classification_missing")]
        return []
    if level in settings.CLASSIFICATION_LEVELS:
        return []
    return [
        Problem(
            f"{CLASSIFICATION}.KO",
            outcome=Outcome.KO,
            reason="classification_refused",
            seen=str(level),
            expected=", ".join(settings.CLASSIFICATION_LEVELS),
        )
    ]
