"""Identifiers of a package's data objects, given once whatever step first needs them."""

import uuid

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
