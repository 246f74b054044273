"""What is asked of the search projection, and the predicate that it becomes."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from typing import Any

from sae.holdings.projection.admission import condition_of, shown_ids
from sae.holdings.projection.rules import condition_on_rules
from sae.holdings.rules_filter import ANY_RULES, RulesFilter
from sae.holdings.sight import current_sight
from sae.holdings.text import tsquery
from sae.tenancy.scope import current_tenant_id


class Sort(enum.StrEnum):
    """Orders of results; every one ends with the identifier, so pages never overlap."""

    RELEVANCE = "pertinence"
    RECENT = "versement"
    TITLE = "intitule"
    OLDEST = "date"
    NEWEST = "-date"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched in the coffre in scope. Empty members restrict nothing.

    ``start``/``end``: the unit's extreme dates overlap this period (both ends included); a unit
    without any date is left out as soon as one of them is given. ``under``: the unit is below one
    of these that is in sight. ``after``: the ``next_after`` of the page before; ``before``: the
    ``previous_before`` of the page after.
    """

    text: str = ""
    agencies: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    under: tuple[uuid.UUID, ...] = ()
    unit_types: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    operations: tuple[uuid.UUID, ...] = ()
    with_object: bool | None = None
    formats: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    rules: RulesFilter = ANY_RULES
    sort: Sort = Sort.RELEVANCE
    after: str = ""
    before: str = ""
    limit: int = 20


# Few ask this, and one pass over the objects (or the units) of the coffre answers: no column of the
# projection is worth what every deposit would pay for it.
_OF_FORMATS = (
    "unit_id IN (SELECT unit.id FROM holdings_archiveunit AS unit "
    "JOIN holdings_dataobject AS found "
    "ON found.tenant_id = unit.tenant_id AND found.object_group_id = unit.object_group_id "
    "WHERE found.tenant_id = %s AND found.format_id = ANY(%s))"
)
_OF_PROFILES = (
    "unit_id IN (SELECT unit.id FROM holdings_archiveunit AS unit "
    "WHERE unit.tenant_id = %s AND unit.archive_unit_profile = ANY(%s))"
)


def predicate(query: SearchQuery) -> tuple[str, list[Any], str]:
    """Return the condition in SQL, its arguments, and the words as a tsquery (maybe empty).

    What the open sight does not show is never found: raises ``NoSightError`` without a sight.
    """
    shown, shown_arguments = condition_of(current_sight())
    where = ["tenant_id = %s", shown]
    arguments: list[Any] = [current_tenant_id(), *shown_arguments]
    text = tsquery(query.text)
    if text:
        where.append("tsv @@ %s::tsquery")
        arguments.append(text)
    if query.under:
        # What is below a unit out of sight is asked as what is below an unknown one.
        where.append("ancestors && %s::uuid[]")
        arguments.append(list(shown_ids(query.under)))
    for column, values in (("unit_type", query.unit_types), ("level", query.levels)):
        if values:
            where.append(f"{column} = ANY(%s)")
            arguments.append(list(values))
    if query.agencies:
        where.append("agencies && %s::text[]")
        arguments.append(list(query.agencies))
    if query.operations:
        where.append("operation_id = ANY(%s::uuid[])")
        arguments.append(list(query.operations))
    if query.start is not None:
        where.append("COALESCE(end_date, start_date) >= %s")
        arguments.append(query.start)
    if query.end is not None:
        where.append("COALESCE(start_date, end_date) <= %s")
        arguments.append(query.end)
    if query.with_object is not None:
        where.append("has_object = %s")
        arguments.append(query.with_object)
    if query.formats:
        where.append(_OF_FORMATS)
        arguments += [current_tenant_id(), list(query.formats)]
    if query.profiles:
        where.append(_OF_PROFILES)
        arguments += [current_tenant_id(), list(query.profiles)]
    if query.rules != ANY_RULES:
        asked, on_rules = condition_on_rules(query.rules)
        where.append(asked)
        arguments += on_rules
    return " AND ".join(where), arguments, text
