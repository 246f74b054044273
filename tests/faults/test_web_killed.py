"""Lines 7 and 21: the web process killed in the middle of an upload and of a download."""

import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from ingest.models import Deposit, Upload
from ingest.workspace import incoming_path
from sae.holdings.models import DataObject
from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, incoming_files, serve_all
from tests.faults.workers import ROOT, wait_for

OCTETS = "application/offset+octet-stream"
TOKEN = "a" * 32


class Web:
    """The real web server, on a port of its own, and one person's browser."""

    def __init__(self, cookie: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.cookie = cookie
        self.log = folder / "web.log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "sae.config.wsgi:application"),
                    *("--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"),
                    *("--threads", "4", "--workers", "1"),
                ],
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "sae.config.settings"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._answers, seconds=60, told=self.log.read_text())

    def _answers(self) -> bool:
        try:
            return self.ask("HEAD", "/televersements/").status < 500
        except OSError:
            return False

    def kill(self) -> None:
        """SIGKILL to every process of the server at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def headers(self, **others: str) -> dict[str, str]:
        return {
            "Cookie": f"sessionid={self.cookie}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Tus-Resumable": "1.0.0",
            **{name.replace("_", "-"): value for name, value in others.items()},
        }

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        connection = self.connect()
        connection.request(method, path, body, self.headers(**headers))
        answer = connection.getresponse()
        if method != "HEAD":
            answer.content = answer.read()  # type: ignore[attr-defined]
        connection.close()
        return answer


@pytest.fixture
def web(committed_cast: Cast, coffre: Tenant, tmp_path: Path) -> Iterator[Web]:
    cookie = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    server = Web(cookie, tmp_path)
    yield server
    if server.process.poll() is None:
        server.kill()
    sys.stdout.write(server.log.read_text())


def test_an_upload_cut_by_a_killed_server_goes_on_where_it_was(
    desk: Desk, web: Web, tmp_path: Path
) -> None:
    content = (
        SipBuilder()
        .unit("Texte")
        .binary(b"texte\n" * 600_000)
        .zip(tmp_path / "sip.zip", compression=0)
        .read_bytes()
    )
    name = b64encode(b"avril.zip").decode()
    created = web.ask(
        "POST",
        "/televersements/",
        Upload_Length=str(len(content)),
        Upload_Metadata=f"filename {name},action {b64encode(b'ingest').decode()}",
    )
    assert created.status == 201, created.content
    address = created.getheader("Location").removeprefix(f"http://127.0.0.1:{web.port}")
    with tenant_scope(desk.coffre.id):
        upload = Upload.objects.get()
    half = len(content) // 2
    going = web.connect()
    going.putrequest("PATCH", address)
    for header, value in web.headers(
        Upload_Offset="0", Content_Type=OCTETS, Content_Length=str(len(content))
    ).items():
        going.putheader(header, value)
    going.endheaders()
    going.send(content[:half])
    wait_for(lambda: incoming_path(upload.id).stat().st_size > half // 2, told="the first half")
    web.kill()
    going.close()
    with tenant_scope(desk.coffre.id):
        assert not Deposit.objects.exists()
        assert not Operation.objects.filter(type="PROCESS_SIP_UNITARY").exists()
    web.start()
    offset = int(web.ask("HEAD", address).getheader("Upload-Offset"))
    assert half // 2 < offset <= half
    ended = web.ask(
        "PATCH", address, content[offset:], Upload_Offset=str(offset), Content_Type=OCTETS
    )
    assert ended.status == 204, ended.content
    serve_all()
    with tenant_scope(desk.coffre.id):
        made = Deposit.objects.get()
    assert made.file_size == len(content)
    desk.assert_whole(made)
    assert incoming_files() == []


def test_a_download_cut_by_a_killed_server_goes_on_where_it_was(
    desk: Desk, web: Web, tmp_path: Path
) -> None:
    payload = b"ligne de texte\n" * 2_000_000
    made = desk.deposit(SipBuilder().unit("Film").binary(payload).zip(tmp_path / "sip.zip"))
    desk.assert_whole(made)
    with tenant_scope(desk.coffre.id):
        address = reverse("object_download", args=[DataObject.objects.get().id])
    connection = web.connect()
    connection.request("GET", address, headers=web.headers())
    answer = connection.getresponse()
    tag = answer.getheader("ETag") or ""
    begun = answer.read(1_000_000)
    web.kill()
    connection.close()
    web.start()
    rest = web.ask("GET", address, Range=f"bytes={len(begun)}-", If_Range=tag)
    assert rest.status == 206
    whole = hashlib.sha512(begun + rest.content)
    assert whole.hexdigest() == hashlib.sha512(payload).hexdigest()
    assert verify_tenant(desk.coffre.id).broken is None
    with tenant_scope(desk.coffre.id):
        assert (
            Operation.objects.filter(type="OBJECT_DOWNLOAD")
            .exclude(state=Operation.State.COMPLETED)
            .count()
            == 0
        )
