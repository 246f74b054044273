"""The security profile of an application: the coffre's own, or one shipped with the platform."""

from dataclasses import dataclass

from tenants.models import SecurityProfile
from tenants.selectors.built_in import SECURITY_PROFILES


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The calls that an application may make."""

    full_access: bool
    permissions: tuple[str, ...]


def get_security_profile(identifier: str) -> ProfileView | None:
    """Return a security profile of the coffre in scope, ``None`` when unknown."""
    built_in = SECURITY_PROFILES.get(identifier)
    if built_in is not None:
        return ProfileView(built_in.full_access, built_in.permissions)
    row = SecurityProfile.objects.filter(identifier=identifier).first()
    return ProfileView(row.full_access, tuple(row.permissions)) if row else None
