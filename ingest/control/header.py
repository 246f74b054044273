"""CHECK_HEADER: agencies, ingest contract, context, archive profile.

KO means: the deposit names a service, a contract or a profile that the coffre does not know or no
longer accepts. Source: reference system §1.4, CHECK_HEADER.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.sentences.profile_faults import in_french
from ingest.workflow.catalogue import Workflow
from ingest.workflow.report import ActionReport, StepReport, sub_code_of, timed
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.seda.model import TransferHeader
from sae.seda.profile import ProfileUnusable, check_profile
from tenants.referentials.management_contracts import known_strategies
from tenants.rights.deposits import Limits, is_within
from tenants.selectors.ingest import (
    IngestContractView,
    ManagementContractView,
    get_archive_profile,
    get_context,
    get_ingest_contract,
    get_management_contract,
    known_agencies,
)

CODE = "CHECK_HEADER"
AGENT = f"{CODE}.CHECK_AGENT"
CONTRACT = f"{CODE}.CHECK_CONTRACT_INGEST"
RELATION = f"{CODE}.CHECK_IC_AP_RELATION"
PROFILE = f"{CODE}.CHECK_ARCHIVEPROFILE"


class HeaderControl:
    """Runs the treatments of CHECK_HEADER in order; each KO stops the following ones.

    Reads the referentials in the open tenant scope. ``contract`` and ``management`` (its
    management contract, if any) are what later steps obey.
    """

    def __init__(
        self,
        header: TransferHeader,
        *,
        workflow: Workflow,
        context_id: str,
        limits: Limits | None,
        tenant_number: int,
        manifest: Path,
    ) -> None:
        self.header = header
        self.tenant_number = tenant_number
        self.workflow = workflow
        self.context_id = context_id
        self.limits = limits
        self.manifest = manifest
        self.contract: IngestContractView | None = None
        self.management: ManagementContractView | None = None

    def run(self, report: StepReport) -> ActionReport:
        """Add CHECK_HEADER and its treatments to the report."""
        with report.action(CODE) as action:
            action.detail.update(self._recorded())
            treatments: list[tuple[str, Callable[[], list[Problem]]]] = []
            if self.workflow.checks_originating_agency:
                treatments.append((AGENT, self._agents))
            treatments.append((CONTRACT, self._contract))
            if self.workflow.checks_profile:
                treatments += [(RELATION, self._relation), (PROFILE, self._profile)]
            for code, treatment in treatments:
                with timed(ActionReport(code)) as part:
                    action.parts.append(part)
                    problems = treatment()
                    report.fault(part, problems)
                if part.outcome >= Outcome.KO:
                    action.outcome = part.outcome
                    action.sub_code = sub_code_of(part.outcome_detail, CODE)
                    break
        return action

    def every_fault(self) -> list[Problem]:
        """Return what each treatment finds, though another has already refused the deposit.

        The whole manifest is not held against its profile: that is for one that is SEDA.
        """
        treatments = [self._agents] if self.workflow.checks_originating_agency else []
        treatments.append(self._contract)
        if self.workflow.checks_profile:
            treatments.append(self._relation)
        return [problem for treatment in treatments for problem in treatment()]

    def _recorded(self) -> dict[str, str]:
        header = self.header
        values = {
            "MessageIdentifier": header.message_identifier,
            "ArchivalAgreement": header.archival_agreement,
            "ArchivalProfile": header.archival_profile,
            "AcquisitionInformation": header.acquisition_information,
            "LegalStatus": header.legal_status,
            "EvDetailReq": header.comments[0].text if header.comments else "",
        }
        return {key: value for key, value in values.items() if value}

    def _agents(self) -> list[Problem]:
        originating = self.header.originating_agency
        if not originating:
            return [
                Problem(
                    f"{AGENT}.EMPTY_REQUIRED_FIELD.KO",
                    reason="no_originating_agency",
                    place=Place(element="ManagementMetadata/OriginatingAgencyIdentifier"),
                )
            ]
        named = {"OriginatingAgencyIdentifier": originating}
        if self.header.submission_agency:
            named["SubmissionAgencyIdentifier"] = self.header.submission_agency
        known = known_agencies(list(named.values()))
        if originating in known and not is_within(self.limits, agency=originating):
            return [
                Problem(
                    f"{AGENT}.NOT_GIVEN.KO",
                    reason="agency_not_given",
                    place=Place(element="ManagementMetadata/OriginatingAgencyIdentifier"),
                    seen=originating,
                )
            ]
        return [
            Problem(
                f"{AGENT}.UNKNOWN.KO",
                reason="unknown_agency",
                place=Place(element=f"ManagementMetadata/{element}"),
                seen=identifier,
            )
            for element, identifier in named.items()
            if identifier not in known
        ]

    def _contract(self) -> list[Problem]:
        identifier = self.header.archival_agreement
        if not identifier:
            return [self._contract_fault("CONTRACT_NOT_IN_MANIFEST", "no_contract", "")]
        contract = get_ingest_contract(identifier)
        if contract is None:
            return [self._contract_fault("CONTRACT_UNKNOWN", "unknown_contract", identifier)]
        if not contract.is_active:
            return [self._contract_fault("CONTRACT_INACTIVE", "inactive_contract", identifier)]
        problems = (
            self._context(identifier)
            or self._rights(identifier)
            or self._management_contract(contract)
        )
        if not problems:
            self.contract = contract
        return problems

    def _rights(self, contract_identifier: str) -> list[Problem]:
        """Check that the profiles of the depositor open the contract, for that agency.

        An agency that no profile opens was told as such: the contract is then judged by itself.
        """
        agency: str | None = self.header.originating_agency or ""
        if self.workflow.checks_originating_agency and not is_within(self.limits, agency=agency):
            agency = None
        if is_within(self.limits, contract=contract_identifier, agency=agency):
            return []
        return [
            self._contract_fault("CONTRACT_NOT_GIVEN", "contract_not_given", contract_identifier)
        ]

    def _context(self, contract_identifier: str) -> list[Problem]:
        """Check that the application's context accepts the contract; people have none."""
        if not self.context_id:
            return []
        context = get_context(self.context_id)
        if context is None:
            return [self._contract_fault("CONTEXT_UNKNOWN", "unknown_context", self.context_id)]
        if not context.enable_control:
            return []
        if not context.is_active:
            return [self._contract_fault("CONTEXT_INACTIVE", "inactive_context", self.context_id)]
        accepted = {
            contract
            for permission in context.permissions
            if permission.tenant_number == self.tenant_number
            for contract in permission.ingest_contracts
        }
        if contract_identifier not in accepted:
            return [
                self._contract_fault(
                    "CONTRACT_NOT_IN_CONTEXT", "contract_not_in_context", contract_identifier
                )
            ]
        return []

    def _management_contract(self, contract: IngestContractView) -> list[Problem]:
        identifier = contract.management_contract_id
        if not identifier:
            return []
        management = get_management_contract(identifier)
        if management is None:
            return [
                self._contract_fault(
                    "MANAGEMENT_CONTRACT_UNKNOWN", "unknown_management_contract", identifier
                )
            ]
        if not management.is_active:
            return [
                self._contract_fault(
                    "MANAGEMENT_CONTRACT_INACTIVE", "inactive_management_contract", identifier
                )
            ]
        named = {
            management.unit_strategy,
            management.object_group_strategy,
            management.object_strategy,
        }
        if named - known_strategies() - {""}:
            return [
                self._contract_fault(
                    "MANAGEMENT_CONTRACT_INVALID", "management_contract_strategy", identifier
                )
            ]
        self.management = management
        return []

    def _contract_fault(self, sub_code: str, reason: str, seen: str) -> Problem:
        return Problem(
            f"{CONTRACT}.{sub_code}.KO",
            reason=reason,
            place=Place(element="ArchivalAgreement"),
            seen=seen,
        )

    def _relation(self) -> list[Problem]:
        accepted = self.contract.archive_profiles if self.contract else ()
        if not accepted:
            return []
        identifier = self.header.archival_profile
        if not identifier:
            return [self._relation_fault("DIFF", "no_profile", "", ", ".join(accepted))]
        profile = get_archive_profile(identifier)
        if profile is None:
            return [self._relation_fault("UNKNOWN", "unknown_profile", identifier)]
        if not profile.is_active:
            return [self._relation_fault("INACTIVE", "inactive_profile", identifier)]
        if identifier not in accepted:
            return [
                self._relation_fault(
                    "DIFF", "profile_not_in_contract", identifier, ", ".join(accepted)
                )
            ]
        return []

    def _relation_fault(self, sub_code: str, reason: str, seen: str, expected: str = "") -> Problem:
        return Problem(
            f"{RELATION}.{sub_code}.KO",
            reason=reason,
            place=Place(element="ManagementMetadata/ArchivalProfile"),
            seen=seen,
            expected=expected,
        )

    def _profile(self) -> list[Problem]:
        identifier = self.header.archival_profile
        if not identifier:
            return []
        profile = get_archive_profile(identifier)
        if profile is None or not profile.file:
            return [Problem(f"{PROFILE}.KO", reason="profile_without_file", seen=identifier)]
        try:
            found = check_profile(self.manifest, kind=profile.format, schema=profile.file)
        except ProfileUnusable as error:
            return [Problem(f"{PROFILE}.KO", reason="profile_unusable", seen=str(error)[:500])]
        return [replace(one, seen=in_french(one.seen)) for one in found]
