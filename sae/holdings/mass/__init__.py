"""A frame for acts over many units: chosen once, checked, applied by batches, told unit by unit.

A room registers a kind of act, which says what becomes of one unit; the frame does the rest: the
frozen selection, the dry run, the job, pause, resume and cancel, the journal, the report.

    register_mass_kind(MassKind(name="rules", operation_type="MASS_UPDATE_UNIT_RULE", plan=…))
    mass = prepare_mass(kind="rules", unit_ids=batches, agent_id=account.id)
    check_mass(mass.id, parameters={…})     # preview: how many of what
    launch_mass(mass.id, agent_id=account.id)
"""

from sae.holdings.mass.advancing import JOB_KIND, advance_mass, give_mass_up
from sae.holdings.mass.kinds import (
    CHANGED_SINCE,
    LEFT,
    UNKNOWN,
    UPDATED,
    Decision,
    MassKind,
    kind_of,
    register_mass_kind,
)
from sae.holdings.mass.launching import (
    INLINE,
    MassStateError,
    TooManyUnitsError,
    cancel_mass,
    check_mass,
    discard_mass,
    launch_mass,
    pause_mass,
    prepare_mass,
    resume_mass,
)
from sae.holdings.mass.report import report_entries, report_lines

__all__ = [
    "CHANGED_SINCE",
    "INLINE",
    "JOB_KIND",
    "LEFT",
    "UNKNOWN",
    "UPDATED",
    "Decision",
    "MassKind",
    "MassStateError",
    "TooManyUnitsError",
    "advance_mass",
    "cancel_mass",
    "check_mass",
    "discard_mass",
    "give_mass_up",
    "kind_of",
    "launch_mass",
    "pause_mass",
    "prepare_mass",
    "register_mass_kind",
    "report_entries",
    "report_lines",
    "resume_mass",
]
