"""STP_UNIT_METADATA: the units enter the fonds, all in one transaction with the search index.

Source: reference system §1.7. Nothing half-deposited is ever visible: groups and objects loaded
before show through their units alone.
"""

import datetime as dt
import functools
import uuid
from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import orjson

from ingest.control.plan import NO_GROUP, PackagePlan, Places, load_graph, load_plan
from ingest.control.spool import UNITS_READY, load_header, read_ready_units
from ingest.steps.metadata_lines import with_lines_beside
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport, TargetsChangedError
from sae.holdings.declared_rules import Management, rule_identifiers
from sae.holdings.graph import PackageGraph
from sae.holdings.inheritance.dates import Rule
from sae.holdings.loading import CountDelta, attach_counts, load_units
from sae.holdings.redating import redate
from sae.holdings.rows import UnitRow
from sae.holdings.rules_descent import Folder
from sae.holdings.rules_store import share_rules
from sae.holdings.selectors.units import units_for_attachment
from sae.holdings.targets import hold_targets
from sae.kernel import clock
from sae.kernel.problems import Place, Problem
from tenants.referentials.relengthening import rules_changed_since, rules_gone_since

_MOST_KNOWN = 20_000


def run(context: StepContext) -> StepReport:
    """Load every unit; the counts of existing units above come last, they are what others await."""
    report = StepReport()
    with report.action("UNIT_METADATA_INDEXATION") as action:
        action.counts = {"units": context.deposit.unit_count}
    report.write = lambda: _load(context)
    return report


def _load(context: StepContext) -> None:
    # From here on no rule of the fonds changes: what changed before is seen, what comes after
    # finds these units (see sae.holdings.rules_update).
    share_rules()
    changed = rules_changed_since(context.deposit.received_at)
    redated = _Redating(changed, rules_gone_since(context.deposit.received_at))
    plan, graph = load_plan(context.workspace), load_graph(context.workspace)
    _place_targets(context, plan, graph)
    growth = graph.growth()
    _hold_targets(plan, growth.keys())
    package = _Package.of(context, plan, graph)
    # A third of what a deposit of a million units holds in memory.
    del graph
    load_units(
        with_lines_beside(context.workspace, _unit_rows(package, redated)),
        under=[one for one, grown in growth.items() if grown.children],
        folders=_folders(package, _Redating(changed)),
    )
    if redated.lost:
        raise TargetsChangedError([_rule_gone(one) for one in sorted(redated.lost)])
    attach_counts(
        {one: CountDelta(grown.children, grown.descendants) for one, grown in growth.items()}
    )


@dataclass(frozen=True, slots=True)
class _Package:
    """What is known of the units to load, by number. A tree of positions belongs to nobody: it
    only says where things go, and its ``agency`` is empty."""

    context: StepContext
    plan: PackagePlan
    places: Places
    children: array
    descendants: array
    folders: array
    agency: str
    version: str

    @classmethod
    def of(cls, context: StepContext, plan: PackagePlan, graph: PackageGraph) -> "_Package":
        header = load_header(context.workspace)
        is_holding = context.workflow.unit_type == "HOLDING_UNIT"
        return cls(
            context,
            plan,
            plan.places_in(graph),
            graph.child_counts(),
            graph.descendant_counts(),
            array("i", graph.folders()),
            "" if is_holding else header.get("originating_agency") or "",
            header["version"],
        )


def _place_targets(context: StepContext, plan: PackagePlan, graph: PackageGraph) -> None:
    """Read again where the units that the package hangs from are: they may have moved since.

    They stay there until the transaction ends: a move waits for ``share_rules``.
    """
    targets = graph.targets()
    if not targets:
        return
    own = load_header(context.workspace).get("originating_agency") or ""
    found = units_for_attachment(targets)
    graph.replace_targets({one.id: one.in_graph() for one in found.values()})
    plan.outside_agencies = {
        one.id: agencies
        for one in found.values()
        if (agencies := tuple(name for name in one.originating_agencies if name != own))
    }


def _hold_targets(plan: PackagePlan, above: Collection[uuid.UUID]) -> None:
    """Refuse the deposit when a unit it hangs from, or a group it shares, has left the fonds."""
    groups = [group.id for group in plan.groups if group.existing]
    gone = hold_targets(units={*above, *plan.attachments.values()}, groups=groups)
    if not gone:
        return
    # A unit gone takes those above it out of the question: the ones named come first.
    named = sorted(gone.intersection(plan.attachments.values()) or gone, key=str)
    raise TargetsChangedError(
        [
            Problem(
                "UNIT_METADATA_INDEXATION.KO",
                reason="group_gone" if one in groups else "target_gone",
                place=Place(element="Management/UpdateOperation"),
                seen=str(one),
            )
            for one in named
        ]
    )


def _rule_gone(identifier: str) -> Problem:
    return Problem(
        "UNIT_METADATA_INDEXATION.KO",
        reason="rule_gone",
        place=Place(element="Management"),
        seen=identifier,
    )


class _Redating:
    """Gives what units declare with end dates as the referential has them now.

    ``changed``: rules that may have changed since the units were checked; ``gone``: those that
    left. ``lost``: rules declared that are no more, or no more of their category, told as units
    are read. Most units declare what another did before: each declaration is dated once.
    """

    def __init__(self, changed: Mapping[str, Rule], gone: Collection[str] = ()) -> None:
        self._changed = changed
        self._gone = gone
        self._known: dict[bytes, bytes] = {}
        self.lost: set[str] = set()

    def __call__(self, management: bytes) -> bytes:
        if not (self._changed or self._gone) or management == b"{}":
            return management
        known = self._known.get(management)
        if known is None:
            declared = orjson.loads(management)
            self.lost.update(self._lost(declared))
            redated = redate(declared, self._changed)
            known = orjson.dumps(redated.management) if redated.categories else management
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[management] = known
        return known

    def _lost(self, declared: Management) -> Iterator[str]:
        for category, block in declared.items():
            for name in rule_identifiers({category: block}):
                now = self._changed.get(name)
                if name in self._gone or (now is not None and now.category != category):
                    yield name


def _unit_rows(package: _Package, redated: _Redating) -> Iterator[UnitRow]:
    """Yield the rows of the package's units, in the order of the manifest."""
    context, plan, agency = package.context, package.plan, package.agency
    unit_type = context.workflow.unit_type
    is_holding = unit_type == "HOLDING_UNIT"
    moment = clock.now()
    for unit in read_ready_units(context.workspace):
        number, columns = unit.number, unit.columns
        place = package.places.of(number)
        if place is None:
            continue
        yield UnitRow(
            id=plan.identifier(number),
            operation_id=context.operation_id,
            created_at=moment,
            title=columns["title"],
            level=columns["level"],
            unit_type=unit_type,
            parents=place.parents,
            ancestors=place.ancestors,
            depth=place.depth,
            start_date=_date(columns["start"]),
            end_date=_date(columns["end"]),
            originating_agency=agency,
            originating_agencies=() if is_holding else plan.agencies_of(place, agency),
            object_group_id=_group_of(plan, number),
            content=unit.content,
            management=redated(unit.management),
            archive_unit_profile=columns["profile"],
            seda_version=package.version,
            manifest_id=unit.id,
            child_count=package.children[number],
            descendant_count=package.descendants[number],
            description=columns["description"],
            other_text=columns["other"],
        )


def _folders(package: _Package, redated: _Redating) -> Iterator[Folder]:
    """Yield the units that have children, each after its parents, with what they declare."""
    plan, children = package.plan, package.children
    declared: dict[int, bytes] = {}
    same: dict[bytes, bytes] = {}
    numbers = (one for one in range(len(children)) if one not in plan.attachments)
    lines = package.context.workspace.read_raw_lines(UNITS_READY)
    # The spool holds the units in the order of their numbers, one a line.
    for number, line in zip(numbers, lines, strict=True):
        if children[number]:
            management = line.rstrip(b"\n").rpartition(b"\t")[2]
            declared[number] = same.setdefault(management, management)
    for number in package.folders:
        place = package.places.of(number)
        if place is not None:
            yield Folder(
                plan.identifier(number),
                place.parents,
                redated(declared[number]),
                package.agency,
                children[number],
            )


def _group_of(plan: PackagePlan, number: int) -> uuid.UUID | None:
    group = plan.group_of_unit[number]
    return None if group == NO_GROUP else plan.groups[group].id


@functools.lru_cache(maxsize=4096)
def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
