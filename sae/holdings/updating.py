"""Units change: description, declared rules. Everything that depends on them follows at once.

One transaction writes the units, the order of lists, the search projection, the life cycles and
the lines for the offers. The caller has locked the units with ``lock_units``, decided from what it
read there, and appends its journal events last.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.db import connection

from sae.holdings.metadata_files import keep_metadata
from sae.holdings.projection.described import Described, describe_anew
from sae.holdings.text import sort_key, text_of_content, tsvector_literal
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import current_tenant_id

Content = dict[str, Any]
Management = dict[str, Any]


@dataclass(frozen=True)
class UnitState:
    """A unit as it stands. ``version`` grows at each change; ``operations`` are oldest first."""

    id: uuid.UUID
    version: int
    unit_type: str
    title: str
    parents: Sequence[uuid.UUID]
    object_group_id: uuid.UUID | None
    agency: str
    agencies: Sequence[str]
    profile: str
    seda_version: str
    manifest_id: str
    operations: Sequence[uuid.UUID]
    content_text: str
    management_text: str

    @cached_property
    def content(self) -> Content:
        """Descriptive metadata. Do not change it in place: copy what you change."""
        content: Content = orjson.loads(self.content_text)
        return content

    @cached_property
    def management(self) -> Management:
        """Rules as declared. Do not change it in place: copy what you change."""
        management: Management = orjson.loads(self.management_text)
        return management


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What becomes of one unit: ``None`` leaves the part as it is.

    ``code`` is the life-cycle event (``LFC.UNIT_METADATA_UPDATE``); ``fields`` the names of what
    changed: names alone, since a journal is never erased and a description may name people.
    """

    state: UnitState
    code: str
    content: Content | None = None
    management: Management | None = None
    fields: Sequence[str] = field(default_factory=tuple)


_COLUMNS = (
    "id, version, unit_type, title, parents, object_group_id, originating_agency, "
    "originating_agencies, archive_unit_profile, seda_version, manifest_id, operations, "
    "content::text, management::text"
)


def read_units(unit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, UnitState]:
    """Return the units of the coffre in scope, by identifier. One query, no lock."""
    return _units(unit_ids, "")


def lock_units(unit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, UnitState]:
    """Return the units, locked until the transaction ends. In identifier order: no deadlock."""
    return _units(unit_ids, "FOR NO KEY UPDATE")


def _units(unit_ids: Sequence[uuid.UUID], lock: str) -> dict[uuid.UUID, UnitState]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM holdings_archiveunit "  # noqa: S608 constants of this module
            f"WHERE tenant_id = %s AND id = ANY(%s) ORDER BY id {lock}",
            [current_tenant_id(), list(unit_ids)],
        )
        return {row[0]: UnitState(*row) for row in cursor.fetchall()}


def write_changes(
    changes: Sequence[UnitChange],
    *,
    operation: Operation,
    name: str,
    moment: dt.datetime | None = None,
) -> None:
    """Write changes of units locked in this transaction, with all that depends on them.

    ``name`` is that of the file of metadata for the offers, unique within the operation: one
    line per unit, as a deposit writes them, with its new version. The one with the highest
    version tells the present state of a unit.
    """
    if not changes:
        return
    moment = moment or clock.now()
    _write_descriptions([one for one in changes if one.content is not None], operation.id, moment)
    _write_managements([one for one in changes if one.content is None], operation.id, moment)
    keep_metadata(map(_line, changes), operation_id=operation.id, name=name)
    write_life_cycle(_life_cycles(changes), operation=operation)


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
    keep_metadata(map(_line, changes), operation_id=operation.id, name=name)
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


def _write_descriptions(
    changes: Sequence[UnitChange], operation_id: uuid.UUID, moment: dt.datetime
) -> None:
    if not changes:
        return
    described = [_described(one.state.id, one.content or {}) for one in changes]
    titles = [title_of(one.content or {}) for one in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET content = change.content, "  # noqa: S608
            "management = COALESCE(change.management, unit.management), "
            "title = change.title, level = change.level, start_date = change.start_date, "
            f"end_date = change.end_date, {_ANEW} "
            "FROM jsonb_to_recordset(%(changes)s::jsonb) AS change(id uuid, content jsonb, "
            "management jsonb, title text, level text, start_date date, end_date date) "
            "WHERE unit.tenant_id = %(tenant)s AND unit.id = change.id",
            {
                # One JSON text: arrays of thousands of texts are written in Python, far slower.
                "changes": orjson.dumps(
                    [
                        {
                            "id": one.state.id,
                            "content": one.content,
                            "management": one.management,
                            "title": title,
                            "level": entry.level,
                            "start_date": entry.start_date,
                            "end_date": entry.end_date,
                        }
                        for one, title, entry in zip(changes, titles, described, strict=True)
                    ]
                ).decode(),
                "operation": operation_id,
                "moment": moment,
                "tenant": current_tenant_id(),
            },
        )
        renamed = [
            (entry.unit_id, entry.title_key)
            for entry, change, title in zip(described, changes, titles, strict=True)
            if title != change.state.title
        ]
        if renamed:
            cursor.execute(
                "UPDATE holdings_unitedge AS edge SET sort_key = change.sort_key "
                "FROM unnest(%s::uuid[], %s::text[]) AS change(unit_id, sort_key) "
                "WHERE edge.tenant_id = %s AND edge.unit_id = change.unit_id",
                [[one for one, _key in renamed], [key for _one, key in renamed],
                 current_tenant_id()],
            )  # fmt: skip
    describe_anew(described)


def _described(unit_id: uuid.UUID, content: Content) -> Described:
    title = title_of(content)
    description, other = text_of_content(content)
    return Described(
        unit_id=unit_id,
        words=tsvector_literal(title, description, other),
        level=content.get("DescriptionLevel", ""),
        start_date=day_of(content.get("StartDate")),
        end_date=day_of(content.get("EndDate")),
        title_key=sort_key(title),
    )


def _write_managements(
    changes: Sequence[UnitChange], operation_id: uuid.UUID, moment: dt.datetime
) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET management = change.management, "  # noqa: S608
            f"{_ANEW} FROM jsonb_to_recordset(%(changes)s::jsonb) "
            "AS change(id uuid, management jsonb) "
            "WHERE unit.tenant_id = %(tenant)s AND unit.id = change.id",
            {
                "changes": orjson.dumps(
                    [{"id": one.state.id, "management": one.management} for one in changes]
                ).decode(),
                "operation": operation_id,
                "moment": moment,
                "tenant": current_tenant_id(),
            },
        )


def _text(value: Any) -> str:
    return orjson.dumps(value or {}).decode()


def _line(change: UnitChange) -> bytes:
    """Return the whole unit as a deposit writes it to the offers, with its new version."""
    state = change.state
    content = state.content_text if change.content is None else _text(change.content)
    management = state.management_text if change.management is None else _text(change.management)
    return orjson.dumps(
        {
            "id": state.id,
            "type": state.unit_type,
            "parents": state.parents,
            "object_group": state.object_group_id,
            "agency": state.agency,
            "agencies": state.agencies,
            "manifest_id": state.manifest_id,
            "seda_version": state.seda_version,
            "profile": state.profile,
            "version": state.version + 1,
            "content": orjson.Fragment(content),
            "management": orjson.Fragment(management),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _life_cycles(changes: Iterable[UnitChange]) -> Iterator[LifeCycleDraft]:
    for change in changes:
        yield LifeCycleDraft(
            "unit",
            change.state.id,
            (change.code,),
            Outcome.OK,
            {
                "differences": [{"code": change.code, "fields": list(change.fields)}],
                "version": change.state.version + 1,
            },
        )
