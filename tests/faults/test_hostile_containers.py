"""Lines 1 to 8: containers made to hurt, from reception to the reply.

Each trap of the format itself has its test in tests/seda/test_containers.py; here, one of each
family goes the whole way: verdict, words, nothing left, bounded memory.
"""

import gzip
import os
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingest.models import Deposit
from ingest.services.receive import receive_package
from ingest.steps import upload
from ingest.workspace import incoming_path
from sae.holdings.models import DataObject
from sae.kernel.identifiers import new_id
from sae.seda.containers import ContainerLimits
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all
from tests.faults.lone_worker import serve_apart
from tests.seda.naughty import RawEntry, raw_zip, tar_member, tar_of

MANIFEST = SipBuilder().unit("Pièce").manifest()
GIB = 1 << 30
UNPACKING = "UPLOAD_SIP.KO"


def zipped(*entries: RawEntry, **options: bytes) -> bytes:
    """A zip of the manifest and of these entries."""
    return raw_zip([RawEntry(b"manifest.xml", MANIFEST, deflate=True), *entries], **options)


def tarred(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    return tar_of(("manifest.xml", MANIFEST), *members)


def zeros(size: int, *, said: int | None = None, name: bytes = b"Content/zeros") -> RawEntry:
    """An entry of `size` zeros (whole blocks of 64 MiB) that says it is `said` long."""
    deflater = zlib.compressobj(9, wbits=-15)
    block = deflater.compress(bytes(64 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    packed = block * (size // (64 << 20)) + b"\x03\x00"
    told = {"size": size if said is None else said, "packed": len(packed), "method": 8, "crc": 0}
    return RawEntry(name, local=told, central=told, written=packed)


def judge(desk: Desk, folder: Path, packages: Mapping[str, bytes]) -> dict[str, Deposit]:
    """Deposit packages under their names and serve them all."""
    received = {}
    for name, content in packages.items():
        path = folder / "paquet"
        path.write_bytes(content)
        received[name] = receive(desk.coffre, path).id
    serve_all()
    return {name: desk.look(one) for name, one in received.items()}


def assert_all_refused(
    desk: Desk, folder: Path, packages: Mapping[str, bytes], *, code: str = UNPACKING
) -> dict[str, set[tuple[str, str]]]:
    """Every package is refused and leaves nothing; return what each was told."""
    made = judge(desk, folder, packages)
    for deposit in made.values():
        desk.assert_refused(deposit, code=code)
    return {name: desk.told(deposit) for name, deposit in made.items()}


# -- 1 and 2: what expands -----------------------------------------------------------------------


def test_bombs_are_refused_before_the_disk_fills_and_in_little_memory(
    desk: Desk, tmp_path: Path
) -> None:
    twelve_gib = [zeros(4032 << 20, name=b"Content/%d" % number) for number in range(3)]
    kernel = RawEntry(b"Content/a", b"a" * 1000)
    twins = [RawEntry(b"Content/a%d" % n, b"a" * 1000, shares_previous=True) for n in range(50)]
    packages = {
        "12 GB of zeros": zipped(*twelve_gib),
        "a liar": zipped(zeros(4032 << 20, said=1000)),
        "overlapping": zipped(kernel, *twins),
        "million entries": raw_zip([RawEntry(b"manifest.xml", MANIFEST)], count=65535),
    }
    received = {}
    for name, content in packages.items():
        path = tmp_path / "paquet"
        path.write_bytes(content)
        received[name] = receive(desk.coffre, path).id
    spent = serve_apart()
    told = {}
    for name, deposit_id in received.items():
        made = desk.look(deposit_id)
        desk.assert_refused(made, code=UNPACKING)
        told[name] = {reason for _code, reason in desk.told(made)}
    assert told["12 GB of zeros"] == {"too_large"}
    assert told["a liar"] == {"entry_size"}
    assert "overlapping_entries" in told["overlapping"]
    assert spent.grown < 150 << 20


def test_a_compressed_tar_is_stopped_while_it_flows(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = ContainerLimits(expansion_allowance=8 << 20, max_expansion=100)
    monkeypatch.setattr(upload, "LIMITS", limits)
    bomb = gzip.compress(tarred(("Content/zeros", bytes(64 << 20))))
    [told] = assert_all_refused(desk, tmp_path, {"bomb": bomb}).values()
    assert told == {(UNPACKING, "too_large")}


def test_archives_inside_a_package_are_content_and_never_opened(desk: Desk, tmp_path: Path) -> None:
    nested = raw_zip([zeros(4032 << 20, name=b"bomb")])
    for _level in range(4):
        nested = raw_zip([RawEntry(b"%d.zip" % n, nested) for n in range(2)])
    sip = (
        SipBuilder().unit("Sauvegarde").binary(nested, name="sauvegarde.zip", format_id="x-fmt/263")
    )
    made = desk.deposit(sip.zip(tmp_path / "sip.zip", compression=zipfile.ZIP_STORED))
    desk.assert_whole(made)
    with tenant_scope(desk.coffre.id):
        assert DataObject.objects.get().format_id == "x-fmt/263"


def test_an_honest_package_may_expand_two_hundred_times(desk: Desk, tmp_path: Path) -> None:
    sip = SipBuilder()
    for number in range(8):
        sip.unit(f"Relevé {number}").binary(b"a" * 1_000_000)
    path = sip.zip(tmp_path / "sip.zip")
    assert path.stat().st_size * 200 < 8_000_000
    desk.assert_whole(desk.deposit(path))


# -- 3 to 6: names, kinds, lies ------------------------------------------------------------------

NAMES = [
    *("../x", "/etc/passwd", "C:\\x", "..\\x", "tmp/../../x", "Content/a.", "-rf", "Content/é"),
    *("Content/a\nb", "Content/a\u202etxt.exe", "Content/" + "a" * 300, "a/" * 2048 + "a"),
]


def test_a_name_that_leaves_the_package_is_named_and_nothing_is_written_outside(
    desk: Desk, tmp_path: Path
) -> None:
    packages = {f"zip {n}": zipped(RawEntry(n.encode(), b"x")) for n in NAMES}
    packages |= {f"tar {n}": tarred((n, b"x")) for n in NAMES}
    packages["zip NUL"] = zipped(RawEntry(b"Content/a\0b", b"x"))
    packages["zip invalid UTF-8"] = zipped(RawEntry(b"Content/\xff\xfe", b"x"))
    before = Path("/etc/passwd").stat().st_mtime_ns
    made = judge(desk, tmp_path, packages)
    for name, deposit in made.items():
        problems = desk.problems(deposit)
        assert deposit.outcome == "KO", name
        assert all(one.file and one.file.isprintable() for one in problems), name
        desk.assert_refused(deposit, code=problems[0].code)
        assert not list(tmp_path.rglob("x")), name
    assert Path("/etc/passwd").stat().st_mtime_ns == before


def test_only_plain_files_and_folders_come_out_of_a_tar(desk: Desk, tmp_path: Path) -> None:
    packages = {
        name: tarred(tar_member("Content/x", **fields), ("Content/x/y", b"through"))
        for name, fields in {
            "symbolic link": {"type": tarfile.SYMTYPE, "linkname": "/etc"},
            "hard link": {"type": tarfile.LNKTYPE, "linkname": "manifest.xml"},
            "device": {"type": tarfile.CHRTYPE},
            "fifo": {"type": tarfile.FIFOTYPE},
            "setuid": {"mode": 0o4755},
            "1 TB sparse": {"pax_headers": {"GNU.sparse.realsize": str(1 << 40)}},
        }.items()
    }
    for name, told in assert_all_refused(desk, tmp_path, packages).items():
        assert told & {(UNPACKING, "entry_kind"), (UNPACKING, "entry_special_mode")}, name


def test_two_stories_in_one_package_are_refused(desk: Desk, tmp_path: Path) -> None:
    first = RawEntry(b"Content/a.txt", b"1")
    packages = {
        "same name": zipped(first, RawEntry(b"Content/a.txt", b"2")),
        "same name but for case": zipped(first, RawEntry(b"Content/A.TXT", b"2")),
        "manifest twice": zipped(RawEntry(b"manifest.xml", MANIFEST + b" ")),
        "name in two places": zipped(RawEntry(b"Content/a", b"x", local={"name": b"Content/b"})),
        "encrypted": zipped(RawEntry(b"a", b"x", local={"flags": 1}, central={"flags": 1})),
        "wrong CRC": zipped(RawEntry(b"Content/a", b"x", local={"crc": 7}, central={"crc": 7})),
        "trailing bytes": zipped(suffix=b"more"),
        "hidden bytes": zipped(RawEntry(b"Content/a", b"x", gap=b"PK\3\4 hidden")),
    }
    told = assert_all_refused(desk, tmp_path, packages)
    assert ("UPLOAD_SIP.KO", "name_duplicated") in told["manifest twice"]
    other = {
        "polyglot": b"%PDF-1.4\n" + zipped(),
        "empty": b"",
        "a letter": b"Madame, Monsieur",
        "cut": zipped()[:200],
    }
    made = judge(desk, tmp_path, other)
    for name, deposit in made.items():
        assert desk.problems(deposit)[0].code in ("CHECK_CONTAINER.KO", UNPACKING), name
        desk.assert_refused(deposit, code=desk.problems(deposit)[0].code)
    folders = SipBuilder().unit("A").extra_entry("content/b.txt", b"b").binary(b"a")
    [(codes)] = assert_all_refused(
        desk,
        tmp_path,
        {"two Content": folders.zip_bytes()},
        code="CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO",
    ).values()
    assert codes


# -- 8: names as people and machines write them --------------------------------------------------


ANY_NAME = [
    *("a\0b.zip", os.fsdecode(b"\xff\xfe.zip"), "x" * 5000, "\u202egpj.zip", "a\nb.zip"),
    *("-rf.zip", "CON", "<script>alert(1)</script>.zip", "$(reboot).zip", "../../x.zip", ""),
]


def test_a_package_may_be_called_anything(desk: Desk) -> None:
    received = []
    for name in ANY_NAME:
        incoming = incoming_path(new_id())
        SipBuilder().unit("Pièce").binary(b"x").zip(incoming)
        deposit = receive_package(
            tenant_id=desk.coffre.id,
            file=incoming,
            file_name=name,
            action="ingest",
            source=Deposit.Source.COMMAND_LINE,
            account_id=None,
        )
        received.append(deposit.id)
    serve_all()
    for deposit_id in received:
        desk.assert_whole(desk.look(deposit_id))


def test_the_depositors_own_file_names_are_kept_as_data(desk: Desk, tmp_path: Path) -> None:
    names = [
        "été\u202efdp.exe",
        "a\tb",
        "-rf",
        "CON",
        "../../etc/passwd",
        "x" * 4096,
        "‮",
        "e\u0301",
    ]
    sip = SipBuilder()
    for number, name in enumerate(names):
        sip.unit(f"Pièce {number}").binary(b"%d" % number)
        sip.current_object.filename = name
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(made)
    with tenant_scope(desk.coffre.id):
        objects = DataObject.objects.select_related("stored_object")
        assert {one.filename for one in objects} == set(names)
        assert not any(char in one.stored_object.key for one in objects for char in "\u202e\t ")
