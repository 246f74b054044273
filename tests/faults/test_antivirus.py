"""Line 16: viruses, and an antivirus that is down, slow or confused. Absent is never « clean »."""

import base64
import re
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from sae.journal.models import Event
from sae.tenancy.scope import tenant_scope
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, wake_waiting
from tests.seda.naughty import RawEntry, raw_zip

# Kept in base64 so that no antivirus takes this file away.
EICAR = base64.b64decode(
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
)
ANSWER = {
    "FOUND": b"stream: Win.Test.EICAR_HDB-1 FOUND\0",
    "OK": b"stream: OK\0",
    "too long": b"INSTREAM size limit exceeded. ERROR\0",
    "error": b"stream: Can't allocate memory ERROR\0",
    "nothing": b"",
    "babble": b"\xff\xfe\x00garbage\n",
}


class Clamd(socketserver.ThreadingTCPServer):
    """Speaks the daemon's protocol; finds EICAR as it is, or answers what it is told to."""

    allow_reuse_address = True
    daemon_threads = True
    told: str | None = None
    received = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        command = b""
        while not command.endswith((b"\0", b"\n")):
            command += self.rfile.read(1)
        if b"INSTREAM" not in command:
            self.wfile.write(b"ClamAV 1.4.3/27000/essai\n")
            return
        found, tail = False, b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            piece = self.rfile.read(size)
            self.server.received += size
            found = found or EICAR in tail + piece
            tail = piece[-len(EICAR) :]
            if self.server.told == "nothing":
                return
        self.wfile.write(ANSWER[self.server.told or ("FOUND" if found else "OK")])


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.ANTIVIRUS_URL = server.url
        yield server
        server.shutdown()


def package(payload: bytes) -> SipBuilder:
    return SipBuilder().unit("Pièce").binary(payload)


def scanned(desk: Desk, made: Deposit) -> list[str]:
    """What the journal says of the antivirus, each time it was asked."""
    with tenant_scope(desk.coffre.id):
        events = Event.objects.filter(operation_id=made.id, code="SANITY_CHECK_SIP")
        return [event.detail["arguments"]["antivirus"] for event in events.order_by("sequence")]


def stored(sip: SipBuilder, path: Path) -> Path:
    """A zip that does not compress: the pattern is in the stream as it is."""
    return sip.zip(path, compression=0)


def test_a_virus_is_refused_by_name_and_nothing_is_unpacked(
    desk: Desk, clamd: Clamd, tmp_path: Path
) -> None:
    made = desk.deposit(stored(package(EICAR), tmp_path / "sip.zip"))
    desk.assert_refused(made, code="SANITY_CHECK_SIP.KO")
    [problem] = desk.problems(made)
    assert (problem.reason, problem.seen) == ("virus", "Win.Test.EICAR_HDB-1")
    assert scanned(desk, made) == ["infected"]
    assert desk.at_offers(made)["site-a"] == {"reply.xml"}


def test_the_whole_stream_is_scanned(desk: Desk, clamd: Clamd, tmp_path: Path) -> None:
    large = package(b"\0" * 40_000_000 + EICAR)
    made = desk.deposit(stored(large, tmp_path / "sip.zip"))
    desk.assert_refused(made, code="SANITY_CHECK_SIP.KO")
    assert clamd.received == made.file_size


def test_a_package_without_virus_is_told_clean(desk: Desk, clamd: Clamd, tmp_path: Path) -> None:
    made = desk.deposit(stored(package(b"sain"), tmp_path / "sip.zip"))
    desk.assert_whole(made)
    assert scanned(desk, made) == ["clean"]


def test_without_antivirus_the_journal_says_that_it_was_not_done(
    desk: Desk, tmp_path: Path, settings: Any
) -> None:
    settings.ANTIVIRUS_URL = ""
    made = desk.deposit(stored(package(EICAR), tmp_path / "sip.zip"))
    desk.assert_whole(made)
    assert scanned(desk, made) == ["not_done"]


@pytest.mark.parametrize("told", ["too long", "error", "nothing", "babble"])
def test_an_antivirus_that_does_not_judge_is_waited_for(
    desk: Desk, clamd: Clamd, tmp_path: Path, told: str
) -> None:
    clamd.told = told
    made = desk.deposit(stored(package(b"x" * 3_000_000), tmp_path / "sip.zip"))
    assert (made.state, made.next_step, made.ended_at) == ("waiting", 0, None)
    assert "antivirus" in made.waiting_reason
    clamd.told = None
    wake_waiting()
    desk.assert_whole(desk.look(made.id))
    assert scanned(desk, made) == ["clean"]


def test_an_antivirus_that_is_down_is_waited_for_and_still_finds_the_virus(
    desk: Desk, tmp_path: Path, settings: Any
) -> None:
    settings.ANTIVIRUS_URL = "tcp://127.0.0.1:9"
    made = desk.deposit(stored(package(EICAR), tmp_path / "sip.zip"))
    assert (made.state, made.next_step) == ("waiting", 0)
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.ANTIVIRUS_URL = server.url
        wake_waiting()
        server.shutdown()
    desk.assert_refused(desk.look(made.id), code="SANITY_CHECK_SIP.KO")
    assert scanned(desk, made) == ["infected"]


# -- the real one, where the machine has it ------------------------------------------------------


@contextmanager
def real_clamd(folder: Path) -> Iterator[str]:
    """The real daemon, with one signature: EICAR's."""
    (folder / "base").mkdir()
    (folder / "base" / "eicar.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {folder}/base\n"
        f"TemporaryDirectory {folder}\nStreamMaxLength 100M\nUser root\n"
    )
    daemon = subprocess.Popen(
        [shutil.which("clamd") or "", "--config-file", str(folder / "clamd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        yield f"tcp://127.0.0.1:{port}"
    finally:
        daemon.kill()
        daemon.wait()


@pytest.mark.skipif(not shutil.which("clamd"), reason="clamd is not installed")
def test_the_real_antivirus_looks_into_archives_within_archives(
    desk: Desk, tmp_path: Path, settings: Any
) -> None:
    nested = raw_zip([RawEntry(b"a.txt", EICAR, deflate=True)])
    nested = raw_zip([RawEntry(b"b.zip", nested, deflate=True)])
    assert not re.search(re.escape(EICAR), nested)
    with real_clamd(tmp_path) as url:
        settings.ANTIVIRUS_URL = url
        clean = desk.deposit(package(b"sain").zip(tmp_path / "sain.zip"))
        made = desk.deposit(package(nested).zip(tmp_path / "sip.zip"))
    desk.assert_whole(clean)
    desk.assert_refused(made, code="SANITY_CHECK_SIP.KO")
