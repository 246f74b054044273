"""The accession register (registre des fonds), by line and in sum."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from sae.holdings.models import AccessionRegisterDetail
from sae.holdings.projection import SearchQuery, search


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a coffre (or an agency in it) holds now. ``size`` in bytes."""

    units: int = 0
    groups: int = 0
    objects: int = 0
    size: int = 0
    deposits: int = 0


@dataclass(frozen=True, slots=True)
class AgencySummary:
    """One agency of the register: what came in, what remains."""

    originating_agency: str
    units_ingested: int
    units_remained: int
    groups_ingested: int
    groups_remained: int
    objects_ingested: int
    objects_remained: int
    size_ingested: int
    size_remained: int
    deposits: int


def register_lines(*, originating_agency: str = "") -> QuerySet[AccessionRegisterDetail]:
    """Return the lines of the register, the latest first."""
    wanted = Q(originating_agency=originating_agency) if originating_agency else Q()
    return AccessionRegisterDetail.objects.filter(wanted).order_by("-created_at", "id")


def register_summary() -> list[AgencySummary]:
    """Return the register in sum by originating agency, in the order of their names."""
    counters = [
        f"{what}_{when}"
        for what in ("units", "groups", "objects", "size")
        for when in ("ingested", "remained")
    ]
    rows = (
        AccessionRegisterDetail.objects.order_by("originating_agency")
        .values("originating_agency")
        .annotate(deposits=Count("id"), **{f"sum_{name}": Sum(name) for name in counters})
    )
    return [
        AgencySummary(
            originating_agency=row["originating_agency"],
            deposits=row["deposits"],
            **{name: int(row[f"sum_{name}"]) for name in counters},
        )
        for row in rows
    ]


def units_in_sight() -> tuple[int, bool]:
    """Return how many units the open sight shows, and whether the count was stopped there."""
    page = search(SearchQuery(limit=1), with_facets=False)
    return page.total, page.capped


def holdings() -> Holdings:
    """Return what the coffre holds, from the register: counting a million units takes a second."""
    sums = AccessionRegisterDetail.objects.aggregate(
        units=Sum("units_remained"),
        groups=Sum("groups_remained"),
        objects=Sum("objects_remained"),
        size=Sum("size_remained"),
        deposits=Count("id"),
    )
    return Holdings(**{name: int(value or 0) for name, value in sums.items()})
