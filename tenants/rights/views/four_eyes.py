"""The page where an organisation chooses which acts need a second person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sae.tenancy.models import Organisation
from sae.ui.correlation import correlation_id
from tenants.access import account_of, in_organisation, organisation_of, requires
from tenants.permissions import LABELS, Permission
from tenants.rights.checking import holders_of
from tenants.rights.four_eyes import (
    LIFTING,
    Action,
    SecondPersonNeededError,
    choices,
    choose,
    second_person_needed,
)
from tenants.rights.lifting import propose_lifting
from tenants.rights.proposals import ProposalError
from tenants.rights.views.proposals import pending_on
from tenants.security.recent import recently_authenticated


@requires(Permission.ORGANISATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def four_eyes(request: HttpRequest) -> HttpResponse:
    """Which acts need a second person, and who could be that person."""
    organisation = organisation_of(request)
    if request.method == "POST":
        _choose_all(request)
        return redirect("four_eyes")
    with in_organisation(request):
        lines = [
            {
                "action": action,
                "required": required,
                "chosen": chosen,
                "approving": LABELS[action.approving],
                "approvers": holders_of(organisation, action.approving),
            }
            for action, required, chosen in choices(organisation)
        ]
        pending = pending_on(request, action=LIFTING, subject_id=organisation.id)
        lifting = second_person_needed(organisation.id, LIFTING)
    return render(
        request,
        "tenants/rights/four_eyes.html",
        {
            "lines": lines,
            "pending": pending,
            "lifting": lifting,
            "breadcrumb": [(_("Administration"), ""), (_("Double regard"), "")],
        },
    )


def _choose_all(request: HttpRequest) -> None:
    """Keep each answer of the form; what may not be done alone is asked of a second person."""
    organisation = organisation_of(request)
    changed = asked = 0
    for action, required, _chosen in choices(organisation):
        wanted = request.POST.get(action.key) == "oui"
        if action.key == LIFTING and wanted and not required and _is_alone(request):
            messages.error(
                request,
                _(
                    "Vous seul pourriez approuver que le double regard soit levé : donnez d’abord"
                    " cette permission à une autre personne, sinon rien ne le lèverait plus."
                ),
            )
            continue
        try:
            changed += choose(
                organisation=organisation,
                action=action.key,
                required=wanted,
                by=account_of(request),
            )
        except SecondPersonNeededError:
            asked += _ask_lifting(request, organisation, action)
    if changed:
        messages.success(request, _("Double regard réglé."))
    if asked:
        messages.info(request, _("Lever le double regard attend l’accord d’une seconde personne."))
    if not changed and not asked:
        messages.info(request, _("Rien n’a changé."))


def _is_alone(request: HttpRequest) -> bool:
    """Tell whether nobody else could approve that four eyes be lifted."""
    with in_organisation(request):
        able = holders_of(organisation_of(request), Permission.ORGANISATION_MANAGE_APPROVE)
    return not [one for one in able if one.id != account_of(request).id]


def _ask_lifting(request: HttpRequest, organisation: Organisation, action: Action) -> int:
    try:
        propose_lifting(
            organisation=organisation,
            action=action.key,
            by=account_of(request),
            reason=request.POST.get("motif", ""),
            request_id=correlation_id(),
        )
    except ProposalError as error:
        messages.error(request, f"{str(action.label).capitalize()} : {error}")
        return 0
    return 1
