"""The only ways from an address to a row: unknown here, or of another coffre, is the same 404."""

import uuid

from django.http import Http404

from sae.holdings.models import ArchiveUnit, DataObject
from sae.holdings.selectors.objects import get_object
from sae.holdings.selectors.units import get_unit
from sae.journal.models import Operation
from sae.journal.selectors import find_operation


def unit_or_404(unit_id: uuid.UUID) -> ArchiveUnit:
    """Return a unit of the coffre one works in."""
    try:
        return get_unit(unit_id)
    except ArchiveUnit.DoesNotExist:
        raise Http404 from None


def object_or_404(object_id: uuid.UUID) -> DataObject:
    """Return an object of the coffre one works in."""
    try:
        return get_object(object_id)
    except DataObject.DoesNotExist:
        raise Http404 from None


def operation_or_404(operation_id: uuid.UUID) -> Operation:
    """Return an operation of the coffre one works in."""
    operation = find_operation(operation_id)
    if operation is None:
        raise Http404
    return operation
