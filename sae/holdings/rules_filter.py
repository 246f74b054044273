"""What a search may ask of the rules in force on units."""

import datetime as dt
from dataclasses import dataclass

LOCAL, INHERITED, BLOCKED = "local", "inherited", "blocked"


@dataclass(frozen=True, slots=True)
class EndRange:
    """The latest end date of a category lies within these days, both included.

    ``category`` is ``""`` for any of the seven. A unit whose rules of the category have no end date
    is left out.
    """

    category: str = ""
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class RulesFilter:
    """Conditions on the rules in force, met together; empty members restrict nothing.

    ``rules``: one of these is in force. ``final_actions``: one of these is, for the appraisal or
    for the current utility. ``origins``: the unit declares a rule itself (``LOCAL``), or has one
    from above (``INHERITED``), or refuses one from above (``BLOCKED``). ``on_hold``: a hold is
    running. ``communicable``: no access rule keeps the unit closed any more. ``without_rule``: none
    of any category is in force. ``waiting``: what is in force has yet to be computed.
    """

    rules: tuple[str, ...] = ()
    final_actions: tuple[str, ...] = ()
    ends: tuple[EndRange, ...] = ()
    origins: tuple[str, ...] = ()
    on_hold: bool | None = None
    communicable: bool | None = None
    without_rule: bool = False
    waiting: bool = False


ANY_RULES = RulesFilter()
"""Restricts nothing."""
