"""What the check-up of rights says of the keys of applications."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.applications.beyond import in_words
from tenants.models import ApiToken
from tenants.rights.checking import Finding, Place


def keys_beyond_their_maker(organisation: Organisation, coffres: list[Tenant]) -> Iterator[Finding]:
    """Yield the valid keys that may do what their maker could not, coffre by coffre."""
    now = clock.now()
    places = []
    for coffre in coffres:
        with tenant_scope(coffre.id):
            keys = ApiToken.objects.exclude(beyond=[]).filter(revoked_at=None).order_by("name")
            places += [
                Place(
                    one.name,
                    reverse("applications"),
                    _("%(coffre)s : %(acts)s")
                    % {"coffre": coffre.name, "acts": ", ".join(in_words(one.beyond))},
                    _("Ouvrir"),
                )
                for one in keys
                if one.is_valid_at(now)
            ]
    if places:
        yield Finding(
            "keys",
            "WARNING",
            _("Des jetons d’application dépassent les droits de qui les a créés"),
            _("Qui a créé un tel jeton l’a tenu en main : il doit n’être que dans l’application."),
            tuple(places),
        )
