"""Lines 17 and 42: the same package, the same request, many times and at the same time."""

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from ingest.models import Deposit
from ingest.services.receive import receive_package
from ingest.workspace import incoming_path
from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit
from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, incoming_files, serve_all
from tests.faults.workers import look, wait_job

SIP = SipBuilder().unit("Dossier").unit("Pièce", parent="Dossier").binary(b"x" * 70_000)


def at_once(count: int, act: Callable[[int], None]) -> list[BaseException]:
    """Do something from several threads at the same moment; return what went wrong."""
    together = threading.Barrier(count)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        together.wait()
        try:
            act(number)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_ten_times_the_same_package_side_by_side_is_ten_whole_sets(
    coffre: Tenant, start_worker: Callable[..., object], tmp_path: Path
) -> None:
    """The policy of the reference system: each deposit stands for itself, none is half there."""
    package = SIP.zip(tmp_path / "sip.zip")
    received: list[uuid.UUID] = []
    assert at_once(10, lambda _number: received.append(receive(coffre, package).id)) == []
    start_worker(processes=3)
    desk = Desk(coffre)
    for deposit_id in received:
        wait_job(deposit_id, "done")
        desk.assert_whole(look(coffre, deposit_id))
    with tenant_scope(coffre.id):
        assert ArchiveUnit.objects.count() == 20
        assert AccessionRegisterDetail.objects.count() == 10
        numbers = sorted(Deposit.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 11))
    assert verify_tenant(coffre.id).broken is None


def test_a_request_sent_eight_times_at_once_with_its_key_has_one_effect(
    desk: Desk, tmp_path: Path
) -> None:
    content = SIP.zip_bytes()
    answered: set[uuid.UUID] = set()

    def send(_number: int) -> None:
        incoming = incoming_path(new_id())
        incoming.write_bytes(content)
        deposit = receive_package(
            tenant_id=desk.coffre.id,
            file=incoming,
            file_name="sip.zip",
            action="ingest",
            source=Deposit.Source.API,
            account_id=None,
            idempotency_key="api:essai:1",
        )
        answered.add(deposit.id)

    assert at_once(8, send) == []
    serve_all()
    [deposit_id] = answered
    desk.assert_whole(desk.look(deposit_id))
    with tenant_scope(desk.coffre.id):
        assert Deposit.objects.count() == Operation.objects.count() == 1
    assert incoming_files() == []
    workspaces = incoming_path(new_id()).parents[1] / str(desk.coffre.id)
    assert list(workspaces.iterdir()) == []
