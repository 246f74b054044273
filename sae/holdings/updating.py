"""Units change: description, declared rules. Everything that depends on them follows at once.

One transaction writes the units, the order of lists, the search projection, the life cycles and
the lines for the offers. The caller has locked the units with ``lock_units``, decided from what it
read there, and appends its journal events last.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from django.db import connection

from sae.holdings.metadata_files import compressed, keep_compressed, keep_metadata
from sae.holdings.projection.described import Described, describe_anew, encode_described
from sae.holdings.text import sort_key, text_of_content, tsvector_literal
from sae.holdings.unit_states import Content, Management, UnitState
from sae.journal.life_cycle import ComingLifeCycle, LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.literals import identifiers_literal
from sae.tenancy.scope import current_tenant_id


@dataclass(slots=True)
class UnitChange:
    """What becomes of one unit: ``None`` leaves the part as it is.

    Not frozen, since it is made by the hundred thousand; nothing changes it once it is made.

    ``code`` is the life-cycle event (``LFC.UNIT_METADATA_UPDATE``); ``fields`` the names of what
    changed: names alone, since a journal is never erased and a description may name people.
    """

    state: UnitState
    code: str
    content: Content | None = None
    management: Management | None = None
    fields: Sequence[str] = ()
    profile: str | None = None


class Following(Protocol):
    """What follows from changes, prepared by a thread, to be written after them."""

    def write(self) -> object: ...


Follow = Callable[[Sequence[UnitChange], Executor], Following]


def write_changes(
    changes: Sequence[UnitChange],
    *,
    operation: Operation,
    name: str,
    moment: dt.datetime | None = None,
    follow: Follow | None = None,
) -> None:
    """Write changes of units locked in this transaction, with all that depends on them.

    ``follow`` prepares what else is to be written because of them.

    ``name`` is that of the file of metadata for the offers, unique within the operation: one
    line per unit, as a deposit writes them, with its new version. The one with the highest
    version tells the present state of a unit; a line without ``content`` is that of a unit whose
    description stays as the line before told it.
    """
    if not changes:
        return
    moment = moment or clock.now()
    # A thread prepares what comes next while the database writes what came before.
    with ThreadPoolExecutor(1, thread_name_prefix="changes") as thread:
        told = [one for one in changes if one.content is not None and is_indexed_anew(one)]
        entries = thread.submit(encode_described, map(_described, told))
        life_cycles = ComingLifeCycle(_life_cycles(changes), operation=operation, thread=thread)
        following = follow(changes, thread) if follow else None
        lines = thread.submit(compressed, _lines(changes))
        described = [one for one in changes if one.content is not None]
        _write_descriptions(described, operation.id, moment)
        _write_declarations([one for one in changes if one.content is None], operation.id, moment)
        describe_anew(entries.result())
        _write_titles(described)
        life_cycles.write()
        if following is not None:
            following.write()
        keep_compressed(lines.result(), operation_id=operation.id, name=name)


def write_moves(
    states: Mapping[uuid.UUID, UnitState],
    *,
    operation: Operation,
    name: str,
    moment: dt.datetime | None = None,
) -> None:
    """Tell that units changed parents: version, operations, lines for the offers, life cycles.

    ``states`` are read after the move, in its transaction.
    """
    moment = moment or clock.now()
    changes = [UnitChange(state, "LFC.UNIT_RECLASSIFICATION") for state in states.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE holdings_archiveunit AS unit SET {_ANEW} "  # noqa: S608 constants
            "WHERE unit.tenant_id = %(tenant)s AND unit.id = ANY(%(ids)s)",
            {
                "ids": list(states),
                "operation": operation.id,
                "moment": moment,
                "tenant": current_tenant_id(),
            },
        )
    keep_metadata(_lines(changes), operation_id=operation.id, name=name)
    write_life_cycle(_life_cycles(changes), operation=operation)


def title_of(content: Mapping[str, Any]) -> str:
    """Return the title that lists show: the plain one, else the first of the translations."""
    return content.get("Title") or next(iter((content.get("Title_") or {}).values()), "")


def day_of(text: Any) -> dt.date | None:
    """Return the day of an ISO date that a column can hold (year 1 to 9999)."""
    if not isinstance(text, str):
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


_ANEW = (
    "version = unit.version + 1, updated_at = %(moment)s, operations = CASE "
    "WHEN unit.operations[array_upper(unit.operations, 1)] = %(operation)s THEN unit.operations "
    "ELSE unit.operations || %(operation)s::uuid END"
)


def _write_declarations(
    changes: Sequence[UnitChange], operation_id: uuid.UUID, moment: dt.datetime
) -> None:
    """Write what units declare. Units that come to declare the same share one text of it."""
    if not changes:
        return
    kinds: dict[tuple[int, str | None], int] = {}
    given: list[dict[str, Any]] = []
    numbers: list[str] = []
    for change in changes:
        kind = (id(change.management), change.profile)
        number = kinds.setdefault(kind, len(given))
        if number == len(given):
            given.append(
                {"number": number, "management": change.management, "profile": change.profile}
            )
        numbers.append(str(number))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET "  # noqa: S608 constants of this module
            "management = COALESCE(kind.management, unit.management), "
            "archive_unit_profile = COALESCE(kind.profile, unit.archive_unit_profile), "
            f"{_ANEW} FROM unnest(%(ids)s::uuid[], %(numbers)s::integer[]) AS change(id, number) "
            "JOIN jsonb_to_recordset(%(kinds)s::jsonb) "
            "AS kind(number integer, management jsonb, profile text) USING (number) "
            "WHERE unit.tenant_id = %(tenant)s AND unit.id = change.id",
            {
                "ids": identifiers_literal([one.state.id for one in changes]),
                "numbers": f"{{{','.join(numbers)}}}",
                "kinds": orjson.dumps(given).decode(),
                "operation": operation_id,
                "moment": moment,
                "tenant": current_tenant_id(),
            },
        )


def _write_descriptions(
    changes: Sequence[UnitChange], operation_id: uuid.UUID, moment: dt.datetime
) -> None:
    """Write descriptions. What differs goes: the rest stays in place."""
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET "  # noqa: S608 constants of this module
            "content = (unit.content || change.put) - change.gone, "
            "title = change.title, level = change.level, "
            "start_date = change.start_date, end_date = change.end_date, "
            "management = COALESCE(change.management, unit.management), "
            "archive_unit_profile = COALESCE(change.profile, unit.archive_unit_profile), "
            f"{_ANEW} FROM jsonb_to_recordset(%(changes)s::jsonb) AS change(id uuid, put jsonb, "
            "gone text[], title text, level text, start_date date, end_date date, "
            "management jsonb, profile text) "
            "WHERE unit.tenant_id = %(tenant)s AND unit.id = change.id",
            {
                # One JSON text: arrays of thousands of texts are written in Python, far slower.
                "changes": orjson.dumps([_row_of(one) for one in changes]).decode(),
                "operation": operation_id,
                "moment": moment,
                "tenant": current_tenant_id(),
            },
        )


def _row_of(change: UnitChange) -> dict[str, Any]:
    content = change.content or {}
    return {
        "id": change.state.id,
        "management": change.management,
        "profile": change.profile,
        "put": _put(change),
        "gone": [one for one in change.state.content if one not in content],
        "title": title_of(content),
        "level": content.get("DescriptionLevel", ""),
        "start_date": day_of(content.get("StartDate")),
        "end_date": day_of(content.get("EndDate")),
    }


def _put(change: UnitChange) -> Content:
    """Return the fields of the description that were not there, or not so."""
    before = change.state.content
    return {
        name: value
        for name, value in (change.content or {}).items()
        if name not in before or before[name] != value
    }


def _write_titles(changes: Sequence[UnitChange]) -> None:
    """Give the units that have another title their place in lists."""
    renamed = [
        (one.state.id, sort_key(title))
        for one in changes
        if (title := title_of(one.content or {})) != one.state.title
    ]
    if not renamed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_unitedge AS edge SET sort_key = change.sort_key "
            "FROM jsonb_to_recordset(%s::jsonb) AS change(id uuid, sort_key text) "
            "WHERE edge.tenant_id = %s AND edge.unit_id = change.id",
            [
                orjson.dumps([{"id": one, "sort_key": key} for one, key in renamed]).decode(),
                current_tenant_id(),
            ],
        )


def is_indexed_anew(change: UnitChange) -> bool:
    """Tell whether a change of description may alter what searches see: a mere yes or no cannot."""
    before = change.state.content
    seen = [value for name, value in _put(change).items() for value in (value, before.get(name))]
    seen += [value for name, value in before.items() if name not in (change.content or {})]
    return any(value is not None and not isinstance(value, bool) for value in seen)


def _described(change: UnitChange) -> Described:
    content = change.content or {}
    title = title_of(content)
    description, other = text_of_content(content)
    return Described(
        unit_id=change.state.id,
        words=tsvector_literal(title, description, other),
        level=content.get("DescriptionLevel", ""),
        start_date=day_of(content.get("StartDate")),
        end_date=day_of(content.get("EndDate")),
        # Most changes leave the title: its key is as it was.
        title_key=None if title == change.state.title else sort_key(title),
    )


def _lines(changes: Iterable[UnitChange]) -> Iterator[bytes]:
    """Yield units as a deposit writes them to the offers, with their new versions.

    Without ``content`` when it was not even read.
    """
    # What units come to declare together is written once.
    declared: dict[int, bytes] = {}
    for change in changes:
        state = change.state
        management: str | bytes = state.management_text
        if change.management is not None:
            known = declared.get(id(change.management))
            if known is None:
                known = declared[id(change.management)] = orjson.dumps(change.management)
            management = known
        line: dict[str, Any] = {
            "id": state.id,
            "type": state.unit_type,
            "parents": state.parents,
            "object_group": state.object_group_id,
            "agency": state.agency,
            "agencies": state.agencies,
            "manifest_id": state.manifest_id,
            "seda_version": state.seda_version,
            "profile": state.profile if change.profile is None else change.profile,
            "version": state.version + 1,
            "management": orjson.Fragment(management),
        }
        if change.content is not None:
            line["content"] = change.content
        elif state.content_text is not None:
            line["content"] = orjson.Fragment(state.content_text)
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _life_cycles(changes: Iterable[UnitChange]) -> Iterator[LifeCycleDraft]:
    # Units changed alike share one detail: it is written once.
    details: dict[tuple[str, tuple[str, ...], int], dict[str, Any]] = {}
    for change in changes:
        fields, version = tuple(change.fields), change.state.version + 1
        detail = details.get((change.code, fields, version))
        if detail is None:
            detail = details[change.code, fields, version] = {
                "differences": [{"code": change.code, "fields": list(fields)}],
                "version": version,
            }
        yield LifeCycleDraft("unit", change.state.id, (change.code,), Outcome.OK, detail)
