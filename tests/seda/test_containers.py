"""Good containers open in full; bad ones are refused in full and leave nothing behind."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import io
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sae.seda import reasons
from sae.seda.containers import (
    ContainerFault,
    ContainerKind,
    ContainerLimits,
    ListedEntry,
    check_layout,
    check_manifest_name,
    detect_container,
    list_entries,
    read_manifest_bytes,
    unpack,
)
from tests.builders import SipBuilder
from tests.seda.naughty import RawEntry, raw_zip, tar_member, tar_of

SIP = SipBuilder().unit("Dossier").binary(b"abc", name="a.txt").unit("Pièce").binary(b"de" * 9000)
MANIFEST = RawEntry(b"manifest.xml", b"<x/>")
P12 = {"packed": 12}


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "sip"
    path.write_bytes(content)
    return path


def faults_of(tmp_path: Path, content: bytes, limits: ContainerLimits | None = None) -> set[str]:
    """Reasons of the refusal of a container; nothing may remain on disk."""
    path, into = write(tmp_path, content), tmp_path / "out"
    with pytest.raises(ContainerFault) as refused:
        unpack(path, into, limits=limits or ContainerLimits())
    left = [p for p in into.rglob("*") if p.is_file()] if into.exists() else []
    assert left == []
    for problem in refused.value.problems:
        assert set(problem.arguments) == set(reasons.REASONS[problem.reason].arguments)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "out") == ["sip"]
    return {problem.reason for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("kind", "writer"),
    [
        (ContainerKind.ZIP, "zip"),
        (ContainerKind.TAR, "tar"),
        (ContainerKind.TAR_GZ, "targz"),
        (ContainerKind.TAR_BZ2, "tarbz2"),
    ],
)
def test_each_kind_is_known_by_content_and_unpacked_whole(
    tmp_path: Path, kind: ContainerKind, writer: str
) -> None:
    path = getattr(SIP, writer)(tmp_path / "misleading.pdf")

    assert detect_container(path) is kind
    unpacked = unpack(path, tmp_path / "out")

    expected = dict(SIP.entries())
    assert unpacked.manifest is not None
    assert unpacked.manifest.path.read_bytes() == expected.pop("manifest.xml")
    assert {e.name: e.path.read_bytes() for e in unpacked.entries} == expected
    for entry in [unpacked.manifest, *unpacked.entries]:
        content = entry.path.read_bytes()
        assert (entry.size, entry.sha512) == (len(content), hashlib.sha512(content).hexdigest())
    assert {e.name for e in list_entries(path)} == {"manifest.xml", *expected}
    assert b"".join(read_manifest_bytes(path)) == SIP.manifest()
    assert unpacked.kind is kind
    assert unpacked.total_bytes == sum(len(p) for _, p in SIP.entries())


def test_unpacking_again_after_an_interruption_gives_the_same(tmp_path: Path) -> None:
    path = SIP.zip(tmp_path / "sip.zip")

    def interrupted(files: int, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(path, tmp_path / "out", progress=interrupted)
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []
    (tmp_path / "out/files/0000").mkdir(parents=True)
    (tmp_path / "out/files/0000/0000000").write_bytes(b"half")

    first = unpack(path, tmp_path / "out")
    assert unpack(path, tmp_path / "out") == first


def test_large_entries_are_hashed_while_they_are_written(tmp_path: Path) -> None:
    payload = os.urandom(1 << 20) * 9
    seen: list[tuple[int, int]] = []
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = SipBuilder().unit("A").binary(payload).zip(tmp_path / "s", compression=compression)
        unpacked = unpack(path, tmp_path / "out", progress=lambda n, b: seen.append((n, b)))
        assert unpacked.entries[0].sha512 == hashlib.sha512(payload).hexdigest()
        assert unpacked.entries[0].path.read_bytes() == payload
        assert seen


def test_a_zip_written_to_a_pipe_has_its_sizes_after_the_data(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.xml", b"")
        archive.writestr("Content/a.txt", b"a" * 100)
        with archive.open("Content/b.txt", "w", force_zip64=True) as entry:
            entry.write(b"b" * 100)
    unpacked = unpack(write(tmp_path, bytes(pipe.written)), tmp_path / "out")
    assert [e.path.read_bytes() for e in unpacked.entries] == [b"a" * 100, b"b" * 100]


def test_folders_comments_and_dot_names_are_let_be(tmp_path: Path) -> None:
    content = raw_zip(
        [RawEntry(b"./"), MANIFEST, RawEntry(b"Content/"), RawEntry(b"./Content/a.txt", b"a")],
        comment="Versé par la mairie".encode(),
    )
    unpacked = unpack(write(tmp_path, content), tmp_path / "out")
    assert [e.name for e in unpacked.entries] == ["Content/a.txt"]
    assert unpacked.folders == ("Content",)

    content = tar_of(
        tar_member("./", type=tarfile.DIRTYPE),
        ("./manifest.xml", b"<x/>"),
        tar_member("./Content", type=tarfile.DIRTYPE, mode=0o2775),
        ("./Content/a.txt", b"a"),
    )
    unpacked = unpack(write(tmp_path, content), tmp_path / "out")
    assert [e.name for e in unpacked.entries] == ["Content/a.txt"]
    assert unpacked.manifest is not None
    assert unpacked.folders == ("Content",)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_of_every_tar_dialect_are_read(tmp_path: Path, form: int) -> None:
    long = "Content/" + "d" * 90 + "/" + "f" * 60 + ".txt"
    content = tar_of(("manifest.xml", b"<x/>"), (long, b"long"), format=form)
    unpacked = unpack(write(tmp_path, content), tmp_path / "out")
    assert [(e.name, e.path.read_bytes()) for e in unpacked.entries] == [(long, b"long")]


def test_gzip_in_several_members_and_filled_with_zeros_is_one_container(tmp_path: Path) -> None:
    whole = tar_of(("manifest.xml", b"<x/>"), ("Content/a.txt", b"a" * 5000))
    for compress in (lambda data: gzip.compress(data), bz2.compress):
        content = compress(whole[:700]) + compress(whole[700:]) + bytes(1000)
        unpacked = unpack(write(tmp_path, content), tmp_path / "out")
        assert unpacked.entries[0].path.read_bytes() == b"a" * 5000


def test_a_package_that_expands_226_times_is_accepted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.xml", b"<x/>")
        for number in range(40):
            archive.writestr(f"Content/{number}.txt", b"a" * 1_000_000)
    assert (tmp_path / "sip").stat().st_size * 226 < 40_000_000
    assert len(unpack(tmp_path / "sip", tmp_path / "out").entries) == 40


# -- bombs ---------------------------------------------------------------------------------------


def test_a_flat_bomb_is_stopped_before_anything_is_written(tmp_path: Path) -> None:
    zeros = zlib.compressobj(9, wbits=-15)
    packed = zeros.compress(bytes(10 << 20)) + zeros.flush()
    bomb = RawEntry(b"Content/zeros", bytes(10 << 20), deflate=True)
    assert len(packed) < 20_000
    limits = ContainerLimits(expansion_allowance=1 << 20, max_expansion=200)
    assert faults_of(tmp_path, raw_zip([MANIFEST, bomb]), limits) == {reasons.TOO_LARGE}


def test_an_entry_that_gives_more_than_it_says_is_stopped_at_what_it_says(tmp_path: Path) -> None:
    bomb = RawEntry(b"Content/zeros", bytes(50 << 20), deflate=True)
    for said in (100, 2 << 20):
        bomb.local = bomb.central = {"size": said}
        assert faults_of(tmp_path, raw_zip([MANIFEST, bomb])) == {reasons.ENTRY_SIZE}


def test_a_tar_bomb_is_stopped_while_it_flows(tmp_path: Path) -> None:
    bomb = tar_of(("manifest.xml", b"<x/>"), ("Content/zeros", bytes(30 << 20)))
    limits = ContainerLimits(expansion_allowance=1 << 20, max_expansion=100)
    for content in (gzip.compress(bomb), bz2.compress(bomb)):
        assert faults_of(tmp_path, content, limits) == {reasons.TOO_LARGE}
        with pytest.raises(ContainerFault):
            list_entries(tmp_path / "sip", limits=limits)


def test_nested_and_self_holding_zips_are_content_and_never_opened(tmp_path: Path) -> None:
    nested = raw_zip([RawEntry(b"bomb", bytes(1 << 20), deflate=True)])
    content = raw_zip([MANIFEST, RawEntry(b"Content/nested.zip", nested)])
    unpacked = unpack(write(tmp_path, content), tmp_path / "out")
    assert unpacked.entries[0].path.read_bytes() == nested


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    kernel = RawEntry(b"Content/a", b"a" * 1000)
    twin = RawEntry(b"Content/a", b"a" * 1000, shares_previous=True)
    assert reasons.OVERLAPPING_ENTRIES in faults_of(tmp_path, raw_zip([MANIFEST, kernel, twin]))
    inner = raw_zip([RawEntry(b"Content/b", b"b" * 10)])[:49]
    outer = RawEntry(b"Content/a", inner)
    quoted = RawEntry(b"Content/b", b"b" * 10, shares_previous=True, central={"offset": 85})
    assert faults_of(tmp_path, raw_zip([MANIFEST, outer, quoted])) == {reasons.OVERLAPPING_ENTRIES}


def test_too_many_entries_are_refused_by_their_count(tmp_path: Path) -> None:
    entries = [RawEntry(b"Content/%d" % n) for n in range(60)]
    limits = ContainerLimits(max_entries=50)
    assert faults_of(tmp_path, raw_zip(entries), limits) == {reasons.TOO_MANY_ENTRIES}
    tar = tar_of(*[(f"Content/{n}", b"") for n in range(60)])
    assert faults_of(tmp_path, tar, limits) == {reasons.TOO_MANY_ENTRIES}


# -- names ---------------------------------------------------------------------------------------

LEAVING = ["../x", "/etc/passwd", "C:\\x", "..\\x", "tmp/../../x", "Content/..", "\\\\srv\\x"]
ODD = ["Content/a.", "Content/.a", "Content/a b", "Content/é", "Content/a\nb", "Content/a\u202eb",
       "Content/a#", "Content//a", "Content/a\\b", "Content/a..b"]  # fmt: skip


@pytest.mark.parametrize("name", LEAVING)
def test_names_that_leave_the_package_are_refused(tmp_path: Path, name: str) -> None:
    expected = {reasons.NAME_LEAVES_PACKAGE}
    assert faults_of(tmp_path, raw_zip([MANIFEST, RawEntry(name.encode(), b"x")])) == expected
    assert faults_of(tmp_path, tar_of(("manifest.xml", b""), (name, b"x"))) == expected


@pytest.mark.parametrize("name", ODD)
def test_names_of_other_characters_are_refused(tmp_path: Path, name: str) -> None:
    expected = {reasons.NAME_CHARACTERS}
    assert faults_of(tmp_path, raw_zip([MANIFEST, RawEntry(name.encode(), b"x")])) == expected
    assert faults_of(tmp_path, tar_of(("manifest.xml", b""), (name, b"x"))) == expected


def test_every_bad_name_is_told_and_shown_without_harm(tmp_path: Path) -> None:
    content = raw_zip([MANIFEST, RawEntry(b"a\0b"), RawEntry(b"\xff\x1b[2J"), RawEntry(b"../x")])
    with pytest.raises(ContainerFault) as refused:
        unpack(write(tmp_path, content), tmp_path / "out")
    assert len(refused.value.problems) == 3
    assert all(problem.place.file.isprintable() for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("Content/a.txt", "Content/a.txt", reasons.NAME_DUPLICATED),
        ("Content/a.txt", "Content/A.TXT", reasons.NAME_DUPLICATED),
        ("manifest.xml", "manifest.xml", reasons.NAME_DUPLICATED),
        ("Content", "Content/a.txt", reasons.NAME_FILE_AND_FOLDER),
        ("Content/a/b", "Content/a", reasons.NAME_FILE_AND_FOLDER),
    ],
)
def test_names_that_clash_are_refused(tmp_path: Path, first: str, second: str, reason: str) -> None:
    zipped = raw_zip([RawEntry(first.encode(), b"1"), RawEntry(second.encode(), b"2")])
    assert faults_of(tmp_path, zipped) == {reason}
    assert faults_of(tmp_path, tar_of((first, b"1"), (second, b"2"))) == {reason}


def test_long_and_deep_names_are_refused(tmp_path: Path) -> None:
    long, deep = "Content/" + "a" * 2000, "/".join("a" * 40)
    assert faults_of(tmp_path, tar_of((long, b""))) == {reasons.NAME_TOO_LONG}
    assert faults_of(tmp_path, raw_zip([RawEntry(deep.encode())])) == {reasons.TOO_DEEP}


# -- what is not a file or a folder --------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "symbolic_link"),
        ({"type": tarfile.LNKTYPE, "linkname": "manifest.xml"}, "hard_link"),
        ({"type": tarfile.CHRTYPE}, "character_device"),
        ({"type": tarfile.BLKTYPE}, "block_device"),
        ({"type": tarfile.FIFOTYPE}, "fifo"),
        ({"type": tarfile.GNUTYPE_SPARSE}, "sparse_file"),
        ({"pax_headers": {"GNU.sparse.realsize": "1099511627776"}}, "sparse_file"),
        ({"type": b"Z"}, "unknown"),
    ],
)
def test_tar_members_that_are_not_plain_are_refused(
    tmp_path: Path, fields: dict[str, object], seen: str
) -> None:
    content = tar_of(
        ("manifest.xml", b""), tar_member("Content/x", **fields), ("Content/x/y", b"through")
    )
    with pytest.raises(ContainerFault) as refused:
        unpack(write(tmp_path, content), tmp_path / "out")
    problem = refused.value.problems[0]
    assert (problem.reason, problem.place.file, problem.seen) == ("entry_kind", "Content/x", seen)


def test_a_setuid_file_is_refused(tmp_path: Path) -> None:
    content = tar_of(("manifest.xml", b""), tar_member("Content/x", mode=0o4755))
    assert faults_of(tmp_path, content) == {reasons.ENTRY_SPECIAL_MODE}


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = RawEntry(b"Content/l", b"/etc", central={"made_by": 3 << 8, "mode": 0o120777 << 16})
    assert faults_of(tmp_path, raw_zip([MANIFEST, link])) == {reasons.ENTRY_KIND}


# -- zips that tell two stories ------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [{"name": b"Content/b"}, {"crc": 1}, {"size": 9}, {"packed": 9}, {"method": 8}, {"flags": 1}],
)
def test_headers_that_disagree_are_refused(tmp_path: Path, lie: dict[str, object]) -> None:
    content = raw_zip([MANIFEST, RawEntry(b"Content/a", b"x", local=lie)])
    assert reasons.HEADERS_DISAGREE in faults_of(tmp_path, content)


def test_a_second_name_in_an_extra_field_is_refused(tmp_path: Path) -> None:
    extra = struct.pack("<2H", 0x7075, 14) + b"\1\0\0\0\0" + b"Content/b"
    content = raw_zip([MANIFEST, RawEntry(b"Content/a", b"x", extra=extra)])
    assert faults_of(tmp_path, content) == {reasons.HEADERS_DISAGREE}


def test_lies_in_zip64_fields_are_refused(tmp_path: Path) -> None:
    full = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    told = struct.pack("<2H2Q", 1, 16, 1 << 60, 1)
    content = raw_zip([MANIFEST, RawEntry(b"Content/a", b"x", central=full, extra=told)])
    assert faults_of(tmp_path, content) == {reasons.TOO_LARGE, reasons.ENTRY_SIZE}
    content = raw_zip([MANIFEST, RawEntry(b"Content/a", b"x", central=full)])
    assert faults_of(tmp_path, content) == {reasons.CORRUPTED}
    content = raw_zip([MANIFEST, RawEntry(b"Content/a", b"x", local=full, local_extra=told)])
    assert faults_of(tmp_path, content) == {reasons.HEADERS_DISAGREE}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (RawEntry(b"Content/a", b"x", central={"flags": 1}, local={"flags": 1}), "entry_encrypted"),
        (RawEntry(b"C", b"x", central={"method": 12}, local={"method": 12}), "entry_compression"),
        (RawEntry(b"Content/a", b"x", central={"crc": 7}, local={"crc": 7}), "entry_checksum"),
        (RawEntry(b"Content/a", b"x" * 99, True, P12, P12, written=b"\xff" * 12), "entry_data"),
        (RawEntry(b"Content/a", b"x", gap=b"PK\3\4 hidden"), "hidden_bytes"),
        (RawEntry(b"Content/a/", b"x"), "entry_size"),
    ],
)
def test_each_bad_entry_has_its_reason(tmp_path: Path, entry: RawEntry, reason: str) -> None:
    assert reason in faults_of(tmp_path, raw_zip([MANIFEST, entry]))


def test_all_bad_entries_are_told_at_once(tmp_path: Path) -> None:
    wrong = {"crc": 7}
    entries = [RawEntry(b"Content/%d" % n, b"x", local=wrong, central=wrong) for n in range(5)]
    with pytest.raises(ContainerFault) as refused:
        unpack(write(tmp_path, raw_zip([MANIFEST, *entries])), tmp_path / "out")
    assert [p.place.file for p in refused.value.problems] == [f"Content/{n}" for n in range(5)]
    assert {p.code for p in refused.value.problems} == {"UPLOAD_SIP.KO"}


def test_bytes_before_and_after_are_refused(tmp_path: Path) -> None:
    good = SIP.zip_bytes()
    assert faults_of(tmp_path, good + b"more") == {reasons.TRAILING_BYTES}
    assert faults_of(tmp_path, b"%PDF-1.4\n" + good) == {reasons.NOT_A_CONTAINER}
    shifted = raw_zip([MANIFEST], prefix=raw_zip([MANIFEST]))
    assert faults_of(tmp_path, shifted) == {reasons.LEADING_BYTES}
    tar = tar_of(("manifest.xml", b""))
    assert faults_of(tmp_path, tar + b"more") == {reasons.TRAILING_BYTES}
    assert faults_of(tmp_path, gzip.compress(tar) + b"more") == {reasons.TRAILING_BYTES}
    assert faults_of(tmp_path, bz2.compress(tar) + b"more") == {reasons.TRAILING_BYTES}


def test_two_directories_are_refused(tmp_path: Path) -> None:
    inner = raw_zip([MANIFEST])
    content = raw_zip([MANIFEST], comment=inner[-22:])
    assert faults_of(tmp_path, content) <= {reasons.AMBIGUOUS_DIRECTORY, reasons.CORRUPTED}


def test_an_empty_file_and_a_file_that_is_not_a_container_are_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path, b"") == {reasons.EMPTY_FILE}
    assert faults_of(tmp_path, b"hello") == {reasons.NOT_A_CONTAINER}
    assert faults_of(tmp_path, gzip.compress(b"hello")) == {reasons.COMPRESSED_NOT_TAR}
    assert faults_of(tmp_path, b"\x1f\x8b\x08 rubbish" * 9) <= {
        reasons.CORRUPTED,
        reasons.COMPRESSED_NOT_TAR,
        reasons.TRUNCATED,
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(part=st.floats(0, 1), kind=st.sampled_from(["zip", "tar", "targz", "tarbz2"]))
def test_a_cut_container_is_always_refused(tmp_path: Path, part: float, kind: str) -> None:
    whole = getattr(SIP, kind)(tmp_path / "sip").read_bytes()
    # The end of a tar is zeros: what is cut there is no loss.
    limit = len(whole.rstrip(b"\0")) - 1 if kind == "tar" else len(whole) - 1
    faults_of(tmp_path, whole[: int(part * limit)])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.integers(0, 10**6),
    value=st.integers(1, 255),
    kind=st.sampled_from(["zip", "tar", "targz", "tarbz2"]),
)
def test_a_damaged_container_is_refused_or_gives_the_same_names(
    tmp_path: Path, at: int, value: int, kind: str
) -> None:
    """One changed byte never crashes us; whatever a zip still gives passed its CRC."""
    content = bytearray(getattr(SIP, kind)(tmp_path / "sip").read_bytes())
    content[at % len(content)] ^= value
    try:
        unpacked = unpack(write(tmp_path, bytes(content)), tmp_path / "out")
    except ContainerFault:
        return
    expected = dict(SIP.entries())
    if kind != "tar":  # a tar has no checksum on its data
        for entry in unpacked.entries:
            assert entry.path.read_bytes() == expected[entry.name]


def test_a_full_disk_is_our_fault_and_not_the_depositors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = SIP.zip(tmp_path / "sip.zip")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": 10})())
    with pytest.raises(OSError, match="free") as failed:
        unpack(path, tmp_path / "out")
    assert failed.value.errno == errno.ENOSPC


# -- names of the manifest, layout ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("manifest.xml", True),
        ("Mairie_manifest.xml", True),
        ("mairie-de-x-manifest.xml", True),
        ("mairiemanifest.xml", False),
        ("Manifest.xml", False),
        ("manifest_xml", False),
        ("manifest.xml.bak", False),
        ("é_manifest.xml", False),
        ("a" * 57 + "_manifest.xml", False),
        ("sip/manifest.xml", False),
    ],
)
def test_the_manifest_is_known_by_its_name_at_the_root(name: str, accepted: bool) -> None:
    problems = check_manifest_name([ListedEntry("Content/a", 1), ListedEntry(name, 1)])
    assert (problems == []) is accepted
    assert {p.code for p in problems} <= {"MANIFEST_FILE_NAME_CHECK.KO"}


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["manifest.xml"], []),
        (["manifest.xml", "content/a", "content/b/c"], []),
        (["manifest.xml", "CONTENT/"], []),
        (["manifest.xml", "readme.txt"], ["CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"]),
        (["manifest.xml", "b_manifest.xml"], ["CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"]),
        (["manifest.xml", "Documents/a"], ["CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"]),
        (["manifest.xml", "Content/a", "extra/"], ["CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"]),
        (["manifest.xml", "Content/a", "content/b"], ["CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"]),
        (
            ["manifest.xml", "x.txt", "y.txt", "z/a"],
            ["CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"] * 2
            + ["CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"],
        ),
    ],
)
def test_the_root_holds_one_manifest_and_one_content_folder(
    names: list[str], codes: list[str]
) -> None:
    listing = [ListedEntry(n.rstrip("/"), 0, n.endswith("/")) for n in names]
    assert [p.code for p in check_layout(listing)] == codes


def test_a_second_root_file_does_not_hide_the_manifest(tmp_path: Path) -> None:
    path = SipBuilder().unit("A").extra_entry("b_manifest.xml", b"<y/>").zip(tmp_path / "sip")
    unpacked = unpack(path, tmp_path / "out")
    assert unpacked.manifest is not None
    assert unpacked.manifest.name == "manifest.xml"
    assert [p.code for p in check_layout(unpacked.listing)] == [
        "CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"
    ]
