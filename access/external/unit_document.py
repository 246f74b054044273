"""One unit as the peers' API gives it: its metadata, and its ``#`` fields."""

import uuid
from collections.abc import Collection
from typing import Any

from sae.holdings.models import ArchiveUnit


def unit_document(
    unit: ArchiveUnit, *, tenant_number: int, shown: Collection[uuid.UUID]
) -> dict[str, Any]:
    """Return a unit's document. Descriptive metadata keep their SEDA names.

    Of the units above it, only those ``shown`` are named.
    """
    document: dict[str, Any] = {
        **unit.content,
        "#id": str(unit.id),
        "#tenant": tenant_number,
        "#unitType": unit.unit_type,
        "#unitups": [str(one) for one in unit.parents if one in shown],
        "#allunitups": [str(one) for one in unit.ancestors if one in shown],
        "#opi": str(unit.operation_id),
        "#operations": [str(one) for one in unit.operations],
        "#originating_agencies": unit.originating_agencies,
        "#management": unit.management,
        "#version": unit.version,
        "#approximate_creation_date": unit.created_at.isoformat(),
        "#approximate_update_date": unit.updated_at.isoformat(),
    }
    if unit.originating_agency:
        document["#originating_agency"] = unit.originating_agency
    if unit.object_group_id:
        document["#object"] = str(unit.object_group_id)
    if unit.archive_unit_profile:
        document["ArchiveUnitProfile"] = unit.archive_unit_profile
    return document


def projected(document: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """Return the fields asked for (all when none is named); the identifier always stays."""
    if not fields:
        return document
    kept = {*fields, "#id"}
    if "#unittype" in kept:
        kept.add("#unitType")
    return {name: value for name, value in document.items() if name in kept}
