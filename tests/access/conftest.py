"""A small fonds in the coffre of Aline and Basile; Chloé works in another."""

from dataclasses import dataclass

import pytest
from django.test import Client

from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast


@dataclass(frozen=True)
class Fonds:
    """Units of the coffre of A: a plan, a folder under it, pieces with and without file."""

    cast: Cast
    operation_id: object
    plan: Built
    folder: Built
    piece: Built
    bare: Built

    @property
    def aline(self) -> Client:
        return self.cast.client(self.cast.aline)

    @property
    def basile(self) -> Client:
        return self.cast.client(self.cast.basile)

    @property
    def chloe(self) -> Client:
        return self.cast.client(self.cast.chloe)


@pytest.fixture
def fonds(cast: Cast) -> Fonds:
    with tenant_scope(cast.coffre_a.id):
        builder = FondsBuilder(agency="FRAD000001", bytes_kept="apart")
        plan = builder.unit("Commande publique", level="Series", unit_type="FILING_UNIT")
        folder = builder.unit(
            "Marché 2014-021, toiture du gymnase",
            under=plan,
            level="File",
            description="Remplacement de la couverture <b>et</b> de l’étanchéité",
            content={
                "OriginatingAgencyArchiveUnitIdentifier": ["2018-044/021"],
                "StartDate": "2014-03-03",
                "Writer": [{"FullName": "Couverture Delaunay", "Identifier": ["SIRET 1"]}],
                "ChampLibre": ["valeur libre"],
            },
            management=b'{"AppraisalRule": {"Rules": [{"Rule": "APP-00012", "StartDate": '
            b'"2016-06-30", "EndDate": "2026-06-30"}], "FinalAction": "Keep"}}',
        )
        piece = builder.unit(
            "PV de réception", under=folder, level="Item", file=b"bonjour " * 1000,
            filename="PV réception.txt",
        )  # fmt: skip
        bare = builder.unit("Correspondance", under=folder, level="Item")
        builder.load()
    return Fonds(cast, builder.operation.id, plan, folder, piece, bare)
