"""Screens of the operator: the organisations of the platform, founding one, suspending one."""

import uuid
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.tenancy.models import Organisation, Tenant
from sae.ui import french
from sae.ui.colours import PALETTE
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import MomentColumn, NumberColumn, SizeColumn, Table, TitleColumn
from tenants import mail
from tenants.access import account_of, requires
from tenants.accounts.reach import RefusedError
from tenants.models import Account, SupportAccess
from tenants.organisations.copying import TemplateRefusedError
from tenants.organisations.creation import Founded, found_organisation, refusal_in_words
from tenants.organisations.figures import OrganisationFigures, figures_of
from tenants.organisations.forms import (
    MOST_COFFRES,
    CoffreFormSet,
    OrganisationForm,
    SuspensionForm,
)
from tenants.organisations.support import accesses_of
from tenants.organisations.suspension import (
    NotSuspendableError,
    resume_organisation,
    suspend_organisation,
)
from tenants.permissions import Permission
from tenants.referentials.kinds import KINDS
from tenants.security.recent import recently_authenticated
from tenants.services.organisations import AlreadyExists

MENU = "organisations"
HOME = gettext_lazy("Organisations")
COFFRE_FIELDS = ("name", "colour", "quota_bytes", "quota_units")
STEP, REVIEW, CREATE, ADD, EDIT = "etape", "recapituler", "creer", "ajouter", "corriger"


class OrganisationTable(Table):
    """Figures come beside the rows: one reading for the page, whatever its length."""

    caption = gettext_lazy("Organisations de la plateforme, en chiffres")

    name = TitleColumn(
        verbose_name=gettext_lazy("Organisation"),
        linkify=("platform_organisation", [django_tables2.A("id")]),
        note="code",
    )
    state = django_tables2.Column(
        verbose_name=gettext_lazy("État"), empty_values=(), order_by="suspended_at"
    )
    coffres = NumberColumn(verbose_name=gettext_lazy("Coffres"), empty_values=(), orderable=False)
    accounts = NumberColumn(verbose_name=gettext_lazy("Comptes"), empty_values=(), orderable=False)
    units = NumberColumn(verbose_name=gettext_lazy("Unités"), empty_values=(), orderable=False)
    objects = NumberColumn(verbose_name=gettext_lazy("Objets"), empty_values=(), orderable=False)
    size = SizeColumn(verbose_name=gettext_lazy("Volume"), empty_values=(), orderable=False)
    deposits = NumberColumn(
        verbose_name=gettext_lazy("Versements, 30 jours"), empty_values=(), orderable=False
    )
    last_activity = MomentColumn(
        verbose_name=gettext_lazy("Dernière activité"), empty_values=(), orderable=False
    )
    health = django_tables2.Column(
        verbose_name=gettext_lazy("Santé"), empty_values=(), orderable=False
    )

    class Meta:
        attrs = {"class": "table"}

    @cached_property
    def figures(self) -> dict[uuid.UUID, OrganisationFigures]:
        """Of the page shown, or of every row of an export."""
        page = getattr(self, "page", None)
        rows = page.object_list if page is not None else self.rows
        return figures_of([row.record for row in rows])

    def _figures(self, record: Organisation) -> OrganisationFigures:
        return self.figures[record.id]

    def render_state(self, record: Organisation) -> SafeString:
        return state_chip(record)

    def value_state(self, record: Organisation) -> str:
        return _("suspendue") if record.suspended_at else _("active")

    def render_coffres(self, record: Organisation) -> str:
        return french.number(len(self._figures(record).archives))

    def value_coffres(self, record: Organisation) -> int:
        return len(self._figures(record).archives)

    def render_accounts(self, record: Organisation) -> str:
        return french.number(self._figures(record).accounts)

    def value_accounts(self, record: Organisation) -> int:
        return self._figures(record).accounts

    def render_units(self, record: Organisation) -> str:
        return french.number(self._figures(record).units)

    def value_units(self, record: Organisation) -> int:
        return self._figures(record).units

    def render_objects(self, record: Organisation) -> str:
        return french.number(self._figures(record).objects)

    def value_objects(self, record: Organisation) -> int:
        return self._figures(record).objects

    def render_size(self, record: Organisation) -> str:
        return french.size(self._figures(record).size)

    def value_size(self, record: Organisation) -> int:
        return self._figures(record).size

    def render_deposits(self, record: Organisation) -> str:
        return french.number(self._figures(record).deposits)

    def value_deposits(self, record: Organisation) -> int:
        return self._figures(record).deposits

    def render_last_activity(self, record: Organisation) -> str:
        last = self._figures(record).last_activity
        return french.moment(last) if last else _("aucune")

    def value_last_activity(self, record: Organisation) -> Any:
        return self._figures(record).last_activity

    def render_health(self, record: Organisation) -> SafeString:
        return health_chip(self._figures(record))

    def value_health(self, record: Organisation) -> str:
        return health_in_words(self._figures(record))


def state_chip(organisation: Organisation) -> SafeString:
    """Return whether an organisation is open or suspended, icon and word."""
    if organisation.suspended_at:
        return status_html("PAUSED", word=_("Suspendue"), plain=True)
    return status_html("OK", word=_("Active"), plain=True)


def health_in_words(figures: OrganisationFigures) -> str:
    """Return what is wrong, or that nothing is."""
    faults = [
        french.count(number, one, several)
        for number, one, several in (
            (figures.broken_journals, _("journal rompu"), _("journaux rompus")),
            (figures.broken_copies, _("copie à réparer"), _("copies à réparer")),
            (figures.failed_jobs, _("travail en échec"), _("travaux en échec")),
        )
        if number
    ]
    return ", ".join(faults) or _("rien à signaler")


def health_chip(figures: OrganisationFigures) -> SafeString:
    """Return the health of an organisation, icon and words."""
    return status_html(figures.health, word=health_in_words(figures).capitalize(), plain=True)


class OrganisationFilters(FilterSet):
    quick_fields = ("name__icontains", "code__istartswith")
    quick_label = gettext_lazy("Chercher une organisation")

    etat = django_filters.ChoiceFilter(
        label=gettext_lazy("État"),
        empty_label=gettext_lazy("Tous"),
        choices=[
            ("active", gettext_lazy("active")),
            ("suspendue", gettext_lazy("suspendue")),
            ("modele", gettext_lazy("modèle")),
        ],
        method="of_state",
    )

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = ()

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "modele":
            return queryset.filter(is_template=True)
        return queryset.filter(suspended_at__isnull=value == "active")


class OrganisationList(ListView):
    """Every organisation the platform serves: state, volumes, health."""

    menu = MENU
    title = HOME
    noun = ("organisation", "organisations")
    table_class = OrganisationTable
    filterset_class = OrganisationFilters
    template_name = "tenants/organisations/list.html"
    order_by = ("name",)
    empty = Empty(
        gettext_lazy("La plateforme ne sert encore aucune organisation."),
        gettext_lazy("Créer une organisation"),
        "organisation_new",
    )

    def get_queryset(self) -> QuerySet:
        return Organisation.objects.filter(is_platform=False)


@requires(Permission.PLATFORM_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Found an organisation: one page, its summary, then all of it at once."""
    if request.method != "POST":
        form = OrganisationForm(initial={"template": request.GET.get("modele") or None})
        coffres = CoffreFormSet(initial=[{"colour": _colour_of(0)}], prefix="coffres")
        return _new_page(request, form, coffres)
    step = request.POST.get(STEP, REVIEW)
    if step in (ADD, EDIT):
        return _as_typed(request, one_more=step == ADD)
    form, coffres = OrganisationForm(request.POST), CoffreFormSet(request.POST, prefix="coffres")
    if not (form.is_valid() & coffres.is_valid()):
        return _new_page(request, form, coffres, status=400)
    if step != CREATE:
        return render(
            request,
            "tenants/organisations/review.html",
            {
                "draft": form.draft(list(coffres.forms)),
                "values": _values(request),
                "sends_mail": mail.is_configured(),
            },
        )
    return _found(request, form, coffres)


def _found(request: HttpRequest, form: OrganisationForm, coffres: BaseFormSet) -> HttpResponse:
    try:
        with transaction.atomic():
            founded = found_organisation(
                draft=form.draft(list(coffres.forms)),
                agent_id=account_of(request).id,
                site=mail.site_address(request),
                request_id=str(getattr(request, "correlation_id", "")),
            )
    except (AlreadyExists, RefusedError) as error:
        form.add_error(None, str(error))
    except TemplateRefusedError as error:
        form.add_error("template", refusal_in_words(str(KINDS[error.kind].label)))
    except mail.UnsafeAddressError:
        form.add_error(
            None,
            _("L’adresse publique du site n’est pas réglée (SAE_PUBLIC_URL) : aucune invitation "
              "ne peut partir."),
        )  # fmt: skip
    else:
        return _founded_page(request, founded)
    return _new_page(request, form, coffres, status=400)


def _founded_page(request: HttpRequest, founded: Founded) -> HttpResponse:
    """Shown once: the link of the first administrator is kept nowhere."""
    return render(request, "tenants/organisations/founded.html", {"founded": founded})


def _new_page(
    request: HttpRequest, form: OrganisationForm, coffres: BaseFormSet, *, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "tenants/organisations/new.html",
        {
            "form": form,
            "coffres": coffres,
            "wrong_coffres": [one for one in coffres.forms if one.is_bound and one.errors],
            "sends_mail": mail.is_configured(),
            "next_number": _next_number(),
            "breadcrumb": [(HOME, reverse("organisations")), (_("Nouvelle organisation"), "")],
        },
        status=status,
    )


def _as_typed(request: HttpRequest, *, one_more: bool) -> HttpResponse:
    """Return the page as typed, nothing judged, with the fields of one more coffre if asked."""
    typed = request.POST
    asked = typed.get("coffres-TOTAL_FORMS", "")
    count = min(int(asked), MOST_COFFRES) if asked.isdecimal() else 1
    coffres: list[dict[str, Any]] = [
        {
            **{name: typed.get(f"coffres-{rank}-{name}", "") for name in COFFRE_FIELDS},
            "languages": typed.getlist(f"coffres-{rank}-languages"),
        }
        for rank in range(count)
    ]
    if one_more and count < MOST_COFFRES:
        coffres.append({"colour": _colour_of(count), "languages": ["fr"]})
    return _new_page(
        request,
        OrganisationForm(initial=typed.dict()),
        CoffreFormSet(initial=coffres, prefix="coffres"),
    )


def _values(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed, to be sent again by the summary."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (STEP, "csrfmiddlewaretoken")
        for value in values
    ]


def _colour_of(rank: int) -> str:
    colours = list(PALETTE.values())
    return colours[rank % len(colours)]


def _next_number() -> int:
    last = Tenant.objects.order_by("-number").values_list("number", flat=True).first()
    # The coffre de preuve takes the first one.
    return (last or 0) + 2


def find_served(organisation_id: uuid.UUID) -> Organisation:
    """Return an organisation that the platform serves; 404 for any other identifier."""
    found = Organisation.objects.filter(id=organisation_id, is_platform=False).first()
    if found is None:
        raise Http404
    return found


@requires(Permission.PLATFORM_MANAGE)
@require_safe
def organisation_page(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """One organisation in numbers, and what the operator can do for it."""
    organisation = find_served(organisation_id)
    accesses = list(accesses_of(organisation)[:10])
    names = dict(
        Account.objects.filter(id__in=[one.requested_by for one in accesses]).values_list(
            "id", "name"
        )
    )
    figures = figures_of([organisation])[organisation.id]
    return render(
        request,
        "tenants/organisations/organisation.html",
        {
            "organisation": organisation,
            "figures": figures,
            "health_words": health_in_words(figures),
            "accesses": [(one, names.get(one.requested_by, "")) for one in accesses],
            "open_states": (SupportAccess.State.REQUESTED, SupportAccess.State.ACCEPTED),
            "breadcrumb": [(HOME, reverse("organisations")), (organisation.name, "")],
        },
    )


@requires(Permission.PLATFORM_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_suspend(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Close an organisation for a time: what stops, what stays, why, and its name typed."""
    organisation = find_served(organisation_id)
    form = SuspensionForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            suspend_organisation(
                organisation=organisation,
                reason=form.cleaned_data["reason"],
                agent_id=account_of(request).id,
            )
        except NotSuspendableError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("« %s » est suspendue.") % organisation.name)
            return redirect("platform_organisation", organisation.id)
    return render(
        request,
        "tenants/organisations/suspend.html",
        {
            "organisation": organisation,
            "figures": figures_of([organisation])[organisation.id],
            "form": form,
            "breadcrumb": [
                (HOME, reverse("organisations")),
                (organisation.name, reverse("platform_organisation", args=[organisation.id])),
                (_("Suspendre"), ""),
            ],
        },
        status=400 if form.is_bound else 200,
    )


@requires(Permission.PLATFORM_MANAGE)
@require_POST
def organisation_resume(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Open a suspended organisation again."""
    organisation = find_served(organisation_id)
    try:
        resume_organisation(organisation=organisation, agent_id=account_of(request).id)
    except NotSuspendableError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("« %s » est de nouveau ouverte.") % organisation.name)
    return redirect("platform_organisation", organisation.id)


organisation_new.menu = MENU  # type: ignore[attr-defined]
organisation_page.menu = MENU  # type: ignore[attr-defined]
organisation_suspend.menu = MENU  # type: ignore[attr-defined]
