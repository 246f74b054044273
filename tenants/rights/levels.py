"""Levels of an organisation: dotted paths, the empty one being its root.

An administrator acts strictly below their own level: ``A`` touches neither ``A`` nor ``AB``, but
``A.1``. The root alone administers itself too.
"""

import re
from collections.abc import Iterable

from tenants.models.rights import LEVEL

ROOT = ""
_LEVEL = re.compile(LEVEL)


def is_level(text: str) -> bool:
    """Tell whether a text is a level: capitals and digits separated by dots, or nothing."""
    return _LEVEL.match(text) is not None


def is_below(own: str, other: str) -> bool:
    """Tell whether ``other`` is strictly below ``own``; nothing is below what it only resembles."""
    if own == ROOT:
        return other != ROOT
    return other.startswith(f"{own}.")


def may_act_on(own: str, other: str) -> bool:
    """Tell whether an administrator of level ``own`` administers what has level ``other``."""
    return own == ROOT or is_below(own, other)


def any_may_act_on(levels: Iterable[str], other: str) -> bool:
    """Tell whether one of the levels of an administrator allows it."""
    return any(may_act_on(own, other) for own in levels)
