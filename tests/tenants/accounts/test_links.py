"""Invitations and resets: by a real mail server, by hand, once, and for nobody else."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from sae.jobs.registry import Quarantine
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants import mail
from tenants.accounts import services
from tenants.accounts.checks import check_mail
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import JOB_KIND, give_up, invite_account, reset_account
from tenants.accounts.links import find_link
from tenants.accounts.telling import Actor
from tenants.models import Account, AccountLink
from tests.builders.people import PASSWORD, Cast
from tests.tenants.accounts.mailbox import Mailbox, deliver

pytestmark = pytest.mark.django_db

SITE = "https://sae.exemple.fr"
NEW = "une-autre-phrase-bien-longue"
LOGIN = "/compte/connexion/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def guest(cast: Cast) -> Account:
    return services.create_account(
        organisation=cast.coffre_a.organisation,
        identity=Identity("odile@exemple.fr", "Oudin", "Odile"),
        actor=Actor(cast.administrator_a),
    )


def parts(address: str) -> tuple[str, str]:
    identifier, secret = address.rstrip("/").split("/")[-2:]
    return identifier, secret


def choose(address: str, password: str = NEW) -> Any:
    path = "/" + address.split("/", 3)[3]
    return Client().post(path, {"password1": password, "password2": password})


def test_an_invitation_comes_by_mail_and_opens_the_account(
    cast: Cast, guest: Account, mailbox: Mailbox
) -> None:
    handed = invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE)
    assert handed.address == "", "with a mail server, nobody is shown the link"
    assert deliver(cast.proof_a) == 1
    received: Any = mailbox.mails[0]
    assert mailbox.recipients == [["odile@exemple.fr"]]
    assert (
        received["Subject"].strip().startswith("Votre compte au système d’archivage électronique")
    )
    assert received["From"] == "SAE <sae@exemple.fr>"
    assert mailbox.link().startswith(f"{SITE}/compte/lien/{guest.identifier}/")
    html = received.get_body(("html",)).get_content()
    assert mailbox.link() in html
    assert choose(mailbox.link()).status_code == 302
    guest.refresh_from_db()
    assert guest.status == Account.Status.ENABLED
    client = Client()
    client.post(LOGIN, {"login": "odile@exemple.fr", "password": NEW})
    assert client.get("/compte/mot-de-passe/").status_code == 200
    with tenant_scope(cast.proof_a.id):
        sent = Operation.objects.get(type="ACCOUNT_INVITE")
    assert (sent.state, sent.outcome) == ("COMPLETED", "OK")


def test_a_mail_that_does_not_leave_leaves_no_link(
    cast: Cast, guest: Account, mailbox: Mailbox
) -> None:
    mailbox.refuses = True
    invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE)
    with pytest.raises(mail.MailError) as refused:
        deliver(cast.proof_a)
    assert "odile" not in str(refused.value)
    with tenant_scope(cast.proof_a.id):
        assert not AccountLink.objects.exists()
        assert Operation.objects.get(type="ACCOUNT_INVITE").state == "RUNNING"


def test_without_mail_server_the_link_is_shown_once(cast: Cast, guest: Account) -> None:
    client = cast.client(cast.administrator_a)
    page = client.post(reverse("account_invite", args=[guest.id]))
    assert "no-store" in page.headers["Cache-Control"]
    content = page.content.decode()
    assert f"http://testserver/compte/lien/{guest.identifier}/" in content
    shown = client.get(reverse("account", args=[guest.id])).content.decode()
    assert "/compte/lien/" not in shown
    with tenant_scope(cast.proof_a.id):
        kept = AccountLink.objects.get(account_id=guest.id)
    assert kept.secret_sha256 not in content
    assert len(kept.secret_sha256) == 64


def test_a_link_serves_once(cast: Cast, guest: Account) -> None:
    address = invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE).address
    assert Client().get("/" + address.split("/", 3)[3]).status_code == 200
    assert Client().get("/" + address.split("/", 3)[3]).status_code == 200, "looking uses nothing"
    assert choose(address).status_code == 302
    assert choose(address, "encore-une-autre-phrase").status_code == 410
    guest.refresh_from_db()
    assert guest.check_password(NEW)


@pytest.mark.parametrize(("purpose", "days"), [("invitation", 7), ("reset", 1 / 24)])
def test_a_link_expires(cast: Cast, guest: Account, purpose: str, days: float) -> None:
    act = {"invitation": invite_account, "reset": reset_account}[purpose]
    account = guest if purpose == "invitation" else cast.basile
    moment = clock.now()
    with clock.fixed(moment):
        address = act(account=account, actor=Actor(cast.administrator_a), site=SITE).address
    life = dt.timedelta(days=days)
    with clock.fixed(moment + life - dt.timedelta(seconds=1)):
        assert find_link(*parts(address)) is not None
    with clock.fixed(moment + life + dt.timedelta(seconds=1)):
        assert find_link(*parts(address)) is None


def test_another_link_a_new_address_or_a_disabled_account_end_the_first(
    cast: Cast, guest: Account
) -> None:
    actor = Actor(cast.administrator_a)
    first = parts(invite_account(account=guest, actor=actor, site=SITE).address)
    second = parts(invite_account(account=guest, actor=actor, site=SITE).address)
    assert find_link(*first) is None
    assert find_link(*second) is not None
    guest = services.update_account(
        account=guest, identity=Identity("odile.o@exemple.fr", "Oudin", "Odile"), actor=actor
    )
    assert find_link(*second) is None
    third = parts(invite_account(account=guest, actor=actor, site=SITE).address)
    services.disable_account(account=guest, actor=actor)
    assert find_link(*third) is None


def test_the_secret_of_one_opens_nobody_else(cast: Cast, guest: Account) -> None:
    _own, secret = parts(
        invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE).address
    )
    for other in (cast.basile, cast.chloe):
        answer = Client().get(reverse("account_link", args=[other.identifier, secret]))
        unknown = Client().get(reverse("account_link", args=["U0000000", secret]))
        assert answer.status_code == unknown.status_code == 410


def test_a_weak_password_is_refused_and_the_link_still_serves(cast: Cast, guest: Account) -> None:
    address = invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE).address
    answer = choose(address, "court")
    assert answer.status_code == 200
    assert "12 caractères" in answer.content.decode()
    assert choose(address).status_code == 302


def test_a_reset_closes_the_sessions_and_the_former_password(cast: Cast) -> None:
    client = Client()
    client.post(LOGIN, {"login": cast.basile.email, "password": PASSWORD})
    assert client.get("/").status_code == 200
    address = reset_account(
        account=cast.basile, actor=Actor(cast.administrator_a), site=SITE
    ).address
    assert client.get("/").status_code == 200, "asking changes nothing"
    assert choose(address).status_code == 302
    assert client.get("/").status_code == 302
    cast.basile.refresh_from_db()
    assert not cast.basile.check_password(PASSWORD)


def forget(email: str, **more: Any) -> Any:
    return Client().post(reverse("password_forgotten"), {"email": email}, **more)


def test_who_forgot_gets_the_same_answer_whoever_they_are(
    cast: Cast, guest: Account, mailbox: Mailbox
) -> None:
    answers = [
        forget(email)
        for email in (cast.basile.email, guest.email, "personne@exemple.fr", cast.chloe.email)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({len(answer.content) for answer in answers}) == 1
    assert deliver(cast.proof_a) == 1, "only who has entered forgets"
    assert deliver(cast.proof_b) == 1
    assert mailbox.recipients == [[cast.basile.email], [cast.chloe.email]]


def test_answers_take_the_same_time(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The delay left is slept away: known or not, the sum is the same constant."""
    from tenants.accounts.views import links

    moments = iter([100.0, 100.1, 200.0, 200.0])
    slept: list[float] = []
    stopped = SimpleNamespace(monotonic=lambda: next(moments), sleep=slept.append)
    monkeypatch.setattr(links, "time", stopped)
    forget(cast.basile.email)
    forget("personne@exemple.fr")
    assert slept == pytest.approx([links.ANSWER_SECONDS - 0.1, links.ANSWER_SECONDS])


def test_a_mailbox_is_not_flooded(cast: Cast, mailbox: Mailbox) -> None:
    for _try in range(5):
        cache.clear()
        assert forget(cast.basile.email).status_code == 200
    deliver(cast.proof_a)
    assert len(mailbox.mails) == 3


def test_asking_too_often_is_stopped_for_unknown_addresses_too(cast: Cast) -> None:
    for email in (cast.basile.email, "personne@exemple.fr"):
        cache.clear()
        statuses = [forget(email).status_code for _try in range(7)]
        assert statuses == [200] * 5 + [429] * 2


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "evil.example:80"])
def test_a_forged_host_never_enters_a_link(cast: Cast, mailbox: Mailbox, host: str) -> None:
    assert forget(cast.basile.email, headers={"host": host}).status_code == 400
    forget(cast.basile.email, headers={"x-forwarded-host": host})
    deliver(cast.proof_a)
    assert mailbox.link().startswith("http://testserver/compte/lien/")


def test_under_a_wildcard_no_visitor_names_the_site(
    cast: Cast, mailbox: Mailbox, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert forget(cast.basile.email, headers={"host": "evil.example"}).status_code == 200
    assert deliver(cast.proof_a) == 0
    settings.PUBLIC_URL = "https://sae.exemple.fr/"
    forget(cast.basile.email, headers={"host": "evil.example"})
    deliver(cast.proof_a)
    assert mailbox.link().startswith("https://sae.exemple.fr/compte/lien/")


def test_a_name_cannot_add_a_header(cast: Cast, mailbox: Mailbox) -> None:
    cast.basile.name = "Basile\r\nBcc: tous@exemple.fr"
    cast.basile.save()
    organisation = cast.basile.organisation
    mail.send(
        "reset",
        to=cast.basile.email,
        name=cast.basile.name,
        organisation=f"{organisation.name}\r\nBcc: tous@exemple.fr",
        url=SITE,
        expires="demain",
    )
    assert mailbox.recipients == [[cast.basile.email]]
    assert mailbox.mails[0]["Bcc"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EMAIL_URL": ""}, "tenants.W001"),
        ({"EMAIL_URL": "http://poste"}, "tenants.E001"),
        ({"EMAIL_URL": "smtp://poste", "ALLOWED_HOSTS": [".exemple.fr"]}, "tenants.E002"),
        (
            {
                "EMAIL_URL": "smtp+tls://nom:secr%40t@poste",
                "ALLOWED_HOSTS": ["*"],
                "PUBLIC_URL": SITE,
            },
            "",
        ),
    ],
)
def test_a_deployment_is_told_what_its_mails_lack(
    settings: Any, changes: dict[str, Any], code: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [found.id for found in check_mail(None)] == ([code] if code else [])


def test_the_server_is_read_from_its_address() -> None:
    server = mail.server_of("smtp+tls://nom:secr%40t@poste.exemple.fr")
    assert (server.host, server.port, server.password) == ("poste.exemple.fr", 587, "secr@t")
    assert (server.use_tls, server.use_ssl) == (True, False)
    assert mail.server_of("smtps://poste").port == 465


def test_a_mail_given_up_is_said_on_the_page_of_the_account(
    cast: Cast, guest: Account, mailbox: Mailbox
) -> None:
    invite_account(account=guest, actor=Actor(cast.administrator_a), site=SITE)
    client = cast.client(cast.administrator_a)
    page = reverse("account", args=[guest.id])
    assert "Courriel en cours d’envoi" in client.get(page).content.decode()
    with tenant_scope(cast.proof_a.id):
        asked = Operation.objects.get(type="ACCOUNT_INVITE")
        give_up(Quarantine(asked.id, cast.proof_a.id, JOB_KIND, asked.id, "failures", ""))
    assert "Le courriel n’est pas parti" in client.get(page).content.decode()
