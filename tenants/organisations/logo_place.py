"""Where the logo of an organisation is shown: its address on screen, the head of documents."""

from django.urls import reverse
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from sae.ui.documents.compiler import Picture
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


def letterhead_logo(organisation: Organisation) -> Picture | None:
    """Return the logo that documents of an organisation bear, ``None`` without one."""
    with tenant_scope(proof_of(organisation).id):
        row = OrganisationSettings.objects.exclude(logo_type="").first()
    if row is None:
        return None
    alternative = _("Logo : %(organisation)s") % {"organisation": organisation.name}
    return Picture(bytes(row.logo), row.logo_type, alternative)
