"""Prepare the next batch while the last one is being sent."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")

_END: Any = object()


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield ``items``, each made by a thread while the caller deals with the one before.

    Worth it when making them is computation and the caller mostly waits for a database or a
    server: both then go on at once. At most one item is made in advance. ``items`` must not use
    what belongs to the caller's thread: a database connection, a context variable. What it raises
    is raised here.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming = thread.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, source, _END)
            yield item
