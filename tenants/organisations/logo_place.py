"""Where the logo of an organisation is served: an address that changes with it."""

from django.urls import reverse

from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.models import OrganisationSettings
from tenants.services.organisations import proof_of


def logo_url(organisation: Organisation) -> str:
    """Return the address of an organisation's logo, empty without one."""
    with tenant_scope(proof_of(organisation).id):
        digest = (
            OrganisationSettings.objects.exclude(logo_type="")
            .values_list("logo_digest", flat=True)
            .first()
        )
    return f"{reverse('organisation_logo')}?v={digest[:12]}" if digest else ""
