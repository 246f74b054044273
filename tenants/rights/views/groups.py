"""Screens of groups: the profiles they carry, their level."""

import uuid
from collections.abc import Sequence
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.tenancy.models import Tenant
from sae.ui.lists import Empty, ListView
from sae.ui.tables import DayColumn, NumberColumn, Table, TitleColumn
from tenants.access import account_of, in_organisation, may, organisation_of, requires, rights_in
from tenants.models.rights import Group, Profile
from tenants.permissions import Permission
from tenants.rights.administering import KEY
from tenants.rights.composing import create_group, delete_group, update_group
from tenants.rights.effective import known_permissions
from tenants.rights.forms import GroupForm
from tenants.rights.levels import any_may_act_on
from tenants.rights.reach import MANAGING, PLACING, profiles_in_reach
from tenants.rights.rows import RowFilters, Rows
from tenants.rights.segregation import conflicts_among
from tenants.rights.selectors import (
    MemberRow,
    coffres_of,
    deposits_word,
    group_rows,
    history,
    level_word,
    member_rows,
    sight_word,
)
from tenants.rights.views.profiles import REFUSED
from tenants.rights.views.proposals import pending_on
from tenants.security.recent import recently_authenticated

MENU = "groups"


class GroupTable(Table):
    caption = gettext_lazy("Groupes de l’organisation")

    name = TitleColumn(verbose_name=gettext_lazy("Nom"), note="description")
    profiles = django_tables2.Column(verbose_name=gettext_lazy("Profils"), orderable=False)
    coffres = django_tables2.Column(verbose_name=gettext_lazy("Coffres"), orderable=False)
    level = django_tables2.Column(verbose_name=gettext_lazy("Niveau"))
    members = NumberColumn(verbose_name=gettext_lazy("Membres"))
    next_end = DayColumn(verbose_name=gettext_lazy("Prochaine fin"))

    class Meta:
        attrs = {"class": "table"}

    def render_profiles(self, value: Sequence[str]) -> str:
        return ", ".join(value)

    value_profiles = render_profiles

    def render_coffres(self, value: Sequence[str]) -> str:
        return ", ".join(value)

    value_coffres = render_coffres


class GroupFilters(RowFilters):
    quick_label = gettext_lazy("Chercher un groupe")
    quick_texts = staticmethod(  # type: ignore[assignment]
        lambda row: (row.name, row.description, *row.profiles, *row.coffres)
    )
    keeps = {
        "membres": lambda row, value: bool(row.members) == (value == "oui"),
        "coffre": lambda row, value: value in row.coffres,
    }

    coffre = django_filters.ChoiceFilter(
        label=gettext_lazy("Coffre"), empty_label=gettext_lazy("Tous"), choices=[]
    )
    membres = django_filters.ChoiceFilter(
        label=gettext_lazy("A des membres"),
        empty_label=gettext_lazy("Peu importe"),
        choices=[("oui", gettext_lazy("oui")), ("non", gettext_lazy("non"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.form.fields["coffre"]
        choices.choices = [
            (one.name, one.name) for one in coffres_of(organisation_of(kwargs["request"]))
        ]


class GroupList(ListView):
    """Groups, by name."""

    menu = MENU
    template_name = "tenants/rights/group_list.html"
    title = gettext_lazy("Groupes")
    facts = gettext_lazy("Un compte a les droits de ses groupes, jusqu’à la date donnée.")
    noun = ("groupe", "groupes")
    table_class = GroupTable
    filterset_class = GroupFilters
    order_by = ("name",)
    empty = Empty(
        gettext_lazy("Aucun groupe dans cette organisation."),
        gettext_lazy("Créer un groupe"),
        "group_new",
    )

    def get_queryset(self) -> Any:
        coffres = coffres_of(organisation_of(self.request))
        with in_organisation(self.request):
            return Rows(group_rows(coffres), Group)

    def get_context(self, **context: Any) -> dict[str, Any]:
        context["manages"] = bool(may(self.request, Permission.RIGHT_MANAGE))
        context["delegates"] = bool(may(self.request, Permission.RIGHT_DELEGATE))
        return context


def crumbs(*steps: tuple[Any, str]) -> Sequence[tuple[Any, str]]:
    return [(GroupList.title, reverse("groups")), *steps]


@requires(Permission.RIGHT_VIEW)
@require_GET
def group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """One group: its members and their ends, its profiles, its changes."""
    coffres = {one.id: one for one in coffres_of(organisation_of(request))}
    with in_organisation(request):
        row = group_or_404(group_id)
        profiles = list(Profile.objects.filter(carriers__group=row))
        members = member_rows(row)
        changes = history("GROUP", row.id)
    rights = rights_in(request)
    organisation_id = organisation_of(request).id
    manages = may(request, Permission.RIGHT_MANAGE) and any_may_act_on(
        rights.levels(organisation_id, *MANAGING), row.level
    )
    places = may(request, Permission.RIGHT_DELEGATE) and any_may_act_on(
        rights.levels(organisation_id, *PLACING), row.level
    )
    by_coffre: dict[uuid.UUID, frozenset[Permission]] = {}
    for one in profiles:
        if coffre := coffres.get(one.coffre_id):
            carried = known_permissions(one.permissions, coffre)
            by_coffre[coffre.id] = by_coffre.get(coffre.id, frozenset()) | carried
    return render(
        request,
        "tenants/rights/group.html",
        {
            "group": row,
            "level": level_word(row.level),
            "profiles": [
                (
                    one,
                    getattr(coffres.get(one.coffre_id), "name", ""),
                    f"{sight_word(one)} · {deposits_word(one)}",
                )
                for one in profiles
            ],
            "members": [one for one in members if one.state != "over"],
            "past": [one for one in members if one.state == "over"],
            "conflicts": [
                (coffres[coffre_id], conflict)
                for coffre_id, permissions in by_coffre.items()
                for conflict in conflicts_among(permissions)
            ],
            "changes": changes,
            "pending": pending_on(request, action=KEY, subject_id=row.id),
            "manages": bool(manages),
            "places": bool(places),
            "breadcrumb": crumbs((row.name, "")),
        },
    )


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def group_new(request: HttpRequest) -> HttpResponse:
    """Create a group, blank or from another."""
    initial: dict[str, Any] = {}
    if copied := request.GET.get("depuis"):
        with in_organisation(request):
            source = next((one for one in Group.objects.all() if str(one.id) == copied), None)
            if source is not None:
                initial = _initial(source) | {"name": _("Copie de %s") % source.name}
    form = _form(request, initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_group(
                organisation=organisation_of(request), draft=form.draft(), by=account_of(request)
            )
        except REFUSED as error:
            form.add_error(getattr(error, "field", None) or None, str(error))
        else:
            messages.success(request, _("Groupe « %s » créé : placez-y des comptes.") % made.name)
            return redirect("group", made.id)
    return _form_page(request, form, _("Nouveau groupe"), None)


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def group_edit(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """Change a group: its members are concerned from their next request."""
    with in_organisation(request):
        row = group_or_404(group_id)
        initial = _initial(row)
    form = _form(request, initial, current=row)
    if request.method == "POST" and form.is_valid():
        try:
            update_group(group=row, draft=form.draft(), by=account_of(request))
        except REFUSED as error:
            form.add_error(getattr(error, "field", None) or None, str(error))
        else:
            messages.success(request, _("Groupe « %s » modifié.") % form.cleaned_data["name"])
            return redirect("group", row.id)
    return _form_page(request, form, _("Modifier « %s »") % row.name, row)


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def group_delete(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """Delete a group without members."""
    with in_organisation(request):
        row = group_or_404(group_id)
        members: list[MemberRow] = [one for one in member_rows(row) if one.state != "over"]
    refusal = ""
    if request.method == "POST":
        try:
            delete_group(group=row, by=account_of(request))
        except REFUSED as error:
            refusal = str(error)
        else:
            messages.success(request, _("Groupe « %s » supprimé.") % row.name)
            return redirect("groups")
    back = reverse("group", args=[row.id])
    return render(
        request,
        "tenants/rights/delete.html",
        {
            "title": _("Supprimer le groupe « %s »") % row.name,
            "refusal": refusal,
            "blockers": [(one.name, back) for one in members],
            "blocked_by": _("Des comptes en sont membres : retirez-les d’abord."),
            "goes": _("Le groupe et la liste de ses anciens membres."),
            "stays": _("Les comptes, les profils, et toute son histoire au journal."),
            "back": back,
            "breadcrumb": crumbs((row.name, back), (_("Supprimer"), "")),
        },
        status=409 if refusal else 200,
    )


def group_or_404(group_id: uuid.UUID) -> Group:
    """Return a group of the organisation in scope; 404 for any other."""
    found = Group.objects.filter(id=group_id).first()
    if found is None:
        raise Http404
    return found


def _initial(row: Group) -> dict[str, Any]:
    return {
        "name": row.name,
        "description": row.description,
        "level": row.level,
        "profiles": [str(one) for one in row.carried.values_list("profile_id", flat=True)],
    }


def _form(request: HttpRequest, initial: dict[str, Any], current: Group | None = None) -> GroupForm:
    coffres: list[Tenant] = coffres_of(organisation_of(request))
    levels = rights_in(request).levels(organisation_of(request).id, *MANAGING)
    with in_organisation(request):
        profiles = profiles_in_reach(levels)
        if current is not None:
            known = {one.id for one in profiles}
            carried = Profile.objects.filter(carriers__group=current)
            profiles += [one for one in carried if one.id not in known]
    return GroupForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        profiles=profiles,
        coffres=coffres,
    )


def _form_page(
    request: HttpRequest, form: GroupForm, title: str, row: Group | None
) -> HttpResponse:
    back = reverse("group", args=[row.id]) if row else reverse("groups")
    steps = [(row.name, back), (_("Modifier"), "")] if row else [(title, "")]
    return render(
        request,
        "tenants/rights/group_form.html",
        {"form": form, "title": title, "back": back, "breadcrumb": crumbs(*steps)},
        status=400 if form.is_bound and form.errors else 200,
    )
