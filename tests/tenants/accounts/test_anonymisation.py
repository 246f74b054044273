"""Anonymising: only a disabled account, for good; the journals keep their word and verify."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.accounts import selectors, services
from tenants.accounts.anonymisation import anonymise_account
from tenants.accounts.certificate import certificate, certificate_values
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import reset_account
from tenants.accounts.reach import RefusedError
from tenants.accounts.register import due
from tenants.accounts.telling import Actor
from tenants.models import Account, AccountLink
from tenants.models.rights import GroupMember
from tenants.models.security import AccountSession
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"


@pytest.fixture
def gone(cast: Cast) -> Account:
    """Basile, who signed in, was sent a link, then left."""
    actor = Actor(cast.administrator_a)
    Client().post(LOGIN, {"login": cast.basile.email, "password": PASSWORD})
    services.update_account(
        account=cast.basile,
        identity=Identity(
            cast.basile.email, "Bonnet", "Basile", phone="+33 1 22 33 44 55", internal_code="M-12"
        ),
        actor=actor,
    )
    reset_account(account=cast.basile, actor=actor, site="https://sae.exemple.fr")
    return services.disable_account(account=cast.basile, actor=actor)


def test_every_personal_datum_goes(cast: Cast, gone: Account) -> None:
    anonymise_account(account=gone, actor=Actor(cast.administrator_a))
    left = Account.objects.get(id=gone.id)
    assert left.status == Account.Status.ANONYMISED
    assert left.identifier == gone.identifier
    assert left.email == f"anonyme-{gone.identifier.lower()}@anonyme.invalid"
    assert not left.is_active
    assert not left.has_usable_password()
    assert left.last_login is None
    values = str({field.attname: getattr(left, field.attname) for field in left._meta.fields})
    for datum in ("basile", "bonnet", "22 33", "M-12"):
        assert datum.lower() not in values.lower()
    assert not AccountSession.objects.filter(account=left).exists()
    with tenant_scope(cast.proof_a.id):
        assert not AccountLink.objects.filter(account_id=left.id).exists()
        present = GroupMember.objects.filter(account_id=left.id)
        assert not present.exclude(ends_at__lte=clock.now()).exists()


def test_the_journal_does_not_change_and_still_verifies(cast: Cast, gone: Account) -> None:
    with tenant_scope(cast.proof_a.id):
        before = list(Event.objects.order_by("sequence").values_list("sequence", "hash"))
    anonymise_account(account=gone, actor=Actor(cast.administrator_a))
    with tenant_scope(cast.proof_a.id):
        after = list(Event.objects.order_by("sequence").values_list("sequence", "hash"))
        acts = Operation.objects.filter(agent_id=gone.id, type="ACCOUNT_SIGN_IN")
        assert acts.exists(), "the journal still says which account entered"
    assert [bytes(digest) for _n, digest in after[: len(before)]] == [
        bytes(digest) for _n, digest in before
    ]
    assert verify_tenant(cast.proof_a.id).broken is None
    call_command("journal", "verify", "--tenant", str(cast.proof_a.number))


def test_only_a_disabled_account_by_someone_above_and_once(cast: Cast, gone: Account) -> None:
    actor = Actor(cast.administrator_a)
    with pytest.raises(RefusedError, match="désactivé"):
        anonymise_account(account=cast.aline, actor=actor)
    with pytest.raises(RefusedError, match="organisation"):
        anonymise_account(account=gone, actor=Actor(cast.administrator_b))
    with pytest.raises(RefusedError, match="sous votre niveau"):
        anonymise_account(account=gone, actor=Actor(cast.aline))
    anonymise_account(account=gone, actor=actor)
    with pytest.raises(RefusedError):
        anonymise_account(account=gone, actor=actor)
    for act in (services.enable_account, services.unblock_account):
        with pytest.raises(RefusedError, match="ne change plus"):
            act(account=gone, actor=actor)


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.post(LOGIN, {"login": cast.administrator_a.email, "password": PASSWORD})
    return client


def test_the_page_shows_what_goes_and_asks_for_the_identifier(cast: Cast, gone: Account) -> None:
    client = signed_in(cast)
    url = reverse("account_anonymise", args=[gone.id])
    page = client.get(url).content.decode()
    for words in ("Ce qui disparaît", "Ce qui reste", "adresse électronique", "certificat"):
        assert words in page
    wrong = client.post(url, {"identifier": "U0000000"})
    assert gone.identifier in wrong.content.decode()
    gone.refresh_from_db()
    assert gone.status == Account.Status.DISABLED
    done = client.post(url, {"identifier": gone.identifier.lower()}, follow=True)
    assert "Compte anonymisé" in done.content.decode()
    pdf = client.get(reverse("account_certificate", args=[gone.id]))
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


def test_who_entered_long_ago_is_asked_again(cast: Cast, gone: Account) -> None:
    client = cast.client(cast.administrator_a)
    session = client.session
    key = "account_authentication_methods"
    session[key] = [{**session[key][0], "at": session[key][0]["at"] - 3600}]
    session.save()
    url = reverse("account_anonymise", args=[gone.id])
    answer = client.post(url, {"identifier": gone.identifier})
    assert answer.status_code == 302
    assert "/compte/confirmer/" in answer.headers["Location"]
    gone.refresh_from_db()
    assert gone.status == Account.Status.DISABLED


def test_the_certificate_names_the_account_by_its_identifier_and_the_proof(
    cast: Cast, gone: Account
) -> None:
    assert certificate(gone) is None
    operation = anonymise_account(account=gone, actor=Actor(cast.administrator_a))
    assert operation.detail["groups_left"] == 1
    gone.refresh_from_db()
    told: Any = certificate_values(gone)
    facts = dict(told["account"])
    assert facts["Identifiant technique"] == gone.identifier
    assert facts["Par le compte"] == cast.administrator_a.identifier
    assert dict(told["proof"])["Opération"] == str(operation.id)
    with tenant_scope(cast.proof_a.id):
        last = Event.objects.filter(operation_id=operation.id).order_by("sequence").last()
    assert told["hash"] == bytes(last.hash).hex()
    assert "basile" not in str(told).lower()
    made = certificate(gone)
    assert made is not None
    assert b"<pdfaid:part>2</pdfaid:part>" in made


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 72, "2020-01-15"),
        ("2026-12-31", 12, "2025-12-31"),
        ("2026-05-31", -1, "2026-06-30"),
    ],
)
def test_months_end_where_months_end(moment: str, months: int, expected: str) -> None:
    start = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    assert selectors.months_before(start, months).date().isoformat() == expected


def test_the_register_and_the_home_page_remind_of_what_is_due(cast: Cast, gone: Account) -> None:
    client = cast.client(cast.administrator_a)
    assert due(gone.organisation) == ([], 0)
    assert "à anonymiser" not in client.get("/").content.decode()
    moment = selectors.months_before(clock.now(), 73)
    Account.objects.filter(id=gone.id).update(disabled_at=moment)
    found, total = due(gone.organisation)
    assert ([one.account for one in found], total) == ([gone], 1)
    assert "Compte à anonymiser" in client.get("/").content.decode()
    page = client.get(reverse("personal_data")).content.decode()
    assert "Basile Bonnet" in page
    assert reverse("account_anonymise", args=[gone.id]) in page
    stranger = cast.client(cast.administrator_b).get(reverse("personal_data"))
    assert "Basile" not in stranger.content.decode()
