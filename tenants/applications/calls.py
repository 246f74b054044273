"""What each call of the interface is named in a security profile: ``service:verb``.

Source: the permissions of the reference system's external interfaces. A call that has no name here
is open to the profiles that have every access, and to no other.
"""

from collections.abc import Collection, Mapping

from django.http import HttpRequest

_READ = {"GET": "read", "HEAD": "read"}

CALLS: Mapping[str, Mapping[str, str]] = {
    "ingests": {"POST": "ingests:create"},
    "reply": dict.fromkeys(_READ, "ingests:id:archivetransfertreply:read"),
    "report": dict.fromkeys(_READ, "ingests:id:archivetransfertreply:read"),
    "manifest": dict.fromkeys(_READ, "ingests:id:manifests:read"),
    "operations": {"GET": "operations:read"},
    "ingest_operations": {"GET": "operations:read"},
    "operation": {
        "HEAD": "operations:id:read:status",
        "GET": "operations:id:read",
        "PUT": "operations:id:update",
        "DELETE": "operations:id:delete",
    },
    "logbook_operations": {"POST": "logbookoperations:create"},
    "referential": {"GET": "{resource}:read", "POST": "{resource}:create"},
    "referential_element": {
        "GET": "{resource}:id:read",
        "PUT": "{resource}:id:update",
        "POST": "{resource}:create",
    },
    "unit": {"GET": "units:id:read"},
    "units_with_inherited_rules": {"GET": "unitswithinheritedrules:read"},
    "unit_with_inherited_rules": {"GET": "unitswithinheritedrules:read"},
}
"""By name of address, then by method."""


def name_of_call(request: HttpRequest, method: str) -> str:
    """Return how a security profile names this call; empty when none does."""
    match = request.resolver_match
    if match is None:
        return ""
    template = CALLS.get(match.url_name or "", {}).get(method, "")
    return template.format(resource=str(match.kwargs.get("resource", "")).lower())


def is_granted(call: str, permissions: Collection[str]) -> bool:
    """Tell whether permissions allow a call; the form (``:json``, ``:binary``) does not count."""
    if not call:
        return False
    return any(
        one == call or one.startswith(f"{call}:") or call.startswith(f"{one}:")
        for one in (permission.lower() for permission in permissions)
    )
