"""The requests that clients of as@lae send, byte for byte in what matters."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote_plus

from django.test import Client

from ingest.connectors.accesses import create_access
from ingest.connectors.models import ConnectorAccess
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule
from tests.builders.deposits import make_referentials

LOGIN = "pastell mairie"
PASSWORD = "p@ss-de-la-mairie"
BOUNDARY = "------------------------d74496d66958873e"


def open_coffre(coffre: Tenant, **settings: Any) -> ConnectorAccess:
    """The referentials that the slips of the tests need, and an access for Pastell."""
    make_referentials(coffre)
    add_rule(coffre, "ACC-00001", "AccessRule", 0)
    return create_access(tenant=coffre, kind="asalae", login=LOGIN, password=PASSWORD, **settings)


def add_rule(coffre: Tenant, identifier: str, category: str, years: int) -> None:
    moment = clock.now()
    with tenant_scope(coffre.id):
        ManagementRule.objects.create(
            identifier=identifier,
            category=category,
            value=identifier,
            duration=years,
            measurement="YEAR",
            created_at=moment,
            updated_at=moment,
        )


def basic(login: str, password: str, *, url_safe: bool = False) -> str:
    raw = f"{login}:{password}".encode()
    if url_safe:
        return "Basic " + base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return "Basic " + base64.b64encode(raw).decode()


def multipart(
    fields: dict[str, str], files: dict[str, tuple[str, bytes]], *, boundary: str = BOUNDARY
) -> bytes:
    """A form as curl writes it: fields, then files typed as octets."""
    body = b""
    for name, value in fields.items():
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        ).encode()
    for name, (file_name, content) in files.items():
        body += (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="{name}"; filename="{file_name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


class Pastell:
    """A client: its coffre, its credentials, its requests."""

    def __init__(
        self, coffre: Tenant, *, login: str = LOGIN, password: str = PASSWORD, base: str = ""
    ) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.base = base or f"/connecteurs/asalae/{coffre.number}/restservices"
        hashed = hashlib.sha256(password.encode()).hexdigest()
        self.headers = {"Authorization": basic(login, hashed), "Accept": "application/json"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(self.base + path, headers={**self.headers, **headers})

    def post(self, path: str, body: bytes, *, content_type: str = "", **extra: Any) -> Any:
        return self.client.generic(
            "POST",
            self.base + path,
            body,
            content_type=content_type or f"multipart/form-data; boundary={BOUNDARY}",
            headers=self.headers,
            **extra,
        )

    def send(self, slip: bytes, archive: bytes | None, *, name: str = "archive.tar.gz") -> Any:
        """Send a slip and its archive in one request."""
        files = {"seda_message": ("bordereau.xml", slip)}
        if archive is not None:
            files["attachments"] = (name, archive)
        return self.post("/sedaMessages", multipart({}, files))

    def announce(self, slip: bytes) -> Any:
        """Send the slip alone: the archive will come by pieces."""
        return self.post(
            "/sedaMessages",
            multipart(
                {"send_chunked_attachments": "true"}, {"seda_message": ("bordereau.xml", slip)}
            ),
        )

    def piece(self, session: dict[str, str], content: bytes, index: int, count: int) -> Any:
        """Send one piece of the archive."""
        return self.post(
            "/sedaAttachmentsChunkFiles",
            multipart(
                {
                    "session_identifier": session["chunk_session_identifier"],
                    "security_identifier": session["chunk_security_identifier"],
                    "number_of_files": "1",
                    "file_index": "1",
                    "file_name": "archive.tar.gz",
                    "compression_algorithm": "TARGZ",
                    "number_of_chunks": str(count),
                    "chunk_index": str(index),
                },
                {"chunk_content": (f"archive_parta{chr(96 + index)}", content)},
            ),
        )

    def ask(self, message: str, agency: str, identifier: str) -> Any:
        """Ask for a message as Pastell does: the agency as it is, the identifier form-encoded."""
        return self.get(
            f"/sedaMessages/sequence:ArchiveTransfer/message:{message}"
            f"/originOrganizationIdentification:{agency}"
            f"/originMessageIdentifier:{quote_plus(identifier)}",
            Accept="application/xml",
        )
