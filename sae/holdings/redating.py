"""End dates of declarations when the referential changes, and who holds the referential.

The referential lives in a room above, which registers its reader when the application starts.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sae.holdings.inheritance.categories import CATEGORIES
from sae.holdings.inheritance.dates import Rule, RuleFault, with_end_date

ReferentialReader = Callable[[Collection[str]], Mapping[str, Rule]]

_readers: list[ReferentialReader] = []


def register_referential(reader: ReferentialReader) -> None:
    """Have ``reader(identifiers)`` give the rules of the coffre in scope, as they stand."""
    _readers[:] = [reader]


def rules_named(identifiers: Collection[str]) -> Mapping[str, Rule]:
    """Return the rules of the referential among ``identifiers``."""
    return _readers[0](identifiers) if _readers else {}


@dataclass(slots=True)
class Redated:
    """A management block with its end dates as the referential now gives them.

    ``categories``: those in which a date changed. ``faults``: rules that cannot be dated any more;
    they have no end date, so that what they protect stays protected.
    """

    management: dict[str, Any]
    categories: list[str] = field(default_factory=list)
    faults: list[RuleFault] = field(default_factory=list)


def redate(management: Mapping[str, Any], referential: Mapping[str, Rule]) -> Redated:
    """Date again the declarations of these rules, and leave every other one as it is."""
    redated = Redated(dict(management))
    for category in CATEGORIES:
        block = management.get(category)
        declared = block.get("Rules") if isinstance(block, Mapping) else None
        if not declared:
            continue
        rules = [_dated(rule, category, referential, redated.faults) for rule in declared]
        if rules != declared:
            redated.management[category] = {**dict(block or {}), "Rules": rules}
            redated.categories.append(category)
    return redated


def _dated(
    rule: Mapping[str, Any],
    category: str,
    referential: Mapping[str, Rule],
    faults: list[RuleFault],
) -> Mapping[str, Any]:
    if rule.get("Rule") not in referential:
        return rule
    try:
        return with_end_date(rule, category, referential)
    except RuleFault as fault:
        faults.append(fault)
        return {key: value for key, value in rule.items() if key != "EndDate"}
