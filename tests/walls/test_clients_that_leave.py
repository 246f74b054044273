"""Line 60, for what can be taken away today: objects, journals, lists.

A real server of four threads, and clients that leave, that stop reading, that read slowly. What is
sent is streamed; who leaves holds nothing; who is slow is served to the end.
"""

import hashlib
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.urls import reverse

from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.ingest.served import Server
from tests.services import ServiceEnv

SILENCE = 2
THREADS = 4
CONTENT = bytes(range(256)) * (32 * 1024 * 1024 // 256)
"""Four parts of eight megabytes: far more than sockets hold."""


@pytest.fixture
def object_address(committed_cast: Cast) -> str:
    with tenant_scope(committed_cast.coffre_a.id):
        builder = FondsBuilder(bytes_kept="apart")
        film = builder.unit("Film", file=CONTENT, filename="film.bin")
        builder.load()
    return reverse("object_download", args=[film.object_id])


@pytest.fixture
def long_journal(committed_cast: Cast) -> None:
    """Some thirty megabytes of journal."""
    with tenant_scope(committed_cast.coffre_a.id):
        for _number in range(300):
            operation = open_operation(type="ESSAI", category="INGEST", detail={"x": "y" * 100_000})
            close_operation(operation=operation, outcome=Outcome.OK)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


@pytest.fixture
def server(services: ServiceEnv, temporary: Path) -> Iterator[Server]:
    running = Server(services, SAE_CLIENT_SILENCE_SECONDS=str(SILENCE), TMPDIR=str(temporary))
    running.start()
    yield running
    running.stop()


class Reader:
    """A signed-in client that reads what it wants, when it wants."""

    def __init__(self, cast: Cast, server: Server) -> None:
        self.cookie = cast.client(cast.aline).cookies["sessionid"].value
        self.port = server.port

    def ask(self, address: str, *, receives: int = 64 * 1024, **headers: str) -> socket.socket:
        asking = socket.socket()
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        asking.settimeout(60)
        asking.connect(("127.0.0.1", self.port))
        lines = [
            f"GET {address} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Cookie: sessionid={self.cookie}",
            "Connection: close",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        asking.sendall("\r\n".join([*lines, "", ""]).encode())
        return asking

    def whole(self, address: str, *, pause: float = 0.0, **headers: str) -> tuple[str, bytes]:
        """Return the head and the body of an answer, with a pause between pieces."""
        with self.ask(address, **headers) as asking:
            pieces = []
            while piece := asking.recv(256 * 1024):
                pieces.append(piece)
                time.sleep(pause)
        head, _blank, body = b"".join(pieces).partition(b"\r\n\r\n")
        return head.decode("latin-1"), body


@pytest.fixture
def reader(committed_cast: Cast, server: Server) -> Reader:
    return Reader(committed_cast, server)


def soon(holds: Callable[[], bool], *, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


def transactions_open(services: ServiceEnv) -> int:
    """Count the transactions of the application that wait for their client."""
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        ).fetchone()
    return int(row[0]) if row else 0


def memory_most(pid: int) -> int:
    """Return the most memory that a process has held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def test_clients_that_leave_hold_no_thread_no_transaction_and_no_file(
    object_address: str,
    long_journal: None,
    reader: Reader,
    services: ServiceEnv,
    temporary: Path,
) -> None:
    journal = reverse("journal_json")
    for address in (object_address, journal):
        for _client in range(THREADS + 2):
            with reader.ask(address) as leaving:
                assert leaving.recv(1024).startswith(b"HTTP/1.1 200")
    with reader.ask(reverse("deposits") + "?export=xlsx") as leaving:
        assert leaving.recv(64).startswith(b"HTTP/1.1 200")
    head, _page = reader.whole(reverse("home"))
    assert head.startswith("HTTP/1.1 200")
    assert soon(lambda: transactions_open(services) == 0)
    assert soon(lambda: list(temporary.glob("openpyxl*")) == [])
    assert [one for one in temporary.iterdir() if not one.name.startswith("wgunicorn")] == []


def test_clients_that_stop_reading_are_let_go(
    object_address: str, long_journal: None, reader: Reader, services: ServiceEnv
) -> None:
    """One more than there are threads: without a bound, nobody else would ever be answered."""
    journal = reverse("journal_json")
    silent = [reader.ask(address) for address in [object_address, journal] * 3]
    try:
        head, _page = reader.whole(reverse("home"))
        assert head.startswith("HTTP/1.1 200")
        assert soon(lambda: transactions_open(services) == 0)
    finally:
        for one in silent:
            one.close()


def test_a_slow_client_that_goes_on_has_the_whole(object_address: str, reader: Reader) -> None:
    started = time.monotonic()
    _head, body = reader.whole(object_address, pause=0.04)
    assert hashlib.sha512(body).digest() == hashlib.sha512(CONTENT).digest()
    assert time.monotonic() - started > 2 * SILENCE, "longer than the silence that is borne"


def test_a_download_left_is_taken_up_where_it_stopped(object_address: str, reader: Reader) -> None:
    with reader.ask(object_address) as leaving:
        began = leaving.recv(4096)
    head = began.partition(b"\r\n\r\n")[0].decode("latin-1")
    tag = next(
        line.partition(":")[2].strip() for line in head.splitlines() if line.startswith("ETag")
    )
    middle = 20_000_000
    head, rest = reader.whole(object_address, Range=f"bytes={middle}-", If_Range=tag)
    assert head.startswith("HTTP/1.1 206")
    assert rest == CONTENT[middle:]
    head, whole = reader.whole(object_address, Range=f"bytes={middle}-", If_Range='"autre"')
    assert head.startswith("HTTP/1.1 200")
    assert len(whole) == len(CONTENT)


def test_memory_does_not_grow_with_the_object(
    committed_cast: Cast, reader: Reader, server: Server
) -> None:
    content = CONTENT * 5
    with tenant_scope(committed_cast.coffre_a.id):
        builder = FondsBuilder(bytes_kept="apart")
        film = builder.unit("Long film", file=content, filename="film.bin")
        builder.load()
    address = reverse("object_download", args=[film.object_id])
    reader.whole(reverse("home"))
    before = memory_most(server.worker_pid)
    for _time in range(2):
        _head, body = reader.whole(address)
        assert hashlib.sha512(body).digest() == hashlib.sha512(content).digest()
    # A few parts of eight megabytes, as they come and as they go; not the 160 of the object.
    assert memory_most(server.worker_pid) - before < 80 * 1024 * 1024
