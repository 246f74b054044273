"""The same transfer, sent several times at once by real connections, is one deposit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connections

from ingest.connectors.models import ConnectorTransfer
from ingest.models import Deposit
from ingest.workspace import Workspace, incoming_path
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.pastell import ACT, Slip
from tests.builders.pastell_client import Pastell, open_coffre
from tests.builders.people import Cast


@pytest.fixture
def opened(committed_cast: Cast) -> Cast:
    cache.clear()
    open_coffre(committed_cast.coffre_a)
    return committed_cast


def at_once(count: int, send: object) -> list[object]:
    def one(rank: int) -> object:
        try:
            return send(rank)  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_the_same_transfer_sent_at_once_is_one_deposit(opened: Cast) -> None:
    slip = Slip()

    def send(rank: int) -> tuple[int, bytes]:
        answer = Pastell(opened.coffre_a).send(slip.v1(), slip.tar_gz(level=1 + rank))
        return answer.status_code, answer.content

    answers = at_once(6, send)
    assert {answer[0] for answer in answers} == {200}  # type: ignore[index]
    assert len(set(answers)) == 1
    with tenant_scope(opened.coffre_a.id):
        [made] = Deposit.objects.all()
        assert ConnectorTransfer.objects.count() == 1
    assert Workspace(opened.coffre_a.id, made.id).package.exists()
    assert not any(incoming_path(new_id()).parent.iterdir())


def test_of_two_contents_sent_at_once_one_is_received(opened: Cast) -> None:
    contents = [Slip(), Slip(files=(ACT,))]

    def send(rank: int) -> int:
        slip = contents[rank % 2]
        status: int = Pastell(opened.coffre_a).send(slip.v1(), slip.tar_gz()).status_code
        return status

    answers = at_once(4, send)
    assert sorted(answers) == [200, 200, 409, 409]  # type: ignore[type-var]
    with tenant_scope(opened.coffre_a.id):
        assert Deposit.objects.count() == 1


def test_the_last_piece_sent_twice_at_once_is_one_deposit(opened: Cast) -> None:
    slip = Slip()
    pastell = Pastell(opened.coffre_a)
    session = pastell.announce(slip.v1()).json()

    def send(_rank: int) -> int:
        answer = Pastell(opened.coffre_a).piece(session, slip.tar_gz(), 1, 1)
        status: int = answer.status_code
        return status

    assert set(at_once(4, send)) == {200}
    with tenant_scope(opened.coffre_a.id):
        assert Deposit.objects.count() == 1
    assert not any(incoming_path(new_id()).parent.iterdir())
