"""What the operator sees of an organisation: numbers and states, never a title nor a name.

Read across tenants in one scope, with one query per kind of figure whatever the number of
organisations; the reading leaves its line in the platform's journal.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from sae.holdings.models import AccessionRegisterDetail
from sae.jobs.models import Job, JobState
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.storage.models import ObjectCopy
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope
from tenants.models import Account

RECENT = dt.timedelta(days=30)
READING = "organisations: volumes and health"
VERIFICATION = "JOURNAL_VERIFICATION"
_BROKEN = (ObjectCopy.State.MISSING, ObjectCopy.State.CORRUPT)


@dataclass(frozen=True, slots=True)
class CoffreFigures:
    """One coffre in numbers. ``size`` in bytes; ``verified``: how the journal was last found."""

    coffre: Tenant
    units: int = 0
    objects: int = 0
    size: int = 0
    deposits: int = 0
    failed_jobs: int = 0
    broken_copies: int = 0
    last_activity: dt.datetime | None = None
    verified_at: dt.datetime | None = None
    verified: str = ""

    @property
    def is_journal_broken(self) -> bool:
        return self.verified not in ("", Outcome.OK.name, Outcome.STARTED.name)


@dataclass(frozen=True, slots=True)
class OrganisationFigures:
    """One organisation in numbers, its coffres together."""

    organisation: Organisation
    accounts: int = 0
    coffres: tuple[CoffreFigures, ...] = field(default=())

    @property
    def archives(self) -> tuple[CoffreFigures, ...]:
        return tuple(one for one in self.coffres if one.coffre.kind == Tenant.Kind.ARCHIVES)

    @property
    def units(self) -> int:
        return sum(one.units for one in self.coffres)

    @property
    def objects(self) -> int:
        return sum(one.objects for one in self.coffres)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.coffres)

    @property
    def deposits(self) -> int:
        return sum(one.deposits for one in self.coffres)

    @property
    def failed_jobs(self) -> int:
        return sum(one.failed_jobs for one in self.coffres)

    @property
    def broken_copies(self) -> int:
        return sum(one.broken_copies for one in self.coffres)

    @property
    def broken_journals(self) -> int:
        return sum(one.is_journal_broken for one in self.coffres)

    @property
    def unverified_journals(self) -> int:
        return sum(not one.verified for one in self.coffres)

    @property
    def last_activity(self) -> dt.datetime | None:
        moments = [one.last_activity for one in self.coffres if one.last_activity]
        return max(moments, default=None)

    @property
    def health(self) -> str:
        """The worst of what is known: a key of ``sae.ui.statuses``."""
        if self.broken_journals or self.broken_copies:
            return "FATAL"
        if self.failed_jobs:
            return "WARNING"
        return "OK"


def figures_of(organisations: Iterable[Organisation]) -> dict[uuid.UUID, OrganisationFigures]:
    """Return the figures of organisations by identifier."""
    wanted = {one.id: one for one in organisations}
    since = clock.now() - RECENT
    with platform_scope(reason=READING):
        accounts = _by(
            Account.objects.filter(organisation__in=wanted, is_active=True).values_list(
                "organisation"
            ),
            Count("id"),
        )
        lasts = Operation.objects.filter(tenant_id=OuterRef("id")).order_by("-id")
        checks = lasts.filter(type=VERIFICATION)
        coffres = list(
            Tenant.objects.filter(organisation__in=wanted)
            .order_by("number")
            .annotate(
                last_activity=Subquery(lasts.values("started_at")[:1]),
                verified=Subquery(checks.values("outcome")[:1]),
                verified_at=Subquery(checks.values("started_at")[:1]),
            )
        )
        ids = [coffre.id for coffre in coffres]
        held = {
            row["tenant"]: row
            for row in AccessionRegisterDetail.objects.filter(tenant__in=ids)
            .order_by("tenant")
            .values("tenant")
            .annotate(
                units=Coalesce(Sum("units_remained"), 0),
                objects=Coalesce(Sum("objects_remained"), 0),
                size=Coalesce(Sum("size_remained"), 0),
            )
        }
        deposits = _by(
            Operation.objects.filter(
                tenant__in=ids, category="INGEST", started_at__gte=since
            ).values_list("tenant"),
            Count("id"),
        )
        failed = _by(
            Job.objects.filter(tenant__in=ids, state=JobState.QUARANTINED).values_list("tenant"),
            Count("id"),
        )
        broken = _by(
            ObjectCopy.objects.filter(tenant__in=ids, state__in=_BROKEN).values_list("tenant"),
            Count("id"),
        )
    by_organisation: dict[uuid.UUID, list[CoffreFigures]] = {one: [] for one in wanted}
    for coffre in coffres:
        row = held.get(coffre.id, {})
        by_organisation[coffre.organisation_id].append(
            CoffreFigures(
                coffre=coffre,
                units=int(row.get("units", 0)),
                objects=int(row.get("objects", 0)),
                size=int(row.get("size", 0)),
                deposits=deposits.get(coffre.id, 0),
                failed_jobs=failed.get(coffre.id, 0),
                broken_copies=broken.get(coffre.id, 0),
                last_activity=coffre.last_activity,
                verified_at=coffre.verified_at,
                verified=coffre.verified or "",
            )
        )
    return {
        one: OrganisationFigures(wanted[one], accounts.get(one, 0), tuple(by_organisation[one]))
        for one in wanted
    }


def _by(rows: Any, figure: Count | Max) -> dict[uuid.UUID, int]:
    """Return a figure by the single column of ``rows``."""
    return dict(rows.order_by().annotate(figure=figure))
