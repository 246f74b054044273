"""Lines 35 and 36: many deposits, a heavy neighbour, and a package that kills its workers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.models import Deposit
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule
from tests.builders.deposits import receive
from tests.builders.large_sip import write_large_sip
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk
from tests.faults.traps import deaths_of, plan_path
from tests.faults.workers import job_of, look, wait_job

SMALL = SipBuilder().unit("Pièce").binary(b"x")


def ended_before(coffre: Tenant, deposit: Deposit) -> int:
    """How many deposits of a coffre had ended when another one did."""
    with tenant_scope(coffre.id):
        return Deposit.objects.filter(ended_at__lt=deposit.ended_at).count()


def test_a_flood_of_one_coffre_keeps_another_waiting_for_a_few_deposits_at_most(
    coffre: Tenant, other_coffre: Tenant, start_worker: Callable[..., object], tmp_path: Path
) -> None:
    package = SMALL.zip(tmp_path / "sip.zip")
    flood = [receive(coffre, package).id for _ in range(8)]
    lone = receive(other_coffre, package)
    start_worker()
    wait_job(lone.id, "done")
    Desk(other_coffre).assert_whole(look(other_coffre, lone.id))
    assert ended_before(coffre, look(other_coffre, lone.id)) <= 3
    for deposit_id in flood:
        wait_job(deposit_id, "done", seconds=120)
    with tenant_scope(coffre.id):
        assert set(Deposit.objects.values_list("state", "outcome")) == {("completed", "OK")}


@pytest.mark.slow
def test_a_large_package_ahead_of_small_ones_lets_them_pass(
    coffre: Tenant, other_coffre: Tenant, start_worker: Callable[..., object], tmp_path: Path
) -> None:
    """A deposit gives its place back after a slice, between two steps."""
    with tenant_scope(coffre.id):
        ManagementRule.objects.filter(identifier="APP-00001").update(identifier="APP-00002")
    large = receive(coffre, write_large_sip(tmp_path / "large.zip", units=60_000))
    package = SMALL.zip(tmp_path / "sip.zip")
    small = [receive(other_coffre, package).id for _ in range(3)]
    start_worker()
    for deposit_id in (*small, large.id):
        wait_job(deposit_id, "done", seconds=200)
    heavy = look(coffre, large.id)
    assert heavy.outcome == "WARNING"
    assert min(look(other_coffre, one).ended_at for one in small) < heavy.ended_at


def test_a_package_that_kills_every_worker_is_set_aside_and_the_others_go_on(
    coffre: Tenant,
    other_coffre: Tenant,
    start_worker: Callable[..., object],
    faults_folder: Path,
    tmp_path: Path,
) -> None:
    package = SMALL.zip(tmp_path / "sip.zip")
    poison = receive(coffre, package)
    trap = plan_path(poison.id, "before", "STP_UNIT_METADATA", always=True)
    trap.touch()
    others = [(owner, receive(owner, package).id) for owner in (coffre, other_coffre) * 2]
    start_worker()
    job = wait_job(poison.id, "quarantined")
    assert deaths_of(poison.id) == ["before STP_UNIT_METADATA"] * 3
    for owner, deposit_id in others:
        wait_job(deposit_id, "done")
        Desk(owner).assert_whole(look(owner, deposit_id))
    desk = Desk(coffre)
    desk.assert_stopped(look(coffre, poison.id), because="arrêts brutaux")
    assert (job.deaths, job_of(poison.id).state) == (3, "quarantined")
    assert desk.fonds(poison)["ArchiveUnit"] == 0
    trap.unlink()
    desk.assert_whole(desk.resume(poison))
    assert verify_tenant(coffre.id).broken is None


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_thousand_deposits_of_two_coffres_all_end(
    coffre: Tenant, other_coffre: Tenant, start_worker: Callable[..., object], tmp_path: Path
) -> None:
    package = SMALL.zip(tmp_path / "sip.zip")
    received = [
        (owner, receive(owner, package).id) for _ in range(1000) for owner in (coffre, other_coffre)
    ]
    start_worker(processes=2)
    for owner, deposit_id in received:
        wait_job(deposit_id, "done", seconds=1700)
        assert look(owner, deposit_id).outcome == "OK"
