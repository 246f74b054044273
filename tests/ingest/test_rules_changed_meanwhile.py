"""A rule changes while a deposit that declares it is under way: its units enter rightly dated."""

from pathlib import Path

import pytest

from ingest.steps import STEPS, indexing
from sae.holdings.models import ArchiveUnit
from sae.holdings.rules_store import results_of
from sae.tenancy.scope import tenant_scope
from tenants.referentials.imports import Agent
from tenants.referentials.rules import import_rules
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.holdings.stored import fresh_ids, stored_ids

CSV = (
    "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
    "APP-00001,AppraisalRule,APP-00001,,{years},Year\nACC-00002,AccessRule,ACC-00002,,25,Year\n"
)


@pytest.mark.django_db
@pytest.mark.parametrize(("years", "end"), [("3", "2003-01-01"), ("unlimited", None)])
def test_units_enter_with_the_end_dates_of_the_referential_as_it_stands(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: str, end: str | None
) -> None:
    coffre = cast.coffre_a
    make_referentials(coffre)

    def change_then_enter(context: object) -> object:
        # The units were checked, and dated, by the step before.
        with tenant_scope(coffre.id):
            report = import_rules(
                tenant=coffre, content=CSV.format(years=years).encode(), agent=Agent()
            )
        assert report.is_accepted
        return indexing.run(context)  # type: ignore[arg-type]

    monkeypatch.setitem(STEPS, "STP_UNIT_METADATA", change_then_enter)  # type: ignore[arg-type]
    package = (
        SipBuilder()
        .unit("Dossier")
        .rule("AppraisalRule", "APP-00001", start_date="2000-01-01", FinalAction="Destroy")
        .zip(tmp_path / "sip.zip")
    )
    made = deposit(coffre, package)
    assert made.state == "completed"
    assert made.outcome in ("OK", "WARNING")
    with tenant_scope(coffre.id):
        (unit,) = ArchiveUnit.objects.filter(operation_id=made.id)
        (rule,) = unit.management["AppraisalRule"]["Rules"]
        assert rule.get("EndDate") == end
        stored_end = results_of([unit.id])[unit.id].appraisal_end
        assert (str(stored_end) if stored_end else None) == end
        assert stored_ids() == fresh_ids()
