"""What ready profiles have gained since a profile was made from them: offered, never given.

A new version may bring permissions. Nobody's rights change because the software was updated: an
administrator sees what is new, ticks it or not, and that choice is a change like another.
"""

from sae.tenancy.models import Tenant
from tenants.models.rights import Profile
from tenants.permissions import TABLE, Permission
from tenants.rights.ready import READY


def carried_by_ready(key: str, coffre: Tenant) -> list[str]:
    """Return the codes of what a ready profile carries in a coffre; nothing for an unknown key."""
    ready = READY.get(key)
    return sorted(one.value for one in ready.permissions_in(coffre)) if ready else []


def news_of(profile: Profile, coffre: Tenant) -> list[Permission]:
    """Return what the ready profile of a profile has gained, in the order of the screens."""
    known = {*profile.ready_seen, *profile.permissions}
    gained = set(carried_by_ready(profile.ready, coffre)) - known
    return [one for one in TABLE if one.value in gained]
