"""STP_UPLOAD_SIP: the package is unpacked into its workspace, each file under a name of ours.

KO means: the package cannot be opened, or a name in it is not allowed; every such name is listed.
Source: reference system §1.3.
"""

import shutil
from typing import Any

from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.seda.containers import ContainerFault, ContainerLimits, Unpacked, unpack

LIMITS = ContainerLimits()
ENTRIES = "entries.json"


def run(context: StepContext) -> StepReport:
    """Unpack, hashing on the way; what an interrupted run left is removed first."""
    report = StepReport()
    workspace = context.workspace
    shutil.rmtree(workspace.unpacked, ignore_errors=True)
    workspace.unpacked.mkdir(parents=True)
    with report.action("UPLOAD_SIP") as action:
        try:
            unpacked = unpack(workspace.package, workspace.unpacked, limits=LIMITS)
        except ContainerFault as fault:
            shutil.rmtree(workspace.unpacked, ignore_errors=True)
            report.fault(action, fault.problems)
            return report
        workspace.write_json(ENTRIES, _entries(unpacked))
        action.counts = {"files": len(unpacked.entries)}
        action.detail["bytes"] = sum(entry.size for entry in unpacked.entries)
    return report


def _entries(unpacked: Unpacked) -> dict[str, Any]:
    manifest = unpacked.manifest
    return {
        "manifest": [manifest.name, manifest.stored_as, manifest.size, manifest.sha512]
        if manifest
        else None,
        "files": [
            [entry.name, entry.stored_as, entry.size, entry.sha512] for entry in unpacked.entries
        ],
        "folders": list(unpacked.folders),
    }
