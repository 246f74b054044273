"""Everything the page of an act over many units shows, at each of its states."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from access.editing.moving_acts import ALREADY as THERE_ALREADY
from access.editing.moving_acts import MOVED, MOVES, REFUSED, Destination, has_destination
from access.naming import account_names
from access.updates.acts_seen import acts_in_sight
from access.updates.description_forms import DescriptionsForm
from access.updates.descriptions import NO_CHANGES, UPDATED, DescriptionPatch
from access.updates.fields import editable_fields
from access.updates.hold_acts import hold_words
from access.updates.hold_forms import HoldForm
from access.updates.property_forms import ACTION_FORMS, ChangeHoldForm
from access.updates.reverting import may_be_reverted
from access.updates.rule_actions import ABSENT, ALREADY, RuleAction
from access.updates.rule_forms import words_of
from access.updates.rules import actions_in
from access.updates.selection import ACTS
from sae.holdings.inheritance.categories import HOLD
from sae.holdings.mass import kind_of, report_entries
from sae.holdings.mass.advancing import outcome_of
from sae.holdings.models import MassOperation
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import current_sight
from sae.jobs.selectors import job_of, queue_position
from sae.kernel import clock
from sae.kernel.identifiers import parse_id
from tenants.access import may
from tenants.permissions import Permission

MOST_SHOWN = 50
State = MassOperation.State
_QUIET = {UPDATED, NO_CHANGES, ALREADY, ABSENT, MOVED, THERE_ALREADY}

TITLES = {
    "descriptions": "Modifier des descriptions",
    "own_descriptions": "Modifier des descriptions par fichier",
    "one_description": "Modification d’une description",
    "revert": "Annulation d’une modification",
    "rules": "Modifier des règles",
    "holds": "Geler des unités",
    "moves": "Déplacer des unités",
}
HOLD_TITLES = {"change": "Modifier un gel", "lift": "Lever un gel"}


@dataclass(frozen=True, slots=True)
class Figure:
    """How many units had one result. ``url`` lists them."""

    key: str
    count: int
    words: str
    tone: str
    url: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class EntryLine:
    """What became, or would become, of one unit."""

    title: str
    url: str
    status: str
    words: str
    message: str


def result_words(mass: MassOperation, key: str, count: int = 1) -> str:
    """Return what is said of ``count`` units with this result: to come until it is launched."""
    if not mass.is_launched and key == UPDATED:
        return _("seront modifiées") if count > 1 else _("sera modifiée")
    if not mass.is_launched and key == MOVED:
        return _("peuvent y aller") if count > 1 else _("peut y aller")
    singular, plural = kind_of(mass).labels.get(key, (key, key))
    return str(plural if count > 1 else singular)


class ActPage:
    """The context of the page of an act."""

    def __init__(self, request: HttpRequest, mass: MassOperation, form: Any = None) -> None:
        self.request = request
        self.mass = mass
        self._form = form

    @property
    def title(self) -> str:
        gesture = self.mass.parameters.get("gesture", "")
        if self.mass.kind == "holds" and gesture in HOLD_TITLES:
            return HOLD_TITLES[gesture]
        return TITLES.get(self.mass.kind, self.mass.kind)

    @property
    def status(self) -> tuple[str, str]:
        """Key of the state's tone, and its word."""
        mass = self.mass
        states = {
            State.DRAFT: ("WAITING", _("En préparation")),
            State.CHECKING: ("STARTED", _("Contrôle en cours")),
            State.CHECKED: ("WAITING", _("À confirmer")),
            State.RUNNING: ("STARTED", ""),
            State.PAUSED: ("PAUSED", ""),
            State.CANCELLED: ("CANCELLED", _("Arrêtée")),
            State.FAILED: ("FATAL", ""),
        }
        return states.get(State(mass.state)) or (outcome_of(mass).name, "")

    @cached_property
    def author(self) -> str:
        names = account_names([self.mass.agent_id])
        return names.get(self.mass.agent_id, "") if self.mass.agent_id else ""

    @cached_property
    def form(self) -> Any:
        """What is asked, to be filled in; ``None`` when everything is known."""
        if self._form is not None:
            return self._form
        if self.mass.kind == "descriptions":
            return DescriptionsForm(
                patch=DescriptionPatch.from_json(self.mass.parameters.get("patch", {}))
            )
        if self.mass.kind == "holds" and "actions" not in self.mass.parameters:
            return HoldForm(initial={"start": clock.today()})
        return None

    @property
    def action_forms(self) -> list[Any]:
        """One small form for each thing that may be done to rules; the one just sent as it is."""
        sent = self._form
        forms = [
            sent if type(sent) is form else form(auto_id=f"id_{key}_%s")
            for key, form in ACTION_FORMS.items()
        ]
        if not may(self.request, Permission.UNIT_HOLD):
            forms = [one for one in forms if not isinstance(one, ChangeHoldForm)]
            for one in forms:
                one.leave_out(HOLD)
        return forms

    @cached_property
    def asked(self) -> list[str]:
        """What is asked, as sentences."""
        if self.mass.kind in ("rules", "holds"):
            about = self.mass.parameters.get("hold")
            said = [_("Gel en cause : %s") % hold_words(about)] if about else []
            return said + [words_of(action) for action in actions_in(self.mass.parameters)]
        if self.mass.kind == MOVES:
            return self._move_asked
        if self.mass.kind != "descriptions":
            return []
        patch = DescriptionPatch.from_json(self.mass.parameters.get("patch", {}))
        labels = {name: str(field.label) for name, field in editable_fields().items()}
        return [
            *(
                _("%(field)s : remplacer par « %(value)s »")
                % {"field": labels.get(name, name), "value": text[:200]}
                for name, text in patch.set.items()
            ),
            *(_("%s : effacer") % labels.get(name, name) for name in patch.clear),
            *(
                _("%(field)s : remplacer « %(pattern)s » par « %(value)s »")
                % {
                    "field": labels.get(one.field, one.field),
                    "pattern": one.pattern,
                    "value": one.replacement,
                }
                for one in patch.substitute
            ),
        ]

    @property
    def _move_asked(self) -> list[str]:
        if not has_destination(self.mass):
            return []
        to = Destination.of(self.mass)
        if to.target_id is None:
            return [_("Détacher de tout : les unités iront au sommet du classement.")]
        # Out of sight, the destination keeps its name to itself.
        titles = [unit.title for unit in units_by_ids([to.target_id])]
        where = {"title": titles[0] if titles else _("une position hors de votre vue")}
        if to.keep:
            return [_("Rattacher aussi sous « %(title)s », sans quitter la place.") % where]
        return [_("Ranger sous « %(title)s », en quittant la place actuelle.") % where]

    @property
    def actions(self) -> list[tuple[int, RuleAction, str]]:
        return [
            (place, action, words_of(action))
            for place, action in enumerate(actions_in(self.mass.parameters))
        ]

    # Outcomes -------------------------------------------------------------------------------

    @property
    def is_preview(self) -> bool:
        """What is shown is what would become of the units."""
        return not self.mass.is_launched

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.mass.preview if self.is_preview else self.mass.counts
        return counts

    @cached_property
    def figures(self) -> list[Figure]:
        """How many units by result; those that change first, those left aside after."""
        labels = kind_of(self.mass).labels
        shown = self.shown_key
        order = {key: place for place, key in enumerate(labels)}
        figures = []
        for key in sorted(self.counts, key=lambda one: order.get(one, len(order))):
            count = self.counts[key]
            words = result_words(self.mass, key, count)
            tone = "ok" if key in (UPDATED, MOVED) else "not-run" if key in _QUIET else "warning"
            figures.append(Figure(key, count, words, tone, f"?resultat={key}#unites", key == shown))
        return figures

    @property
    def would_change(self) -> int:
        return int(self.mass.preview.get(kind_of(self.mass).changed_key, 0))

    @property
    def refused(self) -> int:
        """How many units keep the others from moving; 0 for an act that leaves them aside."""
        if not kind_of(self.mass).whole:
            return 0
        return sum(count for key, count in self.mass.preview.items() if key in REFUSED)

    @property
    def below(self) -> int:
        """How many units went along with those moved: told to those who see them all."""
        if not current_sight().is_whole:
            return 0
        return int(self.mass.parameters.get("below", 0))

    @cached_property
    def shown_key(self) -> str:
        """The result whose units are listed: the one asked, else the first that is left aside."""
        asked = self.request.GET.get("resultat", "")
        if asked in self.counts:
            return asked
        aside = [key for key in self.counts if key not in _QUIET]
        return next(iter(aside), next(iter(self.counts), ""))

    @cached_property
    def entries(self) -> list[EntryLine]:
        """The first units that had the result listed."""
        chosen = list(islice(self._entries(), MOST_SHOWN))
        ids = [one for entry in chosen if (one := parse_id(entry[0])) is not None]
        titles = {str(unit.id): unit.title for unit in units_by_ids(ids)}
        return [
            EntryLine(
                title=titles.get(unit_id, unit_id),
                url=reverse("unit", args=[unit_id]) if unit_id in titles else "",
                status=status,
                words=result_words(self.mass, key),
                # What is out of sight is not told by its differences either.
                message=message if unit_id in titles else "",
            )
            for unit_id, status, key, message in chosen
        ]

    def _entries(self) -> Iterator[tuple[str, str, str, str]]:
        wanted = self.shown_key
        for entry in report_entries(self.mass, dry_run=self.is_preview):
            if entry[2] == wanted:
                yield entry

    @property
    def entries_left(self) -> int:
        return max(self.counts.get(self.shown_key, 0) - MOST_SHOWN, 0)

    # Course -----------------------------------------------------------------------------------

    @cached_property
    def waiting(self) -> Any:
        """The act's place in the queue while it waits for a worker."""
        if not self.mass.is_live or self.mass.done:
            return None
        job = job_of("mass_operation", self.mass.id)
        return queue_position(job) if job else None

    @property
    def remaining(self) -> dt.timedelta | None:
        """Estimated from the pace so far."""
        mass = self.mass
        if mass.state != State.RUNNING or not mass.done or mass.launched_at is None:
            return None
        spent = clock.now() - mass.launched_at
        return spent * ((mass.total - mass.done) / mass.done)

    @property
    def news(self) -> str:
        """What is said to readers who do not see the page change."""
        word = self.status[1] or ""
        return f"{self.title}, {word} {self.mass.done}/{self.mass.total}".strip()

    @cached_property
    def may_act(self) -> bool:
        return bool(may(self.request, ACTS[self.mass.kind].permission))

    @property
    def may_edit(self) -> bool:
        """What is asked can still be changed."""
        return self.may_act and self.mass.state in (State.DRAFT, State.CHECKED)

    @property
    def may_revert(self) -> bool:
        return self.may_act and may_be_reverted(self.mass)

    @property
    def operation_url(self) -> str:
        if not self.mass.is_launched or not may(self.request, Permission.JOURNAL_VIEW):
            return ""
        return reverse("operation", args=[self.mass.id])

    @property
    def back_url(self) -> str:
        """Where the selection came from."""
        if self.mass.query:
            return f"{reverse('search')}?{urlencode({'q': self.mass.query})}"
        return reverse("search")

    @cached_property
    def related_id(self) -> uuid.UUID | None:
        """The act undone by this one, or that undid it, if the reader may know of it."""
        found = parse_id(self.mass.parameters.get("of", "")) or self.mass.reverted_by
        if found is None or not acts_in_sight(self.request).filter(id=found).exists():
            return None
        return found
