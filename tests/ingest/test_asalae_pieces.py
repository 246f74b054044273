"""An archive sent by pieces after its slip, as Pastell does above a size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.connectors.models import ConnectorTransfer, ConnectorUpload
from ingest.connectors.pieces import LIFETIME, expire_session
from ingest.models import Deposit
from ingest.workspace import incoming_path
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import run_to_end
from tests.builders.pastell import File, Slip
from tests.builders.pastell_client import Pastell, open_coffre
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
TEXT = b"".join(b"Article %d.\n" % rank for rank in range(50_000))
SLIP = Slip(files=(File("plan.txt", TEXT, "Plan"),))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    for path in incoming_path(new_id()).parent.iterdir():
        path.unlink()


@pytest.fixture
def pastell(cast: Cast) -> Pastell:
    open_coffre(cast.coffre_a)
    return Pastell(cast.coffre_a)


def cut(archive: bytes, count: int) -> list[bytes]:
    size = -(-len(archive) // count)
    return [archive[start : start + size] for start in range(0, len(archive), size)]


def incoming() -> int:
    return sum(1 for _path in incoming_path(new_id()).parent.iterdir())


def test_the_last_piece_completes_the_transfer(cast: Cast, pastell: Pastell) -> None:
    answer = pastell.announce(SLIP.v1())
    assert answer.status_code == 200
    session = answer.json()
    assert session["chunk_session_identifier"]
    assert session["chunk_security_identifier"]
    pieces = cut(SLIP.tar_gz(), 3)
    for index, piece in enumerate(pieces, start=1):
        sent = pastell.piece(session, piece, index, 3)
        assert sent.status_code == 200
        assert sent.json()
        # Nothing is a transfer before its last piece.
        with tenant_scope(cast.coffre_a.id):
            assert Deposit.objects.exists() == (index == 3)
    assert incoming() == 0
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert sent.json()["identifiant"] == str(made.id)
    assert run_to_end(cast.coffre_a, made.id).outcome == "OK"
    again = pastell.piece(session, pieces[2], 3, 3)
    assert (again.status_code, again.json()) == (200, sent.json())


def test_whole_or_by_pieces_it_is_the_same_transfer(cast: Cast, pastell: Pastell) -> None:
    whole = pastell.send(SLIP.v1(), SLIP.tar_gz())
    session = pastell.announce(SLIP.v1()).json()
    [piece] = cut(SLIP.tar_gz(level=1), 1)
    by_pieces = pastell.piece(session, piece, 1, 1)
    assert (by_pieces.status_code, by_pieces.json()) == (200, whole.json())
    with tenant_scope(cast.coffre_a.id):
        assert ConnectorTransfer.objects.count() == 1


def test_a_piece_sent_again_changes_nothing(cast: Cast, pastell: Pastell) -> None:
    session = pastell.announce(SLIP.v1()).json()
    first, second = cut(SLIP.tar_gz(), 2)
    assert pastell.piece(session, first, 1, 2).status_code == 200
    assert pastell.piece(session, first, 1, 2).json()["taille"] == len(first)
    assert pastell.piece(session, second, 2, 2).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1


def test_what_a_cut_request_wrote_is_cut_off(cast: Cast, pastell: Pastell) -> None:
    session = pastell.announce(SLIP.v1()).json()
    first, second = cut(SLIP.tar_gz(), 2)
    pastell.piece(session, first, 1, 2)
    with tenant_scope(cast.coffre_a.id):
        upload = ConnectorUpload.objects.get()
    with incoming_path(upload.id).open("ab") as archive:
        archive.write(second[:10])
    assert pastell.piece(session, second, 2, 2).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1


def test_pieces_come_in_order_of_one_count(cast: Cast, pastell: Pastell) -> None:
    session = pastell.announce(SLIP.v1()).json()
    first, second = cut(SLIP.tar_gz(), 2)
    early = pastell.piece(session, second, 2, 2)
    assert (early.status_code, "morceau 1 est attendu" in early.content.decode()) == (400, True)
    assert pastell.piece(session, first, 1, 2).status_code == 200
    assert pastell.piece(session, second, 2, 3).status_code == 400
    assert pastell.piece(session, second, 3, 2).status_code == 400
    assert pastell.piece(session, second, 0, 2).status_code == 400
    assert pastell.piece(session, second, 2, 2).status_code == 200


@pytest.mark.parametrize("field", ["chunk_session_identifier", "chunk_security_identifier"])
@pytest.mark.parametrize("value", ["", "x", "0190a5b0-0000-7000-8000-000000000000"])
def test_a_session_of_another_is_unknown(
    cast: Cast, pastell: Pastell, field: str, value: str
) -> None:
    session = pastell.announce(SLIP.v1()).json()
    answer = pastell.piece({**session, field: value}, b"x", 1, 1)
    assert (answer.status_code, "inconnue" in answer.content.decode()) == (400, True)


def test_another_login_cannot_continue_a_session(cast: Cast, pastell: Pastell) -> None:
    from ingest.connectors.accesses import create_access

    session = pastell.announce(SLIP.v1()).json()
    create_access(tenant=cast.coffre_a, kind="asalae", login="autre", password="une-autre-phrase")
    stranger = Pastell(cast.coffre_a, login="autre", password="une-autre-phrase")
    assert stranger.piece(session, b"x", 1, 1).status_code == 400


def test_a_bad_slip_is_refused_before_any_piece(pastell: Pastell) -> None:
    assert pastell.announce(b"<a/>").status_code == 400
    assert incoming() == 0


def test_pieces_that_make_no_archive_end_the_session(cast: Cast, pastell: Pastell) -> None:
    session = pastell.announce(SLIP.v1()).json()
    answer = pastell.piece(session, b"pas une archive", 1, 1)
    assert (answer.status_code, "ouverte" in answer.content.decode()) == (400, True)
    assert incoming() == 0
    assert pastell.piece(session, SLIP.tar_gz(), 1, 1).status_code == 400
    with tenant_scope(cast.coffre_a.id):
        assert not ConnectorUpload.objects.exists()


def test_a_fault_of_ours_lets_the_last_piece_be_sent_again(
    cast: Cast, pastell: Pastell, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = pastell.announce(SLIP.v1()).json()

    def full(*_given: object, **_more: object) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("ingest.connectors.transfers.receive_package", full)
        assert pastell.piece(session, SLIP.tar_gz(), 1, 1).status_code == 503
    assert pastell.piece(session, SLIP.tar_gz(), 1, 1).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1
    assert incoming() == 0


def test_a_session_without_news_is_given_up(
    cast: Cast, pastell: Pastell, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = pastell.announce(SLIP.v1()).json()
    first, second = cut(SLIP.tar_gz(), 2)
    pastell.piece(session, first, 1, 2)
    with tenant_scope(cast.coffre_a.id):
        upload = ConnectorUpload.objects.get()
    assert expire_session(cast.coffre_a.id, upload.id) == upload.expires_at
    later = clock.now() + LIFETIME + dt.timedelta(seconds=1)
    monkeypatch.setattr("ingest.connectors.pieces.clock.now", lambda: later)
    assert expire_session(cast.coffre_a.id, upload.id) is None
    assert incoming() == 0
    assert pastell.piece(session, second, 2, 2).status_code == 400
    assert expire_session(cast.coffre_a.id, upload.id) is None
