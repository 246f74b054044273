"""A web process killed in the middle of an upload, a client gone in the middle, for real."""

import base64
import hashlib
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client

from ingest.models import Deposit
from ingest.workspace import Workspace
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken
from tests.builders.people import Cast
from tests.ingest.served import Server
from tests.services import ServiceEnv

PIECE = 1 << 20
WHOLE = hashlib.sha512(b"seed").digest() * (8 * PIECE // 64)


@pytest.fixture
def server(committed_cast: Cast, services: ServiceEnv) -> Iterator[Server]:
    running = Server(services)
    running.start()
    yield running
    running.kill()


def signed_in(cast: Cast, server: Server) -> requests.Session:
    client = Client()
    client.force_login(cast.aline)
    session = requests.Session()
    session.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies["sessionid"].value)
    page = session.get(f"{server.address}/deposer/", timeout=30).text
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    session.headers.update({"Tus-Resumable": "1.0.0", "X-CSRFToken": token})
    return session


def begin(session: requests.Session, server: Server) -> str:
    name = base64.b64encode(b"avril.zip").decode()
    answer = session.post(
        f"{server.address}/televersements/",
        headers={"Upload-Length": str(len(WHOLE)), "Upload-Metadata": f"filename {name}"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def send_half(session: requests.Session, address: str) -> socket.socket:
    """Send half of a PATCH over a plain socket and leave it open."""
    parts = urlsplit(address)
    cookie = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
    head = (
        f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n"
        f"X-CSRFToken: {session.headers['X-CSRFToken']}\r\nTus-Resumable: 1.0.0\r\n"
        "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(WHOLE)}\r\n\r\n"
    )
    connection = socket.create_connection((str(parts.hostname), int(parts.port or 80)))
    connection.sendall(head.encode() + WHOLE[: len(WHOLE) // 2])
    return connection


def offset_of(session: requests.Session, address: str) -> int:
    answer = session.head(address, timeout=30)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def finish(session: requests.Session, address: str, offset: int) -> requests.Response:
    return session.patch(
        address,
        data=WHOLE[offset:],
        headers={
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        },
        timeout=60,
    )


def check_deposited(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert Workspace(cast.coffre_a.id, made.id).package.read_bytes() == WHOLE


def test_a_server_killed_in_the_middle_lets_the_client_resume(
    committed_cast: Cast, server: Server
) -> None:
    session = signed_in(committed_cast, server)
    address = begin(session, server)
    with send_half(session, address):
        wait_until(lambda: offset_of(session, address) >= PIECE)
        server.kill()
    server.start()
    offset = offset_of(session, address)
    assert PIECE <= offset <= len(WHOLE) // 2
    answer = finish(session, address, offset)
    assert answer.status_code == 204, answer.text
    assert answer.headers["X-Deposit-Location"].startswith("/versements/")
    check_deposited(committed_cast)


def test_a_client_gone_in_the_middle_comes_back(committed_cast: Cast, server: Server) -> None:
    session = signed_in(committed_cast, server)
    address = begin(session, server)
    send_half(session, address).close()
    wait_until(lambda: offset_of(session, address) == len(WHOLE) // 2)
    answer = wait_until(lambda: retried(finish(session, address, len(WHOLE) // 2)))
    assert answer.status_code == 204
    check_deposited(committed_cast)


def test_a_chunked_deposit_of_an_application_arrives_whole(
    committed_cast: Cast, server: Server
) -> None:
    secret = ApiToken.new_secret()
    with tenant_scope(committed_cast.coffre_a.id):
        ApiToken.objects.create(
            name="Java",
            prefix=secret[:8],
            token_sha256=ApiToken.digest(secret),
            role="head_archivist",
            created_at=clock.now(),
        )
    headers = {
        "Authorization": f"Bearer {secret}",
        "X-Tenant-Id": str(committed_cast.coffre_a.number),
        "Content-Type": "application/octet-stream",
    }
    pieces = (WHOLE[start : start + PIECE] for start in range(0, len(WHOLE), PIECE))
    answer = requests.post(
        f"{server.address}/ingest-external/v1/ingests", data=pieces, headers=headers, timeout=60
    )
    assert answer.status_code == 202, answer.text
    check_deposited(committed_cast)


def retried(answer: requests.Response) -> requests.Response | None:
    """423 says that the other connection has not been let go yet: clients try again."""
    return None if answer.status_code == 423 else answer


def wait_until(check: Any, *, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError("never happened")
