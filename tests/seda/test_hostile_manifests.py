"""Manifests made to hurt: nothing is fetched, memory is bounded, the refusal is quick."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sae.seda import reasons
from sae.seda.assembly import IgnoringConsumer
from sae.seda.faults import ManifestRefused
from sae.seda.reader import ManifestLimits, explain_manifest, read_manifest
from tests.builders import SipBuilder, large_manifest
from tests.seda.reading import faults, read

linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read in /proc"
)
GOOD = SipBuilder().unit("X").manifest()


def with_prologue(prologue: bytes, title: bytes = b"X") -> bytes:
    return GOOD.replace(b"?>\n", b"?>\n" + prologue, 1).replace(b">X<", b">" + title + b"<")


@pytest.fixture
def listener() -> Iterator[list[str]]:
    """An address that a manifest may name; what connects to it is noted."""
    met: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    stopped = threading.Event()

    def listen() -> None:
        while not stopped.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            met.append("met")
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    met_port = server.getsockname()[1]
    met.append(f"http://127.0.0.1:{met_port}/x.dtd")
    yield met
    stopped.set()
    thread.join()
    server.close()


def test_document_types_are_refused_and_nothing_is_fetched(
    tmp_path: Path, listener: list[str]
) -> None:
    canary = tmp_path / "canary"
    canary.write_text("secret")
    url = listener[0].encode()
    file = canary.as_uri().encode()
    for prologue, title in (
        (b'<!DOCTYPE a SYSTEM "' + url + b'">', b"X"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "' + file + b'">]>', b"&e;"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "' + url + b'">]>', b"&e;"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "' + url + b'"> %p;]>', b"X"),
        (b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>', b"&b;" * 9),
    ):
        [problem] = faults(with_prologue(prologue, title), tmp_path)
        assert problem.code == "CHECK_SEDA.NOT_XML_FILE.KO"
        assert problem.reason == reasons.DOCTYPE_FORBIDDEN
        assert problem.place.line == 2
    assert listener[1:] == []


def test_inclusions_stylesheets_and_schema_locations_are_inert(
    tmp_path: Path, listener: list[str]
) -> None:
    url = listener[0]
    content = (
        GOOD.decode()
        .replace("?>\n", f'?>\n<?xml-stylesheet type="text/xsl" href="{url}"?>\n', 1)
        .replace(
            "<ArchiveTransfer ",
            '<ArchiveTransfer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="urn:x {url}" ',
        )
    )
    included = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/>'
    content = content.replace("</Content>", included + "</Content>")
    unit = read(content.encode(), tmp_path).units[0]
    assert unit.content["include"] == [""]
    assert listener[1:] == []


def test_billion_laughs_without_a_document_type_cannot_be(tmp_path: Path) -> None:
    [problem] = faults(with_prologue(b"", b"&lol9;"), tmp_path)
    assert problem.reason == reasons.XML_MALFORMED


def attributes(count: int) -> bytes:
    return b"".join(b' a%d="1"' % n for n in range(count))


HOSTILE = {
    "deep": (b"<a>" * 100_000, reasons.NESTING_TOO_DEEP),
    "text": (b"<a>" + b"text\n" * 8_000_000, reasons.TEXT_TOO_LONG),
    "attribute": (b'<a b="' + b"x" * 40_000_000, reasons.TAG_TOO_LONG),
    "attributes": (b"<a" + attributes(1_000_000), reasons.TAG_TOO_LONG),
    "comment": (b"<!--" + b"x" * 40_000_000, reasons.TAG_TOO_LONG),
    "instruction": (b"<?x " + b"x" * 40_000_000, reasons.TAG_TOO_LONG),
    "names": (b"".join(b"<n%d/>" % n for n in range(400_000)), reasons.TOO_MANY_NAMES),
    "namespaces": (
        b"".join(b'<a xmlns="urn:%d"/>' % n for n in range(400_000)),
        reasons.TOO_MANY_NAMES,
    ),
}


@linux
@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_fill_memory_is_stopped(tmp_path: Path, name: str) -> None:
    attack, reason = HOSTILE[name]
    path = tmp_path / "manifest.xml"
    before, _, after = GOOD.partition(b"</Content>")
    path.write_bytes(before + attack + b"</Content>" + after)
    started = time.process_time()
    peak = peak_of(f"try: explain_manifest({str(path)!r})\nexcept ManifestRefused: pass")
    problems = explain_manifest(path)
    assert time.process_time() - started < 10
    assert problems[-1].reason == reason or reason in {p.reason for p in problems}
    assert problems[-1].arguments["limit"] > 0
    assert peak < 120 << 20


def peak_of(statement: str) -> int:
    """Peak memory, in bytes, of a statement run in its own process."""
    script = (
        "from sae.seda.assembly import IgnoringConsumer\n"
        "from sae.seda.faults import ManifestRefused\n"
        "from sae.seda.reader import explain_manifest, read_manifest\n"
        f"{statement}\n"
        # Not ru_maxrss: it counts what the parent held before the new process was itself.
        "peak = next(x for x in open('/proc/self/status') if x.startswith('VmHWM'))\n"
        "print(peak.split()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return int(done.stdout) << 10


@linux
def test_memory_does_not_grow_with_the_manifest(tmp_path: Path) -> None:
    peaks = []
    for units in (1_000, 60_000):
        path = tmp_path / f"{units}.xml"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(large_manifest(units=units, objects=units // 2))
        peaks.append(peak_of(f"read_manifest({str(path)!r}, IgnoringConsumer())"))
    assert peaks[1] - peaks[0] < 12 << 20


def test_many_children_and_long_chains_are_read(tmp_path: Path) -> None:
    wide = SipBuilder().unit("Racine", level="Fonds")
    for number in range(2000):
        wide.unit(f"Pièce {number}", parent="AU1")
    assert read(wide, tmp_path).summary.units == 2001

    chain = SipBuilder().unit("0", identifier="U0")
    for number in range(1, 1000):
        chain.unit(str(number), identifier=f"U{number}", parent=f"U{number - 1}")
    assert read(chain, tmp_path).summary.depth == 1000


def test_limits_are_told(tmp_path: Path) -> None:
    chain = SipBuilder().unit("0", identifier="U0")
    for number in range(1, 60):
        chain.unit(str(number), identifier=f"U{number}", parent=f"U{number - 1}")
    [problem] = faults(chain, tmp_path, ManifestLimits(max_depth=50))
    assert (problem.reason, problem.arguments) == (reasons.NESTING_TOO_DEEP, {"limit": 50})
    [problem] = faults(chain, tmp_path, ManifestLimits(max_bytes=100))
    assert problem.reason == reasons.MANIFEST_TOO_LARGE


def test_faults_are_listed_up_to_their_limit(tmp_path: Path) -> None:
    sip = SipBuilder()
    for number in range(50):
        sip.unit(f"U{number}", level="Wrong")
    assert len(faults(sip, tmp_path)) == 50
    assert len(faults(sip, tmp_path, ManifestLimits(max_problems=20))) == 20


def test_an_error_of_the_consumer_is_not_taken_for_a_fault_of_the_manifest(tmp_path: Path) -> None:
    class Broken(IgnoringConsumer):
        def on_unit(self, unit: object) -> None:
            raise KeyError("ours")

    path = tmp_path / "manifest.xml"
    path.write_bytes(GOOD)
    with pytest.raises(KeyError):
        read_manifest(path, Broken())


def test_an_unreadable_manifest_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_manifest(tmp_path, IgnoringConsumer())


def test_readings_leave_no_memory_behind(tmp_path: Path) -> None:
    path = tmp_path / "manifest.xml"
    path.write_bytes(GOOD.replace(b">Item<", b">Wrong<"))
    for _ in range(300):
        with pytest.raises(ManifestRefused):
            read_manifest(path, IgnoringConsumer())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1500):
        with pytest.raises(ManifestRefused):
            read_manifest(path, IgnoringConsumer())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
