"""The logo of an organisation at the head of its documents: seen, said, and never in the way."""

from pathlib import Path

import pytest

from ingest.slip.deposit_slip import deposit_slip
from ingest.slip.problem_report import problem_report
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from sae.ui.documents.compiler import Picture, compile_pdf
from tenants.accounts.anonymisation import anonymise_account
from tenants.accounts.certificate import certificate
from tenants.accounts.services import disable_account
from tenants.accounts.telling import Actor
from tenants.organisations import settings
from tenants.organisations.logo import examine_logo
from tenants.organisations.logo_place import letterhead_logo
from tests.builders.deposits import deposit, make_referentials
from tests.builders.pdf import claims_pdf_a, figures_of, text_of
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder
from tests.tenants.organisations.test_settings import SVG, png

TEMPLATE = Path(certificate.__code__.co_filename).with_name("certificate.typ")


def give_logo(organisation: Organisation, content: bytes) -> str:
    settings.change_logo(organisation=organisation, logo=examine_logo(content), agent_id=None)
    return f"Logo : {organisation.name}"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [png(), SVG], ids=["png", "svg"])
def test_the_documents_of_a_deposit_bear_the_logo(
    cast: Cast, tmp_path: Path, content: bytes
) -> None:
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit("Conseil", level="File").binary(b"x", name="x.txt")
    made = deposit(cast.coffre_a, package.break_digest().zip(tmp_path / "a.zip"))
    with seeing_all(cast.coffre_a.id):
        bare = deposit_slip(made, tenant=cast.coffre_a)
    assert figures_of(bare) == []
    said = give_logo(cast.coffre_a.organisation, content)
    with seeing_all(cast.coffre_a.id):
        slip = deposit_slip(made, tenant=cast.coffre_a)
        problems = problem_report(made, tenant=cast.coffre_a)
    for pdf, title in ((slip, "Bordereau de versement"), (problems, "Anomalies d’un versement")):
        assert figures_of(pdf) == [said]
        assert claims_pdf_a(pdf)
        assert title in text_of(pdf)
        assert cast.coffre_a.organisation.name in text_of(pdf)
    # Another organisation's papers do not bear it.
    with tenant_scope(cast.coffre_b.id):
        assert letterhead_logo(cast.coffre_b.organisation) is None


@pytest.mark.django_db
def test_the_certificate_of_an_anonymisation_bears_the_logo(cast: Cast) -> None:
    disable_account(account=cast.basile, actor=Actor(cast.administrator_a))
    anonymise_account(account=cast.basile, actor=Actor(cast.administrator_a))
    said = give_logo(cast.coffre_a.organisation, png(size=(600, 40)))
    cast.basile.refresh_from_db()
    pdf = certificate(cast.basile)
    assert pdf is not None
    assert figures_of(pdf) == [said]
    assert claims_pdf_a(pdf)
    assert cast.basile.identifier in text_of(pdf)


def test_a_logo_that_cannot_be_drawn_does_not_hold_the_document_back() -> None:
    told = {
        "title": "Certificat", "subtitle": "漢字", "organisation": "Ville", "coffre": "Preuve",
        "footer": "", "summary": "", "account": [], "erased": [], "kept": [], "proof": [],
        "hash": "ab",
    }  # fmt: skip
    pdf = compile_pdf(TEMPLATE, told, logo=Picture(b"no picture", "image/png", "Logo"))
    assert figures_of(pdf) == []
    assert claims_pdf_a(pdf)
    assert "Certificat" in text_of(pdf)
