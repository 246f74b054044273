"""The page where an organisation chooses which acts need a second person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants.access import account_of, in_organisation, organisation_of, requires
from tenants.permissions import LABELS, Permission
from tenants.rights.checking import holders_of
from tenants.rights.four_eyes import choices, choose
from tenants.security.recent import recently_authenticated


@requires(Permission.ORGANISATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def four_eyes(request: HttpRequest) -> HttpResponse:
    """Which acts need a second person, and who could be that person."""
    organisation = organisation_of(request)
    if request.method == "POST":
        changed = [
            action.label
            for action, _required, _chosen in choices(organisation)
            if choose(
                organisation=organisation,
                action=action.key,
                required=request.POST.get(action.key) == "oui",
                by=account_of(request),
            )
        ]
        if changed:
            messages.success(request, _("Double regard réglé."))
        else:
            messages.info(request, _("Rien n’a changé."))
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
    return render(
        request,
        "tenants/rights/four_eyes.html",
        {"lines": lines, "breadcrumb": [(_("Administration"), ""), (_("Double regard"), "")]},
    )
