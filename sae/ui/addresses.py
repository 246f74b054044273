"""The address holds the state of a list: filters, sort, page. One way to change part of it."""

from typing import Any

from django.http import QueryDict

# Names in the query string, French since readers see and share them.
QUICK = "q"
SORT = "tri"
PAGE = "page"
PER_PAGE = "par_page"
EXPORT = "export"


def with_query(query: QueryDict, **changes: Any) -> str:
    """Return ``?…`` with parameters replaced, or removed when ``None``; ``?`` when none is left.

    >>> with_query(QueryDict("q=eau&page=3"), page=None, tri="-date")
    '?q=eau&tri=-date'
    """
    changed = query.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        elif isinstance(value, (list, tuple)):
            changed.setlist(name, [str(one) for one in value])
        else:
            changed[name] = str(value)
    for name in [name for name, values in changed.lists() if not any(values)]:
        del changed[name]
    return f"?{changed.urlencode()}"
