"""A file of positions in two moments: what it would do is shown, then applied or given up."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from access.editing import services
from access.editing.forms import TYPES
from access.editing.tree_comparing import TreeChanges
from access.editing.tree_files import ANEW, KIND, NATURE, TreeDraft
from access.editing.views import MENU, MISPLACED, REFUSALS, actor_of, crumbs, under_of
from sae.holdings.moving import MoveRefusedError
from sae.holdings.planting import WrongPlaceError
from sae.holdings.projection import may_write
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import Writing
from sae.ui import exports, french
from tenants.access import may, requires
from tenants.models import ReferentialDraft
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


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """What a file of positions would add, change and move, or every fault by line."""
    tree = _tree(request, draft_id)
    if request.GET.get("export") in exports.FORMATS:
        return exports.export_response(
            _rows(tree.changes), title=_("Différences"), file_format=request.GET["export"]
        )
    changes = tree.changes
    refused = _refused(request, changes)
    context = {
        "tree": tree,
        "changes": changes,
        "faults": tree.faults[:MOST_SHOWN],
        "left": max(0, len(tree.faults) - MOST_SHOWN),
        "lines": [line for line, _rank in zip(_lines(changes), range(MOST_SHOWN), strict=False)],
        "hidden": max(0, changes.total - MOST_SHOWN),
        "counts": [
            (_("Ajoutées"), len(changes.added)),
            (_("Modifiées"), len(changes.redescribed)),
            (_("Déplacées"), len(changes.moved)),
            (_("Inchangées"), changes.unchanged),
        ],
        "refused": refused,
        "may_apply": bool(changes.total) and not refused,
        "apply_url": tree.url("tree_draft_apply"),
        "lines_url": tree.url("tree_draft_lines") if len(tree.faulty_lines()) > 1 else "",
        "faults_url": tree.url("tree_draft_faults") if tree.faults else "",
        "export_url": f"{tree.url()}&export=csv",
        "breadcrumb": crumbs((tree.draft.file_name, "")),
    }
    return render(request, "access/editing/tree_draft.html", context)


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def tree_draft_apply(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Make, describe and move positions as was shown, in one operation."""
    tree = _tree(request, draft_id)
    if reason := _refused(request, tree.changes):
        raise PermissionDenied(reason)
    if request.POST.get("vu") != tree.changes.seen or not tree.changes.total:
        messages.warning(
            request,
            _("Le classement a changé entre-temps : relisez ce qui serait fait, puis appliquez."),
        )
        return redirect(tree.url())
    try:
        made = services.apply_tree(tree.changes, sha512=tree.sha512, actor=actor_of(request))
    except WrongPlaceError as wrong:
        messages.error(request, MISPLACED[wrong.reason])
        return redirect(tree.url())
    except MoveRefusedError as refused:
        for one in refused.refusals:
            messages.error(request, REFUSALS[one.reason])
        return redirect(tree.url())
    tree.draft.delete()
    total = tree.changes.total
    words = ngettext("%(n)s changement appliqué.", "%(n)s changements appliqués.", total)
    messages.success(request, words % {"n": french.number(total)})
    return redirect("unit", next(iter(made.values()), None) or tree.changes.touched[0])


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def tree_draft_discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Give up a file: nothing changed, nothing is kept."""
    _draft(draft_id).delete()
    messages.success(request, _("L’import est abandonné : rien n’a changé."))
    return redirect("classification_build")


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft_lines(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """The faulty lines of a CSV with their faults, to be corrected and imported again."""
    rows = _tree(request, draft_id).faulty_lines()
    if len(rows) < 2:
        raise Http404
    return exports.export_response(rows, title=_("Lignes à corriger"), file_format="csv")


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft_faults(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Every fault of a file with its line."""
    tree = _tree(request, draft_id)
    if not tree.faults:
        raise Http404
    rows = [[one.line or "", one.words] for one in tree.faults]
    return exports.export_response(
        [[_("Ligne"), _("Anomalie")], *rows],
        title=_("Anomalies %s") % tree.draft.file_name,
        file_format="csv",
    )


def _draft(draft_id: uuid.UUID) -> ReferentialDraft:
    draft: ReferentialDraft | None = ReferentialDraft.objects.filter(id=draft_id, kind=KIND).first()
    if draft is None:
        raise Http404
    return draft


def _tree(request: HttpRequest, draft_id: uuid.UUID) -> TreeDraft:
    nature = request.GET.get(NATURE, "")
    known = [str(value) for value, _label in TYPES]
    return TreeDraft(
        _draft(draft_id),
        under=under_of(request),
        unit_type=nature if nature in known else known[0],
        anew=request.GET.get(ANEW) == "1",
    )


def _refused(request: HttpRequest, changes: TreeChanges) -> str:
    """Return why the reader may not have positions of the coffre changed, empty when he may."""
    touched = changes.touched
    if (changes.moved and not may(request, Permission.UNIT_MOVE)) or (
        changes.redescribed and not may(request, Permission.UNIT_EDIT)
    ):
        return _("Vos profils ne permettent pas de modifier ou déplacer des positions existantes.")
    if len(may_write(touched, Writing.ALL)) < len(touched):
        return _("Votre contrat d’accès ne permet pas de modifier toutes ces positions.")
    return ""


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


def _rows(changes: TreeChanges) -> Iterator[list[str]]:
    words = {"added": _("ajoutée"), "changed": _("modifiée"), "moved": _("déplacée")}
    yield [_("Identifiant"), _("Intitulé"), _("Changement"), _("Champ"), _("Avant"), _("Après")]
    for identifier, title, nature, fields in _lines(changes):
        for label, before, after in fields:
            yield [identifier, title, words[nature], label, before, after]


_VIEWS: tuple[Any, ...] = (tree_draft,)
for _view in _VIEWS:
    _view.menu = MENU
