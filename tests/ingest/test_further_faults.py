"""A refused package is told everything at once: what its failing control says, then the rest."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ingest.models import Deposit, DepositProblem
from sae.journal.models import Event
from sae.storage.models import StoredObject
from sae.storage.reader import open_stored
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


def faulty() -> SipBuilder:
    """An agency that is unknown, a digest that is wrong, a rule that does not exist, an orphan."""
    return (
        SipBuilder()
        .agency("SERVICE-INCONNU")
        .unit("Dossier", level="File")
        .unit("Arrêté", parent="Dossier")
        .rule("AppraisalRule", "APP-99999")
        .binary(b"Arrete.\n", name="a.txt")
        .break_digest()
    )


def told(problems: list[DepositProblem], *, further: bool) -> set[str]:
    return {problem.code for problem in problems if problem.further is further}


AGENT = "CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO"
REST = {"CHECK_DIGEST.KO", "UNITS_RULES_COMPUTE.UNKNOWN.KO"}


def test_a_header_refused_does_not_hide_the_files_and_the_rules(
    coffre: Tenant, tmp_path: Path
) -> None:
    made = deposit(coffre, faulty().zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    assert made.outcome == "KO"
    assert told(problems, further=False) == {AGENT}
    assert told(problems, further=True) == REST
    assert made.problem_count == 3


def test_a_grammar_refused_does_not_hide_the_header_the_files_and_the_rules(
    coffre: Tenant, tmp_path: Path
) -> None:
    package = faulty().edit_manifest(
        lambda text: text.replace("<Date>", "<Inattendu>x</Inattendu><Date>", 1)
    )
    made = deposit(coffre, package.zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    assert told(problems, further=False) == {"CHECK_SEDA.NOT_XSD_VALID.KO"}
    assert told(problems, further=True) == {AGENT, *REST}


def test_a_container_in_disorder_does_not_hide_the_rest(coffre: Tenant, tmp_path: Path) -> None:
    made = deposit(coffre, faulty().extra_entry("note.txt", b"x").zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    assert told(problems, further=False) == {"CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"}
    assert {AGENT, *REST} <= told(problems, further=True)


def test_a_structure_refused_does_not_hide_the_files_and_the_rules(
    coffre: Tenant, tmp_path: Path
) -> None:
    package = faulty().agency("FRAN_NP_009913").dangling_link("ID-NULLE-PART")
    package.binary(b"Plan.\n", name="plan.txt").drop_file()
    made = deposit(coffre, package.zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    first = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO.KO"
    assert told(problems, further=False) == {first}
    assert {"CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.KO", *REST} <= told(problems, further=True)


def test_files_refused_do_not_hide_the_rules(coffre: Tenant, tmp_path: Path) -> None:
    made = deposit(coffre, faulty().agency("FRAN_NP_009913").zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    assert told(problems, further=False) == {"CHECK_DIGEST.KO"}
    assert told(problems, further=True) == {"UNITS_RULES_COMPUTE.UNKNOWN.KO"}


def test_what_a_wrong_grammar_loses_is_not_told_as_faults(coffre: Tenant, tmp_path: Path) -> None:
    """An object left out of its place would make its file undeclared and its unit's link void."""
    package = SipBuilder().unit("Arrêté").binary(b"Arrete.\n", name="a.txt")
    package.edit_manifest(lambda text: text.replace("<MessageDigest", "<Faux/><MessageDigest", 1))
    made = deposit(coffre, package.zip(tmp_path / "sip.zip"))
    assert {problem.further for problem in problems_of(coffre, made)} == {False}


def test_a_manifest_cut_short_is_judged_no_further(coffre: Tenant, tmp_path: Path) -> None:
    package = faulty().edit_manifest(lambda text: text.replace("</DescriptiveMetadata>", "", 1))
    made = deposit(coffre, package.zip(tmp_path / "sip.zip"))
    problems = problems_of(coffre, made)
    assert "CHECK_SEDA.NOT_XML_FILE.KO" in told(problems, further=False)
    assert told(problems, further=True) == set()


def test_the_journal_and_the_reply_tell_what_ran(coffre: Tenant, tmp_path: Path) -> None:
    made = deposit(coffre, faulty().zip(tmp_path / "sip.zip"))
    with tenant_scope(coffre.id):
        codes = set(Event.objects.filter(operation_id=made.id).values_list("code", flat=True))
        stored = StoredObject.objects.get(operation_id=made.id, kind=StoredObject.Kind.REPLY)
        reply = b"".join(open_stored(stored_object=stored)).decode()
    assert not codes & {"CHECK_DIGEST", "UNITS_RULES_COMPUTE"}
    assert "CHECK_DIGEST" not in reply


def test_the_page_and_the_file_tell_them_apart(
    cast: Cast, coffre: Tenant, client: Client, tmp_path: Path
) -> None:
    made: Deposit = deposit(coffre, faulty().zip(tmp_path / "sip.zip"))
    client.force_login(cast.aline)
    page = client.get(reverse("deposit", args=[made.id])).content.decode()
    before, _heading, after = page.partition("Autres anomalies relevées")
    assert AGENT in before
    assert "CHECK_DIGEST.KO" in after
    assert page.count("Autres anomalies relevées") == 1
    lines = b"".join(client.get(reverse("deposit_problems_csv", args=[made.id]))).decode()
    assert lines.count("après le refus") == 2
    assert lines.count("par le contrôle") == 1
    assert client.get(reverse("deposit_problems_pdf", args=[made.id])).status_code == 200
