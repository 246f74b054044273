"""A coffre of which Basile, who holds every right of an archivist, sees a part by his contract.

Aline sees everything. Each title out of Basile's sight holds the word « secret ».
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from sae.holdings.models import ArchiveUnit
from sae.holdings.sight import Sight, seeing
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract, ManagementRule
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.ready import READY
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast

CONTRACT = "CA-FINANCES"
CHANGING = {
    Permission.REFERENTIAL_VIEW, Permission.REFERENTIAL_EDIT, Permission.REFERENTIAL_IMPORT,
}  # fmt: skip
APPRAISAL = (
    b'{"AppraisalRule": {"Rules": [{"Rule": "APP-00001", "StartDate": "2010-01-01", '
    b'"EndDate": "2020-01-01"}], "FinalAction": "Keep"}}'
)
HOLD = (
    b'{"HoldRule": {"Rules": [{"Rule": "HOL-00001", "StartDate": "2024-01-01", '
    b'"HoldOwner": "Tribunal administratif", "HoldReason": "Contentieux du stade"}]}}'
)
SECRET_HOLD = (
    b'{"HoldRule": {"Rules": [{"Rule": "HOL-00001", "StartDate": "2024-01-01", '
    b'"HoldOwner": "Secret", "HoldReason": "Motif secret"}]}}'
)


@dataclass
class Narrowed:
    """The fonds, and who looks at it."""

    cast: Cast
    units: dict[str, Built]

    @property
    def basile(self) -> Client:
        return self.cast.client(self.cast.basile)

    @property
    def aline(self) -> Client:
        return self.cast.client(self.cast.aline)

    def id(self, title: str) -> uuid.UUID:
        return self.units[title].id

    def row(self, title: str) -> ArchiveUnit:
        with self.scope():
            return ArchiveUnit.objects.get(id=self.id(title))

    @property
    def hidden(self) -> list[Built]:
        return [one for title, one in self.units.items() if "secret" in title.lower()]

    @contextmanager
    def scope(self) -> Iterator[None]:
        with tenant_scope(self.cast.coffre_a.id), seeing(Sight.whole()):
            yield

    def told(self, answer: Any, *, but: str = "") -> list[str]:
        """Return what an answer says of units out of sight: titles, identifiers.

        ``but``: what the reader sent himself, which a page may repeat.
        """
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode().replace(but, "") if but else body.decode()
        found = [one.title for one in self.hidden if str(one.id) in text]
        return found + (["secret"] if "secret" in text.lower() else [])


def archivist_by_contract(
    cast: Cast, *contracts: str, without: tuple[Permission, ...] = ()
) -> None:
    """Give Basile's profile the rights of an archivist, over what contracts show."""
    rights = (READY["head_archivist"].permissions | CHANGING) - {*without}
    with tenant_scope(cast.proof_a.id):
        given = Profile.objects.filter(ready="reader", coffre_id=cast.coffre_a.id)
        changed = given.update(
            sees_everything=False,
            access_contracts=list(contracts),
            permissions=sorted(map(str, rights)),
        )
        assert changed == 1


@pytest.fixture
def narrowed(cast: Cast) -> Narrowed:
    moment = clock.now()
    with tenant_scope(cast.coffre_a.id):
        for identifier, category, years in (
            ("APP-00001", "AppraisalRule", 10),
            ("HOL-00001", "HoldRule", None),
        ):
            ManagementRule.objects.create(
                identifier=identifier, category=category, value=f"Règle {identifier}",
                duration=years, measurement="YEAR" if years else "",
                created_at=moment, updated_at=moment,
            )  # fmt: skip
        made = FondsBuilder(agency="FINANCES", bytes_kept="apart")
        above = made.unit("Commission secrète", unit_type="FILING_UNIT", management=APPRAISAL,
                          originating_agencies=("MAIRIE",))  # fmt: skip
        budget = made.unit("Budget", under=above, unit_type="FILING_UNIT")
        annex = made.unit("Annexe", under=budget, level="Item", file=b"chiffres " * 9,
                          management=HOLD)  # fmt: skip
        made.unit("Note secrète", under=annex, level="Item")
        made.unit("Avis secret", under=budget, level="Item", file=b"avis " * 9, management=HOLD,
                  content={"ChampSecret": ["oui"]})  # fmt: skip
        made.unit("Autre avis secret", under=budget, level="Item", management=SECRET_HOLD)
        empty = made.unit("Recettes", unit_type="FILING_UNIT")
        made.unit("Position secrète", under=empty, unit_type="FILING_UNIT")
        made.unit("Rangement", unit_type="FILING_UNIT")
        made.load()
        units = {unit.title: unit for unit in made.units}
        below = ("Note secrète", "Avis secret", "Autre avis secret", "Position secrète")
        AccessContract.objects.create(
            identifier=CONTRACT, name="Finances", status="ACTIVE",
            originating_agencies=["FINANCES"],
            excluded_root_units=[units[one].id for one in below],
            every_data_object_version=True, writing_permission=True,
            created_at=moment, updated_at=moment,
        )  # fmt: skip
    archivist_by_contract(cast, CONTRACT)
    return Narrowed(cast, units)
