"""What takes minutes and gigabytes: lines 1, 15, 16 and 34 at their full size. `make faults`."""

import gzip
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.models import Deposit
from ingest.services.receive import receive_package
from ingest.workspace import Workspace, incoming_path
from sae.embedded.postgres_roles import OWNER_ROLE
from sae.holdings.models import DataObject
from sae.kernel.identifiers import new_id
from sae.seda.containers import ContainerLimits
from sae.tenancy.scope import tenant_scope
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all
from tests.faults.lone_worker import serve_apart
from tests.faults.test_antivirus import EICAR, Clamd
from tests.faults.workers import ROOT
from tests.services import ServiceEnv

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

GIB = 1 << 30
MIB = 1 << 20


def hand_over(desk: Desk, path: Path) -> Deposit:
    """Receive a package without reading it whole into memory."""
    incoming = incoming_path(new_id())
    shutil.move(path, incoming)
    return receive_package(
        tenant_id=desk.coffre.id,
        file=incoming,
        file_name=path.name,
        action="ingest",
        source=Deposit.Source.COMMAND_LINE,
        account_id=None,
    )


def large_file(size: int) -> Iterator[bytes]:
    """Text that expands some fifty times, and differs all along."""
    line = b"ligne du registre des deliberations du conseil municipal\n"
    filler = (line * (63 * 1024 // len(line) + 1))[: 63 * 1024]
    left = size
    while left:
        piece = (secrets.token_hex(512).encode() + filler)[:left]
        left -= len(piece)
        yield piece


def test_a_compressed_tar_of_twelve_gigabytes_is_stopped_at_its_budget(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "bombe.tar.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        manifest = SipBuilder().unit("A").manifest()
        member = tarfile.TarInfo("manifest.xml")
        member.size = len(manifest)
        stream.write(member.tobuf() + manifest + bytes(-len(manifest) % 512))
        member = tarfile.TarInfo("Content/zeros")
        member.size = 12 * GIB
        stream.write(member.tobuf(tarfile.GNU_FORMAT))
        for _piece in range(12 * 64):
            stream.write(bytes(16 * MIB))
    made = hand_over(desk, path)
    budget = ContainerLimits().unpacked_budget(made.file_size)
    highest = [0]
    over = threading.Event()

    def watch() -> None:
        unpacked = Workspace(desk.coffre.id, made.id).unpacked
        while not over.wait(0.1):
            sizes = [file.stat().st_size for file in unpacked.rglob("*") if file.is_file()]
            highest[0] = max(highest[0], sum(sizes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        spent = serve_apart(seconds=1200)
    finally:
        over.set()
        watcher.join()
    desk.assert_refused(desk.look(made.id), code="UPLOAD_SIP.KO")
    assert spent.grown < 150 * MIB
    assert highest[0] <= budget + 16 * MIB


def test_a_file_of_more_than_four_gigabytes_is_kept_whole(desk: Desk, tmp_path: Path) -> None:
    size = 4 * GIB + 1
    content, sha512 = tmp_path / "film", hashlib.sha512()
    with content.open("wb") as file:
        for piece in large_file(size):
            sha512.update(piece)
            file.write(piece)
    sip = SipBuilder().unit("Film").binary(b"", name="film.txt")
    sip.current_object.digest = sha512.hexdigest()
    sip.wrong_size(size).drop_file()
    path = tmp_path / "sip.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("manifest.xml", sip.manifest())
        archive.write(content, "Content/BDO1.txt")
    content.unlink()
    made = hand_over(desk, path)
    spent = serve_apart(seconds=3000)
    desk.assert_whole(desk.look(made.id))
    assert spent.grown < 250 * MIB
    with tenant_scope(desk.coffre.id):
        found = DataObject.objects.get()
    assert (found.size, found.sha512) == (size, sha512.hexdigest())


def test_a_virus_at_the_end_of_two_gigabytes_is_found(
    desk: Desk, tmp_path: Path, settings: Any
) -> None:
    path = tmp_path / "sip.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.xml", SipBuilder().unit("A").manifest())
        with archive.open("Content/film", "w", force_zip64=True) as entry:
            for _piece in range(128):
                entry.write(bytes(16 * MIB))
            entry.write(EICAR)
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.ANTIVIRUS_URL = server.url
        made = hand_over(desk, path)
        serve_all()
        server.shutdown()
    desk.assert_refused(desk.look(made.id), code="SANITY_CHECK_SIP.KO")
    assert server.received == made.file_size


def test_a_migration_killed_half_way_is_finished_by_the_next(services: ServiceEnv) -> None:
    """Line 34, as far as a first version goes."""
    name = f"sae_{secrets.token_hex(4)}"
    database = services.owner_url.split("@/")[1].split("?")[0]
    url = services.owner_url.replace(f"@/{database}?", f"@/{name}?")
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
    environment = {
        **os.environ,
        **services.environment(),
        "DJANGO_SETTINGS_MODULE": "sae.config.settings",
        "SAE_DATABASE_URL": services.database_url.replace(f"@/{database}?", f"@/{name}?"),
        "SAE_DATABASE_OWNER_URL": url,
    }
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")  # type: ignore[arg-type]
        try:
            for seconds in (2.5, 3.5, 5):
                process = subprocess.Popen(command, cwd=ROOT, env=environment)
                time.sleep(seconds)
                process.send_signal(signal.SIGKILL)
                process.wait()
            subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=300)
            shown = subprocess.run(
                [*command[:2], "migrate", "--database", "owner", "--check"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                check=False,
            )
            assert shown.returncode == 0, shown.stdout
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
