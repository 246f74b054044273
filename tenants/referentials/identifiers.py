"""Identifiers given by a file or by the platform (``IC-000001``), per kind and coffre.

The peers call the first « slave mode » and the second « master mode ».
"""

from collections.abc import Callable, Sequence
from typing import Any

from sae.tenancy.scope import current_tenant_id
from tenants.models import IdentifierSequence

Mode = IdentifierSequence.Mode


def mode_of(kind: str, default: Mode) -> Mode:
    """Return how a coffre numbers a kind."""
    row = IdentifierSequence.objects.filter(kind=kind).first()
    return default if row is None else Mode(row.mode)


def set_mode(kind: str, mode: Mode) -> None:
    """Choose how the open coffre numbers a kind from now on."""
    IdentifierSequence.objects.update_or_create(
        tenant_id=current_tenant_id(), kind=kind, defaults={"mode": mode}
    )


def give_identifiers(
    kind: str,
    default: Mode,
    prefix: str,
    elements: Sequence[dict[str, Any]],
    *,
    is_taken: Callable[[str], bool],
) -> None:
    """Number the elements that need it, never twice; the sequence is locked meanwhile.

    A number whose identifier a file already gave (``is_taken``) is passed over.
    """
    mode = mode_of(kind, default)
    wanting = [
        element for element in elements if mode == Mode.GENERATED or not element.get("identifier")
    ]
    if not wanting:
        return
    IdentifierSequence.objects.bulk_create(
        [IdentifierSequence(tenant_id=current_tenant_id(), kind=kind, mode=mode)],
        ignore_conflicts=True,
    )
    sequence = IdentifierSequence.objects.select_for_update().get(kind=kind)
    given = {element.get("identifier") for element in elements if element not in wanting}
    for element in wanting:
        name = ""
        while not name or name in given or is_taken(name):
            sequence.last_number += 1
            name = f"{prefix}-{sequence.last_number:06d}"
        element["identifier"] = name
    sequence.save(update_fields=["last_number"])
