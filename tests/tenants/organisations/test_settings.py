"""Settings of an organisation: judged, kept with before and after, undone."""

import dataclasses
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from tenants.models import OrganisationSettings, SettingsChange
from tenants.organisations import settings as services
from tenants.organisations.logo import LogoRefusedError, examine_logo
from tenants.organisations.policy import Policy, SecondFactor, policy_of
from tenants.organisations.settings import NothingToUndoError, undo_last_change
from tenants.services.organisations import AlreadyExists, create_tenant
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
HOME = "/administration/organisation/"
CHOSEN = Policy(
    password_length=16,
    password_months=6,
    second_factor=SecondFactor.REQUIRED_FOR_ADMINISTRATORS,
    session_hours=4,
    mail_domains=("saint-aubin.example",),
    account_retention_months=24,
)


def choose(cast: Cast, policy: Policy) -> SettingsChange | None:
    return services.change_policy(
        organisation=cast.coffre_a.organisation, policy=policy, agent_id=cast.administrator_a.id
    )


def coffre(cast: Cast) -> Tenant:
    return Tenant.objects.select_related("organisation").get(id=cast.coffre_a.id)


def changes(cast: Cast) -> list[SettingsChange]:
    with tenant_scope(cast.proof_a.id):
        return list(SettingsChange.objects.order_by("id"))


def test_a_policy_is_of_one_organisation(cast: Cast) -> None:
    assert policy_of(cast.coffre_a.organisation) == Policy()
    choose(cast, CHOSEN)
    assert policy_of(cast.coffre_a.organisation) == CHOSEN
    assert policy_of(cast.coffre_b.organisation) == Policy()


def test_only_what_differs_is_kept_and_told(cast: Cast) -> None:
    choose(cast, CHOSEN)
    made = choose(cast, Policy(**{**CHOSEN_FIELDS, "session_hours": 8}))
    assert made is not None
    assert (made.before, made.after) == ({"session_hours": 4}, {"session_hours": 8})
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.get(id=made.operation_id)
    assert told.agent_id == cast.administrator_a.id
    assert (told.detail["before"], told.detail["after"]) == (made.before, made.after)
    assert choose(cast, Policy(**{**CHOSEN_FIELDS, "session_hours": 8})) is None
    assert verify_tenant(cast.proof_a.id).broken is None


CHOSEN_FIELDS = {name: getattr(CHOSEN, name) for name in CHOSEN.__slots__}


def test_a_coffre_is_changed_and_put_back(cast: Cast) -> None:
    before = coffre(cast)
    services.change_coffre(
        coffre=before,
        agent_id=cast.administrator_a.id,
        name="Archives définitives",
        colour="#2c6248",
        quota_units=1000,
    )
    after = coffre(cast)
    assert (after.name, after.colour, after.quota_units) == (
        "Archives définitives",
        "#2c6248",
        1000,
    )
    organisation = cast.coffre_a.organisation
    undo_last_change(organisation=organisation, agent_id=cast.administrator_a.id)
    back = coffre(cast)
    assert (back.name, back.colour, back.quota_units) == (before.name, before.colour, None)
    first, second = changes(cast)
    assert first.undone_by == second.id
    # Undoing the undoing: the last change is the undoing itself.
    undo_last_change(organisation=organisation, agent_id=cast.administrator_a.id)
    assert coffre(cast).name == "Archives définitives"


def test_undoing_a_policy_leaves_later_defaults_alone(cast: Cast) -> None:
    choose(cast, CHOSEN)
    undo_last_change(organisation=cast.coffre_a.organisation, agent_id=None)
    assert policy_of(cast.coffre_a.organisation) == Policy()


def test_nothing_to_undo_is_said(cast: Cast) -> None:
    with pytest.raises(NothingToUndoError):
        undo_last_change(organisation=cast.coffre_a.organisation, agent_id=None)


def test_two_coffres_of_one_name_are_refused(cast: Cast) -> None:
    other = create_tenant(organisation=cast.coffre_a.organisation, name="Définitives")
    with pytest.raises(AlreadyExists):
        services.change_coffre(coffre=other, agent_id=None, name=cast.coffre_a.name)
    assert changes(cast) == []


def test_a_fault_after_the_change_leaves_neither(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("journal")

    monkeypatch.setattr(services, "tell_in", fails)
    with pytest.raises(RuntimeError):
        services.change_coffre(coffre=coffre(cast), agent_id=None, name="Autre")
    assert coffre(cast).name == "Coffre 1"
    assert changes(cast) == []


# -- on screen -----------------------------------------------------------------------------------

TYPED = {
    "name": "Archives intermédiaires",
    "colour": "#2c6248",
    "quota_bytes": "12,5",
    "quota_units": "5000",
    "languages": ["fr", "br"],
    "ingest_contract": "",
    "access_contract": "",
}


def test_the_administrator_sets_a_coffre_and_undoes(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    page = f"{HOME}coffres/{cast.coffre_a.id}/"
    assert client.get(page).status_code == 200
    wrong = client.post(page, {**TYPED, "colour": "#f0e68c", "quota_units": "-1"})
    assert wrong.status_code == 400
    assert wrong.context["form"].errors.keys() == {"colour", "quota_units"}
    assert client.post(page, TYPED).status_code == 302
    assert coffre(cast).quota_bytes == 12_500_000_000
    settings = client.get(HOME).content.decode()
    assert french.size(12_500_000_000) in settings
    assert "Archives intermédiaires" in settings
    assert client.post(f"{HOME}annuler/").status_code == 302
    assert coffre(cast).quota_bytes is None


def test_a_colour_is_judged_while_it_is_chosen(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    assert "Lisible" in client.get(f"{HOME}couleur/?colour=%232c6248").content.decode()
    pale = client.get(f"{HOME}couleur/?colour=%23ffff00").content.decode()
    assert "Trop claire" in pale
    assert "hexad" in client.get(f"{HOME}couleur/?colour=rouge").content.decode()


def test_the_policy_page_says_every_fault(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    page = f"{HOME}connexion/"
    typed = {
        "password_length": "16",
        "password_months": "6",
        "password_history": "5",
        "second_factor": "required",
        "session_hours": "8",
        "session_idle_minutes": "30",
        "block_after_failures": "8",
        "mail_domains": "saint-aubin.example, @CCAS.example",
        "account_retention_months": "24",
    }
    bad = {"password_length": "6", "mail_domains": "pas un domaine", "block_after_failures": "2"}
    wrong = client.post(page, {**typed, **bad})
    assert wrong.status_code == 400
    assert wrong.context["form"].errors.keys() == set(bad)
    assert client.post(page, typed).status_code == 302
    policy = policy_of(cast.coffre_a.organisation)
    assert policy.mail_domains == ("saint-aubin.example", "ccas.example")
    assert policy.second_factor == SecondFactor.REQUIRED
    assert (policy.session_idle_minutes, policy.block_after_failures) == (30, 8)
    # What is in force is what the page shows, said and put back whole when nothing is touched.
    shown = client.get(page).context["form"]
    assert set(shown.fields) == {one.name for one in dataclasses.fields(Policy)}
    facts = client.get(HOME).content.decode()
    assert "fermée après 30" in facts
    assert "après 8" in facts
    kept = {name: shown[name].value() for name in shown.fields}
    kept["mail_domains"] = ", ".join(policy.mail_domains)
    client.post(page, kept)
    assert policy_of(cast.coffre_a.organisation) == policy


def test_another_administrator_sees_nothing_of_it(cast: Cast) -> None:
    choose(cast, CHOSEN)
    client = cast.client(cast.administrator_b)
    page = client.get(HOME).content.decode()
    assert cast.coffre_a.organisation.name not in page
    assert "saint-aubin.example" not in page
    stranger = client.get(f"{HOME}coffres/{cast.coffre_a.id}/")
    assert stranger.status_code == 404
    assert client.post(f"{HOME}coffres/{cast.coffre_a.id}/", TYPED).status_code == 404
    assert client.post(f"{HOME}annuler/").status_code == 409
    assert policy_of(cast.coffre_a.organisation) == CHOSEN


def test_the_address_is_theirs_but_not_the_name(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    sent = client.post(f"{HOME}adresse/", {"address": "1 place du Marché", "name": "Autre"})
    assert sent.status_code == 302
    organisation = Organisation.objects.get(id=cast.coffre_a.organisation_id)
    assert (organisation.address, organisation.name) == (
        "1 place du Marché",
        "Saint-Aubin-la-Rivière",
    )


# -- the logo ------------------------------------------------------------------------------------


def png(colour: str = "#123456", size: tuple[int, int] = (64, 32)) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", size, colour).save(written, "PNG")
    return written.getvalue()


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    b'<rect width="10" height="10" fill="#8c3d1f"/></svg>'
)


def test_a_png_is_written_again_without_its_hangers_on() -> None:
    carrying = png() + b"<script>alert(1)</script>"
    logo = examine_logo(carrying)
    assert logo.media_type == "image/png"
    assert b"script" not in logo.content
    assert Image.open(io.BytesIO(logo.content)).size == (64, 32)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a....", "PNG ou SVG"),
        (b"<html>", "PNG ou SVG"),
        (png()[:60], "illisible"),
        (png("#fdfdfd"), "à peine"),
        (png(size=(3000, 10)), "côtés"),
        (png() + b"x" * 300_000, "200 Ko"),
        (SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), "script"),
        (SVG.replace(b'fill="#8c3d1f"', b'onload="alert(1)"'), "onload"),
        (SVG.replace(b"#8c3d1f", b"url(https://ailleurs.example/x)"), "fill"),
        (SVG.replace(b"<rect", b"<foreignObject/><rect"), "foreignObject"),
        (SVG.replace(b"<rect", b'<image href="https://ailleurs.example/x"/><rect'), "image"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "DOCTYPE"),
        (SVG.replace(b"#8c3d1f", b"#fefefe"), "à peine"),
        (SVG[:-8], "illisible"),
    ],
)
def test_what_is_not_a_plain_logo_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(LogoRefusedError, match=reason):
        examine_logo(content)


def test_an_svg_of_a_drawing_program_is_made_plain() -> None:
    drawn = SVG.replace(
        b'fill="#8c3d1f"', b'style="fill:#8c3d1f;stroke:none;-inkscape-x:1" '
        b'xmlns:inkscape="http://www.inkscape.org/x" inkscape:label="fond"'
    )  # fmt: skip
    logo = examine_logo(drawn)
    assert b"inkscape:label" not in logo.content
    assert b"style" not in logo.content
    assert b'fill="#8c3d1f"' in logo.content


def test_a_logo_is_shown_at_home_only_and_runs_nothing(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    page = f"{HOME}logo/"
    refused = client.post(page, {"logo": SimpleUploadedFile("l.gif", b"GIF89a")})
    assert refused.status_code == 400
    assert client.post(page, {"logo": SimpleUploadedFile("l.svg", SVG)}).status_code == 302
    served = cast.client(cast.aline).get(f"{HOME}logo/image")
    assert served.status_code == 200
    assert served["Content-Type"] == "image/svg+xml"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served["Content-Security-Policy"]
    assert "brand-logo" in cast.client(cast.aline).get("/").content.decode()
    for stranger in (cast.chloe, cast.operator):
        assert cast.client(stranger).get(f"{HOME}logo/image").status_code == 404
        assert "brand-logo" not in cast.client(stranger).get("/").content.decode()
    assert client.post(page, {"retirer": "1"}).status_code == 302
    assert client.get(f"{HOME}logo/image").status_code == 404
    assert client.post(f"{HOME}annuler/").status_code == 302
    with tenant_scope(cast.proof_a.id):
        assert b"#8c3d1f" in bytes(OrganisationSettings.objects.get().logo)
