"""Founding an organisation: one page, with what was typed shown again before it is done."""

from typing import Any

from django.db import transaction
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sae.tenancy.models import Tenant
from sae.ui.colours import PALETTE
from tenants import mail
from tenants.access import account_of, requires
from tenants.accounts.reach import RefusedError
from tenants.organisations.copying import TemplateRefusedError
from tenants.organisations.creation import Founded, found_organisation, refusal_in_words
from tenants.organisations.founding_forms import MOST_COFFRES, CoffreFormSet, OrganisationForm
from tenants.organisations.operator_list import HOME, MENU
from tenants.permissions import Permission
from tenants.referentials.kinds import KINDS
from tenants.security.recent import recently_authenticated
from tenants.services.organisations import AlreadyExists

COFFRE_FIELDS = ("name", "colour", "quota_bytes", "quota_units")
STEP, REVIEW, CREATE, ADD, EDIT = "etape", "recapituler", "creer", "ajouter", "corriger"


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


organisation_new.menu = MENU  # type: ignore[attr-defined]
