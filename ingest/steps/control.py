"""STP_INGEST_CONTROL_SIP: the manifest is read, judged, and a place is given to all it brings.

KO means: the manifest is not SEDA, its header names something unknown, or its structure does not
hold. Source: reference system §1.4.
"""

import uuid
from array import array
from collections.abc import Callable, Iterable

from ingest.connectors.reading import Reading
from ingest.control import data_object_package as package
from ingest.control.arks import save_policy
from ingest.control.attachments import (
    AttachmentControl,
    Attachments,
    check_operations,
)
from ingest.control.header import HeaderControl
from ingest.control.index import PackageIndex
from ingest.control.plan import (
    NO_GROUP,
    PackagePlan,
    PlannedGroup,
    fresh_identifiers,
    save_plan,
)
from ingest.control.spool import CONTRACT, GROUPS, OBJECTS, UNITS, Spooler, save_header
from ingest.steps.survey import Read, further_faults, link_units
from ingest.steps.upload import ENTRIES
from ingest.workflow.context import StepContext
from ingest.workflow.report import ActionReport, StepReport, sub_code_of, timed
from sae.holdings.graph import CycleError, PackageGraph, TooDeepError
from sae.kernel.identifiers import new_ids
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.seda.containers import ListedEntry, check_layout
from sae.seda.faults import ManifestRefused
from sae.seda.model import ManifestSummary
from sae.seda.reader import explain_manifest, read_manifest
from sae.storage.strategies import strategy
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import IngestContractView

CHECK_SEDA = "CHECK_SEDA"


def run(context: StepContext) -> StepReport:
    """Read, check the header, check the structure; each failure ends the step."""
    return _Control(context).run()


class _Control:
    """One run of the step; what each action learns serves the next."""

    def __init__(self, context: StepContext) -> None:
        self.context = context
        self.workspace = context.workspace
        self.report = StepReport()
        self.index = PackageIndex()
        self.read: ManifestSummary | None = None
        self.obeyed: IngestContractView | None = None
        self.attachments = Attachments()
        self.files: dict[str, tuple[str, int, str]] = {}
        self.graph = PackageGraph()

    def run(self) -> StepReport:
        for action in (
            self._check_seda,
            self._check_header,
            self._prepare_storage,
            self._check_package,
            self._check_attachment,
        ):
            action()
            if self.report.failed:
                break
        else:
            self._plan()
        if self.report.failed:
            self.report.further = further_faults(
                self.context,
                known=self.report.problems,
                files=self.files,
                read=None if self.read is None else Read(self.read, self.index),
                contract=self.obeyed,
            )
        return self.report

    @property
    def summary(self) -> ManifestSummary:
        """The manifest, once CHECK_SEDA has passed."""
        if self.read is None:
            raise RuntimeError("the manifest has not been read")
        return self.read

    @property
    def contract(self) -> IngestContractView:
        """The contract, once CHECK_HEADER has passed."""
        if self.obeyed is None:
            raise RuntimeError("the header has not been checked")
        return self.obeyed

    def _check_seda(self) -> None:
        """Layout of the container, then grammar: fast when valid, every fault when not."""
        workspace = self.workspace
        entries = workspace.read_json(ENTRIES)
        self.files = {name: (stored, size, sha) for name, stored, size, sha in entries["files"]}
        with self.report.action(CHECK_SEDA) as action:
            manifest = entries["manifest"]
            listing = [ListedEntry(name, one[1]) for name, one in self.files.items()]
            listing += [ListedEntry(name, 0, is_folder=True) for name in entries["folders"]]
            if manifest:
                listing.insert(0, ListedEntry(manifest[0], manifest[2]))
            if self.report.fault(action, check_layout(listing)):
                return
            path = workspace.unpacked / "manifest.xml"
            try:
                with (
                    workspace.writing(UNITS) as units,
                    workspace.writing(OBJECTS) as objects,
                    workspace.writing(GROUPS) as groups,
                ):
                    spooler = Spooler(units, objects, groups)
                    reading = Reading(
                        spooler,
                        tenant_id=self.context.tenant.id,
                        slip_name=manifest[0] if manifest else "",
                        files=self.files,
                    )
                    self.read = reading.finish(read_manifest(path, reading))
            except ManifestRefused:
                self.report.fault(action, explain_manifest(path))
                return
            self.index = spooler.index
            save_header(workspace, self.summary)
            action.detail["version"] = self.summary.header.version
        self._describe_deposit()

    def _describe_deposit(self) -> None:
        """What lists show of the deposit comes from its manifest as soon as it is read."""
        header, deposit = self.summary.header, self.context.deposit
        deposit.message_identifier = header.message_identifier[:500]
        deposit.title = (header.comments[0].text if header.comments else "")[:500] or deposit.title
        deposit.originating_agency = header.originating_agency or ""
        deposit.submission_agency = header.submission_agency or ""
        deposit.archival_agreement = header.archival_agreement or ""
        deposit.archival_profile = header.archival_profile or ""
        deposit.seda_version = header.version
        deposit.unit_count = self.summary.units - len(self.index.attachments)
        deposit.object_count = len(self.index.objects)
        deposit.total_size = sum(size for _stored, size, _sha in self.files.values())

    def _check_header(self) -> None:
        with tenant_scope(self.context.tenant.id):
            control = HeaderControl(
                self.summary.header,
                workflow=self.context.workflow,
                context_id=self.context.deposit.context_id,
                limits=self.context.deposit.limits,
                tenant_number=self.context.tenant.number,
                manifest=self.workspace.unpacked / "manifest.xml",
            )
            control.run(self.report)
        if control.contract is not None:
            self.obeyed = control.contract
            self.workspace.write_json(CONTRACT, control.contract)
        if control.management is not None:
            save_policy(self.workspace, control.management.persistent_identifier_policy)

    def _prepare_storage(self) -> None:
        with self.report.action("PREPARE_STORAGE_INFO") as action:
            action.detail["offers"] = [offer.id for offer in strategy().offers]

    def _check_package(self) -> None:
        workflow = self.context.workflow
        with self.report.action(package.CODE) as action:
            if workflow.checks_objects:
                treatments = [
                    (package.VERSION, lambda: package.check_versions(self.index)),
                    (package.NUMBER, self._check_number),
                    (package.MANIFEST, self._check_manifest),
                    (package.CONSISTENCY, lambda: package.check_orphans(self.index)),
                ]
                stops = True
            else:
                treatments = [
                    (package.NO_OBJECT, lambda: package.check_no_object(self.index)),
                    (package.NUMBER, self._check_number),
                    (package.MANIFEST, self._check_manifest),
                ]
                stops = False
            for code, treatment in treatments:
                failed = self._treat(action, code, treatment)
                if failed and (stops or code == package.MANIFEST):
                    break

    def _treat(
        self, action: ActionReport, code: str, treatment: Callable[[], Iterable[Problem]]
    ) -> bool:
        """Run one treatment under its action; its sub-code goes up to the action."""
        with timed(ActionReport(code)) as part:
            action.parts.append(part)
            self.report.fault(part, treatment())
        if part.outcome > action.outcome:
            action.outcome = part.outcome
            action.sub_code = part.sub_code or sub_code_of(part.outcome_detail, package.CODE)
        return part.outcome >= Outcome.KO

    def _check_number(self) -> list[Problem]:
        return package.check_object_number(self.index, self.files)

    def _check_manifest(self) -> Iterable[Problem]:
        """References, cycle, attachments, groups: everything about structure in one list."""
        index = self.index
        problems = [*package.check_malformed(index), *package.check_references(index)]
        problems += self._check_graph()
        with tenant_scope(self.context.tenant.id):
            control = AttachmentControl(
                index,
                contract=self.contract,
                unit_type=self.context.workflow.unit_type,
                agency=self.summary.header.originating_agency or "",
            )
            problems += control.check()
            self.attachments = control.found
        joining = {
            target
            for number in index.attachments
            for _is_group, target in index.references.get(number, ())
        }
        problems += package.check_group_versions(
            index, master_mandatory=self.contract.master_mandatory, joining=joining
        )
        problems += self._check_joining(joining)
        return problems

    def _check_joining(self, joining: set[str]) -> Iterable[Problem]:
        """Objects that join a group of the fonds are of the usages the contract allows."""
        contract = self.contract
        if contract.every_data_object_version or not joining:
            return
        allowed = set(contract.data_object_versions)
        for entry in self.index.objects:
            if entry.group not in joining and entry.id not in joining:
                continue
            try:
                usage, _number = package.usage_of(entry)
            except ValueError:
                continue
            if usage not in allowed:
                yield Problem(
                    f"{package.MANIFEST}.ATTACHMENT_OBJECTGROUP.KO",
                    reason="usage_not_in_contract",
                    place=Place(line=entry.line, element="DataObjectVersion", identifier=entry.id),
                    seen=usage,
                    expected=", ".join(sorted(allowed)),
                )

    def _check_graph(self) -> list[Problem]:
        return package.check_cycle(link_units(self.graph, self.index), self.index)

    def _check_attachment(self) -> None:
        with (
            self.report.action("CHECK_ATTACHEMENT") as action,
            tenant_scope(self.context.tenant.id),
        ):
            self.report.fault(action, check_operations(self.attachments))

    def _plan(self) -> None:
        """Give identifiers and places; nothing of it is visible before the deposit is loaded."""
        index, graph, found = self.index, self.graph, self.attachments
        for number, unit in found.units.items():
            graph.declare_existing(number, unit.in_graph())
        existing_ids = {number: unit.id for number, unit in found.units.items()}
        roots = self.index.roots(attached=found.units)
        if found.under_contract:
            for number in roots:
                graph.attach(number, found.under_contract.in_graph())
        identifiers = fresh_identifiers(len(index.unit_ids))
        for number, identifier in existing_ids.items():
            identifiers[16 * number : 16 * number + 16] = identifier.bytes
        plan = PackagePlan(
            identifiers=identifiers,
            attachments=existing_ids,
            groups=[],
            group_of_unit=array("i", [NO_GROUP]) * len(index.unit_ids),
            group_of_object=array("i", [NO_GROUP]) * len(index.objects),
            roots=frozenset(roots),
            outside_agencies=self._outside_agencies(),
        )
        self._plan_groups(plan)
        try:
            for _placed in graph.arrange(plan.identifier):
                break
        except (TooDeepError, CycleError) as error:
            self._refuse_depth(error)
            return
        self.context.deposit.group_count = sum(not group.existing for group in plan.groups)
        save_plan(self.workspace, plan, graph)

    def _refuse_depth(self, error: TooDeepError | CycleError) -> None:
        action = next(one for one in self.report.actions if one.code == package.CODE)
        limit = error.limit if isinstance(error, TooDeepError) else 0
        self.report.fault(
            action,
            [Problem(f"{package.CODE}.KO", reason="too_deep", expected=str(limit))],
        )

    def _outside_agencies(self) -> dict[uuid.UUID, tuple[str, ...]]:
        own = self.summary.header.originating_agency
        units = list(self.attachments.units.values())
        if self.attachments.under_contract:
            units.append(self.attachments.under_contract)
        return {
            unit.id: agencies
            for unit in units
            if (agencies := tuple(one for one in unit.originating_agencies if one != own))
        }

    def _plan_groups(self, plan: PackagePlan) -> None:
        """One group per declared group, one per object that has none, or the existing one."""
        index = self.index
        number_of_group: dict[str, int] = {}
        for number, existing in self.attachments.groups.items():
            plan.groups.append(
                PlannedGroup(
                    existing.id,
                    "",
                    True,
                    tuple(existing.originating_agencies),
                    existing_versions=existing.versions,
                )
            )
            plan.group_of_unit[number] = len(plan.groups) - 1
            for _is_group, target in index.references.get(number, ()):
                number_of_group[target] = len(plan.groups) - 1
        names = [*index.groups, *(entry.id for entry in index.objects if not entry.group)]
        new = [name for name in names if name not in number_of_group]
        for name, identifier in zip(new, new_ids(len(new)), strict=True):
            number_of_group[name] = len(plan.groups)
            plan.groups.append(PlannedGroup(identifier, name))
        for number, entry in enumerate(index.objects):
            plan.group_of_object[number] = number_of_group[entry.group or entry.id]
        for number, references in index.references.items():
            if number in self.attachments.groups:
                continue
            group = number_of_group[references[0][1]]
            plan.group_of_unit[number] = group
            plan.groups[group].unit_count += 1
