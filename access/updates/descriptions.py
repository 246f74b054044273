"""Descriptions: what becomes of one unit. The same decision for the dry run and for the act.

A change keeps the fields it does not name. What results is judged as a deposit judges it: schema,
dates, unit profile. Source: reference system, mass update of descriptive metadata (§3.3).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from access.updates.fields import Content, Field, FieldFault, editable_fields
from access.updates.sentences import sentences_of
from sae.holdings.mass import CHANGED_SINCE, Decision
from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.unit_schema import UnitSchema
from sae.holdings.unit_states import UnitState
from sae.holdings.updating import UnitChange
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.scope import current_tenant_id
from tenants.selectors.ingest import ontology_types
from tenants.selectors.unit_profile_check import UnitProfiles

UPDATED = "UNIT_METADATA_UPDATE"
NO_CHANGES = "UNIT_METADATA_NO_CHANGES"
INVALID = "CHECK_UNIT_SCHEMA"
LIFE_CYCLE = "LFC.UNIT_METADATA_UPDATE"
LONGEST_PATTERN = 200
LONGEST_TOLD = 120


@dataclass(frozen=True, slots=True)
class Substitution:
    """What is searched and what replaces it in the texts of one field (a regular expression)."""

    field: str
    pattern: str
    replacement: str


@dataclass(frozen=True, slots=True)
class DescriptionPatch:
    """What is asked: texts to put, fields to clear, texts to substitute. The rest is kept."""

    set: Mapping[str, str] = field(default_factory=dict)
    clear: Sequence[str] = ()
    substitute: Sequence[Substitution] = ()
    _values: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What the texts say, read once for all the units."""

    def as_json(self) -> dict[str, Any]:
        return {
            "set": dict(self.set),
            "clear": list(self.clear),
            "substitute": [[one.field, one.pattern, one.replacement] for one in self.substitute],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "DescriptionPatch":
        return cls(
            set=value.get("set", {}),
            clear=value.get("clear", ()),
            substitute=[Substitution(*one) for one in value.get("substitute", ())],
        )

    @property
    def is_empty(self) -> bool:
        return not (self.set or self.clear or self.substitute)

    @property
    def names(self) -> list[str]:
        """The fields at stake, once each."""
        named = [*self.set, *self.clear, *(one.field for one in self.substitute)]
        return list(dict.fromkeys(named))

    def applied(self, content: Content, fields: Mapping[str, Field]) -> Content:
        """Return the content once changed. Raises ``FieldFault``."""
        changed = content
        for name, text in self.set.items():
            here = fields[name]
            if here.depends_on_content:
                changed = here.set_in(changed, text)
                continue
            if name not in self._values:
                self._values[name] = here.read(text, {})
            changed = here.put_in(changed, self._values[name])
        for name in self.clear:
            changed = fields[name].cleared_in(changed)
        for one in self.substitute:
            here = fields[one.field]
            before = here.text_in(changed)
            after = re.sub(one.pattern, one.replacement, before)
            if after != before:
                changed = here.set_in(changed, after)
        return changed


_NESTED = re.compile(r"\([^)]*[*+}][^)]*\)\s*[*+{]")


def fault_of_pattern(pattern: str, replacement: str) -> str:
    """Return what is wrong with a substitution, '' when nothing is.

    A repetition inside a repetition may take for ever on a text made for it: it is refused.
    """
    if len(pattern) > LONGEST_PATTERN:
        return _("Cette expression dépasse %s caractères.") % LONGEST_PATTERN
    if _NESTED.search(pattern):
        return _("Une répétition dans une répétition n’est pas admise.")
    try:
        compiled = re.compile(pattern)
        re.sub(compiled, replacement, "")
        compiled.sub(replacement, "x")
        if compiled.groups < max(map(int, re.findall(r"\\(\d+)", replacement)), default=0):
            return _("Le remplacement cite un groupe qui n’existe pas.")
    except (re.error, IndexError) as error:
        return _("Cette expression ne se lit pas : %s.") % error
    return ""


class DescriptionJudge:
    """Judges descriptions against the schema, ontology and unit profiles of the coffre in scope."""

    def __init__(self) -> None:
        self._schema = UnitSchema(ontology_types())
        self._profiles = UnitProfiles(current_tenant_id())

    def judged(self, state: UnitState, content: Content) -> tuple[Content, list[Problem]]:
        """Return the content as a deposit would keep it, and every fault."""
        content, _nothing, problems = self._schema.check(content, {})
        if not problems and state.profile:
            problems = self._profiles.check(state.profile, content, state.management)
        return content, problems


def plan_descriptions(
    mass: MassOperation, batch: MassBatch, units: Sequence[UnitState]
) -> list[Decision]:
    """Decide for the units of a batch: the same change for all (``parameters["patch"]``)."""
    planner = DescriptionPlanner()
    patch = DescriptionPatch.from_json(mass.parameters.get("patch", {}))
    return [planner.decision(state, patch) for state in units]


def plan_own_descriptions(
    _mass: MassOperation, batch: MassBatch, units: Sequence[UnitState]
) -> list[Decision]:
    """Decide for units which each have a change of their own, made on a known version.

    ``batch.inputs``: ``{unit: {"version": n, "patch": …, "fault": …}}``.
    """
    planner = DescriptionPlanner()
    decisions = []
    for state in units:
        asked = batch.inputs[str(state.id)]
        if asked.get("fault"):
            decisions.append(Decision(state.id, Outcome.KO, INVALID, asked["fault"]))
            continue
        decision = planner.decision(state, DescriptionPatch.from_json(asked["patch"]))
        told = planner.told(state, decision)
        if asked["version"] != state.version:
            sentence = _("Modifiée par ailleurs depuis : rien n’est écrasé.")
            if told.change is not None:
                sentence = f"{sentence} {_('Il était demandé :')} {told.message}"
            told = Decision(state.id, Outcome.KO, CHANGED_SINCE, sentence)
        decisions.append(told)
    return decisions


class DescriptionPlanner:
    """Decides what becomes of descriptions; reads the referentials once."""

    def __init__(self) -> None:
        self._judge = DescriptionJudge()
        self._fields = editable_fields()

    def decision(self, state: UnitState, patch: DescriptionPatch) -> Decision:
        """Return what becomes of one unit."""
        try:
            wanted = patch.applied(state.content, self._fields)
        except FieldFault as fault:
            return Decision(state.id, Outcome.KO, INVALID, str(fault))
        except KeyError as name:
            sentence = _("Le champ %s n’est plus au référentiel des champs.") % name
            return Decision(state.id, Outcome.KO, INVALID, sentence)
        if wanted == state.content:
            return Decision(state.id, Outcome.OK, NO_CHANGES)
        content, problems = self._judge.judged(state, wanted)
        if problems:
            return Decision(state.id, Outcome.KO, INVALID, sentences_of(problems))
        return changed_description(state, content)

    def told(self, state: UnitState, decision: Decision) -> Decision:
        """Return a decision with its differences in words: « Intitulé : « a » devient « b » »."""
        if decision.change is None or decision.change.content is None:
            return decision
        after = decision.change.content
        words = [
            _("%(field)s : « %(before)s » devient « %(after)s »")
            % {
                "field": one.label,
                "before": _cut(one.text_in(state.content)),
                "after": _cut(one.text_in(after)),
            }
            for one in self._fields.values()
            if one.text_in(state.content) != one.text_in(after)
        ]
        return replace(decision, message=" · ".join(words))


def _cut(text: str) -> str:
    words = " ; ".join(text.split("\n"))
    return words if len(words) <= LONGEST_TOLD else f"{words[:LONGEST_TOLD]}…"


def changed_description(state: UnitState, content: Content) -> Decision:
    """Return the decision that writes ``content``, with what puts the unit back as it is."""
    before = state.content
    names = sorted(name for name in {*before, *content} if before.get(name) != content.get(name))
    if not names:
        return Decision(state.id, Outcome.OK, NO_CHANGES)
    undo = {name: before.get(name) for name in names}
    return Decision(
        state.id,
        Outcome.OK,
        UPDATED,
        change=UnitChange(state, LIFE_CYCLE, content=content, fields=names),
        undo=undo,
        over=orjson.dumps(undo, option=orjson.OPT_SORT_KEYS),
    )
