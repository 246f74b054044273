"""Deposits that come at once: what the first takes in is counted by those that wait for it."""

import threading
from pathlib import Path

from django.db import connections

from ingest.models import Deposit
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.organisations.quotas import QuotaReachedError
from tests.builders.deposits import receive
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder


def test_of_many_at_once_only_those_that_fit_enter(committed_cast: Cast, tmp_path: Path) -> None:
    coffre = committed_cast.coffre_a
    package = SipBuilder().unit("Dossier").binary(b"texte\n").zip(tmp_path / "a.zip")
    size = package.stat().st_size
    with platform_scope(reason="routine: test"):
        Tenant.objects.filter(id=coffre.id).update(quota_bytes=3 * size + size // 2)
    start = threading.Barrier(8)
    verdicts: list[str] = []

    def send() -> None:
        try:
            start.wait(timeout=20)
            receive(coffre, package)
            verdicts.append("received")
        except QuotaReachedError:
            verdicts.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert sorted(verdicts) == ["received"] * 3 + ["refused"] * 5
    with tenant_scope(coffre.id):
        assert Deposit.objects.count() == 3
