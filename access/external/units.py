"""Units for applications: one by its identifier, and any with the rules in force on them."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from access.external.unit_document import projected, unit_document
from access.external.unit_query import (
    UnitQuery,
    UnitQueryError,
    parse_projection,
    parse_query,
)
from sae.holdings.inheritance import TooManyPathsError, inherited_rules
from sae.holdings.models import ArchiveUnit, RulesResult, UnitRules
from sae.holdings.projection import ids_in_sight
from sae.holdings.rules_in_force import rules_in_force_on
from sae.holdings.selectors.units import get_unit, shown_among
from sae.holdings.sight import current_sight
from sae.tenancy.plans import joining_whole
from tenants.applications.answers import ApiError, json_response
from tenants.applications.door import Caller, external
from tenants.applications.reading import reading
from tenants.permissions import Permission

SERVICE = "access-external"
_TABLES = tuple(one._meta.db_table for one in (ArchiveUnit, UnitRules, RulesResult))


@external(Permission.HOLDINGS_VIEW, service=SERVICE, methods=("GET",))
def unit(request: HttpRequest, caller: Caller, unit_id: uuid.UUID) -> HttpResponse:
    """One unit of the coffre that the caller's contract shows; 404 for any other."""
    query = _body(request)
    fields = _understood(parse_projection, query)
    with reading(request, caller):
        found = _unit(unit_id)
        shown = shown_among(found.ancestors)
    whole = unit_document(found, tenant_number=caller.tenant.number, shown=shown)
    return _page([projected(whole, fields)], total=1, asked=UnitQuery(Q(), limit=1), query=query)


@external(Permission.HOLDINGS_VIEW, service=SERVICE, methods=("GET",))
def units_with_inherited_rules(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The units that answer a query, each with its ``InheritedRules``."""
    query = _body(request)
    with reading(request, caller):
        asked = _understood(parse_query, query)
        matching = ArchiveUnit.objects.filter(asked.condition).distinct()
        if not current_sight().is_whole:
            matching = matching.filter(id__in=ids_in_sight())
        with joining_whole(*_TABLES):
            total = matching.count()
            units = list(matching.order_by(*asked.order)[asked.offset : asked.offset + asked.limit])
        documents = with_inherited_rules(units, asked, tenant_number=caller.tenant.number)
    return _page(documents, total=total, asked=asked, query=query)


@external(Permission.HOLDINGS_VIEW, service=SERVICE, methods=("GET",))
def unit_with_inherited_rules(
    request: HttpRequest, caller: Caller, unit_id: uuid.UUID
) -> HttpResponse:
    """One unit of the coffre with its ``InheritedRules``; 404 for any other."""
    query = _body(request)
    asked = UnitQuery(Q(), limit=1, fields=_understood(parse_projection, query))
    with reading(request, caller):
        found = _unit(unit_id)
        documents = with_inherited_rules([found], asked, tenant_number=caller.tenant.number)
    return _page(documents, total=1, asked=asked, query=query)


def with_inherited_rules(
    units: Sequence[ArchiveUnit], asked: UnitQuery, *, tenant_number: int
) -> list[dict[str, Any]]:
    """Return the documents of units in sight with their ``InheritedRules``.

    Rules that come from a unit out of sight hold all the same: that unit is not named. 413 past
    what can be told.
    """
    inheritance = rules_in_force_on(units)
    given = {one.id for one in units}
    shown = given | set(shown_among({above for one in units for above in one.ancestors} - given))
    documents = []
    for one in units:
        whole = unit_document(one, tenant_number=tenant_number, shown=shown)
        document = projected(whole, asked.fields)
        try:
            document["InheritedRules"] = inherited_rules(inheritance, one.id, shown=shown)
        except TooManyPathsError as error:
            raise ApiError(
                413, f"Les parents de l’unité {one.id} se croisent trop pour être tous dits."
            ) from error
        documents.append(document)
    return documents


def _unit(unit_id: uuid.UUID) -> ArchiveUnit:
    try:
        return get_unit(unit_id)
    except ArchiveUnit.DoesNotExist as error:
        raise ApiError(404, "Unité inconnue.") from error


def _body(request: HttpRequest) -> Any:
    try:
        text = request.body
    except RequestDataTooBig as error:
        raise ApiError(413, "La requête dépasse la taille admise.") from error
    if not text.strip():
        return {}
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"La requête n’est pas du JSON : {error}.") from error


Parsed = TypeVar("Parsed")


def _understood(parse: Callable[[Any], Parsed], query: Any) -> Parsed:
    try:
        return parse(query)
    except UnitQueryError as error:
        raise ApiError(400, str(error)) from error


def _page(
    documents: Sequence[dict[str, Any]], *, total: int, asked: UnitQuery, query: Any
) -> HttpResponse:
    return json_response(
        {
            "httpCode": 200,
            "$hits": {
                "total": total,
                "offset": asked.offset,
                "limit": asked.limit,
                "size": len(documents),
            },
            "$results": list(documents),
            "$facetResults": [],
            "$context": query,
        }
    )
