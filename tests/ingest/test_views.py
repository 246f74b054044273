"""The screens of the way in, as the cast sees them, over real deposits."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ingest.models import Deposit, Upload
from ingest.selectors.manifest import lines_around
from ingest.selectors.timeline import timeline_of
from ingest.uploads import incoming_folder
from ingest.workspace import Workspace, incoming_path
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials, problems_of, receive, run_to_end
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Whatever a form sent, and however it was refused, no file of it stays in waiting."""
    before = set(incoming_folder().iterdir())
    yield
    assert set(incoming_folder().iterdir()) <= before


def good() -> SipBuilder:
    return (
        SipBuilder()
        .unit("Conseil municipal", level="File")
        .unit("Délibération", parent="Conseil municipal", StartDate="2024-01-02")
        .binary(b"Le conseil approuve.\n", name="deliberation.txt")
    )


@pytest.fixture
def accepted(cast: Cast, tmp_path: Path) -> Deposit:
    make_referentials(cast.coffre_a)
    return deposit(cast.coffre_a, good().zip(tmp_path / "bon.zip"))


@pytest.fixture
def refused(cast: Cast, tmp_path: Path) -> Deposit:
    make_referentials(cast.coffre_a)
    return deposit(cast.coffre_a, good().break_digest().zip(tmp_path / "faux.zip"))


def text_of(response: Any) -> str:
    """What a person reads: tags removed, spaces joined."""
    page = re.sub(r"<(script|style|template)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"[\s\u202f\u00a0]+", " ", re.sub(r"<[^>]+>", " ", page))


# Depositing ----------------------------------------------------------------------------------


def test_the_form_shows_what_can_be_deposited_and_what_was_cut(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        Upload.objects.create(
            account_id=cast.aline.id,
            file_name="coupé.zip",
            length=1000,
            offset=400,
            created_at="2026-01-01T00:00:00Z",
            expires_at="2099-01-01T00:00:00Z",
        )
    page = cast.client(cast.aline).get("/deposer/")
    assert page.status_code == 200
    words = text_of(page)
    assert "Contrôle à blanc" in words
    assert "coupé.zip" in words
    assert "400 octets sur 1 Ko" in words


def test_a_plain_form_deposits_a_package_without_a_script(cast: Cast, tmp_path: Path) -> None:
    package = good().zip(tmp_path / "avril.zip").read_bytes()
    client = cast.client(cast.aline)
    answer = client.post(
        "/deposer/",
        {
            "action": "blank_test",
            "ticket": str(new_id()),
            "packages": SimpleUploadedFile("avril.zip", package),
        },
    )
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/versements/{made.id}/")
    assert (made.action, made.file_name, made.account_id) == (
        "blank_test",
        "avril.zip",
        cast.aline.id,
    )
    assert Workspace(cast.coffre_a.id, made.id).package.read_bytes() == package


def test_several_packages_go_at_once_and_a_form_sent_twice_has_one_effect(cast: Cast) -> None:
    client = cast.client(cast.aline)
    ticket = str(new_id())
    for _time in range(2):
        answer = client.post(
            "/deposer/",
            {
                "action": "ingest",
                "ticket": ticket,
                "packages": [
                    SimpleUploadedFile("un.zip", b"1"),
                    SimpleUploadedFile("deux.zip", b"2"),
                ],
            },
        )
        assert answer["Location"] == "/versements/"
    with tenant_scope(cast.coffre_a.id):
        assert sorted(Deposit.objects.values_list("file_name", flat=True)) == ["deux.zip", "un.zip"]


def test_a_form_without_file_says_so_beside_the_field(cast: Cast) -> None:
    answer = cast.client(cast.aline).post("/deposer/", {"action": "ingest"})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(cast: Cast, settings: Any) -> None:
    settings.TUS_MAX_SIZE = 1000
    answer = cast.client(cast.aline).post(
        "/deposer/",
        {"action": "ingest", "packages": SimpleUploadedFile("gros.zip", b"x" * 200_000)},
    )
    assert answer.status_code == 400
    assert "dépasse la taille admise" in text_of(answer)
    with tenant_scope(cast.coffre_a.id):
        assert not Deposit.objects.exists()


def test_a_form_without_its_token_is_refused_and_leaves_nothing(cast: Cast) -> None:
    client = cast.client(cast.aline)
    client.handler.enforce_csrf_checks = True
    answer = client.post("/deposer/", {"packages": SimpleUploadedFile("x.zip", b"x")})
    assert answer.status_code == 403


def test_an_upload_is_given_up_from_the_page(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        upload = Upload.objects.create(
            account_id=cast.aline.id,
            file_name="a.zip",
            length=10,
            created_at="2026-01-01T00:00:00Z",
            expires_at="2099-01-01T00:00:00Z",
        )
    address = f"/televersements/{upload.id}/abandonner/"
    assert cast.client(cast.chloe).post(address).status_code == 404
    assert cast.client(cast.aline).get(address).status_code == 405
    assert cast.client(cast.aline).post(address)["Location"] == "/deposer/"
    with tenant_scope(cast.coffre_a.id):
        assert not Upload.objects.exists()


# The list --------------------------------------------------------------------------------------


def test_the_list_shows_filters_sorts_and_exports(
    cast: Cast, accepted: Deposit, tmp_path: Path
) -> None:
    refused = deposit(cast.coffre_a, good().break_digest().zip(tmp_path / "faux.zip"))
    client = cast.client(cast.aline)
    words = text_of(client.get("/versements/"))
    assert "2 versements" in words
    assert "Succès" in words
    assert "Refusé" in words
    for query, expected in (
        ("?statut=KO", {refused.reference}),
        ("?statut=OK", {accepted.reference}),
        (f"?q={accepted.number}", {accepted.reference}),
        (f"?q={refused.reference}", {refused.reference}),
        ("?q=bon.zip", {accepted.reference}),
        ("?service=FRAN_NP_009913", {accepted.reference, refused.reference}),
        ("?miens=on", set()),
        ("?type=holding_scheme", set()),
        ("?recu_du=2001-01-01", {accepted.reference, refused.reference}),
        ("?recu_au=2001-01-01", set()),
    ):
        found = set(re.findall(r"VERS-\d{4}-\d{4}", text_of(client.get(f"/versements/{query}"))))
        assert found == expected, query
    sheet = b"".join(client.get("/versements/?export=csv")).decode("utf-8-sig")
    assert accepted.reference in sheet or "Versement" in sheet
    assert "Refusé" in sheet
    book = client.get("/versements/?export=xlsx")
    assert b"".join(book).startswith(b"PK")


def test_rows_under_way_are_refreshed_until_none_moves(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    waiting = receive(cast.coffre_a, good().zip(tmp_path / "bon.zip"))
    client = cast.client(cast.aline)
    assert f"/versements/suivi/?id={waiting.id}" in client.get("/versements/").content.decode()
    fragment = client.get(f"/versements/suivi/?id={waiting.id}&id=nonsense")
    assert fragment.status_code == 200
    assert "En file" in text_of(fragment)
    run_to_end(cast.coffre_a, waiting.id)
    fragment = client.get(f"/versements/suivi/?id={waiting.id}")
    assert fragment.status_code == 286
    assert f'id="statut-{waiting.id}" hx-swap-oob="true"' in fragment.content.decode()
    assert "/versements/suivi/" not in client.get("/versements/").content.decode()
    assert str(waiting.id) not in text_of(
        cast.client(cast.chloe).get(f"/versements/suivi/?id={waiting.id}")
    )


def test_the_list_makes_as_many_queries_for_many_rows_as_for_few(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = cast.client(cast.aline)
    for rank in range(30):
        incoming = incoming_path(new_id())
        incoming.write_bytes(b"x")
        client.post(
            "/deposer/",
            {"action": "ingest", "packages": SimpleUploadedFile(f"{rank}.zip", b"x")},
        )
        incoming.unlink()
    with django_assert_max_num_queries(32):
        assert client.get("/versements/?par_page=100").status_code == 200


# One deposit -----------------------------------------------------------------------------------


def test_the_page_of_an_accepted_deposit(cast: Cast, accepted: Deposit) -> None:
    page = cast.client(cast.aline).get(f"/versements/{accepted.id}/")
    words = text_of(page)
    assert "Versé : 2 unités, 1 objet." in words
    assert "Conseil municipal" in words
    for name in ("Réception et antivirus", "Contrôle des objets", "Registre des fonds"):
        assert name in words
    assert "Télécharger l’ATR" in words
    assert "Revérifier" not in words
    assert "data-poll" not in page.content.decode().partition('id="contenu"')[2]


def test_the_page_of_a_refused_deposit_says_what_where_why_and_what_to_do(
    cast: Cast, refused: Deposit
) -> None:
    page = cast.client(cast.aline).get(f"/versements/{refused.id}/")
    words = text_of(page)
    assert "1 anomalie de 1 sorte. Rien n’a été versé, rien n’a été perdu." in words
    assert "Empreinte différente de celle du bordereau" in words
    assert "CHECK_DIGEST.KO" in words
    (problem,) = problems_of(cast.coffre_a, refused)
    assert problem.file in words
    assert problem.seen[:6] in words
    assert "Régénérez le paquet" in words
    assert "Non joué" in words
    assert "Revérifier" in words
    assert f"/versements/{refused.id}/manifeste/{problem.line}/" in page.content.decode()


def test_the_lines_around_a_problem_are_shown_as_text(cast: Cast, refused: Deposit) -> None:
    (problem,) = problems_of(cast.coffre_a, refused)
    client = cast.client(cast.aline)
    page = client.get(f"/versements/{refused.id}/manifeste/{problem.line}/")
    assert page.status_code == 200
    assert "&lt;BinaryDataObject" in page.content.decode()
    assert f'id="L{problem.line}" class="is-current"' in page.content.decode()
    assert client.get(f"/versements/{refused.id}/manifeste/99999999/").status_code == 404


def test_every_problem_of_one_kind_has_its_page(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit("Dossier", level="File")
    for rank in range(25):
        package = package.unit(f"Pièce {rank}", parent="Dossier")
        package = package.binary(f"{rank}".encode(), name=f"p{rank}.txt").break_digest()
    made = deposit(cast.coffre_a, package.zip(tmp_path / "faux.zip"))
    assert made.problem_count == 25
    client = cast.client(cast.aline)
    page = client.get(f"/versements/{made.id}/")
    assert "25 anomalies de 1 sorte" in text_of(page)
    assert "Voir les 5 autres" in text_of(page)
    rest = client.get(f"/versements/{made.id}/anomalies/?code=CHECK_DIGEST.KO&motif=digest_invalid")
    assert "25 anomalies" in text_of(rest)
    assert problems_of(cast.coffre_a, made)[-1].file in text_of(rest)
    assert client.get(f"/versements/{made.id}/anomalies/?code=AUTRE").status_code == 404


def test_the_live_part_moves_then_stops(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    waiting = receive(cast.coffre_a, good().zip(tmp_path / "bon.zip"))
    client = cast.client(cast.aline)
    page = client.get(f"/versements/{waiting.id}/").content.decode()
    assert f'hx-get="/versements/{waiting.id}/suivi/?vu=QUEUED"' in page
    assert "C’est le prochain à être contrôlé." in page
    moving = client.get(f"/versements/{waiting.id}/suivi/?vu=QUEUED")
    assert 'data-announce=""' in moving.content.decode()
    assert 'id="deposit-status" hx-swap-oob="true"' in moving.content.decode()
    assert "hx-trigger" in moving.content.decode()
    run_to_end(cast.coffre_a, waiting.id)
    settled = client.get(f"/versements/{waiting.id}/suivi/")
    assert "hx-trigger" not in settled.content.decode()
    assert "Versé" in text_of(settled)


def test_the_timeline_follows_the_workflow(cast: Cast, refused: Deposit, tmp_path: Path) -> None:
    with tenant_scope(cast.coffre_a.id):
        lines = timeline_of(refused).lines
    states = {line.code: line.state for line in lines}
    assert states["STP_SANITY_CHECK_SIP"] == "OK"
    assert states["STP_OG_CHECK_AND_TRANSFORME"] == "KO"
    assert states["STP_OBJ_STORING"] == "NOT_RUN"
    assert states["STP_INGEST_FINALISATION"] == "OK"
    assert all(line.seconds is not None for line in lines if line.state in ("OK", "KO"))
    waiting = receive(cast.coffre_a, good().zip(tmp_path / "encore.zip"))
    with tenant_scope(cast.coffre_a.id):
        first, *rest = timeline_of(waiting).lines
    assert first.state == "QUEUED"
    assert {line.state for line in rest} == {"TO_COME"}


@pytest.mark.parametrize(
    ("path", "content_type", "start"),
    [
        ("reponse.xml", "application/xml", b"<?xml"),
        ("manifeste.xml", "application/xml", b"<?xml"),
        ("journal.json", "application/json", b"{"),
        ("anomalies.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfCode;"),
        ("anomalies.xlsx", "application/vnd.openxmlformats", b"PK"),
        ("anomalies.pdf", "application/pdf", b"%PDF"),
        ("bordereau-de-versement.pdf", "application/pdf", b"%PDF"),
    ],
)
def test_everything_can_be_taken_away(
    cast: Cast, refused: Deposit, path: str, content_type: str, start: bytes
) -> None:
    address = f"/versements/{refused.id}/{path}"
    answer = cast.client(cast.aline).get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(content_type)
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer).startswith(start)
    assert cast.client(cast.basile).get(address).status_code == 403
    assert cast.client(cast.chloe).get(address).status_code == 404
    assert cast.client(None).get(address).status_code == 302


def test_who_may_not_deposit_is_not_led_to_it(cast: Cast, accepted: Deposit) -> None:
    for address in ("/versements/", f"/versements/{accepted.id}/"):
        administrator = cast.client(cast.administrator_a).get(address).content.decode()
        assert "/deposer/" not in administrator
        assert "/deposer/" in cast.client(cast.aline).get(address).content.decode()


def test_strangers_readers_and_the_unknown(cast: Cast, accepted: Deposit) -> None:
    stranger = cast.client(cast.chloe).get(f"/versements/{accepted.id}/")
    unknown = cast.client(cast.chloe).get(f"/versements/{new_id()}/")
    assert (stranger.status_code, stranger.content) == (404, unknown.content)
    reader = cast.client(cast.basile)
    assert reader.get("/deposer/").status_code == 403
    assert reader.get("/versements/").status_code == 403
    assert reader.get(f"/versements/{accepted.id}/").status_code == 403
    assert cast.client(None).get("/versements/").status_code == 302
    other = cast.client(cast.chloe).get("/versements/")
    assert "bon.zip" not in text_of(other)


# Again -----------------------------------------------------------------------------------------


def test_a_refused_package_is_checked_again_without_being_sent_again(
    cast: Cast, tmp_path: Path
) -> None:
    """The fault was in the referentials: once mended, the same package passes, then goes in."""
    made = deposit(cast.coffre_a, good().zip(tmp_path / "bon.zip"))
    assert made.outcome == "KO"
    make_referentials(cast.coffre_a)
    client = cast.client(cast.aline)
    ticket = str(new_id())
    first = client.post(f"/versements/{made.id}/reverifier/", {"ticket": ticket})
    again = client.post(f"/versements/{made.id}/reverifier/", {"ticket": ticket})
    assert first["Location"] == again["Location"]
    with tenant_scope(cast.coffre_a.id):
        test = Deposit.objects.get(action="blank_test")
    test = run_to_end(cast.coffre_a, test.id)
    assert test.outcome == "OK"
    page = text_of(client.get(f"/versements/{test.id}/"))
    assert "Le paquet passe tous les contrôles. Rien n’a été versé." in page
    assert "Verser ce paquet" in page
    assert made.reference in page
    client.post(f"/versements/{test.id}/verser/", {"ticket": str(new_id())})
    with tenant_scope(cast.coffre_a.id):
        last = Deposit.objects.order_by("-id").first()
    assert last is not None
    assert last.action == "ingest"
    assert run_to_end(cast.coffre_a, last.id).outcome == "OK"
    assert Workspace(cast.coffre_a.id, made.id).package.exists()


def test_a_corrected_package_is_checked_in_its_place(
    cast: Cast, refused: Deposit, tmp_path: Path
) -> None:
    package = good().zip(tmp_path / "corrige.zip").read_bytes()
    answer = cast.client(cast.aline).post(
        f"/versements/{refused.id}/reverifier/",
        {"ticket": str(new_id()), "package": SimpleUploadedFile("corrige.zip", package)},
    )
    with tenant_scope(cast.coffre_a.id):
        test = Deposit.objects.get(action="blank_test")
    assert answer["Location"] == f"/versements/{test.id}/"
    assert run_to_end(cast.coffre_a, test.id).outcome == "OK"


def test_a_package_no_longer_kept_must_be_chosen_again(cast: Cast, refused: Deposit) -> None:
    Workspace(cast.coffre_a.id, refused.id).package.unlink()
    client = cast.client(cast.aline)
    answer = client.post(
        f"/versements/{refused.id}/reverifier/", {"ticket": str(new_id())}, follow=True
    )
    assert "choisissez le fichier à contrôler" in text_of(answer)


def test_only_a_blank_test_that_passed_is_deposited_from_its_page(
    cast: Cast, refused: Deposit
) -> None:
    client = cast.client(cast.aline)
    ticket = {"ticket": str(new_id())}
    assert client.post(f"/versements/{refused.id}/verser/", ticket).status_code == 409
    assert (
        cast.client(cast.basile).post(f"/versements/{refused.id}/reverifier/", ticket).status_code
        == 403
    )
    assert (
        cast.client(cast.chloe).post(f"/versements/{refused.id}/reverifier/", ticket).status_code
        == 404
    )
    assert client.get(f"/versements/{refused.id}/reverifier/").status_code == 405


# Platform --------------------------------------------------------------------------------------


def test_the_state_of_the_platform_tells_what_is_not_done(cast: Cast) -> None:
    page = cast.client(cast.aline).get("/etat/")
    words = text_of(page)
    assert page.status_code == 200
    assert "Antivirus aucun antivirus n’est configuré" in words
    assert "Non configuré" in words
    assert "PostgreSQL" in words
    assert cast.client(cast.basile).get("/etat/").status_code == 403


def test_an_offer_down_is_said_on_the_state_page(cast: Cast, settings: Any) -> None:
    settings.OFFERS = [
        *settings.OFFERS[:1],
        {
            "id": "loin",
            "label": "Site lointain",
            "kind": "s3",
            "endpoint": "http://127.0.0.1:9",
            "bucket": "absent",
            "access_key": "a",
            "secret_key": "b",
            "timeout_seconds": 1,
        },
    ]
    words = text_of(cast.client(cast.aline).get("/etat/"))
    assert "Un service ne répond pas" in words
    assert "Site lointain" in words


# Home and frame --------------------------------------------------------------------------------


def test_a_refused_deposit_waits_on_the_home_page_until_a_later_attempt_is_good(
    cast: Cast, refused: Deposit, tmp_path: Path
) -> None:
    client = cast.client(cast.aline)
    words = text_of(client.get("/"))
    assert "Versements refusés" in words
    assert "1 anomalie" in words
    assert "Derniers versements" in words
    deposit(cast.coffre_a, good().zip(tmp_path / "corrige.zip"))
    assert "Versements refusés" not in text_of(client.get("/"))
    assert "Derniers versements" not in text_of(cast.client(cast.basile).get("/"))


def test_the_frame_names_what_is_under_way_and_where_one_is(cast: Cast, tmp_path: Path) -> None:
    client = cast.client(cast.aline)
    client.post(
        "/deposer/",
        {"action": "ingest", "packages": SimpleUploadedFile("avril.zip", b"x")},
    )
    page = client.get("/deposer/").content.decode()
    assert re.search(r'aria-current="page"[^>]*>.*Déposer un paquet', page, flags=re.S)
    assert "avril.zip" in page
    assert "Les contrôles sont à l’arrêt" in text_of(client.get("/versements/"))
    assert "Déposer" not in text_of(cast.client(cast.basile).get("/"))


# The manifest's lines ---------------------------------------------------------------------------


def test_lines_are_found_across_chunks_and_cut_when_too_long() -> None:
    text = "".join(f"ligne {n} é\n" for n in range(1, 2001)).encode()
    chunks = [text[i : i + 7] for i in range(0, len(text), 7)]
    found = lines_around(iter(chunks), 1000, before=1, after=1)
    assert [(one.number, one.text, one.is_target) for one in found] == [
        (999, "ligne 999 é", False),
        (1000, "ligne 1000 é", True),
        (1001, "ligne 1001 é", False),
    ]
    (single,) = lines_around([b"x" * 5_000_000], 1)
    assert single.is_cut
    assert len(single.text) == 2000
    assert lines_around([b"a\nb"], 99) == []
    assert lines_around(["é\nb".encode("utf-16")], 1)[0].text == "é"
