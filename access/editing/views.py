"""Screens of the classification: build it, move what it holds, take away what holds nothing."""

import uuid
from collections.abc import Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access.editing import services, tree_jobs
from access.editing.forms import PackageForm, PositionForm, TreeFileForm
from access.editing.picking import places
from access.editing.tree_csv import read_tree
from access.editing.tree_files import TreeDraft, keep_tree
from access.editing.words import BLOCKERS, MISPLACED, REFUSALS
from access.fetching import unit_or_404
from sae.holdings.models import ROOT, ArchiveUnit
from sae.holdings.moving import MoveRefusedError
from sae.holdings.planting import Position, WrongPlaceError, branch_ids
from sae.holdings.projection import may_write
from sae.holdings.selectors.tree import children
from sae.holdings.selectors.units import shown_among, units_by_ids
from sae.holdings.sight import Writing
from sae.kernel.identifiers import parse_id
from sae.ui import french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.permissions import Permission

MENU = "classement"


def actor_of(request: HttpRequest) -> services.Actor:
    """Return who acts, for the journal."""
    return services.Actor(account_of(request).id, correlation_id())


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """Return the path of a page of the classification."""
    return [(_("Classement"), reverse("classification")), *steps]


@requires(Permission.CLASSIFICATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: HttpRequest) -> HttpResponseBase:
    """The trees and plans of the coffre, and a file of positions to bring in."""
    under = under_of(request)
    posted = request.method == "POST"
    form = TreeFileForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"unit_type": under.unit_type if under else "HOLDING_UNIT"},
    )
    if posted and form.is_valid():
        draft = keep_tree(form.cleaned_data["file"], form, account_id=account_of(request).id)
        if draft is not None:
            tree = TreeDraft(draft, under=under, unit_type=form.cleaned_data["unit_type"])
            if tree_jobs.is_large(draft):
                tree_jobs.ask_comparison(tree, actor=actor_of(request))
            return redirect(tree.url())
    tops = children(ROOT, after=request.GET.get("suite", ""))
    context = {
        "form": form,
        "under": under,
        "tops": tops.items,
        "next_tops": urlencode({"suite": tops.next_after}) if tops.next_after else "",
        "package_form": PackageForm(),
        "breadcrumb": crumbs((_("Construire"), "")),
    }
    return render(request, "access/editing/build.html", context)


def under_of(request: HttpRequest) -> ArchiveUnit | None:
    """Return the unit under which one works (``sous``), if any."""
    asked = request.POST.get("sous") or request.GET.get("sous", "")
    unit_id = parse_id(asked)
    return unit_or_404(unit_id) if unit_id else None


@requires(Permission.CLASSIFICATION_EDIT)
@require_POST
def build_template(request: HttpRequest) -> HttpResponseBase:
    """Make the tree of a town from the platform's template, to be adapted."""
    content = resources.files("tenants.starter").joinpath("classification.csv").read_bytes()
    file = read_tree(content, under=None, unit_type="HOLDING_UNIT")
    made = services.create_positions(file.positions, actor=actor_of(request))
    messages.success(request, _("L’arbre type est créé : adaptez-le à votre commune."))
    return _page_of(request, made[file.positions[0].key], under=None)


def _page_of(
    request: HttpRequest, unit_id: uuid.UUID, *, under: ArchiveUnit | None
) -> HttpResponseBase:
    """Go to what was just made, or back to where it stands when contracts do not show it.

    A position made on screen belongs to no agency: a contract by agencies shows none of them.
    """
    if unit_id in shown_among([unit_id]):
        return redirect("unit", unit_id)
    messages.warning(
        request,
        _(
            "Vos contrats d’accès ne vous la montrent pas : une position n’a pas de service "
            "producteur. Demandez que votre contrat montre les plans et les arbres."
        ),
    )
    return redirect("unit", under.id) if under else redirect("classification_build")


@requires(Permission.CLASSIFICATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def position_create(request: HttpRequest) -> HttpResponseBase:
    """Add a position at the root, or under a unit (``sous``)."""
    under = under_of(request)
    initial = {"unit_type": under.unit_type if under else "HOLDING_UNIT", "level": "RecordGrp"}
    form = PositionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        one = Position(
            "new",
            form.cleaned_data["unit_type"],
            form.content(),
            under.id if under else None,
        )
        try:
            made = services.create_positions([one], actor=actor_of(request))
        except WrongPlaceError as wrong:
            form.add_error("unit_type", MISPLACED[wrong.reason])
        else:
            messages.success(
                request, _("« %(title)s » est créée.") % {"title": form.cleaned_data["title"]}
            )
            if "encore" in request.POST:
                query = f"?sous={under.id}" if under else ""
                return redirect(f"{reverse('position_create')}{query}")
            return _page_of(request, made["new"], under=under)
    context = {
        "form": form,
        "under": under,
        "breadcrumb": crumbs((_("Ajouter une position"), "")),
    }
    return render(request, "access/editing/position.html", context)


@requires(Permission.CLASSIFICATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponseBase:
    """Put what a position holds under another, and take it away."""
    unit = _position(unit_id)
    target_id = parse_id(request.POST.get("vers") or request.GET.get("vers", ""))
    target = unit_or_404(target_id) if target_id else None
    # Before anything is counted: what follows speaks of all that the position holds.
    demand_writing(
        services.merged_ids(unit.id) if target or request.method == "POST" else [unit.id]
    )
    refusals: list[Any] = []
    if request.method == "POST" and target is not None:
        try:
            count = services.merge_positions(unit.id, target.id, actor=actor_of(request))
        except MoveRefusedError as refused:
            refusals = [REFUSALS[one.reason] for one in refused.refusals]
        except LookupError:
            refusals = [_("La position a des fichiers, un gel la retient ou un contrat la nomme.")]
        else:
            messages.success(
                request,
                _("« %(title)s » est fusionnée : %(count)s.")
                % {"title": unit.title, "count": french.count(count, "contenu", "contenus")},
            )
            return redirect("unit", target.id)
    text = request.GET.get("q", "").strip()
    context = {
        "unit": unit,
        "target": target,
        "refusals": refusals,
        "text": text,
        "places": places(text, types=["HOLDING_UNIT", "FILING_UNIT"], without=[unit.id]),
        "breadcrumb": crumbs((unit.title, reverse("unit", args=[unit.id])), (_("Fusionner"), "")),
    }
    return render(request, "access/editing/merge.html", context)


@requires(Permission.CLASSIFICATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def branch_delete(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponseBase:
    """Take away a branch that holds nothing, or say what it holds.

    Who does not see it whole, or may not write all of it, is refused in the same words, before
    anything of it is counted or named: that something is there can only be guessed from them.
    """
    unit = _position(unit_id)
    demand_writing(branch_ids(unit.id))
    blockers = services.blockers_of(unit.id)
    contracts = services.named_by(unit.id)
    count = unit.descendant_count + 1
    wrong = False
    if request.method == "POST" and not blockers and not contracts:
        if request.POST.get("nombre", "").strip() == str(count):
            services.delete_branch(unit.id, actor=actor_of(request))
            words = _("La branche « %(title)s » est supprimée.") % {"title": unit.title}
            messages.success(request, words)
            parent = next(iter(units_by_ids(unit.parents)), None)
            return redirect("unit", parent.id) if parent else redirect("classification_build")
        wrong = True
    context = {
        "unit": unit,
        "count": count,
        "blockers": [
            (BLOCKERS[one.reason], one.count, units_by_ids(one.units)) for one in blockers
        ],
        "contracts": contracts,
        "wrong": wrong,
        "breadcrumb": crumbs((unit.title, reverse("unit", args=[unit.id])), (_("Supprimer"), "")),
    }
    return render(request, "access/editing/delete.html", context)


def demand_writing(unit_ids: Sequence[uuid.UUID]) -> None:
    """Raise ``PermissionDenied`` when the contract does not let one move or remove them all."""
    if len(may_write(unit_ids, Writing.ALL)) < len(unit_ids):
        raise PermissionDenied(
            _("Votre contrat d’accès ne permet pas de modifier toutes ces unités.")
        )


def _position(unit_id: uuid.UUID) -> ArchiveUnit:
    """Return a position of a tree or a plan; archives are not built here."""
    unit = unit_or_404(unit_id)
    if unit.unit_type == ArchiveUnit.Type.INGEST:
        raise Http404
    return unit


_VIEWS: tuple[Any, ...] = (build, position_create, merge, branch_delete)
for _view in _VIEWS:
    _view.menu = MENU
