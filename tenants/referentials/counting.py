"""Who relies on an element of a referential today: units, objects, deposits, contracts, profiles.

What is used cannot leave: ``usage`` and the kinds themselves refuse, ``count_uses`` names the
users.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Model, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit, DataObject
from sae.tenancy.models import Tenant
from sae.tenancy.scope import current_tenant_id, tenant_scope
from tenants.applications.others import other_accesses
from tenants.models import (
    AccessContract,
    ApiToken,
    ArchiveUnitProfile,
    Context,
    IngestContract,
    PreservationScenario,
    Profile,
)
from tenants.referentials.under_way import deposits_under_way

MOST_NAMED = 10
"""Deposits under way that are named, each with its link."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A user that is no element of this coffre's referentials: its words, and where it stands.

    ``url_name`` is empty when there is no page of it here.
    """

    label: str
    url_name: str = ""
    argument: str = ""


@dataclass(slots=True)
class Uses:
    """How much relies on an element, and the names of those that say so.

    ``named_by`` holds ``(kind, identifier)`` of the elements of other referentials that name it.
    """

    units: int = 0
    objects: int = 0
    deposits: int = 0
    named_by: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.units or self.objects or self.deposits or self.named_by or self.elsewhere)


Found = dict[str, Uses]
Counter = Callable[[set[str], Found], None]


def count_uses(kind: str, identifiers: Collection[str]) -> dict[str, Uses]:
    """Return who uses each of the elements, those that nobody uses left out."""
    wanted = set(identifiers)
    found: Found = defaultdict(Uses)
    for count in _COUNTERS.get(kind, ()) if wanted else ():
        count(wanted, found)
    for one, deposits in deposits_under_way(kind, wanted).items():
        found[one].elsewhere += [
            Elsewhere(
                _("%(number)s, en cours") % {"number": deposit.reference},
                "deposit",
                deposit.deposit_id,
            )
            for deposit in deposits[:MOST_NAMED]
        ]
        if (more := len(deposits) - MOST_NAMED) > 0:
            words = ngettext("%(n)s autre en cours", "%(n)s autres en cours", more)
            found[one].elsewhere.append(Elsewhere(words % {"n": more}, "deposits"))
    return {one: found[one] for one in identifiers if found.get(one)}


# -- the fonds ---------------------------------------------------------------------------------


def _agency_units(wanted: set[str], found: Found) -> None:
    rows = (
        AccessionRegisterDetail.objects.filter(originating_agency__in=wanted)
        .values("originating_agency")
        .annotate(units=Sum("units_remained"))
    )
    for row in rows:
        found[row["originating_agency"]].units = row["units"] or 0


def _rule_units(wanted: set[str], found: Found) -> None:
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
        for identifier, units in cursor.fetchall():
            found[identifier].units = units


def _term_units(wanted: set[str], found: Found) -> None:
    """Count the units that say something under each vocabulary: one pass over the coffre.

    Those of the organisation alone: the platform's are everywhere, and cannot leave.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT said.name, count(*) "  # noqa: S608
            f"FROM {ArchiveUnit._meta.db_table} unit, unnest(%s::text[]) AS said(name) "
            "WHERE unit.tenant_id = %s AND unit.content ? said.name GROUP BY 1",
            [sorted(wanted), current_tenant_id()],
        )
        for identifier, units in cursor.fetchall():
            found[identifier].units = units


def _unit_profile_units(wanted: set[str], found: Found) -> None:
    rows = ArchiveUnit.objects.filter(archive_unit_profile__in=wanted)
    for row in rows.values("archive_unit_profile").annotate(units=Count("id")):
        found[row["archive_unit_profile"]].units = row["units"]


def _format_objects(wanted: set[str], found: Found) -> None:
    """Count the objects of each format: one pass over those of the coffre."""
    rows = DataObject.objects.filter(format_id__in=wanted).values("format_id")
    for row in rows.annotate(objects=Count("id")):
        found[row["format_id"]].objects = row["objects"]


def _register(column: str) -> Counter:
    """Return a counter of the deposits that the register says were made under an element."""

    def count(wanted: set[str], found: Found) -> None:
        rows = AccessionRegisterDetail.objects.filter(**{f"{column}__in": wanted}).values(column)
        for row in rows.annotate(deposits=Count("operation", distinct=True)):
            found[row[column]].deposits = row["deposits"]

    return count


# -- other referentials ------------------------------------------------------------------------


def _named(model: type[Model], column: str, kind: str) -> Counter:
    """Return a counter of the elements of another referential that name one of these."""

    def count(wanted: set[str], found: Found) -> None:
        for row in model.objects.all():  # type: ignore[attr-defined]
            value = getattr(row, column)
            for one in wanted.intersection([value] if isinstance(value, str) else value):
                found[one].named_by.append((kind, row.identifier))

    return count


def _griffin_scenarios(wanted: set[str], found: Found) -> None:
    for scenario in PreservationScenario.objects.all():
        runs = [*scenario.griffins_by_format, *filter(None, [scenario.default_griffin])]
        for one in wanted.intersection(run["GriffinIdentifier"] for run in runs):
            found[one].named_by.append(("scenarios", scenario.identifier))


def _contexts(name: str) -> Counter:
    """Return a counter of the contexts that open a contract of this coffre, wherever they live."""

    def count(wanted: set[str], found: Found) -> None:
        here = Tenant.objects.get(id=current_tenant_id())
        for coffre in Tenant.objects.filter(organisation_id=here.organisation_id):
            with tenant_scope(coffre.id):
                contexts = list(Context.objects.all())
            for context in contexts:
                opened = {
                    one
                    for permission in context.permissions
                    if permission["tenant"] == here.number
                    for one in permission.get(name, ())
                }
                for one in wanted & opened:
                    if coffre.id == here.id:
                        found[one].named_by.append(("contexts", context.identifier))
                    else:
                        label = f"{context.identifier} ({coffre.name})"
                        found[one].elsewhere.append(Elsewhere(label))

    return count


# -- people and applications -------------------------------------------------------------------


def _rights_profiles(wanted: set[str], found: Found) -> None:
    here = Tenant.objects.get(id=current_tenant_id())
    proof = Tenant.objects.get(organisation_id=here.organisation_id, kind=Tenant.Kind.PROOF)
    with tenant_scope(proof.id):
        for profile in Profile.objects.filter(coffre_id=here.id):
            for one in wanted.intersection(profile.access_contracts):
                found[one].elsewhere.append(Elsewhere(profile.name, "profile", str(profile.id)))


def _applications(wanted: set[str], found: Found) -> None:
    for token in ApiToken.objects.filter(context_id__in=wanted, revoked_at=None):
        place = Elsewhere(token.name, "application", str(token.id))
        found[token.context_id].elsewhere.append(place)


def _other_doors(column: str) -> Counter:
    """Return a counter of the accesses of connectors that name an element."""

    def count(wanted: set[str], found: Found) -> None:
        for access in other_accesses():
            if (one := getattr(access, column)) in wanted:
                found[one].elsewhere.append(Elsewhere(access.name, "applications"))

    return count


_COUNTERS: Mapping[str, tuple[Counter, ...]] = {
    "agencies": (
        _agency_units,
        _named(AccessContract, "originating_agencies", "accesscontracts"),
    ),
    "rules": (_rule_units,),
    "ingestcontracts": (
        _register("archival_agreement"),
        _contexts("IngestContracts"),
        _other_doors("ingest_contract"),
    ),
    "accesscontracts": (_contexts("AccessContracts"), _rights_profiles),
    "managementcontracts": (_named(IngestContract, "management_contract_id", "ingestcontracts"),),
    "contexts": (_applications, _other_doors("context_id")),
    "securityprofiles": (_named(Context, "security_profile", "contexts"),),
    "archiveprofiles": (
        _register("archival_profile"),
        _named(IngestContract, "archive_profiles", "ingestcontracts"),
    ),
    "archiveunitprofiles": (_unit_profile_units,),
    "formats": (_format_objects, _named(IngestContract, "format_types", "ingestcontracts")),
    "ontologies": (_term_units, _named(ArchiveUnitProfile, "fields", "archiveunitprofiles")),
    "griffins": (_griffin_scenarios,),
}
