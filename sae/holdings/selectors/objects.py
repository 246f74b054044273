"""Object groups and data objects, with where their bytes are."""

import uuid

from django.db.models import Case, Prefetch, QuerySet, Value, When

from sae.holdings.models import ArchiveUnit, DataObject
from sae.storage.models import ObjectCopy

USAGES = ("PhysicalMaster", "BinaryMaster", "Dissemination", "Thumbnail", "TextContent")
"""Usages in the order of a list: what is kept, then what is made from it."""


def objects_of(unit: ArchiveUnit) -> list[DataObject]:
    """Return the objects of a unit's group, by usage and version, copies prefetched.

    Three queries at most, whatever the number of objects.
    """
    if unit.object_group_id is None:
        return []
    return list(_with_copies(DataObject.objects.filter(object_group_id=unit.object_group_id)))


def get_object(object_id: uuid.UUID) -> DataObject:
    """Return an object of the coffre in scope; raise ``DataObject.DoesNotExist`` for any other."""
    return DataObject.objects.select_related("stored_object").get(id=object_id)


def units_of_group(group_id: uuid.UUID, *, limit: int = 20) -> list[ArchiveUnit]:
    """Return the units that a group of objects belongs to, oldest first."""
    return list(ArchiveUnit.objects.filter(object_group_id=group_id).order_by("id")[:limit])


def _with_copies(objects: QuerySet[DataObject]) -> QuerySet[DataObject]:
    rank = Case(
        *(When(usage=usage, then=Value(place)) for place, usage in enumerate(USAGES)),
        default=Value(len(USAGES)),
    )
    copies = Prefetch("stored_object__copies", queryset=ObjectCopy.objects.order_by("offer"))
    return (
        objects.select_related("stored_object")
        .prefetch_related(copies)
        .order_by(rank, "usage", "usage_version", "id")
    )
