"""Lines 9 to 12 and 18: manifests made to hurt or to mislead, from reception to the reply.

Each trap of the reading has its test in tests/seda/test_hostile_manifests.py; here they go the
whole way: verdict, words, nothing fetched, nothing left, bounded memory.
"""

import codecs
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sae.holdings.models import ArchiveUnit
from sae.storage.offers.base import read_blocks
from sae.storage.strategies import offers
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule
from tests.builders.deposits import receive
from tests.builders.large_sip import write_large_sip
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all
from tests.faults.lone_worker import serve_apart
from tests.seda.test_hostile_manifests import HOSTILE, listener

__all__ = ["listener"]

GOOD = SipBuilder().unit("Pièce").manifest()
NOT_XML = "CHECK_SEDA.NOT_XML_FILE.KO"
NOT_SEDA = "CHECK_SEDA.NOT_XSD_VALID.KO"
STRUCTURE = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST"


def with_manifest(content: bytes, path: Path) -> Path:
    return SipBuilder().manifest_bytes(content).zip(path)


# -- 9: what a manifest would have us fetch ------------------------------------------------------


def test_nothing_is_fetched_and_no_file_is_read(
    desk: Desk, tmp_path: Path, listener: list[str]
) -> None:
    secret = "secret-canari-4f1d"
    canary = tmp_path / "canary"
    canary.write_text(secret)
    url, file = listener[0].encode(), canary.as_uri().encode()

    def attack(prologue: bytes, title: bytes = b"&e;") -> bytes:
        content = GOOD.replace(b"?>\n", b"?>\n" + prologue, 1)
        return content.replace(">Pièce<".encode(), b">" + title + b"<")

    refused = [
        attack(b'<!DOCTYPE a SYSTEM "' + url + b'">', b"X"),
        attack(b'<!DOCTYPE a [<!ENTITY e SYSTEM "' + file + b'">]>'),
        attack(b'<!DOCTYPE a [<!ENTITY e SYSTEM "' + url + b'">]>'),
        attack(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "' + url + b'"> %p;]>', b"X"),
        attack(b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY e "&a;&a;&a;">]>'),
    ]
    for content in refused:
        made = desk.deposit(with_manifest(content, tmp_path / "sip.zip"))
        desk.assert_refused(made, code=NOT_XML)
        assert secret not in repr([vars(one) for one in desk.problems(made)])
        assert secret.encode() not in kept(desk, made.id, "reply.xml")
    included = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%s"/>' % file
    inert = attack(b'<?xml-stylesheet type="text/xsl" href="%s"?>\n' % url, b"X").replace(
        b"<ArchiveTransfer ",
        b'<ArchiveTransfer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="urn:x %s" ' % url,
    )
    inert = inert.replace(b"</Content>", included + b"</Content>")
    made = desk.deposit(with_manifest(inert, tmp_path / "sip.zip"))
    desk.assert_whole(made, outcome=made.outcome)
    with tenant_scope(desk.coffre.id):
        assert secret not in repr(ArchiveUnit.objects.get(operation_id=made.id).content)
    assert listener[1:] == []


def kept(desk: Desk, deposit_id: object, name: str) -> bytes:
    """What the first offer keeps of a deposit under a name."""
    offer = next(iter(offers().values()))
    key = f"{desk.coffre.id}/{deposit_id}/{name}"
    return b"".join(read_blocks(offer, key, length=offer.size(key)))


# -- 10 and 11: size -----------------------------------------------------------------------------


def test_what_would_fill_memory_is_refused_in_little_of_it(desk: Desk, tmp_path: Path) -> None:
    before, _, after = GOOD.partition(b"</Content>")
    received = []
    attacks = [HOSTILE[name] for name in ("deep", "text", "attributes", "namespaces")]
    for attack, _reason in attacks:
        content = before + attack + b"</Content>" + after
        received.append(receive(desk.coffre, with_manifest(content, tmp_path / "sip.zip")).id)
    spent = serve_apart(seconds=240)
    reasons: set[str] = set()
    for deposit_id in received:
        made = desk.look(deposit_id)
        told = desk.told(made)
        desk.assert_refused(made, code=next(iter(told))[0])
        reasons |= {reason for _code, reason in told}
    assert {reason for _attack, reason in attacks} <= reasons
    assert spent.grown < 200 << 20


@pytest.fixture
def large_rules(desk: Desk) -> None:
    """The rule that the large packages name."""
    with tenant_scope(desk.coffre.id):
        ManagementRule.objects.filter(identifier="APP-00001").update(identifier="APP-00002")


def test_a_parent_of_four_thousand_units_is_taken_in_little_memory(
    desk: Desk, large_rules: None, tmp_path: Path
) -> None:
    path = write_large_sip(tmp_path / "sip.zip", units=4_100, fan_out=4_000)
    made = receive(desk.coffre, path)
    spent = serve_apart(seconds=240)
    desk.assert_whole(desk.look(made.id), outcome="WARNING")
    assert spent.grown < 220 << 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("units", "fan_out"), [(100_000, 99_000), (1_000_000, 100)])
def test_memory_does_not_follow_the_number_of_units(
    desk: Desk, large_rules: None, tmp_path: Path, units: int, fan_out: int
) -> None:
    path = write_large_sip(tmp_path / "sip.zip", units=units, fan_out=fan_out)
    made = receive(desk.coffre, path)
    spent = serve_apart(seconds=7000)
    desk.assert_whole(desk.look(made.id), outcome="WARNING")
    assert spent.peak < 400 << 20


def test_a_chain_of_a_thousand_units_is_accepted_and_a_deeper_one_told_the_limit(
    desk: Desk, tmp_path: Path
) -> None:
    def chain(length: int) -> Path:
        sip = SipBuilder().unit("0", identifier="U0")
        for number in range(1, length):
            sip.unit(str(number), identifier=f"U{number}", parent=f"U{number - 1}")
        return sip.zip(tmp_path / "sip.zip")

    made = desk.deposit(chain(1000))
    desk.assert_whole(made, outcome="WARNING")
    with tenant_scope(desk.coffre.id):
        assert max(ArchiveUnit.objects.values_list("depth", flat=True)) == 1000
    made = desk.deposit(chain(2100))
    [problem] = desk.problems(made)
    desk.assert_refused(made, code=problem.code)
    assert "2048" in f"{problem.expected} {problem.arguments}" or "2000" in problem.expected


# -- 12: structure -------------------------------------------------------------------------------


def test_every_fault_of_structure_is_listed_at_once(desk: Desk, tmp_path: Path) -> None:
    sip = (
        SipBuilder()
        .unit("A", identifier="A")
        .dangling_link("GHOST")
        .unit("B", identifier="B", parent="A")
        .unit("C", identifier="C", parent="B")
        .link(parent="C", child="B")
        .unit("D", identifier="D")
        .reference("NO-GROUP")
        .unit("E", identifier="E")
        .reference("NO-OBJECT", kind="DataObjectReferenceId")
    )
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_refused(made, code=f"{STRUCTURE}.CHECK_MANIFEST_LOOP.KO")
    reasons = Counter(reason for _code, reason in desk.told(made))
    assert set(reasons) == {"unknown_unit", "cycle", "unknown_group", "unknown_object"}
    assert all(problem.line for problem in desk.problems(made))


def test_identifiers_given_twice_are_all_named(desk: Desk, tmp_path: Path) -> None:
    sip = SipBuilder().unit("A", identifier="X").unit("B", identifier="X")
    sip.unit("C", identifier="Y").unit("D", identifier="Y")
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_refused(made, code=NOT_SEDA)
    assert [one.identifier for one in desk.problems(made)] == ["X", "Y"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda sip: sip.link(parent="AU1", child="AU1"), "cycle"),
        (lambda sip: sip.binary(b"x").edit_manifest(without_references), "orphan_group"),
    ],
    ids=["its own parent", "orphan object"],
)
def test_units_and_objects_out_of_place_are_refused(
    desk: Desk, tmp_path: Path, damage: Callable[[SipBuilder], SipBuilder], reason: str
) -> None:
    made = desk.deposit(damage(SipBuilder().unit("A")).zip(tmp_path / "sip.zip"))
    [(code, found)] = desk.told(made)
    assert found == reason
    desk.assert_refused(made, code=code)


def without_references(manifest: str) -> str:
    start, _, rest = manifest.partition("<DataObjectReference>")
    return start + rest.partition("</DataObjectReference>")[2]


def test_a_group_may_be_shared_and_a_package_may_have_several_roots(
    desk: Desk, tmp_path: Path
) -> None:
    sip = SipBuilder().unit("A").binary(b"x").unit("B").share_group("A").unit("C")
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(made)
    assert (made.group_count, made.object_count, made.unit_count) == (1, 1, 3)


# -- 18: versions and encodings ------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_each_version_is_answered_in_its_own(desk: Desk, tmp_path: Path, version: str) -> None:
    made = desk.deposit(SipBuilder().version(version).unit("A").binary(b"x").zip(tmp_path / "s"))
    desk.assert_whole(made)
    assert f"seda:v{version}".encode() in kept(desk, made.id, "reply.xml")


def test_encodings_comments_and_extensions_are_kept_or_refused(desk: Desk, tmp_path: Path) -> None:
    text = SipBuilder().unit("Délibération").manifest().decode()
    body = text.partition("?>\n")[2]
    accepted = {
        "BOM": codecs.BOM_UTF8 + text.encode(),
        "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?>\n' + body).encode("utf-16"),
        "latin": ('<?xml version="1.0" encoding="ISO-8859-1"?>\n' + body).encode(
            "latin-1", "xmlcharrefreplace"
        ),
        "comments": text.replace("<Content>", "<!-- a --><Content><?pi b?>").encode(),
        "extension": text.replace(
            "</Content>", "<CoteLocale><Boite>12 é</Boite></CoteLocale></Content>"
        ).encode(),
    }
    for name, content in accepted.items():
        made = desk.deposit(with_manifest(content, tmp_path / "sip.zip"))
        assert made.outcome in ("OK", "WARNING"), (name, desk.told(made))
        with tenant_scope(desk.coffre.id):
            unit = ArchiveUnit.objects.get(operation_id=made.id)
        assert unit.title == "Délibération", name
        assert kept(desk, made.id, "manifest.xml") == content, name
    assert unit.content["CoteLocale"] == [{"Boite": ["12 é"]}]
    refused = {
        "lies about its encoding": text.encode("latin-1", "xmlcharrefreplace"),
        "another namespace": text.replace("seda:v2.2", "seda:v9.9").encode(),
        "of 2.3 in 2.1": SipBuilder()
        .version("2.1")
        .unit("A")
        .raw_content(
            "<PersistentIdentifier><PersistentIdentifierType>ark</PersistentIdentifierType>"
            "</PersistentIdentifier>"
        )
        .manifest(),
        "not XML": b"\x00\x01\x02",
        "empty": b"",
    }
    for name, content in refused.items():
        received = receive(desk.coffre, with_manifest(content, tmp_path / "sip.zip"))
        serve_all()
        made = desk.look(received.id)
        codes = {problem.code for problem in desk.problems(made)}
        assert made.outcome == "KO" or name == "of 2.3 in 2.1", (name, codes)
        if made.outcome == "KO":
            desk.assert_refused(made, code=next(iter(codes)))


def test_what_a_refusal_says_is_a_document(desk: Desk, tmp_path: Path) -> None:
    """The reply to the worst manifest is itself well formed."""
    from lxml import etree

    made = desk.deposit(with_manifest(GOOD.replace(b">Item<", b">\x00<"), tmp_path / "sip.zip"))
    desk.assert_refused(made, code=NOT_XML)
    assert etree.parse(io.BytesIO(kept(desk, made.id, "reply.xml"))).getroot() is not None
