"""STP_SANITY_CHECK_SIP: is what was received safe, a container, with a manifest?

KO means: the file holds a virus, is not a package, or has no manifest; nothing was unpacked.
Source: reference system §1.2.
"""

from ingest import antivirus
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.kernel.digests import ALGORITHMS, new_hash
from sae.kernel.problems import Place, Problem
from sae.seda.containers import (
    ContainerFault,
    ListedEntry,
    check_manifest_name,
    detect_container,
    list_entries,
    read_manifest_bytes,
)


def run(context: StepContext) -> StepReport:
    """Antivirus, container, name of the manifest, digest of the manifest announced by headers."""
    report = StepReport()
    for check in (_antivirus, _container, _manifest_name, _manifest_digest):
        check(context, report)
        if report.failed:
            break
    return report


def _antivirus(context: StepContext, report: StepReport) -> None:
    with report.action("SANITY_CHECK_SIP") as action:
        total = context.deposit.file_size
        scan = antivirus.scan(
            context.workspace.package, on_sent=lambda sent: context.progress(sent, total)
        )
        action.detail["antivirus"] = scan.verdict.value
        if scan.verdict is antivirus.Verdict.INFECTED:
            action.detail["signature"] = scan.signature
            report.fault(
                action,
                [
                    Problem(
                        "SANITY_CHECK_SIP.KO",
                        reason="virus",
                        place=Place(file=context.deposit.file_name),
                        seen=scan.signature,
                    )
                ],
            )


def _container(context: StepContext, report: StepReport) -> None:
    with report.action("CHECK_CONTAINER") as action:
        try:
            action.detail["kind"] = str(detect_container(context.workspace.package))
        except ContainerFault as fault:
            report.fault(action, fault.problems)


def _manifest_name(context: StepContext, report: StepReport) -> None:
    with report.action("MANIFEST_FILE_NAME_CHECK") as action:
        try:
            listing: list[ListedEntry] = list(list_entries(context.workspace.package))
        except ContainerFault:
            # What is wrong inside is told by the unpacking, which lists every fault.
            return
        report.fault(action, check_manifest_name(listing))


def _manifest_digest(context: StepContext, report: StepReport) -> None:
    deposit = context.deposit
    with report.action("MANIFEST_DIGEST_CHECK") as action:
        announced, algorithm = deposit.manifest_digest, deposit.manifest_digest_algorithm
        if not announced and not algorithm:
            return

        def refuse(reason: str, seen: str = "", expected: str = "") -> None:
            problem = Problem(
                "MANIFEST_DIGEST_CHECK.KO", reason=reason, seen=seen, expected=expected
            )
            report.fault(action, [problem])

        if not announced or not algorithm:
            refuse("digest_half_given", seen=announced or algorithm)
        elif algorithm not in ALGORITHMS:
            refuse("digest_algorithm", seen=algorithm, expected=", ".join(ALGORITHMS))
        else:
            hasher = new_hash(algorithm)
            for chunk in read_manifest_bytes(context.workspace.package):
                hasher.update(chunk)
            if hasher.hexdigest() != announced:
                refuse("digest_mismatch", seen=hasher.hexdigest(), expected=announced)
