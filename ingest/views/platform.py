"""State of the platform: what works, what is slow, what is down, in words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.selectors.platform import platform_state
from tenants.access import requires
from tenants.permissions import Permission


@requires(Permission.PLATFORM_VIEW)
@require_GET
def platform_page(request: HttpRequest) -> HttpResponse:
    """Offers, queues, workers, antivirus, time stamps, disks, versions."""
    return render(request, "ingest/platform.html", {"state": platform_state()})
