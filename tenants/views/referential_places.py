"""Where each referential stands: its list, its pages, the way back to them."""

import uuid
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tenants.models import Referential
from tenants.referentials.kinds import KINDS, Kind

HOME = gettext_lazy("Règles et référentiels")
OWN_LISTS = {"agencies": "agencies", "rules": "rules", "ingestcontracts": "ingest_contracts"}
"""Kinds that have a list of their own, with the name of its address."""
OWN_PAGES = {"agencies": "agency", "rules": "rule", "ingestcontracts": "ingest_contract"}


def kind_of(slug: str) -> Kind:
    """Return a kind by its slug, 404 for any other word."""
    kind = KINDS.get(slug)
    if kind is None:
        raise Http404
    return kind


def list_url(kind: Kind) -> str:
    """Return the address of the list of a kind."""
    own = OWN_LISTS.get(kind.slug)
    return reverse(own) if own else reverse("referential_list", args=[kind.slug])


def element_url(kind: Kind, row_id: uuid.UUID) -> str:
    """Return the address of an element."""
    own = OWN_PAGES.get(kind.slug)
    return (
        reverse(own, args=[row_id])
        if own
        else reverse("referential_element", args=[kind.slug, row_id])
    )


def element_of(kind: Kind, row_id: uuid.UUID) -> Referential:
    """Return an element of the coffre, 404 when unknown."""
    row = kind.model.objects.filter(id=row_id).first()
    if row is None:
        raise Http404
    return row


def breadcrumb_of(kind: Kind, last: Any, *, between: tuple[Any, str] | None = None) -> list[Any]:
    """Return the way from the first page of referentials to a page of a kind."""
    middle = [between] if between else []
    return [(HOME, reverse("referentials")), (kind.label, list_url(kind)), *middle, (last, "")]
