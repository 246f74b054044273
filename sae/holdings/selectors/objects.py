"""Object groups and data objects, with where their bytes are."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Case, Prefetch, QuerySet, Value, When

from sae.holdings.models import ArchiveUnit, DataObject
from sae.holdings.projection import grants_of
from sae.holdings.sight import Grant
from sae.storage.models import ObjectCopy

USAGES = ("PhysicalMaster", "BinaryMaster", "Dissemination", "Thumbnail", "TextContent")
"""Usages in the order of a list: what is kept, then what is made from it."""


def objects_of(unit: ArchiveUnit) -> list[DataObject]:
    """Return the objects of the group of a unit in sight, by usage and version, copies prefetched.

    Three queries at most, whatever the number of objects.
    """
    if unit.object_group_id is None:
        return []
    return list(_with_copies(DataObject.objects.filter(object_group_id=unit.object_group_id)))


class UsageNotOpenError(Exception):
    """The object is of a unit in sight, but no contract that shows it opens its usage."""


@dataclass(frozen=True, slots=True)
class ObjectInSight:
    """An object, and the grants under which it may be had."""

    row: DataObject
    grants: tuple[Grant, ...]


def get_object(object_id: uuid.UUID) -> ObjectInSight:
    """Return an object of a unit that the open sight shows, with what allows having it.

    Raises ``DataObject.DoesNotExist`` for one unknown or out of sight, and ``UsageNotOpenError``
    when its unit may be seen but not that usage of its objects.
    """
    units = list(
        ArchiveUnit.objects.filter(object_group__data_objects=object_id).values_list(
            "id", flat=True
        )
    )
    # An object of no unit is looked for all the same: the unknown costs what is out of sight does.
    shown = grants_of(units or [object_id])
    if not shown:
        raise DataObject.DoesNotExist
    row = DataObject.objects.select_related("stored_object").get(id=object_id)
    grants = {grant for ones in shown.values() for grant in ones if grant.opens_usage(row.usage)}
    if not grants:
        raise UsageNotOpenError(row.usage)
    return ObjectInSight(row, tuple(sorted(grants, key=lambda grant: grant.contract)))


def usages_closed(unit: ArchiveUnit) -> Callable[[str], bool]:
    """Return whether a usage of the unit's objects is closed to the open sight. One query."""
    grants = grants_of([unit.id]).get(unit.id, ())
    return lambda usage: not any(grant.opens_usage(usage) for grant in grants)


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
