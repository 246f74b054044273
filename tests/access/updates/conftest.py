"""A fonds to modify: a plan, two folders, ten pieces; the rules it names, and a contract."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.test import Client

from sae.holdings.models import ArchiveUnit, MassOperation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast

RULES = (
    ("APP-00001", "AppraisalRule", 10),
    ("APP-00002", "AppraisalRule", 5),
    ("ACC-00001", "AccessRule", 25),
    ("HOL-00001", "HoldRule", None),
    ("HOL-00002", "HoldRule", 2),
)


@dataclass
class Shelf:
    """The fonds of the tests, in the coffre of Aline."""

    cast: Cast
    plan: Built
    folder: Built
    other: Built
    pieces: list[Built]
    position: Built

    @property
    def coffre(self) -> Tenant:
        return self.cast.coffre_a

    @property
    def aline(self) -> Client:
        return self.cast.client(self.cast.aline)

    @property
    def basile(self) -> Client:
        return self.cast.client(self.cast.basile)

    @property
    def piece_ids(self) -> list[uuid.UUID]:
        return [one.id for one in self.pieces]

    @contextmanager
    def scope(self) -> Iterator[None]:
        with tenant_scope(self.coffre.id):
            yield

    def unit(self, unit: Built | uuid.UUID) -> ArchiveUnit:
        with self.scope():
            return ArchiveUnit.objects.get(id=getattr(unit, "id", unit))

    def mass(self, mass_id: uuid.UUID) -> MassOperation:
        with self.scope():
            return MassOperation.objects.get(id=mass_id)


def make_shelf(cast: Cast, *, pieces: int = 10) -> Shelf:
    """Write the fonds in the coffre of Aline."""
    moment = clock.now()
    with tenant_scope(cast.coffre_a.id):
        for identifier, category, years in RULES:
            ManagementRule.objects.create(
                identifier=identifier,
                category=category,
                value=f"Règle {identifier}",
                duration=years,
                measurement="YEAR" if years else "",
                created_at=moment,
                updated_at=moment,
            )
        fonds = FondsBuilder()
        plan = fonds.unit("Commune", level="Fonds", unit_type="FILING_UNIT")
        folder = fonds.unit(
            "Marché de la toiture",
            under=plan,
            level="File",
            description="Couverture du gymnase",
            content={
                "StartDate": "2014-03-03",
                "EndDate": "2015-06-30",
                "ChampLibre": ["gardé"],
                "OriginatingAgencyArchiveUnitIdentifier": ["2018-044/021"],
                "Keyword": [
                    {"KeywordContent": "Gymnase", "KeywordType": "geogname", "Origine": "x"}
                ],
            },
            management=b'{"AppraisalRule": {"Rules": [{"Rule": "APP-00001", "StartDate": '
            b'"2015-07-01", "EndDate": "2025-07-01"}], "FinalAction": "Destroy"}}',
        )
        other = fonds.unit("Marché de la chaufferie", under=plan, level="File")
        made = [
            fonds.unit(f"Pièce {number}", under=folder if number % 2 else other, level="Item")
            for number in range(1, pieces + 1)
        ]
        position = fonds.unit("Mairie", level="Fonds", unit_type="HOLDING_UNIT")
        fonds.load()
    return Shelf(cast, plan, folder, other, made, position)


@pytest.fixture
def shelf(cast: Cast) -> Shelf:
    return make_shelf(cast)


@pytest.fixture
def work_off() -> Callable[[Shelf], None]:
    """Serve the queue in the test's own transaction, as a worker would."""

    def serve_all(shelf: Shelf) -> None:
        from sae.jobs.claim import Claim
        from sae.jobs.models import Job, JobState
        from sae.jobs.registry import AdvanceKind, registration_of

        for _turn in range(200):
            with shelf.scope():
                job = Job.objects.filter(state=JobState.QUEUED).order_by("id").first()
                if job is None:
                    return
                Job.objects.filter(id=job.id).update(state=JobState.CLAIMED, token=job.token + 1)
            claim = Claim(
                job.id, shelf.coffre.id, job.kind, job.subject_id, job.cluster, job.token + 1
            )
            while registration_of(job.kind).handler(claim).kind is AdvanceKind.CONTINUE:
                pass
            with shelf.scope():
                Job.objects.filter(id=job.id).update(state=JobState.DONE)

    return serve_all
