"""The register of holds: what is frozen, for whom, why, since when, to be reviewed when.

Read from the declarations themselves, whoever put them there: a deposit or an act. A hold is what
units declare alike: same rule, owner, reason and dates. Plan: a partial index holds the units that
declare any.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from access.updates.hold_acts import Said, hold_key
from sae.holdings.projection import within_in_sight
from sae.holdings.selectors.units import shown_among
from sae.holdings.sight import current_sight
from sae.kernel import clock
from sae.tenancy.scope import current_tenant_id
from sae.ui import french
from sae.ui.home import TodoGroup, TodoItem
from tenants.access import may
from tenants.permissions import Permission

MOST_TODO = 5


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. ``unit_ids`` declare it, as ``said``; ``held`` counts them and all that is below.

    What is below is counted even where a unit refuses to inherit the hold. Out of the open sight
    nothing is named nor counted.
    """

    key: str
    said: Said
    rule: str
    owner: str
    reason: str
    start: dt.date | None
    end: dt.date | None
    given_end: dt.date | None
    review: dt.date | None
    still: bool
    unit_ids: tuple[uuid.UUID, ...]
    held: int

    @property
    def declared(self) -> int:
        return len(self.unit_ids)

    @property
    def is_active(self) -> bool:
        """The day of its end, a hold holds nothing any more: so judge eliminations and moves."""
        return self.end is None or self.end > clock.today()

    @property
    def is_to_review(self) -> bool:
        return self.is_active and self.review is not None and self.review <= clock.today()

    @property
    def state(self) -> str:
        if not self.is_active:
            return "NOT_RUN"
        return "WARNING" if self.is_to_review else "HOLD"

    @property
    def state_word(self) -> str:
        if not self.is_active:
            return _("Échu")
        return _("À réexaminer") if self.is_to_review else _("En cours")

    @property
    def url(self) -> str:
        return reverse("hold", args=[self.key])


DECLARED = """
SELECT declared.rule - 'EndDate', max(declared.rule ->> 'EndDate'),
  array_agg(unit.id ORDER BY unit.id)
FROM holdings_archiveunit AS unit
CROSS JOIN LATERAL jsonb_array_elements(unit.management -> 'HoldRule' -> 'Rules')
  AS declared (rule)
WHERE unit.tenant_id = %s AND unit.management ? 'HoldRule'
GROUP BY declared.rule - 'EndDate'
"""


def holds() -> list[Hold]:
    """Return the holds declared on units in sight: to review first, then the latest."""
    with connection.cursor() as cursor:
        cursor.execute(DECLARED, [current_tenant_id()])
        rows = cursor.fetchall()
    found = []
    for said, end, unit_ids in rows:
        shown = set(shown_among(unit_ids))
        in_sight: list[uuid.UUID] = [one for one in unit_ids if one in shown]
        if in_sight:
            found.append(_hold(said if isinstance(said, dict) else json.loads(said), end, in_sight))
    found.sort(key=lambda one: (one.start or dt.date.min, one.key), reverse=True)
    found.sort(key=lambda one: (not one.is_to_review, not one.is_active))
    return found


def find_hold(key: str) -> Hold | None:
    """Return a hold by its key; ``None`` when no unit in sight declares it any more."""
    return next((one for one in holds() if one.key == key), None)


def _hold(said: dict[str, Any], end: str | None, unit_ids: Sequence[uuid.UUID]) -> Hold:
    return Hold(
        key=hold_key(said),
        said=said,
        rule=str(said.get("Rule", "")),
        owner=str(said.get("HoldOwner", "")),
        reason=str(said.get("HoldReason", "")),
        start=_day(said.get("StartDate")),
        end=_day(end),
        given_end=_day(said.get("HoldEndDate")),
        review=_day(said.get("HoldReassessingDate")),
        still=said.get("PreventRearrangement") is True,
        unit_ids=tuple(unit_ids),
        held=_held(unit_ids),
    )


def _held(unit_ids: Sequence[uuid.UUID]) -> int:
    """Count these units, in sight, and what is in sight below the highest of them."""
    if not current_sight().is_whole:
        return within_in_sight(unit_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(1 + descendant_count), 0) FROM holdings_archiveunit "
            "WHERE tenant_id = %s AND id = ANY(%s) AND NOT ancestors && %s::uuid[]",
            [current_tenant_id(), list(unit_ids), list(unit_ids)],
        )
        return int(cursor.fetchone()[0])


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None


def to_review(every: Iterable[Hold] | None = None) -> list[Hold]:
    """Return the holds whose review date has come."""
    return [one for one in (holds() if every is None else every) if one.is_to_review]


def _held_words(one: Hold) -> str:
    return french.count(one.held, _("unité gelée"), _("unités gelées"))


def holds_to_review(request: HttpRequest) -> TodoGroup | None:
    """« À réexaminer » on the home page, for those who may lift holds."""
    if not may(request, Permission.UNIT_HOLD):
        return None
    due = to_review()
    return TodoGroup(
        key="gels",
        title=_("Gels à réexaminer"),
        items=tuple(
            TodoItem(
                title=one.reason or one.rule,
                url=one.url,
                facts=f"{one.owner} · {_held_words(one)}",
                due=_("Réexamen prévu le %s") % french.short_day(one.review) if one.review else "",
                action=_("Réexaminer"),
                state="HOLD",
            )
            for one in due[:MOST_TODO]
        ),
        total=len(due),
    )
