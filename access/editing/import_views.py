"""A file of positions in two moments: what it would do is shown, then applied or given up."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from access.editing import services, tree_jobs
from access.editing.forms import TYPES
from access.editing.streaming import streamed
from access.editing.tree_files import ANEW, KIND, NATURE, TreeDraft
from access.editing.tree_telling import difference_rows, fault_rows
from access.editing.views import MENU, actor_of, crumbs, under_of
from access.editing.words import MISPLACED, REFUSALS
from sae.holdings.moving import MoveRefusedError
from sae.holdings.planting import WrongPlaceError
from sae.holdings.sight import current_sight
from sae.kernel import clock
from sae.ui import errors, exports, french
from tenants.access import account_of, may, requires
from tenants.models import ReferentialDraft
from tenants.permissions import Permission


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """What a file of positions would add, change and move, or every fault by line."""
    tree = _tree(request, draft_id)
    if request.GET.get("export") in exports.FORMATS and tree.content:
        return _differences(request, tree)
    told = tree_jobs.told_of(tree, reader=account_of(request).id)
    if told is None:
        return render(request, "access/editing/tree_draft_work.html", _work(tree))
    refused = told.refused(partial(may, request))
    is_large = tree_jobs.is_large(tree.draft)
    context = {
        "tree": tree,
        "changes": told,
        "faults": told.faults,
        "left": told.fault_count - len(told.faults),
        "lines": told.lines,
        "hidden": told.total - len(told.lines),
        "counts": [
            (_("Ajoutées"), told.added),
            (_("Modifiées"), told.redescribed),
            (_("Déplacées"), told.moved),
            (_("Inchangées"), told.unchanged),
        ],
        "warnings": [*tree_jobs.warnings_of(tree.draft), *([refused] if refused else [])],
        "may_apply": bool(told.total) and not refused,
        "apply_url": tree.url("tree_draft_apply"),
        "compare_url": tree.url("tree_draft_compare") if is_large else "",
        "other_url": tree.other_url("tree_draft_compare" if is_large else "tree_draft"),
        "lines_url": tree.url("tree_draft_lines") if told.has_faulty_lines else "",
        "faults_url": tree.url("tree_draft_faults") if told.fault_count else "",
        "export_url": f"{tree.url()}&export=csv",
        "breadcrumb": crumbs((tree.draft.file_name, "")),
    }
    return render(request, "access/editing/tree_draft.html", context)


def _differences(request: HttpRequest, tree: TreeDraft) -> HttpResponseBase:
    """Return the differences to take away. As CSV they may be of any length."""
    if request.GET["export"] == "csv":
        return _as_csv(request, lambda: difference_rows(tree), title=_("Différences"))
    try:
        return exports.export_response(
            difference_rows(tree), title=_("Différences"), file_format=request.GET["export"]
        )
    except exports.TooManyLinesError:
        sentence = _("Ces différences dépassent %s lignes : prenez-les en CSV.")
        return errors.refusal(request, sentence % french.number(exports.MOST_LINES))


def _as_csv(
    request: HttpRequest, rows: Callable[[], Iterator[Sequence[Any]]], *, title: str
) -> HttpResponseBase:
    """Return rows as they are found: a large file takes longer to compare than to answer."""
    return streamed(
        request,
        lambda: exports.csv_pieces(rows()),
        name=f"{slugify(title)}-{clock.today():%Y-%m-%d}.csv",
        content_type="text/csv; charset=utf-8",
    )


def _work(tree: TreeDraft) -> dict[str, Any]:
    """Return what the page tells while a job has the file in hand, once it is over."""
    draft = tree.draft
    return {
        "tree": tree,
        "draft": draft,
        "is_live": draft.state in tree_jobs.LIVE,
        "step": tree_jobs.step_of(draft),
        "reason": draft.told.get("reason", ""),
        "applied": draft.told if draft.state == tree_jobs.State.APPLIED else None,
        "compare_url": tree.url("tree_draft_compare"),
        "live_url": tree.url("tree_draft_live"),
        "breadcrumb": crumbs((draft.file_name, "")),
    }


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft_live(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Where the job is; once it is over, the page is read again."""
    tree = _tree(request, draft_id, with_content=False)
    if tree.draft.state not in tree_jobs.LIVE:
        return HttpResponse(headers={"HX-Redirect": tree.url()})
    return render(request, "access/editing/tree_draft_progress.html", _work(tree))


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def tree_draft_compare(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Have a large file compared with the classification as it now is."""
    tree = _tree(request, draft_id)
    tree_jobs.ask_comparison(tree, actor=actor_of(request))
    return redirect(tree.url())


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def tree_draft_apply(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Make, describe and move positions as was shown, in one operation."""
    tree = _tree(request, draft_id)
    told = tree_jobs.told_of(tree, reader=account_of(request).id)
    if told is None:
        return redirect(tree.url())
    if reason := told.refused(partial(may, request)):
        raise PermissionDenied(reason)
    if request.POST.get("vu") != told.seen or not told.total:
        messages.warning(request, tree_jobs.CHANGED)
        return redirect(tree.url())
    if tree_jobs.is_large(tree.draft):
        tree_jobs.ask_application(tree, told, actor=actor_of(request))
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
    words = ngettext("%(n)s changement appliqué.", "%(n)s changements appliqués.", told.total)
    messages.success(request, words % {"n": french.number(told.total)})
    return redirect("unit", next(iter(made.values()), None) or tree.changes.touched[0])


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def tree_draft_discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Give up a file: nothing changed, nothing is kept."""
    draft = _draft(request, draft_id, with_content=False)
    if draft.state == tree_jobs.State.APPLYING:
        messages.warning(request, _("Le fichier est en train d’être appliqué : attendez la fin."))
        return redirect("classification_build")
    was_applied = draft.state == tree_jobs.State.APPLIED
    draft.delete()
    if not was_applied:
        messages.success(request, _("L’import est abandonné : rien n’a changé."))
    return redirect("classification_build")


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft_lines(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """The faulty lines of a CSV with their faults, to be corrected and imported again."""
    tree = _tree(request, draft_id)
    told = tree_jobs.told_of(tree, reader=account_of(request).id)
    if told is None or not told.has_faulty_lines:
        raise Http404
    return _as_csv(request, lambda: iter(tree.faulty_lines()), title=_("Lignes à corriger"))


@requires(Permission.CLASSIFICATION_EDIT)
@require_GET
def tree_draft_faults(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Every fault of a file with its line."""
    tree = _tree(request, draft_id)
    told = tree_jobs.told_of(tree, reader=account_of(request).id)
    if told is None or not told.fault_count:
        raise Http404
    title = _("Anomalies %s") % tree.draft.file_name
    return _as_csv(request, lambda: fault_rows(tree), title=title)


def _draft(
    request: HttpRequest, draft_id: uuid.UUID, *, with_content: bool = True
) -> ReferentialDraft:
    """Return a file kept: one's own, or anybody's to those who see everything."""
    rows = ReferentialDraft.objects.filter(id=draft_id, kind=KIND)
    if not current_sight().is_whole:
        rows = rows.filter(agent_id=account_of(request).id)
    draft: ReferentialDraft | None = (rows if with_content else rows.defer("content")).first()
    if draft is None:
        raise Http404
    return draft


def _tree(request: HttpRequest, draft_id: uuid.UUID, *, with_content: bool = True) -> TreeDraft:
    nature = request.GET.get(NATURE, "")
    known = [str(value) for value, _label in TYPES]
    return TreeDraft(
        _draft(request, draft_id, with_content=with_content),
        under=under_of(request),
        unit_type=nature if nature in known else known[0],
        anew=request.GET.get(ANEW) == "1",
    )


_VIEWS: tuple[Any, ...] = (tree_draft,)
for _view in _VIEWS:
    _view.menu = MENU
