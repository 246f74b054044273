"""Deposits of a Pastell, from the request to the reply that it reads, on real services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from ingest.connectors.accesses import change_access
from ingest.connectors.models import ConnectorTransfer
from ingest.models import Deposit
from ingest.selectors.manifest import manifest_chunks
from ingest.workspace import incoming_path
from sae.holdings.models import ArchiveUnit, DataObject
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import problems_of, run_to_end
from tests.builders.pastell import ACT, RECEIPT, V1, File, Slip
from tests.builders.pastell_client import Pastell, add_rule, open_coffre
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
NAMES = ("LS_PASTELL", "c0ffee-2026-0001")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    assert not any(incoming_path(new_id()).parent.iterdir())


@pytest.fixture
def pastell(cast: Cast) -> Pastell:
    open_coffre(cast.coffre_a)
    return Pastell(cast.coffre_a)


def judged(coffre: Tenant) -> Deposit:
    """The latest deposit, run to its end."""
    with tenant_scope(coffre.id):
        made = Deposit.objects.latest("received_at")
    return run_to_end(coffre, made.id)


def reply_of(pastell: Pastell, names: tuple[str, str] = NAMES) -> Any:
    answer = pastell.ask("ArchiveTransferReply", *names)
    assert answer.status_code == 200, b"".join(answer)
    content = b"".join(answer)
    assert content.startswith(b"<?xml")
    assert b"<ArchiveTransferReply xmlns=" in content
    return etree.fromstring(content)


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_a_transfer_of_the_asalae_profile_enters_the_fonds(
    cast: Cast, pastell: Pastell, version: str
) -> None:
    slip = Slip(agreement="ArchivalAgreement0")
    answer = pastell.send(slip.v2(version), slip.tar_gz())
    assert answer.status_code == 200
    assert answer.json()["identifiant"]
    pending = pastell.ask("ArchiveTransferReply", *NAMES)
    assert (pending.status_code, pending.content) == (500, b"Transfert en cours de traitement")

    made = judged(cast.coffre_a)
    assert [(p.code, p.reason, p.seen) for p in problems_of(cast.coffre_a, made)] == []
    assert (made.outcome, made.source, made.seda_version) == ("OK", "connector", version)
    assert (made.originating_agency, made.archival_agreement) == (
        "FRAN_NP_009913",
        "ArchivalAgreement0",
    )
    assert made.message_identifier == "c0ffee-2026-0001"
    with tenant_scope(cast.coffre_a.id):
        units = {unit.title: unit for unit in ArchiveUnit.objects.all()}
        root = units["Délibération du 12 mars 2026"]
        assert units["Acte"].parents == [root.id]
        rules = root.management
        assert rules["AppraisalRule"]["Rules"][0]["Rule"] == "APP-00001"
        assert rules["AppraisalRule"]["Rules"][0]["EndDate"] == "2036-03-12"
        assert rules["AccessRule"]["Rules"][0]["Rule"] == "ACC-00001"
        names = {entry.filename for entry in DataObject.objects.all()}
        assert names == {"deliberation.txt", "aractes.xml"}
        chunks = manifest_chunks(made)
        assert chunks is not None
        assert b"".join(chunks) == slip.v2(version)

    reply = reply_of(pastell)
    assert etree.QName(reply).namespace == f"fr:gouv:culture:archivesdefrance:seda:v{version}"
    assert reply.findtext("{*}ReplyCode") == "000"
    assert reply.findtext("{*}MessageRequestIdentifier") == "c0ffee-2026-0001"
    assert reply.findtext("{*}MessageIdentifier") == str(made.id)
    comment = reply.findtext("{*}Comment").replace("\u00a0", " ")
    assert comment == f"Versement {made.reference} accepté : 3 unités et 2 objets."
    [unit] = reply.findall("{*}DataObjectPackage/{*}DescriptiveMetadata/{*}ArchiveUnit")
    [identifier] = unit.findall("{*}Content/{*}ArchivalAgencyArchiveUnitIdentifier")
    assert identifier.text == str(root.id)


@pytest.mark.parametrize("flat", [False, True])
def test_a_transfer_of_seda_1_0_enters_the_fonds(cast: Cast, pastell: Pastell, flat: bool) -> None:
    slip = Slip()
    sent = slip.v1_flat() if flat else slip.v1()
    assert pastell.send(sent, slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert [(p.code, p.reason, p.seen) for p in problems_of(cast.coffre_a, made)] == []
    assert (made.outcome, made.seda_version, made.unit_count, made.object_count) == (
        "OK",
        "1.0",
        3,
        2,
    )
    with tenant_scope(cast.coffre_a.id):
        units = {unit.title: unit for unit in ArchiveUnit.objects.all()}
        root = units["Délibération du 12 mars 2026"]
        assert root.child_count == 2
        assert root.level == "File"
        assert {one.title for one in units.values()} > (
            {"deliberation.txt", "aractes.xml"} if flat else {"Acte", "Accuse"}
        )
        assert root.management["AppraisalRule"]["Rules"][0]["EndDate"] == "2036-03-12"
        chunks = manifest_chunks(made)
        assert chunks is not None
        assert b"".join(chunks) == sent

    reply = reply_of(pastell)
    assert etree.QName(reply).namespace == V1
    assert reply.findtext("{*}ReplyCode") == "000"
    assert reply.findtext("{*}TransferIdentifier") == "c0ffee-2026-0001"
    assert reply.findtext("{*}TransferReplyIdentifier") == str(made.id)
    [identifier] = reply.findall("{*}Archive/{*}ArchivalAgencyArchiveIdentifier")
    assert identifier.text == str(root.id)
    assert reply.findtext("{*}Archive/{*}Name") == "Délibération du 12 mars 2026"


def test_the_acknowledgement_is_there_as_soon_as_the_transfer(cast: Cast, pastell: Pastell) -> None:
    slip = Slip()
    for sent, own in (
        (slip.v1(), "Acknowledgement"),
        (slip.but(identifier="deux").v2(), "Message"),
    ):
        assert pastell.send(sent, slip.tar_gz()).status_code == 200
        names = NAMES if own == "Acknowledgement" else ("LS_PASTELL", "deux")
        answer = pastell.ask("Acknowledgement", *names)
        assert (answer.status_code, answer["Content-Type"]) == (
            200,
            "application/xml; charset=utf-8",
        )
        root = etree.fromstring(answer.content)
        assert root.findtext("{*}MessageReceivedIdentifier") == names[1]
        assert root.findtext(f"{{*}}{own}Identifier").startswith("ACK-VERS-")


def test_a_refusal_says_what_to_correct(cast: Cast, pastell: Pastell) -> None:
    broken = (File("deliberation.txt", b"Le conseil approuve.\n", digest="0" * 64), RECEIPT)
    for slip, version in ((Slip(files=broken), "1.0"), (Slip(files=broken), "2.1")):
        named = slip.but(identifier=f"refus {version}")
        sent = named.v1() if version == "1.0" else named.v2()
        assert pastell.send(sent, named.tar_gz()).status_code == 200
        made = judged(cast.coffre_a)
        assert made.outcome == "KO"
        reply = reply_of(pastell, ("LS_PASTELL", f"refus {version}"))
        assert reply.findtext("{*}ReplyCode") == "207"
        comment = reply.findtext("{*}Comment")
        assert comment.startswith(f"Versement {made.reference} refusé. ")
        assert "deliberation.txt" in comment
        assert "L’empreinte calculée" in comment


def test_a_slip_that_is_not_valid_is_refused_in_its_own_version(
    cast: Cast, pastell: Pastell
) -> None:
    text = Slip().v2().replace(b"<Size>21</Size>", b"<Size>vingt</Size>")
    assert pastell.send(text, Slip().tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert made.outcome == "KO"
    reply = reply_of(pastell)
    assert etree.QName(reply).namespace.endswith("v2.1")
    assert reply.findtext("{*}ReplyCode") == "101"
    assert reply.findtext("{*}TransferringAgency/{*}Identifier") == "LS_PASTELL"
    assert reply.findtext("{*}MessageRequestIdentifier") == NAMES[1]


def test_names_of_files_are_free(cast: Cast, pastell: Pastell) -> None:
    files = (
        File("Délibération n°3 (v2).txt", b"a\n"),
        File("annexes/sous dossier/plan.tar.txt", b"b\n"),
        File("..notes.", b"c\n"),
    )
    slip = Slip(files=files)
    assert pastell.send(slip.v2(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert [(p.code, p.seen) for p in problems_of(cast.coffre_a, made)] == []
    with tenant_scope(cast.coffre_a.id):
        names = {entry.filename for entry in DataObject.objects.all()}
    assert names == {one.name for one in files}


def test_every_kind_of_archive_is_opened(cast: Cast, pastell: Pastell) -> None:
    slip = Slip()
    assert pastell.send(slip.v1(), slip.zip(), name="mandat.zip").status_code == 200
    assert judged(cast.coffre_a).outcome == "OK"


def test_a_file_missing_or_not_announced_is_told(cast: Cast, pastell: Pastell) -> None:
    slip = Slip()
    assert pastell.send(slip.v2(), Slip(files=(ACT, File("autre.txt"))).tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert [(p.reason, p.seen) for p in problems_of(cast.coffre_a, made)] == [
        ("file_missing", "aractes.xml"),
        ("file_not_declared", "content/autre.txt"),
    ]
    assert reply_of(pastell).findtext("{*}ReplyCode") == "211"


def test_a_document_without_digest_is_accepted_with_a_warning(cast: Cast, pastell: Pastell) -> None:
    """SEDA 1.0 lets Integrity be absent, and existing flows use it."""
    slip = Slip(files=(ACT, File("annexe.txt", with_digest=False)))
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert made.outcome == "WARNING"
    [problem] = problems_of(cast.coffre_a, made)
    assert (problem.code, problem.reason) == ("CHECK_DIGEST.WARNING", "digest_absent")
    reply = reply_of(pastell)
    assert reply.findtext("{*}ReplyCode") == "000"
    assert "annexe.txt" in reply.findtext("{*}Comment")


def test_several_roots_make_one_archive_for_the_client(cast: Cast, pastell: Pastell) -> None:
    more = (
        '<ArchiveUnit id="second"><Content><DescriptionLevel>File</DescriptionLevel>'
        "<Title>Autre</Title></Content></ArchiveUnit>"
    )
    slip = Slip(raw={"units": more})
    assert pastell.send(slip.v2(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert made.outcome == "OK"
    reply = reply_of(pastell)
    [unit] = reply.findall("{*}DataObjectPackage/{*}DescriptiveMetadata/{*}ArchiveUnit")
    found = unit.findtext("{*}Content/{*}ArchivalAgencyArchiveUnitIdentifier")
    assert found == str(made.id)
    assert len(unit.findall("{*}ArchiveUnit")) == 4


# Rules ----------------------------------------------------------------------------------------


def test_a_duration_without_rule_is_refused_by_name(cast: Cast, pastell: Pastell) -> None:
    slip = Slip(duration="P7Y", access="AR048")
    assert pastell.send(slip.v2(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert made.outcome == "KO"
    told = {(p.reason, p.seen, p.arguments["category"]) for p in problems_of(cast.coffre_a, made)}
    assert told == {
        ("unknown_rule", "P7Y", "AppraisalRule"),
        ("unknown_rule", "AR048", "AccessRule"),
    }
    comment = reply_of(pastell).findtext("{*}Comment")
    assert "P7Y" in comment
    assert "AR048" in comment


def test_two_rules_of_one_duration_are_not_chosen_between(cast: Cast, pastell: Pastell) -> None:
    add_rule(cast.coffre_a, "APP-00099", "AppraisalRule", 10)
    slip = Slip()
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    [problem] = problems_of(cast.coffre_a, made)
    assert (problem.reason, problem.seen, problem.expected) == (
        "ambiguous_rule",
        "P10Y",
        "APP-00001, APP-00099",
    )


def test_the_access_says_which_rule_is_meant(cast: Cast) -> None:
    access = open_coffre(cast.coffre_a)
    add_rule(cast.coffre_a, "APP-00099", "AppraisalRule", 10)
    with tenant_scope(cast.coffre_a.id):
        change_access(access, rule=("AppraisalRule", "P10Y", "APP-00099"))
    slip = Slip()
    assert Pastell(cast.coffre_a).send(slip.v1(), slip.tar_gz()).status_code == 200
    assert judged(cast.coffre_a).outcome == "OK"
    with tenant_scope(cast.coffre_a.id):
        root = ArchiveUnit.objects.get(title=slip.title)
        assert root.management["AppraisalRule"]["Rules"][0]["Rule"] == "APP-00099"


def test_a_rule_that_bears_the_code_is_that_rule(cast: Cast, pastell: Pastell) -> None:
    add_rule(cast.coffre_a, "AR048", "AccessRule", 50)
    slip = Slip(access="AR048")
    assert pastell.send(slip.v2(), slip.tar_gz()).status_code == 200
    assert judged(cast.coffre_a).outcome == "OK"
    with tenant_scope(cast.coffre_a.id):
        root = ArchiveUnit.objects.get(title=slip.title)
        [rule] = root.management["AccessRule"]["Rules"]
        assert (rule["Rule"], rule["EndDate"]) == ("AR048", "2076-03-12")


# What the access completes --------------------------------------------------------------------


def test_the_access_gives_the_contract_and_the_producer(cast: Cast) -> None:
    open_coffre(
        cast.coffre_a, ingest_contract="ArchivalAgreement0", originating_agency="FRAN_NP_009913"
    )
    slip = Slip(agreement="ACCORD_INCONNU", originating="")
    pastell = Pastell(cast.coffre_a)
    for sent, name in ((slip.v1(), "v1"), (slip.v2(), "v2")):
        other = sent.replace(b"c0ffee-2026-0001", name.encode())
        assert pastell.send(other, slip.tar_gz()).status_code == 200
        made = judged(cast.coffre_a)
        assert [(p.reason, p.seen) for p in problems_of(cast.coffre_a, made)] == []
        assert (made.archival_agreement, made.originating_agency) == (
            "ArchivalAgreement0",
            "FRAN_NP_009913",
        )


def test_without_producer_it_is_the_transferring_agency(cast: Cast, pastell: Pastell) -> None:
    slip = Slip(originating="", transferring="FRAN_NP_009913")
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    made = judged(cast.coffre_a)
    assert (made.outcome, made.originating_agency) == ("OK", "FRAN_NP_009913")


# Sent again -----------------------------------------------------------------------------------


def test_the_same_transfer_sent_again_has_one_effect(cast: Cast, pastell: Pastell) -> None:
    slip = Slip()
    first = pastell.send(slip.v1(), slip.tar_gz())
    # Packed again, the archive has other bytes and the same content.
    again = pastell.send(slip.v1(), slip.tar_gz(level=1))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    judged(cast.coffre_a)
    later = pastell.send(slip.v1(), slip.tar_gz())
    assert (later.status_code, later.json()) == (200, first.json())
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == ConnectorTransfer.objects.count() == 1


def test_another_content_under_the_same_names_is_refused(cast: Cast, pastell: Pastell) -> None:
    slip = Slip()
    assert pastell.send(slip.v1(), slip.tar_gz()).status_code == 200
    changed = Slip(files=(ACT, File("aractes.xml", b"<AR/>"))).tar_gz()
    answer = pastell.send(slip.v1(), changed)
    assert answer.status_code == 409
    assert "a déjà été reçu" in answer.content.decode()
    assert "c0ffee-2026-0001" in answer.content.decode()
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 1
    # Another agency may use the same identifier.
    other = slip.but(transferring="AUTRE").v1()
    assert pastell.send(other, changed).status_code == 200


def test_a_transfer_refused_may_be_sent_again_corrected(cast: Cast, pastell: Pastell) -> None:
    broken = Slip(files=(File("deliberation.txt", digest="0" * 64),))
    assert pastell.send(broken.v1(), broken.tar_gz()).status_code == 200
    assert judged(cast.coffre_a).outcome == "KO"
    right = Slip()
    assert pastell.send(right.v1(), right.tar_gz()).status_code == 200
    assert judged(cast.coffre_a).outcome == "OK"
    assert reply_of(pastell).findtext("{*}ReplyCode") == "000"
    with tenant_scope(cast.coffre_a.id):
        assert Deposit.objects.count() == 2
        assert ConnectorTransfer.objects.count() == 1


def test_a_package_checked_again_is_read_in_the_same_way(cast: Cast, pastell: Pastell) -> None:
    """What the access says is found again from the package itself."""
    slip = Slip(duration="P7Y")
    pastell.send(slip.v2(), slip.tar_gz())
    assert judged(cast.coffre_a).outcome == "KO"
    add_rule(cast.coffre_a, "APP-00007", "AppraisalRule", 7)
    with tenant_scope(cast.coffre_a.id):
        refused = Deposit.objects.get()
    client = cast.client(cast.aline)
    page = client.get(f"/versements/{refused.id}/").content.decode()
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    answer = client.post(f"/versements/{refused.id}/reverifier/", {"ticket": ticket})
    assert answer.status_code == 302
    again = judged(cast.coffre_a)
    assert (again.action, again.outcome) == ("blank_test", "OK")


def test_a_seda_1_0_package_of_the_ordinary_doors_is_judged_too(cast: Cast, tmp_path: Any) -> None:
    import zipfile

    from tests.builders.deposits import deposit

    open_coffre(cast.coffre_a)
    slip = Slip()
    package = tmp_path / "sip.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("manifest.xml", slip.v1())
        for one in slip.files:
            archive.writestr(f"Content/{one.name}", one.payload)
    made = deposit(cast.coffre_a, package)
    assert [(p.code, p.reason) for p in problems_of(cast.coffre_a, made)] == []
    assert made.outcome == "OK"
