"""Line 26, and issue « shows itself by »: offers that stop, hang, refuse or lie.

A deposit never ends with fewer copies than the strategy asks; it waits, says why, and ends well.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from ingest.models import Deposit
from ingest.steps import STEPS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.storage.models import ObjectCopy
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all, wake_waiting
from tests.faults.workers import look, wait_for, wait_job
from tests.services import ServiceEnv
from tests.storage.cuttable import CuttableNetwork

Offers = list[dict[str, Any]]


def package(objects: int = 12, size: int = 300_000) -> SipBuilder:
    """Enough bytes for something to break in the middle."""
    sip = SipBuilder()
    for number in range(objects):
        line = b"%06d\n" % number
        sip.unit(f"Pièce {number}").binary(line * (size // len(line)))
    return sip


@pytest.fixture
def network(services: ServiceEnv) -> Iterator[CuttableNetwork]:
    """The cable of site B."""
    target = urlsplit(services.offers[1]["endpoint"])
    cable = CuttableNetwork((target.hostname or "", target.port or 80))
    yield cable
    cable.cut()


@pytest.fixture
def distant(services: ServiceEnv, network: CuttableNetwork) -> Offers:
    """Both sites, the second one reached through the cable."""
    far = {"endpoint": f"http://127.0.0.1:{network.port}", "timeout_seconds": 2}
    return [services.offers[0], {**services.offers[1], **far}]


@pytest.fixture
def use_offers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Offers], None]:
    return lambda offers: monkeypatch.setattr(settings, "OFFERS", offers)


def assert_waits(desk: Desk, deposit: Deposit, *, naming: str) -> None:
    """Nothing of it is visible; the reason names the offer."""
    assert (deposit.state, deposit.ended_at) == ("waiting", None), deposit.outcome
    assert naming in deposit.waiting_reason
    assert desk.fonds(deposit)["ArchiveUnit"] == 0
    with tenant_scope(desk.coffre.id):
        assert not ObjectCopy.objects.exists()


def test_a_site_cut_in_mid_ingest_makes_the_deposit_wait_then_end_with_two_copies(
    coffre: Tenant,
    start_worker: Callable[..., object],
    network: CuttableNetwork,
    distant: Offers,
    services: ServiceEnv,
    tmp_path: Path,
) -> None:
    """With a real worker: the cable of site B breaks while objects are being sent."""
    received = receive(coffre, package().zip(tmp_path / "sip.zip"))
    network.cut_after = 1_500_000
    start_worker(SAE_OFFERS=json.dumps(distant))
    job = wait_job(received.id, "waiting")
    assert network.bytes_through > 1_500_000
    desk = Desk(coffre)
    assert_waits(desk, look(coffre, received.id), naming="site-b")
    assert "site-b" in job.reason
    assert 0 < len(desk.at_offers(received)["site-b"]) < 12
    network.mend()
    assert wait_job(received.id, "done").deaths == 0
    desk.assert_whole(look(coffre, received.id))


def test_a_bucket_made_unwritable_in_mid_ingest_makes_the_deposit_wait(
    desk: Desk,
    network: CuttableNetwork,
    distant: Offers,
    services: ServiceEnv,
    use_offers: Callable[[Offers], None],
    tmp_path: Path,
) -> None:
    """The keys of site B are revoked in the middle of the objects; then given back."""
    revoked = {**distant[1], "access_key": "revoked", "secret_key": "revoked"}
    received = receive(desk.coffre, package(6).zip(tmp_path / "sip.zip"))
    use_offers(distant)
    network.cut_after = 900_000
    serve_all()
    network.mend()
    use_offers([distant[0], revoked])
    wake_waiting()
    assert_waits(desk, desk.look(received.id), naming="site-b")
    use_offers(services.offers)
    wake_waiting()
    desk.assert_whole(desk.look(received.id))


def test_a_site_that_hangs_is_given_up_in_bounded_time(
    desk: Desk,
    network: CuttableNetwork,
    distant: Offers,
    use_offers: Callable[[Offers], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    storing = STEPS["STP_OBJ_STORING"]

    def store_in_silence(context: StepContext) -> StepReport:
        network.silent = True
        return storing(context)

    use_offers(distant)
    monkeypatch.setitem(STEPS, "STP_OBJ_STORING", store_in_silence)
    made = desk.deposit(package(2).zip(tmp_path / "sip.zip"))
    assert_waits(desk, made, naming="site-b")
    monkeypatch.undo()
    network.cut()
    network.mend()
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


def test_both_sites_down_from_the_start_refuse_nobody(
    desk: Desk, services: ServiceEnv, use_offers: Callable[[Offers], None], tmp_path: Path
) -> None:
    use_offers([{**offer, "endpoint": "http://127.0.0.1:9"} for offer in services.offers])
    received = receive(desk.coffre, package(2).zip(tmp_path / "sip.zip"))
    bad = receive(desk.coffre, package(2).break_digest().zip(tmp_path / "faux.zip"))
    serve_all()
    waiting = desk.look(received.id)
    assert (waiting.state, waiting.ended_at) == ("waiting", None)
    use_offers(services.offers)
    wake_waiting()
    desk.assert_whole(desk.look(received.id))
    desk.assert_refused(desk.look(bad.id), code="CHECK_DIGEST.KO")


def test_an_offer_no_longer_in_the_settings_is_fewer_copies_than_asked(
    desk: Desk, services: ServiceEnv, use_offers: Callable[[Offers], None], tmp_path: Path
) -> None:
    use_offers(services.offers[:1])
    made = desk.deposit(package(1).zip(tmp_path / "sip.zip"))
    assert made.ended_at is None
    assert desk.fonds(made)["ArchiveUnit"] == 0
    use_offers(services.offers)
    for _retry in range(3):
        wake_waiting()
    desk.assert_whole(desk.look(made.id))


class LyingServer(BaseHTTPRequestHandler):
    """An S3 server that answers as it is told, and keeps nothing."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, tuple[int, dict[str, str]]]] = {}

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers = self.answers.get(self.command, (404, {}))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


STORM = dict.fromkeys(("GET", "PUT", "POST", "HEAD"), (503, {}))
ACCEPTS_ALL = {
    "PUT": (200, {"ETag": '"0123456789abcdef0123456789abcdef"'}),
    "HEAD": (404, {}),
    "GET": (200, {}),
    "DELETE": (204, {}),
}


@pytest.mark.parametrize("answers", [STORM, ACCEPTS_ALL], ids=["503 storm", "200 for nothing"])
def test_a_site_that_refuses_or_lies_is_not_believed(
    desk: Desk,
    services: ServiceEnv,
    use_offers: Callable[[Offers], None],
    tmp_path: Path,
    answers: dict[str, tuple[int, dict[str, str]]],
) -> None:
    handler = type("Told", (LyingServer,), {"answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    liar = {
        **services.offers[1],
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "timeout_seconds": 2,
    }
    use_offers([services.offers[0], liar])
    try:
        made = desk.deposit(package(2).zip(tmp_path / "sip.zip"))
        assert_waits(desk, made, naming="site-b")
    finally:
        server.shutdown()
        server.server_close()
    use_offers(services.offers)
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


def test_one_deposit_that_waits_keeps_nobody_else_waiting(
    coffre: Tenant,
    start_worker: Callable[..., object],
    network: CuttableNetwork,
    distant: Offers,
    tmp_path: Path,
) -> None:
    """A refusal needs no object at any offer but the reply: told as soon as the site is back."""
    network.cut()
    first = receive(coffre, package(2).zip(tmp_path / "sip.zip"))
    start_worker(SAE_OFFERS=json.dumps(distant))
    wait_job(first.id, "waiting")
    letter = tmp_path / "lettre.txt"
    letter.write_text("Madame, Monsieur")
    second = receive(coffre, letter)
    wait_for(lambda: look(coffre, second.id).settled_outcome == "KO", told="verdict of a letter")
    network.mend()
    for deposit in (first, second):
        wait_job(deposit.id, "done")
    desk = Desk(coffre)
    desk.assert_whole(look(coffre, first.id))
    desk.assert_refused(look(coffre, second.id), code="CHECK_CONTAINER.KO")
