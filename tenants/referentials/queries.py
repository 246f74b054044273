"""The peers' query language over a referential: few elements, so filtered in memory.

``{"$query": {"$eq": {"Name": "x"}}, "$filter": {"$limit": 10, "$offset": 0, "$orderby":
{"Name": 1}}, "$projection": {"$fields": {"Name": 1}}}``. An unknown operator is refused rather
than ignored.
"""

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_LIMIT = 10_000

Document = Mapping[str, Any]


class QueryRefusedError(ValueError):
    """The query is not understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a query found: the whole number, and the documents of one page."""

    total: int
    offset: int
    limit: int
    documents: tuple[dict[str, Any], ...]


def run_query(query: Any, documents: Sequence[Document]) -> Page:
    """Filter, order, page and project documents; raise ``QueryRefusedError``."""
    if not isinstance(query, dict):
        raise QueryRefusedError("a query is an object")
    conditions = query.get("$query") or {}
    conditions = conditions if isinstance(conditions, list) else [conditions]
    tests = [_condition(condition) for condition in conditions if condition]
    found = [document for document in documents if all(test(document) for test in tests)]
    shape = _object(query.get("$filter"), "$filter")
    for name, direction in reversed(_object(shape.get("$orderby"), "$orderby").items()):
        found.sort(key=lambda one, name=name: str(one.get(name, "")), reverse=direction == -1)  # type: ignore[misc]
    offset, limit = _number(shape, "$offset", 0), _number(shape, "$limit", DEFAULT_LIMIT)
    fields = _object(_object(query.get("$projection"), "$projection").get("$fields"), "$fields")
    page = found[offset : offset + limit]
    return Page(len(found), offset, limit, tuple(_project(one, fields) for one in page))


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise QueryRefusedError(f"{name} is an object")
    return value


def _number(shape: Mapping[str, Any], name: str, default: int) -> int:
    value = shape.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise QueryRefusedError(f"{name} is a whole number")
    return value


def _project(document: Document, fields: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name for name, wanted in fields.items() if wanted == 1}
    return {key: value for key, value in document.items() if not kept or key in kept}


Test = Callable[[Document], bool]


def _condition(condition: Any) -> Test:
    if not isinstance(condition, dict) or not condition:
        raise QueryRefusedError("a condition is an object")
    tests = [_operator(name, value) for name, value in condition.items() if name != "$depth"]
    return lambda document: all(test(document) for test in tests)


def _operator(name: str, value: Any) -> Test:
    if name in ("$and", "$or", "$not"):
        if not isinstance(value, list):
            raise QueryRefusedError(f"{name} is a list")
        tests = [_condition(one) for one in value]
        if name == "$or":
            return lambda document: any(test(document) for test in tests)
        wanted = name == "$and"
        return lambda document: all(test(document) is wanted for test in tests)
    if name == "$exists":
        return lambda document: document.get(str(value)) is not None
    compare = _COMPARISONS.get(name)
    if compare is None:
        raise QueryRefusedError(f"unknown operator {name}")
    if not isinstance(value, dict) or len(value) != 1:
        raise QueryRefusedError(f"{name} names one field")
    ((field, operand),) = value.items()
    return lambda document: _holds(compare, document.get(field), operand, field)


def _holds(compare: Callable[[Any, Any], bool], value: Any, operand: Any, field: str) -> bool:
    values = value if isinstance(value, list) else [value]
    try:
        return any(compare(one, operand) for one in values if one is not None)
    except TypeError as error:
        raise QueryRefusedError(f"{field} cannot be compared so") from error


def _range(value: Any, bounds: Any) -> bool:
    if not isinstance(bounds, dict):
        raise QueryRefusedError("$range has bounds")
    return all(_COMPARISONS[name](value, bound) for name, bound in bounds.items())


def _words(value: Any, text: Any) -> bool:
    present = set(re.findall(r"\w+", str(value).lower()))
    return bool(present.intersection(re.findall(r"\w+", str(text).lower())))


def _every_word(value: Any, text: Any) -> bool:
    return set(re.findall(r"\w+", str(text).lower())) <= set(re.findall(r"\w+", str(value).lower()))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, operand: bool(value == operand),
    "$ne": lambda value, operand: bool(value != operand),
    "$in": lambda value, operand: value in operand,
    "$nin": lambda value, operand: value not in operand,
    "$gt": lambda value, operand: bool(value > operand),
    "$gte": lambda value, operand: bool(value >= operand),
    "$lt": lambda value, operand: bool(value < operand),
    "$lte": lambda value, operand: bool(value <= operand),
    "$range": _range,
    "$wildcard": lambda value, operand: fnmatch.fnmatchcase(str(value), str(operand)),
    "$match": _words,
    "$match_all": _every_word,
    "$match_phrase": lambda value, operand: str(operand).lower() in str(value).lower(),
    "$match_phrase_prefix": lambda value, operand: str(operand).lower() in str(value).lower(),
    "$search": _words,
}
