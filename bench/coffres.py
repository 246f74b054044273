"""Coffres made for a run, with the referentials that the packages name."""

from collections.abc import Iterator

from sae.holdings.graph import PackageGraph
from sae.holdings.loading import load_units
from sae.holdings.rows import UnitRow
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id, new_ids
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementRule
from tenants.services.organisations import create_organisation, create_tenant

_AGENCIES = (
    *("FRAN_NP_009913", "ArchivalAgencyIdentifier0", "TransferringAgencyIdentifier0"),
    *("Service_producteur", "Service_versant", "Vitam", "Identifier4", "Identifier5"),
)
_FILLED_AT_ONCE = 50_000
_PIECES_PER_FOLDER = 100


def make_organisation() -> Organisation:
    """Create the organisation that owns every coffre of the run."""
    return create_organisation(name="Mesures")


def make_coffre(organisation: Organisation, name: str) -> Tenant:
    """Create a coffre where every package of the bench is acceptable."""
    coffre = create_tenant(organisation=organisation, name=name)
    moment = clock.now()
    dates = {"created_at": moment, "updated_at": moment}
    with tenant_scope(coffre.id):
        for identifier in _AGENCIES:
            Agency.objects.create(identifier=identifier, name=identifier, **dates)
        IngestContract.objects.create(
            identifier="ArchivalAgreement0",
            name="Contrat de mesure",
            status="ACTIVE",
            format_unidentified_authorized=True,
            **dates,
        )
        ManagementRule.objects.create(
            identifier="APP-00002",
            category="AppraisalRule",
            value="Dix ans",
            duration=10,
            measurement="YEAR",
            **dates,
        )
    return coffre


def fill_fonds(coffre: Tenant, units: int) -> None:
    """Put ``units`` units in a coffre, folders of a hundred pieces, straight in its tables."""
    left = units
    while left > 0:
        count = min(left, _FILLED_AT_ONCE)
        with tenant_scope(coffre.id):
            operation = open_operation(
                id=new_id(), type="PROCESS_SIP_UNITARY", category="INGEST", detail={}
            )
            load_units(_rows(operation.id, count))
            close_operation(operation=operation, outcome=Outcome.OK, detail={"units": count})
        left -= count


def _rows(operation_id: object, count: int) -> Iterator[UnitRow]:
    graph = PackageGraph()
    graph.add_units(count)
    for number in range(count):
        folder = number - number % (_PIECES_PER_FOLDER + 1)
        if folder != number:
            graph.link(folder, number)
    identifiers = new_ids(count)
    moment = clock.now()
    for place in graph.arrange(identifiers.__getitem__):
        number = place.index
        is_piece = bool(place.parents)
        yield UnitRow(
            id=identifiers[number],
            operation_id=operation_id,  # type: ignore[arg-type]
            created_at=moment,
            title=f"Délibération n° {number} du conseil municipal"
            if is_piece
            else f"Dossier {number}",
            level="Item" if is_piece else "File",
            parents=place.parents,
            ancestors=place.ancestors,
            depth=place.depth,
            originating_agency="FRAN_NP_009913",
            originating_agencies=("FRAN_NP_009913",),
            child_count=graph.child_count(number),
            descendant_count=graph.descendant_count(number),
            description=f"Acte numéro {number}, séance ordinaire.",
        )
