"""STP_UNIT_CHECK_AND_PROCESS: each unit is well described, and under rules that exist.

KO means: a title, a level or a date is missing or wrong, a unit profile is not respected, a
classification level is not allowed, or a rule is unknown. Every faulty unit is listed.
Source: reference system §1.6.
"""

import datetime as dt
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import orjson

from ingest.control.arks import FIELD, as_field, load_policy
from ingest.control.internal_references import InternalReferences
from ingest.control.management_blocks import ManagementBlock
from ingest.control.plan import load_plan
from ingest.control.rules import merge_global
from ingest.control.spool import UNITS, UNITS_READY, load_header, write_ready_unit
from ingest.workflow.context import StepContext
from ingest.workflow.report import ActionReport, StepReport, not_told
from sae.holdings.declared_rules import rule_identifiers
from sae.holdings.inheritance.dates import Rule
from sae.holdings.text import text_of_content
from sae.holdings.unit_schema import UnitSchema, faults_of
from sae.kernel.problems import Place, Problem
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import known_rules, ontology_types
from tenants.selectors.unit_profile_check import UnitProfiles

CODE = "STP_UNIT_CHECK_AND_PROCESS"
BATCH = 2000
MOST_BLOCKS = 20_000
"""Different declarations remembered at once."""
SCHEMA = "CHECK_UNIT_SCHEMA"
PROFILE = "CHECK_ARCHIVE_UNIT_PROFILE"
CLASSIFICATION = "CHECK_CLASSIFICATION_LEVEL"
RULES = "UNITS_RULES_COMPUTE"


def run(context: StepContext) -> StepReport:
    """Check every unit, batch by batch, and write what the next steps load."""
    report = StepReport()
    actions = {action.code: ActionReport(action.code) for action in context.step.actions}
    report.actions = list(actions.values())
    plan = load_plan(context.workspace)
    control = _Control(
        context,
        report,
        actions,
        roots=plan.roots,
        transfer=load_header(context.workspace)["management"],
        resolve=InternalReferences(context, plan).resolve,
    )
    arks = load_policy(context.workspace)
    done = 0
    with context.workspace.writing(UNITS_READY) as stream:
        lines = context.workspace.read_lines(UNITS)
        while batch := list(islice(lines, BATCH)):
            for unit in control.check(batch):
                if arks is not None and arks.units:
                    _give_ark(unit, arks.of_unit(plan.identifier(unit["n"])))
                _write_ready(stream, unit)
            done += len(batch)
            context.progress(done, context.deposit.unit_count)
    return report


def faults_of_units(
    context: StepContext,
    units: Iterable[dict[str, Any]],
    *,
    roots: Collection[int],
    transfer: dict[str, Any],
) -> list[Problem]:
    """Return what this step would find of units (as their spool holds them)."""
    step = next(one for one in context.workflow.steps if one.code == CODE)
    report = StepReport()
    actions = {action.code: ActionReport(action.code) for action in step.actions}
    control = _Control(context, report, actions, roots=roots, transfer=transfer, resolve=_as_it_is)
    lines = iter(units)
    while batch := list(islice(lines, BATCH)):
        for _checked in control.check(batch):
            pass
        context.progress(0, 0)
    return report.problems


def further_faults_of_units(context: StepContext, known: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong with the units of a package that its objects have refused."""
    found = faults_of_units(
        context,
        context.workspace.read_lines(UNITS),
        roots=load_plan(context.workspace).roots,
        transfer=load_header(context.workspace)["management"],
    )
    return not_told(found, known)


def _as_it_is(content: dict[str, Any]) -> dict[str, Any]:
    return content


class _Control:
    """Checks units by batches. A KO of a blocking action ends the run for that unit.

    ``roots`` are numbers of units, ``transfer`` the management that the whole transfer declares,
    ``resolve`` puts the identifiers of the fonds in place of those of the manifest.
    """

    def __init__(
        self,
        context: StepContext,
        report: StepReport,
        actions: dict[str, ActionReport],
        *,
        roots: Collection[int],
        transfer: dict[str, Any],
        resolve: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        self.context = context
        self.report = report
        self.actions = actions
        with tenant_scope(context.tenant.id):
            self.schema = UnitSchema(ontology_types())
        self.profiles = UnitProfiles(context.tenant.id)
        self.blocks: dict[bytes, ManagementBlock] = {}
        self.referential: dict[str, Rule] = {}
        self.roots = roots
        self.transfer = transfer if RULES in actions else {}
        self.resolve = resolve

    def check(self, batch: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield each unit of the batch, coerced and completed, whatever its faults."""
        for unit, block in zip(batch, self._declared(batch), strict=True):
            self._unit(unit, block)
            yield unit

    def _declared(self, batch: list[dict[str, Any]]) -> list[ManagementBlock]:
        """Return what each unit declares; most declare what another did before them."""
        declared = [self._given(unit) for unit in batch]
        keys = [orjson.dumps(one) for one in declared]
        if len(self.blocks) > MOST_BLOCKS:
            self.blocks.clear()
        fresh = {
            key: management
            for key, management in zip(keys, declared, strict=True)
            if key not in self.blocks
        }
        if RULES in self.actions:
            self._learn_rules(fresh.values())
        for key, management in fresh.items():
            self.blocks[key] = ManagementBlock(self.schema.check_management(management))
        return [self.blocks[key] for key in keys]

    def _given(self, unit: dict[str, Any]) -> dict[str, Any]:
        """Return what a unit declares, with what the whole transfer declares for its roots."""
        management: dict[str, Any] = unit["management"]
        if self.transfer and unit["n"] in self.roots:
            return merge_global(management, self.transfer)
        return management

    def _learn_rules(self, blocks: Iterable[dict[str, Any]]) -> None:
        named = {one for block in blocks for one in rule_identifiers(block)}
        wanted = named - self.referential.keys()
        if not wanted:
            return
        with tenant_scope(self.context.tenant.id):
            views = known_rules(wanted)
        for identifier, view in views.items():
            self.referential[identifier] = Rule(
                identifier, view.category, view.duration, view.unlimited, view.measurement
            )

    def _unit(self, unit: dict[str, Any], block: ManagementBlock) -> None:
        described = self.schema.check_content(unit["content"])
        content, management = described.block, block.checked.block
        unit["content"] = self.resolve(content)
        if self._fault(SCHEMA, unit, faults_of(described, block.checked)):
            return
        if PROFILE in self.actions and unit["profile"]:
            found = self.profiles.check(unit["profile"], content, management)
            self._fault(PROFILE, unit, found)
        else:
            self._ok(PROFILE)
        if CLASSIFICATION in self.actions and self._fault(
            CLASSIFICATION, unit, block.classification
        ):
            return
        if RULES in self.actions:
            management, problems = block.dated(self.referential)
            self._fault(RULES, unit, problems)
        unit["management"] = management

    def _ok(self, code: str) -> None:
        if code in self.actions:
            counts = self.actions[code].counts
            counts["OK"] = counts.get("OK", 0) + 1

    def _fault(self, code: str, unit: dict[str, Any], problems: list[Problem]) -> bool:
        if not problems:
            self._ok(code)
            return False
        action = self.actions[code]
        self.report.fault(action, [_placed(problem, unit) for problem in problems])
        return True


def _placed(problem: Problem, unit: dict[str, Any]) -> Problem:
    """Say where the unit stands in the manifest, and what it is called."""
    place = Place(
        file=problem.place.file,
        line=unit["line"],
        element=problem.place.element or "ArchiveUnit",
        identifier=unit["id"],
    )
    title = unit["content"].get("Title")
    arguments = {**problem.arguments, "title": title} if title else problem.arguments
    return Problem(
        problem.code,
        problem.outcome,
        problem.reason,
        place,
        problem.seen,
        problem.expected,
        arguments,
    )


def _give_ark(unit: dict[str, Any], ark: str) -> None:
    """Add an ARK to the persistent identifiers that the manifest gave."""
    given = unit["content"].get(FIELD, [])
    unit["content"] = {**unit["content"], FIELD: [*given, as_field(ark)]}


def _write_ready(stream: IO[bytes], unit: dict[str, Any]) -> None:
    """Write what the next steps load: columns beside the JSON of the unit."""
    content = unit["content"]
    title = content.get("Title") or next(iter((content.get("Title_") or {}).values()), "")
    description, other = text_of_content(content)
    management = unit["management"]
    if "UpdateOperation" in management:
        management = {key: management[key] for key in management if key != "UpdateOperation"}
    write_ready_unit(
        stream,
        unit,
        columns={
            "title": title,
            "level": content.get("DescriptionLevel", ""),
            "start": _date(content.get("StartDate")),
            "end": _date(content.get("EndDate")),
            "profile": unit["profile"],
            "description": description,
            "other": other,
        },
        content=content,
        management=management,
    )


def _date(text: Any) -> str | None:
    """Return the day of an ISO date that a column can hold (year 1 to 9999)."""
    return _day(text[:10]) if isinstance(text, str) else None


@functools.lru_cache(maxsize=4096)
def _day(text: str) -> str | None:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return None
