"""Steps of the workflows, by their code.

A step's function reads the workspace and the referentials, works without a long transaction, is
idempotent, and returns a ``StepReport`` whose ``write`` makes its changes in the transaction that
commits the step.
"""

from collections.abc import Callable

from ingest.steps import (
    availability,
    closing,
    control,
    indexing,
    life_cycles,
    objects,
    sanity,
    storing,
    units,
    upload,
)
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport

STEPS: dict[str, Callable[[StepContext], StepReport]] = {
    "STP_SANITY_CHECK_SIP": sanity.run,
    "STP_UPLOAD_SIP": upload.run,
    "STP_INGEST_CONTROL_SIP": control.run,
    "STP_OG_CHECK_AND_TRANSFORME": objects.run,
    "STP_UNIT_CHECK_AND_PROCESS": units.run,
    "STP_STORAGE_AVAILABILITY_CHECK": availability.run,
    "STP_OBJ_STORING": storing.run,
    "STP_UNIT_METADATA": indexing.run,
    "STP_OG_STORING": life_cycles.run_groups,
    "STP_UNIT_STORING": life_cycles.run_units,
    "STP_UPDATE_OBJECT_GROUP": closing.run_group_update,
    "STP_ACCESSION_REGISTRATION": closing.run_registration,
    "STP_INGEST_FINALISATION": closing.run_finalisation,
}
