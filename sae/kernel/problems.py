"""Problems: what is wrong, where, what was seen and what was expected.

Plain data: the French sentence belongs to the rooms that show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sae.kernel.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem stands: a file of the package, a line, an element, its identifier."""

    file: str = ""
    line: int | None = None
    column: int | None = None
    element: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault.

    ``code`` is the stable outcome code (``CHECK_SEDA.NOT_XSD_VALID.KO``); ``reason`` a snake_case
    key that chooses the sentence among those of the code; ``arguments`` fill that sentence.
    """

    code: str
    outcome: Outcome = Outcome.KO
    reason: str = ""
    place: Place = field(default_factory=Place)
    seen: str = ""
    expected: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
