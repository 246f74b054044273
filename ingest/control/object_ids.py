"""Identifiers of a package's data objects, given once whatever step first needs them."""

import uuid
from collections.abc import Sequence

from ingest.control.arks import load_policy
from ingest.control.plan import PackagePlan
from ingest.control.spool import OBJECTS_READY
from ingest.workflow.context import StepContext
from sae.kernel.identifiers import new_ids

IDENTIFIERS = "objects.ids"


def object_identifiers(context: StepContext) -> list[uuid.UUID]:
    """Return one identifier per object of the manifest, kept for a second run of the step."""
    workspace = context.workspace
    if not workspace.has(IDENTIFIERS):
        with workspace.writing(IDENTIFIERS) as stream:
            stream.write(b"".join(one.bytes for one in new_ids(context.deposit.object_count)))
    raw = workspace.path(IDENTIFIERS).read_bytes()
    return [uuid.UUID(bytes=raw[start : start + 16]) for start in range(0, len(raw), 16)]


def arks_of_objects(
    context: StepContext, plan: PackagePlan, identifiers: Sequence[uuid.UUID]
) -> dict[int, str]:
    """Return the ARKs given to objects, by their number; none without a policy."""
    policy = load_policy(context.workspace)
    if policy is None:
        return {}
    return policy.of_objects(context.workspace.read_lines(OBJECTS_READY), plan, identifiers)
