"""One more coffre for an organisation that the platform already serves."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tenants.access import account_of, requires
from tenants.organisations.creation import CoffreDraft, add_coffre
from tenants.organisations.operator_pages import find_served
from tenants.permissions import Permission
from tenants.services.organisations import AlreadyExists


class CoffreNameForm(forms.Form):
    """The name of a coffre: all the rest is its organisation's to settle."""

    name = forms.CharField(label=gettext_lazy("Nom du coffre"), max_length=100)


@requires(Permission.PLATFORM_MANAGE)
@require_POST
def coffre_add(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Add a coffre of archives, with the starter referentials."""
    organisation = find_served(organisation_id)
    form = CoffreNameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Donnez un nom au coffre."))
        return redirect("platform_organisation", organisation.id)
    try:
        coffre = add_coffre(
            organisation=organisation,
            draft=CoffreDraft(form.cleaned_data["name"]),
            agent_id=account_of(request).id,
        )
    except AlreadyExists as error:
        messages.error(request, str(error))
    else:
        words = _("Le coffre « %(name)s » est ouvert, sous le numéro %(number)s.")
        messages.success(request, words % {"name": coffre.name, "number": coffre.number})
    return redirect("platform_organisation", organisation.id)
