"""Schemas and signature files brought by people: nothing else is read, nothing fetched."""

import io
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sae.seda.profile import ProfileUnusable, load_schema
from tenants.models import Account
from tenants.referentials.formats import read_formats
from tests.builders.people import Cast

CANARY = "zqxcanary"
RNG = "http://relaxng.org/ns/structure/1.0"
XSD = "http://www.w3.org/2001/XMLSchema"


def refused_without_the_canary(kind: str, schema: bytes) -> None:
    with pytest.raises(ProfileUnusable) as refusal:
        load_schema(kind, schema)
    assert f"<{CANARY}" not in str(refusal.value)


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    """Sound files on this disk that a schema might try to read."""
    rng = tmp_path / "other.rng"
    rng.write_text(
        f'<grammar xmlns="{RNG}"><start><element name="{CANARY}">'
        "<text/></element></start></grammar>"
    )
    xsd = tmp_path / "other.xsd"
    xsd.write_text(f'<schema xmlns="{XSD}"><element name="{CANARY}"/></schema>')
    return {"rng": rng.as_uri(), "xsd": xsd.as_uri(), "rng_path": str(rng), "xsd_path": str(xsd)}


@pytest.mark.parametrize("where", ["rng", "rng_path"])
@pytest.mark.parametrize("element", ["externalRef", "include"])
def test_a_relax_ng_schema_reads_no_other(other: dict[str, str], element: str, where: str) -> None:
    inside = f'<{element} href="{other[where]}"/>'
    body = inside if element == "include" else f"<start>{inside}</start>"
    refused_without_the_canary("RNG", f'<grammar xmlns="{RNG}">{body}</grammar>'.encode())


@pytest.mark.parametrize("where", ["xsd", "xsd_path"])
@pytest.mark.parametrize("element", ["include", "redefine", 'import namespace=""'])
def test_an_xml_schema_reads_no_other(other: dict[str, str], element: str, where: str) -> None:
    schema = (
        f'<schema xmlns="{XSD}" targetNamespace="urn:a">'
        f'<{element} schemaLocation="{other[where]}"/>'
        f'<element name="a" type="string"/></schema>'
    )
    refused_without_the_canary("XSD", schema.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_entity_is_never_replaced_by_a_file(tmp_path: Path, encoding: str) -> None:
    canary = tmp_path / "secret.txt"
    canary.write_text(CANARY)
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "{canary.as_uri()}">]><FFSignatureFile Version="1">&e;'
        "</FFSignatureFile>"
    )
    found, problems = read_formats(text.encode(encoding))
    assert found is None
    assert problems
    assert CANARY not in repr(problems)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server of this machine, and what it was ever asked."""
    heard: list[str] = []

    class Deaf(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY.encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Deaf) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", heard
        server.shutdown()


def book(url: str, secret: Path) -> bytes:
    """A workbook of accounts that asks to read a file, to call a site and to run a program."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["Nom", "Prénom", "Adresse électronique", "Service"])
    sheet.append(["Durand", "=cmd|'/C calc'!A0", "durand@exemple.fr", f'=WEBSERVICE("{url}w")'])
    sheet.append(["Martin", "ENTITE", "martin@exemple.fr", f"='[1]Feuille'!A1 {url}"])
    written = io.BytesIO()
    made.save(written)
    attacked = io.BytesIO()
    link = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships"><Relationship Id="rId1" Target="{url}link.xlsx" TargetMode="External" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'externalLinkPath"/></Relationships>'
    )
    with zipfile.ZipFile(written) as sound, zipfile.ZipFile(attacked, "w") as archive:
        for name in sound.namelist():
            content = sound.read(name)
            if name == "xl/sharedStrings.xml":
                assert b"ENTITE" in content
                doctype = (
                    f'<!DOCTYPE sst [<!ENTITY f SYSTEM "{secret.as_uri()}">'
                    f'<!ENTITY u SYSTEM "{url}entity">]>'
                )
                content = content.replace(b"ENTITE", b"&f;&u;")
                head, mark, rest = content.partition(b"<sst")
                content = head + doctype.encode() + mark + rest
            archive.writestr(name, content)
        archive.writestr("xl/externalLinks/_rels/externalLink1.xml.rels", link)
    return attacked.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("with_entities", [True, False])
def test_a_workbook_fetches_nothing_and_reads_nothing_else(
    cast: Cast, tmp_path: Path, listener: tuple[str, list[str]], with_entities: bool
) -> None:
    """Sent by the screens that take workbooks: accounts, members of groups, a referential."""
    url, heard = listener
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    content = book(url, secret)
    if not with_entities:
        content = without_entities(content)
    client = cast.client(cast.administrator_a)
    for address in (
        reverse("account_import"),
        reverse("groups_import"),
        reverse("group_members_import"),
        reverse("referential_import", args=["agencies"]),
    ):
        file = SimpleUploadedFile("comptes.xlsx", content)
        answer = client.post(address, {"file": file}, follow=True)
        assert answer.status_code in (200, 400, 422), address
        page = answer.content.decode()
        assert CANARY not in page
        # Refused as a whole or read line by line: said, in either case.
        assert 'role="alert"' in page or "Contrôle" in page or "invalid" in page, address
    assert heard == []
    assert not Account.objects.filter(email__startswith="durand").exists()


def without_entities(content: bytes) -> bytes:
    """The same workbook with a sound table of strings, so that the rest of it is read."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(kept, "w") as after:
        for name in before.namelist():
            part = re.sub(rb"<!DOCTYPE.*?\]>", b"", before.read(name), flags=re.S)
            after.writestr(name, part.replace(b"&f;&u;", b"Paul"))
    return kept.getvalue()
