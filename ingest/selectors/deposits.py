"""Deposits of the coffre in scope, and what is read beside one of them."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from ingest.connectors.models import ConnectorAccess
from ingest.models import Deposit
from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit, ObjectGroup
from sae.holdings.selectors.units import shown_among
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from tenants.models import Account, Agency, ApiToken
from tenants.rights.deposits import DepositSight

State = Deposit.State

STATUS_QUERIES: dict[str, Q] = {
    "QUEUED": Q(state=State.QUEUED),
    "RUNNING": Q(state=State.RUNNING),
    "WAITING": Q(state=State.WAITING),
    "PAUSED": Q(state=State.PAUSED) & ~Q(outcome=Outcome.FATAL.name),
    "OK": Q(state=State.COMPLETED, outcome=Outcome.OK.name, cancelled_at=None),
    "WARNING": Q(state=State.COMPLETED, outcome=Outcome.WARNING.name, cancelled_at=None),
    "KO": Q(state=State.COMPLETED, outcome=Outcome.KO.name),
    "FATAL": Q(outcome=Outcome.FATAL.name),
    "CANCELLED": Q(cancelled_at__isnull=False),
}
"""The one word shown for a deposit, by what its state and outcome are."""

LIVE_STATES = (State.QUEUED, State.RUNNING, State.WAITING)


def deposits(sight: DepositSight) -> QuerySet[Deposit]:
    """Return the deposits in sight of the coffre in scope, latest first."""
    found: QuerySet[Deposit] = Deposit.objects.filter(seen_through(sight))
    return found.order_by("-received_at", "-id")


def seen_through(sight: DepositSight) -> Q:
    """Return the filter of the deposits in sight.

    What a deposit names is known once its header is read: until then it is its owner's alone.
    """
    if sight.everything:
        return Q()
    seen = Q(account_id=sight.owner_id) if sight.owner_id else Q(pk__in=())
    if sight.context_id:
        seen |= Q(context_id=sight.context_id)
    for grant in sight.grants:
        chosen = Q()
        if grant.contracts:
            chosen &= Q(archival_agreement__in=grant.contracts)
        if grant.agencies:
            chosen &= Q(originating_agency__in=grant.agencies)
        if chosen:
            seen |= chosen
    return seen


def registered_under(*, agreement: str = "", profile: str = "") -> QuerySet[Any, uuid.UUID]:
    """Return the deposits that the register says were made under a contract, or a profile."""
    lines = AccessionRegisterDetail.objects.all()
    if agreement:
        lines = lines.filter(archival_agreement=agreement)
    if profile:
        lines = lines.filter(archival_profile=profile)
    return lines.values_list("operation_id", flat=True)


def in_sight_among(
    identifiers: Collection[uuid.UUID], sight: DepositSight
) -> QuerySet[Any, uuid.UUID]:
    """Return those identifiers that are deposits in sight."""
    return deposits(sight).filter(id__in=identifiers).values_list("id", flat=True)


def find_deposit(identifier: uuid.UUID, sight: DepositSight) -> Deposit | None:
    """Return a deposit of the coffre in scope, ``None`` when unknown there or out of sight."""
    return deposits(sight).filter(id=identifier).first()


def status_key(deposit: Deposit) -> str:
    """Return the key of the word shown for a deposit (see ``sae.ui.statuses``)."""
    if deposit.cancelled_at is not None:
        return "CANCELLED"
    if deposit.outcome == Outcome.FATAL.name:
        return deposit.outcome
    if deposit.state == State.COMPLETED:
        return deposit.outcome or Outcome.OK.name
    return deposit.state.upper()


def is_live(deposit: Deposit) -> bool:
    """Tell whether the deposit may still change by itself."""
    return deposit.state in LIVE_STATES


def attempts_of(deposit: Deposit, sight: DepositSight, *, most: int = 10) -> list[Deposit]:
    """Return the other deposits in sight of the same message, latest first."""
    if not deposit.message_identifier:
        return []
    same = deposits(sight).filter(message_identifier=deposit.message_identifier)
    return list(same.exclude(id=deposit.id)[:most])


def names_of(account_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of accounts, applications, connectors; an anonymised one has none."""
    wanted = {identifier for identifier in account_ids if identifier}
    if not wanted:
        return {}
    names = dict(Account.objects.filter(id__in=wanted).values_list("id", "name"))
    missing = wanted - names.keys()
    if missing:
        names.update(ApiToken.objects.filter(id__in=missing).values_list("id", "name"))
        names.update(ConnectorAccess.objects.filter(id__in=missing).values_list("id", "login"))
    return names


def agency_names(identifiers: Iterable[str]) -> dict[str, str]:
    """Return the names of agencies; one unknown to the referential keeps its identifier."""
    wanted = {identifier for identifier in identifiers if identifier}
    if not wanted:
        return {}
    known = Agency.objects.filter(identifier__in=wanted).values_list("identifier", "name")
    return {one: one for one in wanted} | dict(known)


def agencies_met(sight: DepositSight) -> list[tuple[str, str]]:
    """Return the originating agencies that deposits in sight name, with their names."""
    met = list(
        Deposit.objects.filter(seen_through(sight))
        .exclude(originating_agency="")
        .order_by("originating_agency")
        .values_list("originating_agency", flat=True)
        .distinct()
    )
    names = agency_names(met)
    return [(identifier, names[identifier]) for identifier in met]


@dataclass(frozen=True, slots=True)
class Created:
    """What a deposit brought into the fonds: its top units, and how many in all."""

    units: tuple[ArchiveUnit, ...]
    unit_count: int
    group_count: int


def created_by(deposit: Deposit, *, most: int = 20) -> Created:
    """Return the highest units that a deposit created, those in sight, then the number of all.

    The number is that of the deposit's report; names are those that the reader may see.
    """
    units = ArchiveUnit.objects.filter(operation_id=deposit.id)
    count = units.count()
    top = list(units.order_by("depth", "id")[:most]) if count else []
    highest = top[0].depth if top else 0
    shown = shown_among([unit.id for unit in top]) if top else ()
    return Created(
        units=tuple(unit for unit in top if unit.depth == highest and unit.id in shown),
        unit_count=count,
        group_count=ObjectGroup.objects.filter(operation_id=deposit.id).count() if count else 0,
    )


def kept_files(deposit: Deposit) -> dict[str, StoredObject]:
    """Return what is kept of the deposit itself, by nature: manifest, reply, report, package."""
    kinds = StoredObject.Kind
    wanted = (kinds.MANIFEST, kinds.REPLY, kinds.REPORT, kinds.PACKAGE)
    found = StoredObject.objects.filter(operation_id=deposit.id, kind__in=wanted)
    return {str(stored.kind): stored for stored in found.order_by("created_at")}
