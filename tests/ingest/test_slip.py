"""Documents: valid PDF/A, tagged, in French, with the data as text and nothing of it as markup."""

import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit, DepositProblem
from ingest.slip.compiler import compile_pdf
from ingest.slip.deposit_slip import slip_values
from ingest.slip.problem_report import report_values
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder

MARKUP = '#panic("read as markup") $x$ *gras* \\ #sys.inputs <a> "'


def values(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "title": "Anomalies d’un versement",
        "subtitle": "VERS-2026-0001",
        "organisation": "Saint-Aubin",
        "coffre": "Coffre 1",
        "footer": "Édité",
        "outcome": "Refusé",
        "summary": "1 anomalie.",
        "deposit": [["Numéro", "VERS-2026-0001"], ["Vide", ""]],
        "groups": [
            {
                "count": "1",
                "title": "Empreinte",
                "why": "Parce que.",
                "code": "CHECK_DIGEST.KO",
                "left": "",
                "items": [
                    {"line": "3", "element": "X", "file": "", "sentence": "S.", "advice": "A."}
                ],
            }
        ],
    }
    return {**base, **changes}


def characters_of(pdf: bytes) -> str:
    """Every character that the fonts of a PDF can be asked to draw (their ToUnicode tables)."""
    found = ""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.S):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            content = stream
        if b"beginbfchar" in content or b"beginbfrange" in content:
            for code in re.findall(rb"<[0-9A-F]+> <([0-9A-F]{4,})>", content):
                found += bytes.fromhex(code.decode()).decode("utf-16-be")
    return found


def test_a_document_is_pdf_a_2b_tagged_and_french() -> None:
    pdf = compile_pdf("problems", values())
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"/Lang(fr-FR)" in pdf
    assert b"/Marked true" in pdf


def test_data_are_never_read_as_markup() -> None:
    pdf = compile_pdf("problems", values(subtitle=MARKUP, summary=MARKUP))
    assert set("#$*\\") <= set(characters_of(pdf))


@pytest.mark.parametrize("text", ["漢字", "😀 été", "\x07cloche", "\u202eretourné", "a\nb\tc"])
def test_any_character_can_be_printed_or_replaced(text: str) -> None:
    assert compile_pdf("problems", values(subtitle=text)).startswith(b"%PDF")


def test_a_word_without_end_is_given_places_to_break() -> None:
    from sae.ui.documents import compiler

    digest = "0123456789abcdef" * 8
    told = compiler._break_long_words(f"court {'x' * 90} {digest}")
    assert told.count("\u200b") == 3
    assert told.endswith(digest)
    assert compile_pdf("problems", values(subtitle="x" * 4000)).startswith(b"%PDF")


def test_the_same_data_at_the_same_moment_give_the_same_bytes() -> None:
    with clock.fixed(clock.now()):
        assert compile_pdf("problems", values()) == compile_pdf("problems", values())


@pytest.mark.django_db
def test_the_slip_tells_what_came_in_and_how_it_is_proved(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit("Conseil", level="File").unit("Séance", parent="Conseil")
    made = deposit(cast.coffre_a, package.binary(b"x", name="x.txt").zip(tmp_path / "a.zip"))
    with seeing_all(cast.coffre_a.id):
        told = slip_values(made, tenant=cast.coffre_a, printed_by="Aline")
        assert compile_pdf("slip", told).startswith(b"%PDF")
    assert told["title"] == "Bordereau de versement"
    assert [unit["title"] for unit in told["units"]] == ["Conseil"]
    assert told["units_left"].startswith("Et 1")
    assert {digest["name"] for digest in told["digests"]} == {"bordereau", "réponse au versement"}
    assert all(len(digest["sha512"]) == 128 for digest in told["digests"])
    facts = dict(map(tuple, told["deposit"]))
    assert facts["Service producteur"] == "Secrétariat général (FRAN_NP_009913)"
    assert facts["Résultat"] == "Succès"
    assert len(told["steps"]) == 13


@pytest.mark.django_db
def test_the_report_of_thousands_of_problems_stays_a_document(cast: Cast, tmp_path: Path) -> None:
    made = deposit(cast.coffre_a, SipBuilder().unit("Dossier").zip(tmp_path / "a.zip"))
    with tenant_scope(cast.coffre_a.id):
        DepositProblem.objects.bulk_create(
            DepositProblem(
                tenant_id=cast.coffre_a.id,
                deposit=made,
                position=100 + rank,
                step="STP_OG_CHECK_AND_TRANSFORME",
                code="CHECK_DIGEST.KO",
                outcome="KO",
                reason="digest_invalid",
                file=f"content/{rank}.pdf",
                line=rank,
                seen="a" * 128,
                expected="b" * 128,
            )
            for rank in range(3000)
        )
        Deposit.objects.filter(id=made.id).update(problem_count=3001)
        made.refresh_from_db()
        told = report_values(made, tenant=cast.coffre_a)
        pdf = compile_pdf("problems", told)
    group = next(one for one in told["groups"] if one["code"] == "CHECK_DIGEST.KO")
    assert len(group["items"]) == 200
    assert group["left"].startswith("Et 2\u202f800")
    assert "aaaaaa…aaaa" in group["items"][0]["sentence"]
    assert len(pdf) < 2_000_000
