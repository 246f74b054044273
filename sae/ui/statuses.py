"""The words of a state, its icon and its tone: text and icon, never colour alone.

KO is the depositor's to mend, FATAL is ours: two words, two icons, two colours.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.kernel.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Status:
    """How a state is shown. ``tone`` names the CSS classes ``status-…`` and ``tone-…``."""

    key: str
    word: str | Promise
    icon: str
    tone: str


_STATUSES = (
    Status("STARTED", _("En cours"), "arrow-repeat", "running"),
    Status("RUNNING", _("En cours"), "arrow-repeat", "running"),
    Status("OK", _("Succès"), "check-circle-fill", "ok"),
    Status("WARNING", _("Avertissement"), "exclamation-triangle-fill", "warning"),
    Status("KO", _("Refusé"), "x-octagon-fill", "ko"),
    Status("FATAL", _("Erreur technique"), "wrench-adjustable-circle-fill", "fatal"),
    Status("PAUSED", _("En pause"), "pause-circle-fill", "paused"),
    Status("WAITING", _("En attente"), "pause-circle-fill", "paused"),
    Status("QUEUED", _("En file"), "record-circle-fill", "paused"),
    Status("CANCELLED", _("Annulé"), "slash-circle", "paused"),
    Status("NOT_RUN", _("Non joué"), "dash-circle", "not-run"),
    Status("NOT_DONE", _("Non effectué"), "dash-circle", "not-run"),
    Status("HOLD", _("Sous gel"), "snow", "hold"),
    Status("CONFLICT", _("Conflit"), "sign-stop-fill", "hold"),
)
STATUSES = {status.key: status for status in _STATUSES}


def status_of(state: Any) -> Status:
    """Return how to show an ``Outcome``, its name or its number, or a key of ``STATUSES``.

    An unknown state is shown under its own name, in the neutral tone, rather than hidden.
    """
    if isinstance(state, Status):
        return state
    if isinstance(state, Outcome):
        return STATUSES[state.name]
    if isinstance(state, int) and state in Outcome._value2member_map_:
        return STATUSES[Outcome(state).name]
    key = str(getattr(state, "name", state)).upper()
    return STATUSES.get(key) or Status(key, str(state), "circle", "paused")
