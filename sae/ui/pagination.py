"""Where one stands in a list, and the addresses around it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import HttpRequest

from sae.ui.addresses import PAGE, PER_PAGE, with_query

PAGE_SIZES = (25, 50, 100)


@dataclass(frozen=True, slots=True)
class PageSize:
    size: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """What ``{% pager %}`` shows. Keyset lists leave ``page`` and ``pages`` None.

    ``total`` None: not counted. ``first`` and ``last`` count from 1; both 0 when nothing is there.
    """

    first: int
    last: int
    total: int | None = None
    page: int | None = None
    pages: int | None = None
    previous_url: str = ""
    next_url: str = ""
    sizes: tuple[PageSize, ...] = ()


def page_sizes(
    request: HttpRequest, current: int, sizes: Iterable[int] = PAGE_SIZES
) -> tuple[PageSize, ...]:
    """Return the page sizes on offer; choosing one goes back to the first page."""
    every = sorted({*sizes, current})
    return tuple(
        PageSize(size, with_query(request.GET, **{PER_PAGE: size, PAGE: None}), size == current)
        for size in every
    )


def page_of(request: HttpRequest, rows: Any, *, size: int = PAGE_SIZES[0]) -> Page:
    """Return the asked page of ``rows``; an impossible number gives the nearest real one."""
    paginator: Paginator[Any] = Paginator(rows, asked_size(request, default=size))
    try:
        return paginator.page(request.GET.get(PAGE, "1"))
    except PageNotAnInteger:
        return paginator.page(1)
    except EmptyPage:
        return paginator.page(paginator.num_pages)


def asked_size(request: HttpRequest, *, default: int, most: int = PAGE_SIZES[-1]) -> int:
    """Return the lines per page asked in the address, else preferred, else ``default``."""
    from_address = request.GET.get(PER_PAGE, "")
    # Python refuses to read a number of thousands of digits.
    if re.fullmatch(r"[0-9]{1,4}", from_address) and 1 <= int(from_address) <= most:
        return int(from_address)
    return default


def pager_of(request: HttpRequest, page: Page, *, sizes: Iterable[int] = PAGE_SIZES) -> Pager:
    """Describe a page of a counted list."""
    query = request.GET
    return Pager(
        first=page.start_index(),
        last=page.end_index(),
        total=page.paginator.count,
        page=page.number,
        pages=page.paginator.num_pages,
        previous_url=(
            with_query(query, **{PAGE: page.previous_page_number()}) if page.has_previous() else ""
        ),
        next_url=with_query(query, **{PAGE: page.next_page_number()}) if page.has_next() else "",
        sizes=page_sizes(request, page.paginator.per_page, sizes),
    )
