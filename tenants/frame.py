"""What the room adds to the frame of every page: the coffre one works in, and one's rights."""

from django.http import HttpRequest
from django.urls import reverse

from sae.tenancy.models import Tenant
from sae.ui.shell import Band, Coffre
from tenants.access import coffre_rights, may
from tenants.organisations.logo_place import logo_url
from tenants.permissions import Permission


def band_of(request: HttpRequest) -> Band | None:
    """Return the band of the coffre in which the session works, with those one may move to."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        return None
    coffres: list[Tenant] = getattr(request, "coffres", [])
    return Band(
        label=_label(tenant),
        # A proof coffre is of the whole organisation: neutral, so as not to pass for archives.
        colour=tenant.colour if tenant.kind == Tenant.Kind.ARCHIVES else "",
        note=_profiles(request),
        organisation=tenant.organisation.name,
        coffres=tuple(
            Coffre(
                label=_label(coffre),
                value=str(coffre.id),
                colour=coffre.colour if coffre.kind == Tenant.Kind.ARCHIVES else "",
                note=f"n° {coffre.number}",
                is_current=coffre.id == tenant.id,
            )
            for coffre in coffres
        ),
        switch_url=reverse("coffre_switch"),
        logo_url=logo_url(tenant.organisation),
    )


def _label(tenant: Tenant) -> str:
    return f"{tenant.organisation.name} — {tenant.name}"


def _profiles(request: HttpRequest) -> str:
    place = coffre_rights(request)
    return ", ".join(place.profiles) if place else ""


def may_see(request: HttpRequest, permission: str) -> bool:
    """Tell whether a menu entry is shown: what one has no right to is not."""
    return not permission or bool(may(request, Permission(permission)))
