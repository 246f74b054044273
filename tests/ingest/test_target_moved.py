"""The unit that a deposit hangs from moves between its controls and its loading."""

from pathlib import Path

import pytest

from sae.holdings.models import ArchiveUnit
from sae.holdings.moving import Move, move_units
from sae.journal.services import open_operation
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import make_referentials, receive, run_to_end
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder
from tests.ingest.test_changed_meanwhile import until

pytestmark = pytest.mark.django_db


def test_the_deposit_follows_the_unit_to_its_new_place(cast: Cast, tmp_path: Path) -> None:
    coffre = cast.coffre_a
    make_referentials(coffre)
    with seeing_all(coffre.id):
        fonds = FondsBuilder(agency="")
        here = fonds.unit("Ici", unit_type="HOLDING_UNIT")
        there = fonds.unit("Là", unit_type="HOLDING_UNIT")
        shelf = fonds.unit("Rayon", under=here, unit_type="FILING_UNIT")
        fonds.load()
    package = (
        SipBuilder()
        .unit("Rayon")
        .attach_to(str(shelf.id))
        .unit("Dossier", parent="Rayon")
        .zip(tmp_path / "a.zip")
    )
    made = receive(coffre, package)
    until(coffre, made, "STP_UNIT_METADATA")
    with tenant_scope(coffre.id):
        move_units(
            [Move(shelf.id, attach=(there.id,), detach=(here.id,))],
            operation=open_operation(type="RECLASSIFICATION", category="RECLASSIFICATION"),
        )
    assert run_to_end(coffre, made.id).outcome in ("OK", "WARNING")
    with tenant_scope(coffre.id):
        unit = ArchiveUnit.objects.get(operation_id=made.id)
        assert set(unit.ancestors) == {there.id, shelf.id}
        counts = {row.id: row.descendant_count for row in ArchiveUnit.objects.all()}
        assert (counts[here.id], counts[there.id], counts[shelf.id]) == (0, 2, 1)
