"""Children come before their parents in a manifest: their rules are laid as they pass all the same.

Reading them again once they are in the fonds would double the time of a large deposit.
"""

import uuid
from pathlib import Path

import pytest

from sae.holdings import loading
from sae.holdings.models import ArchiveUnit, RulesResult, UnitRules
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


def test_no_unit_of_a_nested_package_is_late(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_referentials(cast.coffre_a)
    late: list[uuid.UUID] = []
    monkeypatch.setattr(loading, "lay_late", late.extend)
    package = (
        SipBuilder()
        .unit("Série", level="Series")
        .rule("AppraisalRule", "APP-00001", start_date="2020-01-01")
        .unit("Dossier", level="File", parent="Série")
        .unit("Pièce", parent="Dossier")
    )
    made = deposit(cast.coffre_a, package.zip(tmp_path / "sip.zip"))
    assert made.outcome in ("OK", "WARNING")
    assert late == []
    with tenant_scope(cast.coffre_a.id):
        units = {unit.title: unit.id for unit in ArchiveUnit.objects.all()}
        given = dict(UnitRules.objects.values_list("id", "result_id"))
        results = RulesResult.objects.in_bulk()
    assert set(given) == set(units.values())
    assert {str(results[given[one]].appraisal_end) for one in units.values()} == {"2030-01-01"}
    assert results[given[units["Série"]]].own_rules == ["APP-00001"]
    assert results[given[units["Pièce"]]].own_rules == []
