"""Who relies on an element of a referential today: units, deposits, contracts, profiles."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit
from sae.tenancy.scope import current_tenant_id
from tenants.models import (
    AccessContract,
    ArchiveUnitProfile,
    Context,
    IngestContract,
    PreservationScenario,
)


@dataclass(frozen=True, slots=True)
class Uses:
    """Numbers of units, and of the elements of other referentials that name it."""

    units: int = 0
    named_by: tuple[tuple[str, str], ...] = ()
    """``(kind, identifier)`` of the elements of other referentials that name it."""

    def __bool__(self) -> bool:
        return bool(self.units or self.named_by)


Names = dict[str, list[tuple[str, str]]]


def count_uses(kind: str, identifiers: Collection[str]) -> dict[str, Uses]:
    """Return who uses each of the elements, those that nobody uses left out."""
    if not identifiers or kind not in _COUNTERS:
        return {}
    units, names = _COUNTERS[kind](set(identifiers))
    return {
        one: Uses(units.get(one, 0), tuple(names.get(one, ())))
        for one in identifiers
        if units.get(one) or names.get(one)
    }


def _of_agencies(wanted: set[str]) -> tuple[Mapping[str, int], Names]:
    rows = (
        AccessionRegisterDetail.objects.filter(originating_agency__in=wanted)
        .values("originating_agency")
        .annotate(units=Sum("units_remained"))
    )
    units = {row["originating_agency"]: row["units"] or 0 for row in rows}
    names: Names = {}
    for contract in AccessContract.objects.filter(originating_agencies__overlap=list(wanted)):
        for one in wanted.intersection(contract.originating_agencies):
            names.setdefault(one, []).append(("accesscontracts", contract.identifier))
    return units, names


def _of_rules(wanted: set[str]) -> tuple[Mapping[str, int], Names]:
    """Count the units that declare each rule: one pass over those that declare any."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT used.rule #>> '{{}}', count(DISTINCT unit.id) "  # noqa: S608
            f"FROM {ArchiveUnit._meta.db_table} unit, "
            "LATERAL jsonb_path_query(unit.management, 'lax $.*.Rules[*].Rule') AS used(rule) "
            "WHERE unit.tenant_id = %s AND unit.management <> '{}' "
            "AND used.rule #>> '{}' = ANY(%s) GROUP BY 1",
            [current_tenant_id(), sorted(wanted)],
        )
        return Counter(dict(cursor.fetchall())), {}


def _named(
    model: type, column: str, kind: str
) -> Callable[[set[str]], tuple[Mapping[str, int], Names]]:
    """Return a counter of the elements of another referential that name one of these."""

    def count(wanted: set[str]) -> tuple[Mapping[str, int], Names]:
        names: Names = {}
        for row in model.objects.all():  # type: ignore[attr-defined]
            value = getattr(row, column)
            for one in wanted.intersection([value] if isinstance(value, str) else value):
                names.setdefault(one, []).append((kind, row.identifier))
        return {}, names

    return count


def formats_in_contracts(identifiers: Collection[str]) -> set[str]:
    """Return those of the formats that an ingest contract allows by name."""
    wanted = set(identifiers)
    rows = IngestContract.objects.values_list("format_types", flat=True) if wanted else []
    return {puid for named in rows for puid in named} & wanted


def _of_security_profiles(wanted: set[str]) -> tuple[Mapping[str, int], Names]:
    return _named(Context, "security_profile", "contexts")(wanted)


def _of_griffins(wanted: set[str]) -> tuple[Mapping[str, int], Names]:
    names: Names = {}
    for scenario in PreservationScenario.objects.all():
        runs = [*scenario.griffins_by_format, *filter(None, [scenario.default_griffin])]
        for one in wanted.intersection(run["GriffinIdentifier"] for run in runs):
            names.setdefault(one, []).append(("scenarios", scenario.identifier))
    return {}, names


_COUNTERS: Mapping[str, Callable[[set[str]], tuple[Mapping[str, int], Names]]] = {
    "agencies": _of_agencies,
    "rules": _of_rules,
    "archiveprofiles": _named(IngestContract, "archive_profiles", "ingestcontracts"),
    "managementcontracts": _named(IngestContract, "management_contract_id", "ingestcontracts"),
    "formats": _named(IngestContract, "format_types", "ingestcontracts"),
    "ontologies": _named(ArchiveUnitProfile, "fields", "archiveunitprofiles"),
    "securityprofiles": _of_security_profiles,
    "griffins": _of_griffins,
}
