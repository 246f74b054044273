"""The four workflows, as data: which steps, in which order, with which actions.

Codes and order are those archivists and their tools know (reference system, workflow files).
"""

from dataclasses import dataclass

from ingest.models import Deposit


@dataclass(frozen=True, slots=True)
class Action:
    """One check or act of a step. A KO of a blocking action ends its step's run for the element."""

    code: str
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its code and its actions in order; ``always_runs`` marks the closing one."""

    code: str
    actions: tuple[Action, ...]
    always_runs: bool = False

    def has(self, code: str) -> bool:
        return any(action.code == code for action in self.actions)


@dataclass(frozen=True, slots=True)
class Workflow:
    """``identifier`` is the operation's type; ``category`` its process type in the journal."""

    identifier: str
    category: str
    context: str
    unit_type: str
    steps: tuple[Step, ...]
    checks_objects: bool = True
    checks_profile: bool = True
    checks_originating_agency: bool = True
    keeps: bool = True

    @property
    def last(self) -> int:
        """Position of the closing step."""
        return len(self.steps) - 1


def _step(code: str, *actions: str, non_blocking: tuple[str, ...] = ()) -> Step:
    return Step(code, tuple(Action(one, one not in non_blocking) for one in actions))


SANITY = _step(
    "STP_SANITY_CHECK_SIP",
    "SANITY_CHECK_SIP",
    "CHECK_CONTAINER",
    "MANIFEST_FILE_NAME_CHECK",
    "MANIFEST_DIGEST_CHECK",
)
UPLOAD = _step("STP_UPLOAD_SIP", "UPLOAD_SIP")
CONTROL = _step(
    "STP_INGEST_CONTROL_SIP",
    "CHECK_SEDA",
    "CHECK_HEADER",
    "PREPARE_STORAGE_INFO",
    "CHECK_DATAOBJECTPACKAGE",
    "CHECK_ATTACHEMENT",
)
OBJECTS = _step(
    "STP_OG_CHECK_AND_TRANSFORME",
    "CHECK_DIGEST",
    "CHECK_OBJECT_SIZE",
    "OG_OBJECTS_FORMAT_CHECK",
    "CHECK_OBJECT_GROUP_SCHEMA",
)
OBJECTS_BLANK = _step(
    "STP_OG_CHECK_AND_TRANSFORME",
    "CHECK_DIGEST",
    "OG_OBJECTS_FORMAT_CHECK",
    "CHECK_OBJECT_GROUP_SCHEMA",
)
UNITS = _step(
    "STP_UNIT_CHECK_AND_PROCESS",
    "CHECK_UNIT_SCHEMA",
    "CHECK_ARCHIVE_UNIT_PROFILE",
    "CHECK_CLASSIFICATION_LEVEL",
    "UNITS_RULES_COMPUTE",
    non_blocking=("CHECK_ARCHIVE_UNIT_PROFILE",),
)
UNITS_HOLDING = _step("STP_UNIT_CHECK_AND_PROCESS", "CHECK_UNIT_SCHEMA")
AVAILABILITY = _step("STP_STORAGE_AVAILABILITY_CHECK", "STORAGE_AVAILABILITY_CHECK")
OBJECT_STORING = _step("STP_OBJ_STORING", "OBJ_STORAGE", "OG_METADATA_INDEXATION")
UNIT_METADATA = _step("STP_UNIT_METADATA", "UNIT_METADATA_INDEXATION")
GROUP_STORING = _step("STP_OG_STORING", "COMMIT_LIFE_CYCLE_OBJECT_GROUP", "OG_METADATA_STORAGE")
UNIT_STORING = _step("STP_UNIT_STORING", "COMMIT_LIFE_CYCLE_UNIT", "UNIT_METADATA_STORAGE")
GROUP_UPDATE = _step(
    "STP_UPDATE_OBJECT_GROUP",
    "OBJECT_GROUP_UPDATE",
    "COMMIT_LIFE_CYCLE_OBJECT_GROUP",
    "OG_METADATA_STORAGE",
)
REGISTRATION = _step("STP_ACCESSION_REGISTRATION", "ACCESSION_REGISTRATION")
FINALISATION = Step(
    "STP_INGEST_FINALISATION",
    (Action("ATR_NOTIFICATION", blocking=False), Action("ROLL_BACK")),
    always_runs=True,
)

WORKFLOWS: dict[str, Workflow] = {
    Deposit.Action.INGEST: Workflow(
        identifier="PROCESS_SIP_UNITARY",
        category="INGEST",
        context="DEFAULT_WORKFLOW",
        unit_type="INGEST",
        steps=(
            SANITY,
            UPLOAD,
            CONTROL,
            OBJECTS,
            UNITS,
            AVAILABILITY,
            OBJECT_STORING,
            UNIT_METADATA,
            GROUP_STORING,
            UNIT_STORING,
            GROUP_UPDATE,
            REGISTRATION,
            FINALISATION,
        ),
    ),
    Deposit.Action.BLANK_TEST: Workflow(
        identifier="PROCESS_SIP_UNITARY_TEST",
        category="INGEST_TEST",
        context="BLANK_TEST",
        unit_type="INGEST",
        steps=(SANITY, UPLOAD, CONTROL, OBJECTS_BLANK, UNITS, AVAILABILITY, FINALISATION),
        keeps=False,
    ),
    Deposit.Action.FILING_SCHEME: Workflow(
        identifier="FILINGSCHEME",
        category="INGEST",
        context="FILING_SCHEME",
        unit_type="FILING_UNIT",
        steps=(
            SANITY,
            UPLOAD,
            CONTROL,
            UNITS,
            UNIT_METADATA,
            UNIT_STORING,
            REGISTRATION,
            FINALISATION,
        ),
        checks_objects=False,
        checks_profile=False,
    ),
    Deposit.Action.HOLDING_SCHEME: Workflow(
        identifier="HOLDINGSCHEME",
        category="MASTERDATA",
        context="HOLDING_SCHEME",
        unit_type="HOLDING_UNIT",
        steps=(SANITY, UPLOAD, CONTROL, UNITS_HOLDING, UNIT_METADATA, UNIT_STORING, FINALISATION),
        checks_objects=False,
        checks_profile=False,
        checks_originating_agency=False,
    ),
}

ACTION_OF_CONTEXT = {workflow.context: action for action, workflow in WORKFLOWS.items()}
"""Action by the peers' ``X-Context-Id``."""
