"""The check-up page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenants.access import in_organisation, organisation_of, requires
from tenants.permissions import Permission
from tenants.rights.checking import check_up


@requires(Permission.RIGHT_VIEW)
@require_GET
def rights_checkup(request: HttpRequest) -> HttpResponse:
    """What is to be repaired in the rights of the organisation, each with its link."""
    with in_organisation(request):
        findings = check_up(organisation_of(request))
    return render(
        request,
        "tenants/rights/checkup.html",
        {
            "findings": findings,
            "blocking": sum(one.state == "KO" for one in findings),
            "breadcrumb": [(_("Administration"), ""), (_("Contrôle des droits"), "")],
        },
    )
