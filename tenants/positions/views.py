"""The fragments of the picker: what changes as one types or unfolds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from sae.holdings.sight import Sight, seeing
from tenants.access import requires
from tenants.permissions import Permission
from tenants.positions.fields import PICKER, asked_in, picker_context, values_in

CONTRACT_PICKER = "access_contract_positions"


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def position_picker(request: HttpRequest) -> HttpResponse:
    """The body of a picker, as its reader sees the fonds."""
    return picker_fragment(request, PICKER)


@requires(Permission.CONTRACT_MANAGE)
@require_safe
def access_contract_positions(request: HttpRequest) -> HttpResponse:
    """The same for those who keep the access contracts, who say what others may see.

    They choose among the names of all positions, whatever they may consult themselves.
    """
    with seeing(Sight.whole()):
        return picker_fragment(request, CONTRACT_PICKER)


def picker_fragment(request: HttpRequest, url_name: str) -> HttpResponse:
    """Return the body of the picker of field ``champ``: chosen positions, then choices."""
    name = "".join(one for one in request.GET.get("champ", "") if one.isalnum() or one in "_-")[:60]
    context = picker_context(
        name or "position",
        values_in(request.GET, name)[:500],
        asked_in(request.GET, name),
        multiple=request.GET.get("un") != "1",
        url=reverse(url_name),
    )
    response = render(
        request, "tenants/positions/body.html", {"widget_context": context, **context}
    )
    patch_vary_headers(response, ["HX-Request"])
    return response
