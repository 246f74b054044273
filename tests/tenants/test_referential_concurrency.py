"""Two imports of one referential at once, and an error of ours in the middle of one."""

from typing import Any

import psycopg
import pytest

from sae.journal.models import Operation
from sae.tenancy.models import Tenant
from tenants.models import Agency
from tenants.referentials import agencies as module
from tenants.referentials.agencies import import_agencies
from tenants.referentials.imports import Agent
from tests.services import ServiceEnv

FILE = b"Identifier,Name,Description\nVILLE,Ville,\n"


def test_a_second_import_is_told_that_one_is_running(coffre: Tenant, services: ServiceEnv) -> None:
    with psycopg.connect(services.admin_url) as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"referential agencies {coffre.id}"],
        )
        report = import_agencies(tenant=coffre, content=FILE, agent=Agent())
        other.rollback()
    assert report.outcome_detail == "IMPORT_AGENCIES.CONCURRENCE.KO"
    assert [found.reason for found in report.problems] == ["import_running"]
    assert not Agency.objects.exists()


def test_an_error_of_ours_leaves_a_fatal_operation_and_no_change(
    coffre: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        Agency.objects.all().delete()
        raise RuntimeError("disk")

    import_agencies(tenant=coffre, content=FILE, agent=Agent())
    monkeypatch.setattr(module, "_apply", fail)
    with pytest.raises(RuntimeError, match="disk"):
        import_agencies(tenant=coffre, content=FILE.replace(b"Ville", b"Bourg"), agent=Agent())
    assert Agency.objects.get().name == "Ville"
    latest = Operation.objects.order_by("-id").first()
    assert latest is not None
    assert (latest.state, latest.outcome) == ("COMPLETED", "FATAL")
