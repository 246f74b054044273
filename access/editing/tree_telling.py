"""What a file of positions would do, told: to be shown now, or kept until it is looked at."""

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from access.editing.tree_comparing import TreeChanges
from access.editing.tree_csv import Fault
from access.editing.tree_files import TreeDraft
from sae.holdings.projection import may_write
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import Writing
from tenants.permissions import Permission
from tenants.referentials.labels import value_in_words

MOST_SHOWN = 300
Line = tuple[str, str, str, list[tuple[str, str, str]]]
"""Identifier, title, nature of the change, and what changes: label, before, after."""
_FIELDS = {
    "Title": "Intitulé",
    "DescriptionLevel": "Niveau",
    "Description": "Description",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A comparison as a page shows it: figures, and the first of the lines and of the faults.

    ``seen`` is the digest of all the changes; ``is_writable`` tells whether the contract of who
    compared lets every position be changed.
    """

    seen: str = ""
    added: int = 0
    redescribed: int = 0
    moved: int = 0
    unchanged: int = 0
    known: int = 0
    left_out: int = 0
    is_writable: bool = True
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    has_faulty_lines: bool = False

    @property
    def total(self) -> int:
        return self.added + self.redescribed + self.moved

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Told":
        return cls(**{**value, "faults": [Fault(**one) for one in value["faults"]]})

    def refused(self, has: Callable[[Permission], object]) -> str:
        """Return why somebody may not have this applied, empty when they may."""
        if (self.moved and not has(Permission.UNIT_MOVE)) or (
            self.redescribed and not has(Permission.UNIT_EDIT)
        ):
            return _(
                "Vos profils ne permettent pas de modifier ou déplacer des positions existantes."
            )
        if not self.is_writable:
            return _("Votre contrat d’accès ne permet pas de modifier toutes ces positions.")
        return ""


def tell(tree: TreeDraft) -> Told:
    """Compare a file with the classification in sight, and tell."""
    changes, faults = tree.changes, tree.faults
    touched = changes.touched
    return Told(
        seen=changes.seen,
        added=len(changes.added),
        redescribed=len(changes.redescribed),
        moved=len(changes.moved),
        unchanged=changes.unchanged,
        known=changes.known,
        left_out=tree.left_out,
        is_writable=len(may_write(touched, Writing.ALL)) == len(touched),
        fault_count=len(faults),
        faults=faults[:MOST_SHOWN],
        lines=[line for line, _rank in zip(_lines(changes), range(MOST_SHOWN), strict=False)],
        has_faulty_lines=len(tree.faulty_lines()) > 1,
    )


def difference_rows(tree: TreeDraft) -> Iterator[list[str]]:
    """Yield the whole of the differences as an export writes it, its header before comparing."""
    words = {"added": _("ajoutée"), "changed": _("modifiée"), "moved": _("déplacée")}
    yield [_("Identifiant"), _("Intitulé"), _("Changement"), _("Champ"), _("Avant"), _("Après")]
    for identifier, title, nature, fields in _lines(tree.changes):
        for label, before, after in fields:
            yield [identifier, title, words[nature], label, before, after]


def fault_rows(tree: TreeDraft) -> Iterator[list[Any]]:
    """Yield every fault of a file with its line, the header before comparing."""
    yield [_("Ligne"), _("Anomalie")]
    for one in tree.faults:
        yield [one.line or "", one.words]


def _lines(changes: TreeChanges) -> Iterator[Line]:
    """Yield what would change, position by position: moved, described otherwise, then added."""
    titles: dict[Any, str] = {one.key: str(one.content.get("Title", "")) for one in changes.added}
    named = {one.target for one in changes.moved if isinstance(one.target, uuid.UUID)}
    named |= {unit_id for one in changes.moved for unit_id in one.detach}
    named |= {one.parent for one in changes.added if isinstance(one.parent, uuid.UUID)}
    titles |= {unit.id: unit.title for unit in units_by_ids(list(named))}
    for moved in changes.moved:
        before = ", ".join(titles.get(one, "") for one in moved.detach)
        place = (_("Place"), before, titles.get(moved.target, ""))
        yield str(moved.unit_id), moved.title, "moved", [place]
    for described in changes.redescribed:
        fields = [
            (_FIELDS.get(name, name), value_in_words(described.before[name]), value_in_words(value))
            for name, value in described.after.items()
        ]
        yield str(described.unit_id), described.title, "changed", fields
    for one in changes.added:
        place = (_("Place"), "", titles.get(one.parent, "") if one.parent else _("au sommet"))
        yield str(one.key), str(one.content.get("Title", "")), "added", [place]
