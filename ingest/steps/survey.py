"""What else is wrong with a package that STP_INGEST_CONTROL_SIP has refused.

A control that fails ends the run, as in the reference system; whoever made the package would then
correct one kind of fault at each try. So what can still be read is read on, and everything is told
at once. Nothing found here changes the outcome, the events or the reply.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.connectors.reading import Reading
from ingest.control import data_object_package as package
from ingest.control.attachments import AttachmentControl
from ingest.control.header import HeaderControl
from ingest.control.index import PackageIndex
from ingest.control.spool import OBJECTS, UNITS, Spooler
from ingest.steps.objects import faults_of_objects
from ingest.steps.units import faults_of_units
from ingest.steps.upload import ENTRIES
from ingest.workflow.context import StepContext
from ingest.workflow.report import not_told
from sae.holdings.graph import PackageGraph
from sae.kernel.problems import Problem
from sae.seda import reasons
from sae.seda.dialects import dialect_of
from sae.seda.model import ManifestSummary
from sae.seda.reader import explain_manifest, read_despite_faults
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import IngestContractView

logger = logging.getLogger(__name__)

ENOUGH = 5_000
"""A package with so many faults has its depositor busy already."""

ANYWAY = "anyway"
"""Prefix of the spools of a manifest read despite its faults."""

_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What a control may raise over a manifest that its grammar refuses: it was not made for that."""


@dataclass(frozen=True, slots=True)
class Read:
    """A manifest as it was read."""

    summary: ManifestSummary
    index: PackageIndex


def link_units(graph: PackageGraph, index: PackageIndex) -> list[str]:
    """Put the units of a package in its graph; return a cycle if there is one."""
    graph.add_units(len(index.unit_ids))
    for parent, child, _line in index.edges():
        graph.link(parent, child)
    return [index.unit_ids[number] for number in graph.find_cycle()]


def further_faults(
    context: StepContext,
    *,
    known: Sequence[Problem],
    files: Mapping[str, tuple[str, int, str]],
    read: Read | None,
    contract: IngestContractView | None,
) -> list[Problem]:
    """Return the faults that ``known`` does not tell; none when nothing more can be read.

    ``read`` is the manifest when its grammar is right, ``contract`` the one found and accepted.
    """
    if len(known) > ENOUGH:
        return []
    found: list[Problem] = []
    prefix, trusted = "", True
    if read is None:
        manifest = context.workspace.unpacked / "manifest.xml"
        found += explain_manifest(manifest) if manifest.exists() else []
        prefix = f"{ANYWAY}-"
        read = _read_anyway(context, files, prefix)
        if read is None:
            return not_told(found, known)
        trusted = _holds([*known, *found], read)
    survey = _Survey(context, read, files, contract)
    looks: list[Callable[[], Iterable[Problem]]] = [survey.header]
    if trusted:
        looks.append(survey.package)
    looks += [lambda: survey.objects(prefix), lambda: survey.units(prefix)]
    for look in looks:
        try:
            found += look()
        except _UNREADABLE:
            logger.info("deposit %s: not judged further", context.deposit.id, exc_info=True)
    return not_told(found, known)


def _read_anyway(
    context: StepContext, files: Mapping[str, tuple[str, int, str]], prefix: str
) -> Read | None:
    workspace = context.workspace
    slip = workspace.read_json(ENTRIES)["manifest"]
    try:
        with (
            workspace.writing(prefix + UNITS) as units,
            workspace.writing(prefix + OBJECTS) as objects,
            workspace.writing(f"{prefix}groups.jsonl") as groups,
        ):
            spooler = Spooler(units, objects, groups)
            reading = Reading(
                spooler,
                tenant_id=context.tenant.id,
                slip_name=slip[0] if slip else "",
                files=files,
            )
            summary = read_despite_faults(workspace.unpacked / "manifest.xml", reading)
            if summary is None:
                return None
            return Read(reading.finish(summary), spooler.index)
    except _UNREADABLE:
        logger.info("deposit %s: manifest not read further", context.deposit.id, exc_info=True)
        return None


def _holds(faults: Iterable[Problem], read: Read) -> bool:
    """Tell whether units, objects and links are all there though the grammar is at fault.

    Otherwise what is missing would be told as so many files undeclared and references to nothing.
    """
    dialect = dialect_of(read.summary.header.namespace)
    names = dialect.structure if dialect else frozenset()
    structural = {name.rpartition(" ")[2] for name in names}
    for problem in faults:
        lost = problem.reason == reasons.ELEMENT_UNEXPECTED and problem.seen in structural
        unnamed = problem.reason in (reasons.ATTRIBUTE_MISSING, reasons.IDENTIFIER_DUPLICATED)
        if lost or unnamed or "DataObject" in problem.place.element:
            return False
    return True


@dataclass(slots=True)
class _Survey:
    """The controls of a deposit one by one, each as if those before had passed."""

    context: StepContext
    read: Read
    files: Mapping[str, tuple[str, int, str]]
    contract: IngestContractView | None

    def header(self) -> list[Problem]:
        """Agencies, contract, context, profile."""
        context = self.context
        with tenant_scope(context.tenant.id):
            control = HeaderControl(
                self.read.summary.header,
                workflow=context.workflow,
                context_id=context.deposit.context_id,
                limits=context.deposit.limits,
                tenant_number=context.tenant.number,
                manifest=context.workspace.unpacked / "manifest.xml",
            )
            problems = control.every_fault()
        self.contract = self.contract or control.contract
        return problems

    def package(self) -> Iterator[Problem]:
        """Usages, files, references, cycle, orphans, attachments."""
        index, flow = self.read.index, self.context.workflow
        if flow.checks_objects:
            yield from package.check_versions(index)
            yield from package.check_orphans(index)
        else:
            yield from package.check_no_object(index)
        yield from package.check_object_number(index, self.files)
        yield from package.check_malformed(index)
        yield from package.check_references(index)
        yield from package.check_cycle(link_units(PackageGraph(), index), index)
        joining = {
            target
            for number in index.attachments
            for _is_group, target in index.references.get(number, ())
        }
        contract = self.contract
        yield from package.check_group_versions(
            index,
            master_mandatory=contract.master_mandatory if contract else False,
            joining=joining,
        )
        if contract:
            with tenant_scope(self.context.tenant.id):
                control = AttachmentControl(
                    index,
                    contract=contract,
                    unit_type=flow.unit_type,
                    agency=self.read.summary.header.originating_agency or "",
                )
                yield from list(control.check())

    def objects(self, prefix: str) -> list[Problem]:
        """Digests and formats of the files that are there."""
        lines = self.context.workspace.read_lines(prefix + OBJECTS)
        return faults_of_objects(self.context, lines, self.contract)

    def units(self, prefix: str) -> list[Problem]:
        """Descriptions, dates, profiles and rules."""
        index = self.read.index
        return faults_of_units(
            self.context,
            self.context.workspace.read_lines(prefix + UNITS),
            roots=frozenset(index.roots(attached=index.attachments)),
            transfer=dict(self.read.summary.header.management),
        )
