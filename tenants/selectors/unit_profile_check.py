"""CHECK_ARCHIVE_UNIT_PROFILE: a unit against the JSON schema of the profile it claims.

Source: reference system §1.6. The instance checked is the unit's JSON with its management block
under ``#management``.
"""

import uuid
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError

from sae.kernel.problems import Place, Problem
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import ArchiveUnitProfileView, get_archive_unit_profile
from tenants.selectors.unit_profile_words import place_of, words_of

CODE = "CHECK_ARCHIVE_UNIT_PROFILE"
MAX_FAULTS = 50


class UnitProfiles:
    """Profiles met in a package, each read and compiled once."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.tenant_id = tenant_id
        self._known: dict[str, Draft4Validator | Problem] = {}

    def check(
        self, identifier: str, content: dict[str, Any], management: dict[str, Any]
    ) -> list[Problem]:
        """Return every fault of a unit against its profile."""
        profile = self._known.get(identifier)
        if profile is None:
            with tenant_scope(self.tenant_id):
                view = get_archive_unit_profile(identifier)
            profile = self._known[identifier] = _compile(identifier, view)
        if isinstance(profile, Problem):
            return [profile]
        instance = {key: value for key, value in content.items() if not key.startswith("_")}
        instance["ArchiveUnitProfile"] = identifier
        if management:
            instance["#management"] = management
        errors = sorted(profile.iter_errors(instance), key=lambda error: list(map(str, error.path)))
        return [
            Problem(
                f"{CODE}.NOT_AU_JSON_VALID.KO",
                reason="unit_profile_fault",
                place=Place(element=place_of(error)),
                seen=words_of(error)[:500],
                expected=identifier,
            )
            for error in errors[:MAX_FAULTS]
        ]


def profile_faults(identifier: str) -> list[Problem]:
    """Return what keeps units of the coffre in scope from following a profile."""
    found = _compile(identifier, get_archive_unit_profile(identifier))
    return [found] if isinstance(found, Problem) else []


def _compile(identifier: str, view: ArchiveUnitProfileView | None) -> Draft4Validator | Problem:
    if view is None:
        return _refusal("NOT_FOUND", "unit_profile_unknown", identifier)
    if not view.is_active:
        return _refusal("INACTIVE_STATUS", "unit_profile_inactive", identifier)
    if not view.control_schema:
        return _refusal("EMPTY_CONTROL_SCHEMA", "unit_profile_empty", identifier)
    try:
        Draft4Validator.check_schema(dict(view.control_schema))
    except SchemaError:
        return _refusal("EMPTY_CONTROL_SCHEMA", "unit_profile_empty", identifier)
    return Draft4Validator(dict(view.control_schema))


def _refusal(sub_code: str, reason: str, identifier: str) -> Problem:
    return Problem(
        f"{CODE}.{sub_code}.KO",
        reason=reason,
        place=Place(element="ArchiveUnitProfile"),
        seen=identifier,
    )
