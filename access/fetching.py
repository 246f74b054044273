"""The only ways from an address to a row: unknown, of another coffre, or out of sight: one 404."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from access.naming import USAGES
from sae.holdings.models import ArchiveUnit, DataObject
from sae.holdings.selectors.objects import ObjectInSight, UsageNotOpenError, get_object
from sae.holdings.selectors.units import get_unit
from sae.journal.models import Operation
from sae.journal.selectors import find_operation


def unit_or_404(unit_id: uuid.UUID) -> ArchiveUnit:
    """Return a unit of the coffre one works in, if one's access contracts show it."""
    try:
        return get_unit(unit_id)
    except ArchiveUnit.DoesNotExist:
        raise Http404 from None


def object_or_404(object_id: uuid.UUID) -> ObjectInSight:
    """Return an object of a unit that one sees, with the grants under which it may be had.

    403 when the unit is seen but no access contract opens that usage of its objects.
    """
    try:
        return get_object(object_id)
    except DataObject.DoesNotExist:
        raise Http404 from None
    except UsageNotOpenError as error:
        raise PermissionDenied(usage_refused(str(error))) from error


def usage_refused(usage: str) -> str:
    """Return why objects of a usage may not be had, and what to do about it."""
    return _(
        "Votre contrat d’accès ouvre cette unité, mais pas ses objets « %(usage)s ». "
        "Demandez à l’administrateur de votre organisation si vous en avez besoin."
    ) % {"usage": USAGES.get(usage, usage).lower()}


def operation_or_404(operation_id: uuid.UUID) -> Operation:
    """Return an operation of the coffre one works in."""
    operation = find_operation(operation_id)
    if operation is None:
        raise Http404
    return operation
