"""STP_UNIT_METADATA: the units enter the fonds, all in one transaction with the search index.

Source: reference system §1.7. Nothing half-deposited is ever visible: groups and objects loaded
before show through their units alone.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ingest.control.plan import NO_GROUP, PackagePlan, load_plan
from ingest.control.spool import UNITS_READY, load_header
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.holdings.graph import Placed
from sae.holdings.loading import CountDelta, UnitRow, attach_counts, load_units
from sae.kernel import clock


def run(context: StepContext) -> StepReport:
    """Load every unit; the counts of existing units above come last, they are what others await."""
    report = StepReport()
    with report.action("UNIT_METADATA_INDEXATION") as action:
        action.counts = {"units": context.deposit.unit_count}
    report.write = lambda: _load(context)
    return report


def _load(context: StepContext) -> None:
    plan = load_plan(context.workspace)
    load_units(unit_rows(context, plan))
    attach_counts(
        {
            identifier: CountDelta(growth.children, growth.descendants)
            for identifier, growth in plan.graph.growth().items()
        }
    )


def unit_rows(context: StepContext, plan: PackagePlan) -> Iterator[UnitRow]:
    """Yield the rows of the package's units, in the order of the manifest."""
    header = load_header(context.workspace)
    is_holding = context.workflow.unit_type == "HOLDING_UNIT"
    # A tree of positions belongs to nobody: it only says where things go.
    agency = "" if is_holding else header.get("originating_agency") or ""
    version = header["version"]
    moment = clock.now()
    places: Sequence[Placed | None] = plan.placed()
    for unit in context.workspace.read_lines(UNITS_READY):
        number = unit["n"]
        place = places[number]
        if place is None:
            continue
        yield UnitRow(
            id=plan.identifier(number),
            operation_id=context.operation_id,
            created_at=moment,
            title=unit["title"],
            level=unit["level"],
            unit_type=context.workflow.unit_type,
            parents=place.parents,
            ancestors=place.ancestors,
            depth=place.depth,
            start_date=_date(unit["start"]),
            end_date=_date(unit["end"]),
            originating_agency=agency,
            originating_agencies=[] if is_holding else plan.agencies_of(place, agency),
            object_group_id=_group_of(plan, number),
            content=orjson.dumps(unit["content"]),
            management=orjson.dumps(unit["management"]),
            archive_unit_profile=unit["profile"],
            seda_version=version,
            manifest_id=unit["id"],
            child_count=plan.graph.child_count(number),
            descendant_count=plan.graph.descendant_count(number),
            description=unit["description"],
            other_text=unit["other"],
        )


def _group_of(plan: PackagePlan, number: int) -> uuid.UUID | None:
    group = plan.group_of_unit[number]
    return None if group == NO_GROUP else plan.groups[group].id


def _date(text: Any) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
