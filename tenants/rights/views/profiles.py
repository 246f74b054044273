"""Screens of profiles: what may be done in a coffre, and on which of its archives."""

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

from sae.kernel.identifiers import parse_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui.lists import Empty, ListView
from sae.ui.tables import NumberColumn, Table, TitleColumn
from tenants.access import account_of, in_organisation, may, organisation_of, requires, rights_in
from tenants.models import AccessContract, Agency, IngestContract
from tenants.models.rights import Group, Profile
from tenants.permissions import TABLE, Entry, Permission
from tenants.rights.composing import (
    CompositionError,
    create_profile,
    delete_profile,
    update_profile,
)
from tenants.rights.deposits import Reach
from tenants.rights.effective import known_permissions
from tenants.rights.forms import BY_CONTRACT, EVERYTHING, ProfileChoices, ProfileForm
from tenants.rights.levels import any_may_act_on
from tenants.rights.news import news_of
from tenants.rights.reach import MANAGING, OutOfReachError, grantable, grantable_contracts
from tenants.rights.ready import READY, ready_in
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.rows import RowFilters, Rows
from tenants.rights.segregation import conflicts_among
from tenants.rights.selectors import (
    ProfileRow,
    coffres_of,
    deposits_word,
    history,
    level_word,
    profile_rows,
    sight_word,
)
from tenants.security.recent import recently_authenticated

REFUSED = (CompositionError, OutOfReachError, NobodyRemainsError)
MENU = "profiles"


class ProfileTable(Table):
    caption = gettext_lazy("Profils de droits de l’organisation")

    name = TitleColumn(verbose_name=gettext_lazy("Nom"), note="description")
    coffre = django_tables2.Column(verbose_name=gettext_lazy("Coffre"))
    permission_count = NumberColumn(verbose_name=gettext_lazy("Permissions"))
    sight = django_tables2.Column(verbose_name=gettext_lazy("Archives vues"))
    deposits = django_tables2.Column(verbose_name=gettext_lazy("Versements suivis"))
    level = django_tables2.Column(verbose_name=gettext_lazy("Niveau"))
    groups = NumberColumn(verbose_name=gettext_lazy("Groupes"))

    class Meta:
        attrs = {"class": "table"}


class ProfileFilters(RowFilters):
    quick_label = gettext_lazy("Chercher un profil")
    quick_texts = staticmethod(lambda row: (row.name, row.description, row.coffre))  # type: ignore[assignment]
    keeps = {
        "coffre": lambda row, value: str(row.coffre_id) == value,
        "usage": lambda row, value: bool(row.groups) == (value == "oui"),
    }

    coffre = django_filters.ChoiceFilter(
        label=gettext_lazy("Coffre"), empty_label=gettext_lazy("Tous"), choices=[]
    )
    usage = django_filters.ChoiceFilter(
        label=gettext_lazy("Porté par un groupe"),
        empty_label=gettext_lazy("Peu importe"),
        choices=[("oui", gettext_lazy("oui")), ("non", gettext_lazy("non"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.form.fields["coffre"]
        choices.choices = [
            (str(one.id), one.name) for one in coffres_of(organisation_of(kwargs["request"]))
        ]


class ProfileList(ListView):
    """Profiles, by coffre then name."""

    menu = MENU
    template_name = "tenants/rights/profile_list.html"
    title = gettext_lazy("Profils")
    facts = gettext_lazy(
        "Un profil dit ce que l’on peut faire dans un coffre, sur quelles archives et sur quels "
        "versements."
    )
    noun = ("profil", "profils")
    table_class = ProfileTable
    filterset_class = ProfileFilters
    order_by = ("coffre", "name")
    empty = Empty(
        gettext_lazy("Aucun profil dans cette organisation."),
        gettext_lazy("Créer un profil"),
        "profile_new",
    )

    def get_queryset(self) -> Any:
        organisation = organisation_of(self.request)
        with in_organisation(self.request):
            rows: list[ProfileRow] = profile_rows(coffres_of(organisation))
        return Rows(rows, Profile)

    def get_context(self, **context: Any) -> dict[str, Any]:
        context["manages"] = bool(may(self.request, Permission.RIGHT_MANAGE))
        return context


def crumbs(*steps: tuple[Any, str]) -> Sequence[tuple[Any, str]]:
    return [(ProfileList.title, reverse("profiles")), *steps]


@requires(Permission.RIGHT_VIEW)
@require_GET
def profile(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    """One profile: its permissions by room, its archives, its groups, its changes."""
    coffres = {one.id: one for one in coffres_of(organisation_of(request))}
    with in_organisation(request):
        row = _profile_or_404(profile_id)
        groups = list(Group.objects.filter(carried__profile=row))
        changes = history("PROFILE", row.id)
        acts = _administers(request, row.level)
    coffre = coffres.get(row.coffre_id)
    permissions = known_permissions(row.permissions, coffre) if coffre else frozenset()
    rooms: dict[str, list[Any]] = {}
    for permission, entry in TABLE.items():
        if permission in permissions:
            rooms.setdefault(str(entry.room.value), []).append(entry)
    return render(
        request,
        "tenants/rights/profile.html",
        {
            "profile": row,
            "coffre": coffre,
            "level": level_word(row.level),
            "sight": sight_word(row),
            "deposits": deposits_word(row),
            "ready": READY.get(row.ready),
            "news": [TABLE[one] for one in news_of(row, coffre)] if coffre else [],
            "rooms": list(rooms.items()),
            "groups": groups,
            "conflicts": conflicts_among(permissions),
            "changes": changes,
            "acts": acts,
            "breadcrumb": crumbs((row.name, "")),
        },
    )


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def profile_new(request: HttpRequest) -> HttpResponse:
    """Compose a profile: choose a coffre and a ready profile first, then tick and untick."""
    coffres = coffres_of(organisation_of(request))
    asked = request.GET.get("coffre", "")
    coffre = next((one for one in coffres if str(one.number) == asked), None)
    if coffre is None:
        return render(
            request,
            "tenants/rights/profile_start.html",
            {
                "coffres": [(one, ready_in(one)) for one in coffres],
                "breadcrumb": crumbs((_("Nouveau profil"), "")),
            },
        )
    source = _source(request)
    if source is not None:
        initial = initial_of(source) | {"name": _("Copie de %s") % source.name}
    else:
        ready = next(
            (one for one in ready_in(coffre) if one.key == request.GET.get("modele")), None
        )
        initial = {"sight": BY_CONTRACT, "deposit_reach": Reach.OWN}
        if ready is not None:
            initial = {
                "name": str(ready.label).capitalize(),
                "description": str(ready.explanation),
                "level": ready.level,
                "permissions": [one.value for one in ready.permissions_in(coffre)],
                "sight": EVERYTHING if ready.sees_everything else BY_CONTRACT,
                "deposit_reach": ready.deposit_reach,
            }
    key = source.ready if source else request.GET.get("modele", "")
    form = _form(request, coffre, initial=initial, ready=key if key in READY else "")
    if request.method == "POST" and form.is_valid():
        try:
            made = create_profile(draft=form.draft(), by=account_of(request))
        except REFUSED as error:
            form.add_error(getattr(error, "field", None) or None, str(error))
        else:
            messages.success(request, _("Profil « %s » créé.") % made.name)
            return redirect("profile", made.id)
    return _form_page(request, form, coffre, _("Nouveau profil"), None)


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def profile_edit(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    """Change a profile; with ``nouveau=oui``, what its ready profile has gained is ticked."""
    with in_organisation(request):
        row = _profile_or_404(profile_id)
    coffre = _coffre_of(request, row)
    initial = initial_of(row)
    news = news_of(row, coffre) if request.GET.get("nouveau") == "oui" else []
    initial["permissions"] = [*row.permissions, *(one.value for one in news)]
    form = _form(request, coffre, initial=initial, ready=row.ready, current=row)
    if request.method == "POST" and form.is_valid():
        try:
            update_profile(profile_id=row.id, draft=form.draft(), by=account_of(request))
        except REFUSED as error:
            form.add_error(getattr(error, "field", None) or None, str(error))
        else:
            messages.success(request, _("Profil « %s » modifié.") % form.cleaned_data["name"])
            return redirect("profile", row.id)
    title = _("Modifier « %s »") % row.name
    return _form_page(request, form, coffre, title, row, news=[TABLE[one] for one in news])


@requires(Permission.RIGHT_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def profile_delete(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    """Delete a profile that no group carries."""
    with in_organisation(request):
        row = _profile_or_404(profile_id)
        groups = list(Group.objects.filter(carried__profile=row))
    refusal = ""
    if request.method == "POST":
        try:
            delete_profile(profile=row, by=account_of(request))
        except REFUSED as error:
            refusal = str(error)
        else:
            messages.success(request, _("Profil « %s » supprimé.") % row.name)
            return redirect("profiles")
    return render(
        request,
        "tenants/rights/delete.html",
        {
            "title": _("Supprimer le profil « %s »") % row.name,
            "refusal": refusal,
            "blockers": [(one.name, reverse("group", args=[one.id])) for one in groups],
            "blocked_by": _("Des groupes le portent : retirez-le d’abord de chacun."),
            "goes": _("Le profil, ses permissions et ses contrats choisis."),
            "stays": _("Les comptes, les contrats eux-mêmes, et toute son histoire au journal."),
            "back": reverse("profile", args=[row.id]),
            "breadcrumb": crumbs(
                (row.name, reverse("profile", args=[row.id])), (_("Supprimer"), "")
            ),
        },
        status=409 if refusal else 200,
    )


def initial_of(row: Profile) -> dict[str, Any]:
    """Return the answers of the form that describe a profile."""
    return {
        "name": row.name,
        "description": row.description,
        "level": row.level,
        "permissions": row.permissions,
        "sight": EVERYTHING if row.sees_everything else BY_CONTRACT,
        "access_contracts": row.access_contracts,
        "deposit_reach": row.deposit_reach,
        "deposit_contracts": row.deposit_contracts,
        "deposit_agencies": row.deposit_agencies,
    }


def _form(
    request: HttpRequest,
    coffre: Tenant,
    *,
    initial: dict[str, Any],
    ready: str,
    current: Profile | None = None,
) -> ProfileForm:
    rights = rights_in(request)
    levels = rights.levels(coffre.organisation_id, *MANAGING)
    with in_organisation(request):
        allowed = grantable(rights, levels, coffre)
        everything, reachable = grantable_contracts(rights, levels, coffre)
    if current is not None:
        allowed |= known_permissions(current.permissions, coffre)
        everything = everything or current.sees_everything
        reachable |= set(current.access_contracts)
    with tenant_scope(coffre.id):
        contracts = [
            (identifier, words)
            for identifier, words in _listed(AccessContract)
            if everything or identifier in reachable
        ]
        # Those beyond one's reach are refused when saved: who may give deposits gives few or all.
        choices = ProfileChoices(contracts, _listed(IngestContract), _listed(Agency))
    return ProfileForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        coffre=coffre,
        allowed=allowed,
        choices=choices,
        may_open_everything=everything,
        ready=ready,
    )


def _listed(model: type[AccessContract | IngestContract | Agency]) -> list[tuple[str, str]]:
    rows = model.objects.order_by("name", "identifier").values_list("identifier", "name")
    return [(identifier, f"{name} ({identifier})") for identifier, name in rows]


def _form_page(
    request: HttpRequest,
    form: ProfileForm,
    coffre: Tenant,
    title: str,
    row: Profile | None,
    *,
    news: Sequence[Entry] = (),
) -> HttpResponse:
    back = reverse("profile", args=[row.id]) if row else reverse("profiles")
    steps = [(row.name, back)] if row else []
    return render(
        request,
        "tenants/rights/profile_form.html",
        {
            "form": form,
            "coffre": coffre,
            "title": title,
            "back": back,
            "news": news,
            "conflicts": conflicts_among(form.chosen()),
            "breadcrumb": crumbs(*steps, (title if not row else _("Modifier"), "")),
        },
        status=400 if form.is_bound and form.errors else 200,
    )


def _source(request: HttpRequest) -> Profile | None:
    """Return the profile one duplicates, if one does."""
    identifier = parse_id(request.GET.get("depuis", ""))
    if identifier is None:
        return None
    with in_organisation(request):
        return Profile.objects.filter(id=identifier).first()


def _coffre_of(request: HttpRequest, row: Profile) -> Tenant:
    for one in coffres_of(organisation_of(request)):
        if one.id == row.coffre_id:
            return one
    raise Http404


def _profile_or_404(profile_id: uuid.UUID) -> Profile:
    found = Profile.objects.filter(id=profile_id).first()
    if found is None:
        raise Http404
    return found


def _administers(request: HttpRequest, level: str) -> bool:
    levels = rights_in(request).levels(organisation_of(request).id, *MANAGING)
    return bool(may(request, Permission.RIGHT_MANAGE)) and any_may_act_on(levels, level)
