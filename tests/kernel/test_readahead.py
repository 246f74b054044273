"""Items are made ahead, in order, and what goes wrong is told."""

import threading
from collections.abc import Iterator

import pytest

from sae.kernel.readahead import read_ahead


def test_items_come_in_order_and_the_next_is_made_meanwhile() -> None:
    second_made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_made.set()
        yield 2

    coming = read_ahead(items())
    assert next(coming) == 1
    assert second_made.wait(5)
    assert list(coming) == [2]


def test_what_the_source_raises_is_raised_here() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("two")

    coming = read_ahead(items())
    assert next(coming) == 1
    with pytest.raises(LookupError, match="two"):
        next(coming)


def test_a_caller_that_gives_up_leaves_no_thread() -> None:
    before = threading.active_count()
    coming = read_ahead(iter(range(1000)))
    assert next(coming) == 0
    coming.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert list(read_ahead([])) == []
