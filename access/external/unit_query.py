"""The peers' query language over units: what of it is understood, and its translation.

``$eq``, ``$in``, ``$and`` and ``$or``, within ``$roots`` and ``$depth: 0``; ``$filter`` with
``$limit``, ``$offset`` and ``$orderby``; ``$projection`` with ``$fields``. Anything else is refused
with its name, never ignored: a condition left out would answer with units that were not asked for.
``$threshold`` bounds the acts that change units: a read, which has pages, only checks its form.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate

from sae.holdings.selectors.units import find_units_by_key, shown_among

MOST = 10_000
DEEPEST = 20
_CONDITIONS = frozenset({"$eq", "$in", "$and", "$or"})
_PARTS = frozenset({"$roots", "$query", "$filter", "$projection", "$facets", "$threshold"})
RULES_REFUSED = "Projection field $rules is no longer supported."

_TEXT_COLUMNS = {
    "#unittype": "unit_type",
    "#unitType": "unit_type",
    "#originating_agency": "originating_agency",
    "DescriptionLevel": "level",
    "ArchiveUnitProfile": "archive_unit_profile",
}
_IDENTIFIER_COLUMNS = {"#id": "id", "#opi": "operation_id", "#object": "object_group_id"}
_TEXT_LISTS = {"#originating_agencies": "originating_agencies"}
_IDENTIFIER_LISTS = {"#operations": "operations"}
_ORDERS = {
    **_TEXT_COLUMNS,
    **_IDENTIFIER_COLUMNS,
    "#version": "version",
    "#approximate_creation_date": "created_at",
    "#approximate_update_date": "updated_at",
    "Title": "title",
}
"""Fields that give an order by a column; metadata give theirs as text, in which dates follow."""
_FILTERS = ("$limit", "$offset", "$orderby", "$track_total_hits")


class UnitQueryError(ValueError):
    """The query is not understood; the message, in French, says where."""


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """A query understood: the condition, the page asked for, the fields wanted (all if empty).

    ``order`` ends with the identifier: pages follow one another, nothing comes twice.
    """

    condition: Q
    offset: int = 0
    limit: int = MOST
    fields: frozenset[str] = frozenset()
    order: tuple[OrderBy, ...] = ()


def parse_query(document: Any) -> UnitQuery:
    """Return what a query document asks of units. Raises ``UnitQueryError``.

    What is asked of the units above is asked of those in sight: another finds nothing, as one that
    does not exist.
    """
    _object(document, "La requête")
    for name in document:
        if name not in _PARTS:
            raise UnitQueryError(f"« {name} » n’est pas une partie d’une requête.")
    if document.get("$facets"):
        raise UnitQueryError("$facets n’est pas admis ici.")
    condition = Q()
    if document.get("$roots"):
        condition &= Q(id__in=_identifiers("$roots", _list(document["$roots"], "$roots")))
    for one in _conditions(document):
        condition &= _condition(one)
    if not condition:
        raise UnitQueryError("$query doit porter au moins une condition.")
    page = _object(document.get("$filter") or {}, "$filter")
    for name in page:
        if name not in _FILTERS:
            raise UnitQueryError(f"« {name} » n’est pas admis dans $filter.")
    offset, limit = _number(page, "$offset", 0), _number(page, "$limit", MOST)
    if (offset + limit > MOST and "$offset" in page) or limit > MOST:
        raise UnitQueryError(f"$offset et $limit ne dépassent pas {MOST} à eux deux.")
    if document.get("$threshold") is not None:
        _number(document, "$threshold", 0)
    order = _order(_object(page.get("$orderby") or {}, "$orderby"))
    return UnitQuery(condition, offset, limit, _projection(document), order)


def parse_projection(document: Any) -> frozenset[str]:
    """Return the fields that a request by identifier asks for; empty for all.

    It holds nothing but its projection: no condition is left out there either.
    """
    if not document:
        return frozenset()
    for name, value in _object(document, "La requête").items():
        if name not in _PARTS:
            raise UnitQueryError(f"« {name} » n’est pas une partie d’une requête.")
        if name != "$projection" and value:
            raise UnitQueryError(f"{name} n’est pas admis avec un identifiant.")
    return _projection(document)


def _projection(document: Any) -> frozenset[str]:
    projection = _object(_object(document, "La requête").get("$projection") or {}, "$projection")
    fields = _object(projection.get("$fields") or {}, "$fields")
    if "$rules" in fields:
        raise UnitQueryError(RULES_REFUSED)
    return frozenset(name for name, wanted in fields.items() if wanted == 1)


def _order(wanted: Mapping[str, Any]) -> tuple[OrderBy, ...]:
    """Return the order asked: 1 upwards, -1 downwards, units without the field last.

    Texts follow the order of their characters, as existing clients know it, on any server.
    """
    order = []
    for field, way in wanted.items():
        if isinstance(way, bool) or way not in (1, -1):
            raise UnitQueryError(f"$orderby donne 1 ou -1 à « {field} ».")
        column = _ORDERS.get(field)
        if column is None and (field.startswith(("#", "_", "$")) or "." in field or not field):
            raise UnitQueryError(f"$orderby n’est pas admis sur « {field} ».")
        value: Any = F(column) if column else KeyTextTransform(field, "content")
        if column is None or column == "title":
            value = Collate(value, "C")
        order.append(OrderBy(value, descending=way == -1, nulls_last=True))
    return (*order, OrderBy(F("id")))


def _conditions(document: Mapping[str, Any]) -> list[Any]:
    """Return the conditions of a query; ``$depth`` may only say that the roots are meant."""
    given = document.get("$query") or []
    conditions = []
    for one in given if isinstance(given, list) else [given]:
        kept = dict(_object(one, "Une condition"))
        depth = kept.pop("$depth", None)
        if bool(document.get("$roots")) != (depth is not None):
            raise UnitQueryError("$roots et $depth vont ensemble.")
        if depth not in (None, 0):
            raise UnitQueryError("$depth ne peut valoir que 0 ici.")
        if kept:
            conditions.append(kept)
    return conditions


def _condition(value: Any, *, depth: int = 0) -> Q:
    if depth > DEEPEST:
        raise UnitQueryError(f"La requête a plus de {DEEPEST} niveaux.")
    if not isinstance(value, dict) or len(value) != 1:
        raise UnitQueryError("Une condition porte un opérateur et un seul.")
    ((operator, operand),) = value.items()
    if operator not in _CONDITIONS:
        known = ", ".join(sorted(_CONDITIONS))
        raise UnitQueryError(f"L’opérateur « {operator} » n’est pas admis ici ({known}).")
    if operator in ("$and", "$or"):
        parts = [_condition(one, depth=depth + 1) for one in _list(operand, operator)]
        if not parts:
            raise UnitQueryError(f"{operator} ne porte aucune condition.")
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part if operator == "$and" else joined | part
        return joined
    if not isinstance(operand, dict) or len(operand) != 1:
        raise UnitQueryError(f"{operator} nomme un champ et un seul.")
    ((field, wanted),) = operand.items()
    return _is_one_of(field, _list(wanted, operator) if operator == "$in" else [wanted])


def _is_one_of(field: str, values: list[Any]) -> Q:
    if field in _IDENTIFIER_COLUMNS:
        return Q(**{f"{_IDENTIFIER_COLUMNS[field]}__in": _identifiers(field, values)})
    if field == "#unitups":
        return Q(edges__parent_id__in=shown_among(_identifiers(field, values)))
    if field == "#allunitups":
        return Q(ancestors__overlap=list(shown_among(_identifiers(field, values))))
    if field in _IDENTIFIER_LISTS:
        return Q(**{f"{_IDENTIFIER_LISTS[field]}__overlap": _identifiers(field, values)})
    texts = [_text(field, value) for value in values]
    if field in _TEXT_COLUMNS:
        return Q(**{f"{_TEXT_COLUMNS[field]}__in": texts})
    if field in _TEXT_LISTS:
        return Q(**{f"{_TEXT_LISTS[field]}__overlap": texts})
    if field.startswith(("#", "_", "$")):
        raise UnitQueryError(f"Le champ « {field} » n’est pas admis ici.")
    # Metadata: found through the words of the search index, compared exactly on the unit.
    found = {one for text in texts for one in find_units_by_key(field, text, limit=MOST + 1)}
    if len(found) > MOST:
        raise UnitQueryError(f"Plus de {MOST} unités répondent à « {field} » : précisez.")
    return Q(id__in=found)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise UnitQueryError(f"La valeur de « {field} » est un texte.")
    return value


def _identifiers(field: str, values: list[Any]) -> list[uuid.UUID]:
    """Return the identifiers; one that is not of our form belongs to no unit, and finds none."""
    found = []
    for value in values:
        try:
            found.append(uuid.UUID(_text(field, value)))
        except ValueError as error:
            if isinstance(error, UnitQueryError):
                raise
    return found


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnitQueryError(f"{name} doit être un objet.")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise UnitQueryError(f"{name} porte une liste.")
    if len(value) > MOST:
        raise UnitQueryError(f"{name} porte plus de {MOST} éléments.")
    return value


def _number(shape: Mapping[str, Any], name: str, default: int) -> int:
    value = shape.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnitQueryError(f"{name} doit être un nombre entier.")
    return value
