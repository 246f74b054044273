"""Moving from one coffre to another."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from sae.kernel.identifiers import new_id, parse_id
from tenants.access import choose_tenant


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Work in another coffre of one's own; a coffre of others is as good as unknown."""
    choose_tenant(request, parse_id(request.POST.get("tenant", "")) or new_id())
    return redirect("home")
