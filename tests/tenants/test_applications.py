"""Applications: keys shown once, renewed, revoked; contexts; client certificates; no leak."""

import datetime as dt
import logging
import urllib.parse
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.html import escape

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.applications import services
from tenants.applications.calls import CALLS, is_granted
from tenants.applications.certificates import CertificateError, read_certificate
from tenants.applications.forms import Maker, TokenForm, roles_offered
from tenants.models import AccessContract, ApiToken, Context, SecurityProfile
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.effective import CoffreRights
from tenants.rights.ready import READY
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast, grant

pytestmark = pytest.mark.django_db
UNIT = "/access-external/v1/units/{}"
INHERITED = "/access-external/v1/unitsWithInheritedRules"


def certificate(*, days: int = 90, begins: int = -1) -> x509.Certificate:
    """A client certificate that lives from ``begins`` to ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portail")])
    now = clock.now().replace(microsecond=0)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=now + dt.timedelta(days=begins),
        not_valid_after=now + dt.timedelta(days=days),
    )
    return builder.sign(key, hashes.SHA256())


def pem_of(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


PEM = pem_of(made := certificate())
FINGERPRINT = made.fingerprint(hashes.SHA256()).hex()


@pytest.fixture
def fonds(cast: Cast) -> dict[str, Built]:
    with tenant_scope(cast.coffre_a.id):
        builder = FondsBuilder(agency="FINANCES")
        builder.unit("Budget")
        builder.unit("Chantier", originating_agencies=("VOIRIE",))
        builder.load()
        return {unit.title: unit for unit in builder.units}


def contract(cast: Cast, identifier: str, **columns: Any) -> None:
    with tenant_scope(cast.coffre_a.id):
        AccessContract.objects.create(
            identifier=identifier, name=identifier, created_at=clock.now(), updated_at=clock.now(),
            **{"status": "ACTIVE", **columns},
        )  # fmt: skip


def context(cast: Cast, *, profile: str = "SEC_PROFILE-000001", **columns: Any) -> None:
    with tenant_scope(cast.coffre_a.id):
        Context.objects.create(
            identifier="CT-PORTAIL", name="Portail", security_profile=profile,
            created_at=clock.now(), updated_at=clock.now(), **{"status": "ACTIVE", **columns},
        )  # fmt: skip


def key(cast: Cast, **more: Any) -> services.Issued:
    with tenant_scope(cast.coffre_a.id):
        return services.issue_token(name="Portail", **{"role": "reader", **more})


def call(cast: Cast, secret: str, address: str, *, contract: str = "", **extra: Any) -> Any:
    headers = {"X-Tenant-Id": str(cast.coffre_a.number)}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    if contract:
        headers["X-Access-Contract-Id"] = contract
    return Client().get(address, headers={**headers, **extra.pop("headers", {})}, **extra)


class TestScreens:
    def test_a_key_is_shown_once_and_opens_the_coffre(
        self, cast: Cast, fonds: dict[str, Built], caplog: pytest.LogCaptureFixture
    ) -> None:
        client = cast.client(cast.administrator_a)
        with caplog.at_level(logging.DEBUG):
            response = client.post(
                reverse("application_new"), {"name": "Portail", "role": "reader", "agreed": "on"}
            )
        secret = response.context["secret"]
        assert secret in response.content.decode()
        assert response["Cache-Control"] == "no-store"
        assert secret not in caplog.text
        with tenant_scope(cast.coffre_a.id):
            token = ApiToken.objects.get(name="Portail")
            operation = Operation.objects.get(type="API_TOKEN_CREATE")
        assert operation.agent_id == cast.administrator_a.id
        assert secret not in str(operation.detail)
        assert token.token_sha256 not in str(operation.detail)
        for page in (reverse("applications"), reverse("application", args=[token.id])):
            assert secret not in client.get(page).content.decode()
        assert call(cast, secret, UNIT.format(fonds["Budget"].id)).status_code == 200
        with tenant_scope(cast.coffre_a.id):
            token.refresh_from_db()
        assert token.last_used_at is not None

    def test_renewed_both_are_valid_until_the_day_chosen(
        self, cast: Cast, fonds: dict[str, Built], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = key(cast)
        client = cast.client(cast.administrator_a)
        until = clock.today() + dt.timedelta(days=3)
        response = client.post(
            reverse("application_rotate", args=[old.token.id]),
            {"until": until.isoformat(), "agreed": "on"},
        )
        new = response.context["secret"]
        address = UNIT.format(fonds["Budget"].id)
        assert {call(cast, one, address).status_code for one in (old.secret, new)} == {200}
        later = clock.now() + dt.timedelta(days=5)
        monkeypatch.setattr("sae.kernel.clock.now", lambda: later)
        assert call(cast, old.secret, address).status_code == 401
        assert call(cast, new, address).status_code == 200

    def test_revoked_at_once_and_only_once(self, cast: Cast, fonds: dict[str, Built]) -> None:
        issued = key(cast)
        client = cast.client(cast.administrator_a)
        revoke = reverse("application_revoke", args=[issued.token.id])
        assert client.post(revoke).status_code == 302
        assert client.post(revoke).status_code == 409
        unknown = call(cast, "sae_inconnu", UNIT.format(fonds["Budget"].id))
        refused = call(cast, issued.secret, UNIT.format(fonds["Budget"].id))
        assert (refused.status_code, refused.content) == (401, unknown.content)

    def test_a_day_past_and_a_private_key_are_refused(self, cast: Cast) -> None:
        client = cast.client(cast.administrator_a)
        past = client.post(
            reverse("application_new"),
            {"name": "X", "role": "reader", "until": "2001-01-01"},
        )
        assert "until" in past.context["form"].errors
        given = client.post(
            reverse("application_certificate"),
            {"name": "X", "role": "reader",
             "fingerprint": "-----BEGIN PRIVATE KEY-----"},
        )  # fmt: skip
        assert escape("clef privée") in given.content.decode()

    def test_a_key_over_contracts_is_made_by_who_keeps_them(self, cast: Cast) -> None:
        """Whoever manages applications alone would open by it what nobody gave them."""
        sent = {"name": "Paramétrage", "role": "coffre_administrator", "agreed": "on"}
        made = cast.client(cast.administrator_a).post(reverse("application_new"), sent)
        assert made.status_code == 200
        assert made.context["secret"]
        own = {Permission.APPLICATION_MANAGE, Permission.REFERENTIAL_IMPORT}
        assert "coffre_administrator" not in roles_offered(own)
        with tenant_scope(cast.coffre_a.id):
            assert "role" in TokenForm(sent, maker=Maker(cast.coffre_a, own)).errors
            larger = Maker(cast.coffre_a, {*own, Permission.CONTRACT_MANAGE})
            assert not TokenForm(sent, maker=larger).errors

    def test_a_key_wider_than_its_maker_is_agreed_to_and_told(self, cast: Cast) -> None:
        """Adèle administers and does not consult: the reader's key she makes is beyond her."""
        client = cast.client(cast.administrator_a)
        sent = {"name": "Portail", "role": "reader"}
        refused = client.post(reverse("application_new"), sent)
        assert refused.status_code == 422
        (error,) = refused.context["form"].errors.as_data()["agreed"]
        assert error.code == "token_beyond_maker"
        assert "consulter les archives, télécharger un objet" in error.message
        with tenant_scope(cast.coffre_a.id):
            assert not ApiToken.objects.exists()
        assert client.post(reverse("application_new"), {**sent, "agreed": "on"}).status_code == 200
        with tenant_scope(cast.coffre_a.id):
            token = ApiToken.objects.get()
            detail = Operation.objects.get(type="API_TOKEN_CREATE").detail
        assert token.beyond == detail["beyond"] == ["holdings.view", "object.download"]
        assert detail["warning"] == "TOKEN_BEYOND_MAKER"
        page = client.get(reverse("application", args=[token.id])).content.decode()
        assert "Au-delà des droits de qui l’a créé" in page
        checked = client.get(reverse("rights_checkup")).content.decode()
        assert "dépassent les droits de qui les a créés" in checked
        client.post(reverse("application_revoke", args=[token.id]))
        assert "dépassent les droits" not in client.get(reverse("rights_checkup")).content.decode()

    def test_a_key_within_the_rights_of_its_maker_asks_nothing(self, cast: Cast) -> None:
        grant(cast.administrator_a, cast.coffre_a, "reader")
        client = cast.client(cast.administrator_a)
        made = client.post(reverse("application_new"), {"name": "Portail", "role": "reader"})
        assert made.status_code == 200
        with tenant_scope(cast.coffre_a.id):
            assert ApiToken.objects.get().beyond == []

    def test_who_consults_by_contract_is_told_that_the_key_sees_more(self, cast: Cast) -> None:
        contract(cast, "CA-FINANCES", originating_agencies=["FINANCES"])
        context(
            cast,
            enable_control=True,
            permissions=[
                {"tenant": cast.coffre_a.number, "AccessContracts": ["CA-FINANCES"],
                 "IngestContracts": []}
            ],
        )  # fmt: skip
        reading = READY["reader"].permissions | {Permission.APPLICATION_MANAGE}

        def lacking(contracts: tuple[str, ...], context_id: str) -> tuple[str, ...]:
            rights = CoffreRights(cast.coffre_a, (), {}, False, contracts)
            with tenant_scope(cast.coffre_a.id):
                return Maker(cast.coffre_a, reading, rights).lacks("reader", context_id)

        assert lacking(("CA-FINANCES",), "") == ("holdings.wider",)
        assert lacking(("CA-FINANCES",), "CT-PORTAIL") == ()
        assert lacking(("CA-AUTRE",), "CT-PORTAIL") == ("holdings.wider",)

    def test_whoever_renews_a_key_holds_it(self, cast: Cast) -> None:
        wide = key(cast, role="coffre_administrator").token
        narrow = key(cast).token
        client = cast.client(cast.administrator_a)
        sent = {"until": clock.today().isoformat()}
        refused = client.post(reverse("application_rotate", args=[narrow.id]), sent)
        assert refused.status_code == 422
        agreed = {**sent, "agreed": "on"}
        renewed = client.post(reverse("application_rotate", args=[narrow.id]), agreed)
        assert renewed.context["token"].beyond == ["holdings.view", "object.download"]
        with tenant_scope(cast.proof_a.id):
            for one in Profile.objects.filter(coffre_id=cast.coffre_a.id, ready="administrator"):
                one.permissions.remove(Permission.CONTRACT_MANAGE.value)
                one.save()
        stopped = client.post(reverse("application_rotate", args=[wide.id]), agreed)
        assert stopped.status_code == 403
        assert "contrats d’accès" in stopped.content.decode()

    def test_accesses_of_connectors_are_listed_beside(self, cast: Cast) -> None:
        from ingest.connectors.models import ConnectorAccess

        with tenant_scope(cast.coffre_a.id):
            ConnectorAccess.objects.create(
                kind="asalae", login="pastell", password_hash="!", created_at=clock.now()
            )
        page = cast.client(cast.administrator_a).get(reverse("applications")).content.decode()
        assert "pastell" in page


class TestContexts:
    """What a context gives is all that an application has."""

    def test_the_contract_named_is_one_of_the_context(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        contract(cast, "CA-FINANCES", originating_agencies=["FINANCES"])
        contract(cast, "CA-TOUS", every_originating_agency=True)
        contract(cast, "CA-VIEUX", every_originating_agency=True, status="INACTIVE")
        context(
            cast,
            enable_control=True,
            permissions=[
                {"tenant": cast.coffre_a.number, "AccessContracts": ["CA-FINANCES", "CA-VIEUX"],
                 "IngestContracts": []}
            ],
        )  # fmt: skip
        secret = key(cast, context_id="CT-PORTAIL").secret
        budget, chantier = (UNIT.format(fonds[one].id) for one in ("Budget", "Chantier"))
        assert call(cast, secret, budget, contract="CA-FINANCES").status_code == 200
        hidden = call(cast, secret, chantier, contract="CA-FINANCES")
        unknown = call(cast, secret, UNIT.format(cast.aline.id), contract="CA-FINANCES")
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
        refused = [
            call(cast, secret, budget, contract=one) for one in ("", "CA-TOUS", "CA-VIEUX", "RIEN")
        ]
        assert {one.status_code for one in refused} == {401}
        assert len({one.content for one in refused}) == 1

    def test_lists_and_counts_are_those_of_the_contract(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        contract(cast, "CA-FINANCES", originating_agencies=["FINANCES"])
        secret = key(cast).secret
        query = '{"$query": [{"$eq": {"#unitType": "INGEST"}}]}'
        for named, titles in (("CA-FINANCES", {"Budget"}), ("", {"Budget", "Chantier"})):
            headers = {"X-Tenant-Id": "1", "Authorization": f"Bearer {secret}"}
            if named:
                headers["X-Access-Contract-Id"] = named
            answer = Client().generic("GET", INHERITED, query, headers=headers).json()
            assert answer["$hits"]["total"] == len(titles)
            assert {unit["Title"] for unit in answer["$results"]} == titles

    def test_an_inactive_context_opens_nothing(self, cast: Cast, fonds: dict[str, Built]) -> None:
        context(cast, status="INACTIVE")
        secret = key(cast, context_id="CT-PORTAIL").secret
        assert call(cast, secret, UNIT.format(fonds["Budget"].id)).status_code == 401
        gone = key(cast, context_id="CT-DISPARU").secret
        assert call(cast, gone, UNIT.format(fonds["Budget"].id)).status_code == 401

    def test_the_security_profile_names_the_calls(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        contract(cast, "CA-TOUS", every_originating_agency=True)
        with tenant_scope(cast.coffre_a.id):
            SecurityProfile.objects.create(
                identifier="SEC_PROFILE-000009", name="Suivi", created_at=clock.now(),
                updated_at=clock.now(), permissions=["unitsWithInheritedRules:read"],
            )  # fmt: skip
        context(cast, profile="SEC_PROFILE-000009")
        secret = key(cast, context_id="CT-PORTAIL").secret
        inherited = f"{INHERITED}/{fonds['Budget'].id}"
        assert call(cast, secret, inherited, contract="CA-TOUS").status_code == 200
        refused = call(cast, secret, UNIT.format(fonds["Budget"].id), contract="CA-TOUS")
        assert refused.status_code == 403
        assert "units:id:read" in refused.json()["description"]

    def test_every_call_of_applications_has_a_name(self) -> None:
        def names(resolver: URLResolver, within: bool = False) -> Any:
            for pattern in resolver.url_patterns:
                if isinstance(pattern, URLResolver):
                    yield from names(pattern, within or pattern.app_name == "external")
                elif isinstance(pattern, URLPattern) and within:
                    yield pattern

        calls = {
            pattern.name
            for pattern in names(get_resolver())
            if getattr(pattern.callback, "required_permission", None) is not None
        }
        assert {"ingests", "unit"} <= calls
        assert calls - set(CALLS) == set(), "name these calls as security profiles do"

    @pytest.mark.parametrize(
        ("call_name", "permission", "granted"),
        [
            ("units:id:read", "units:id:read:json", True),
            ("rules:create", "RULES:create", True),
            ("operations:id:read:status", "operations:id:read", True),
            ("operations:id:read", "operations:read", False),
            ("units:id:read", "units:id:readall", False),
            ("", "units:read", False),
        ],
    )
    def test_names_are_compared_whole_but_for_the_form(
        self, call_name: str, permission: str, granted: bool
    ) -> None:
        assert is_granted(call_name, [permission]) is granted


def test_a_key_in_an_address_is_refused_whatever_it_opens(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    secret = key(cast).secret
    for secret_shown in (secret, "sae_nimporte"):
        address = f"{UNIT.format(fonds['Budget'].id)}?access_token={secret_shown}"
        answer = call(cast, secret, address)
        assert answer.status_code == 400
        assert secret not in answer.content.decode()


class TestCertificates:
    def test_every_form_of_a_certificate_has_the_same_fingerprint(self) -> None:
        pasted = ":".join(FINGERPRINT[i : i + 2] for i in range(0, 64, 2)).upper()
        for form in (PEM, urllib.parse.quote(PEM), PEM.replace("\n", " "), FINGERPRINT, pasted):
            assert read_certificate(form).fingerprint == FINGERPRINT
        for bad in ("", "x" * 64, "-----BEGIN CERTIFICATE-----!!-----END CERTIFICATE-----",
                    "-----BEGIN CERTIFICATE-----YQ==-----END CERTIFICATE-----"):  # fmt: skip
            with pytest.raises(CertificateError):
                read_certificate(bad)

    def test_off_it_opens_nothing_and_on_only_from_the_proxy(
        self, cast: Cast, fonds: dict[str, Built], settings: Any
    ) -> None:
        client = cast.client(cast.administrator_a)
        sent = {"name": "Portail", "role": "reader", "fingerprint": PEM, "agreed": "on"}
        assert client.post(reverse("application_certificate"), sent).status_code == 302
        assert client.post(reverse("application_certificate"), sent).status_code == 422
        shown = {"X-SSL-CLIENT-CERT": urllib.parse.quote(PEM)}
        address = UNIT.format(fonds["Budget"].id)

        def status(peer: str) -> int:
            return call(cast, "", address, headers=shown, REMOTE_ADDR=peer).status_code  # type: ignore[no-any-return]

        assert status("10.1.2.3") == 401
        settings.CLIENT_CERT_HEADER = "X-SSL-CLIENT-CERT"
        settings.CLIENT_CERT_PROXIES = ["10.1.0.0/16"]
        assert status("10.1.2.3") == 200
        assert status("10.2.2.3") == 401
        assert status("") == 401
        with tenant_scope(cast.coffre_a.id):
            token = ApiToken.objects.get(kind="certificate")
            services.revoke_token(token.id)
        assert status("10.1.2.3") == 401

    def test_one_out_of_its_time_opens_nothing(
        self, cast: Cast, fonds: dict[str, Built], settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.CLIENT_CERT_HEADER = "X-SSL-CLIENT-CERT"
        settings.CLIENT_CERT_PROXIES = ["10.1.0.0/16"]
        client = cast.client(cast.administrator_a)
        admit, sent = (
            reverse("application_certificate"),
            {"name": "Portail", "role": "reader", "agreed": "on"},
        )
        over = client.post(admit, {**sent, "fingerprint": pem_of(certificate(days=-1, begins=-9))})
        assert over.status_code == 422
        assert "échu depuis le" in over.content.decode()
        # Its own end is that of the access; a day chosen may only come before.
        assert client.post(admit, {**sent, "fingerprint": PEM}).status_code == 302
        with tenant_scope(cast.coffre_a.id):
            token = ApiToken.objects.get(kind="certificate")
        assert token.expires_at == made.not_valid_after_utc
        # Known by its fingerprint alone, it is still read when it is shown whole.
        early = certificate(begins=5)
        with tenant_scope(cast.coffre_a.id):
            for one in (early, certificate(days=-1, begins=-9)):
                services.bind_certificate(
                    name="Autre", fingerprint=one.fingerprint(hashes.SHA256()).hex(), role="reader"
                )
        address = UNIT.format(fonds["Budget"].id)

        def status(shown: x509.Certificate) -> int:
            headers = {"X-SSL-CLIENT-CERT": urllib.parse.quote(pem_of(shown))}
            return call(cast, "", address, headers=headers, REMOTE_ADDR="10.1.2.3").status_code  # type: ignore[no-any-return]

        assert (status(made), status(early)) == (200, 401)
        later = clock.now() + dt.timedelta(days=91)
        monkeypatch.setattr("sae.kernel.clock.now", lambda: later)
        assert status(made) == 401

    def test_the_fingerprint_of_a_certificate_is_no_key(
        self, cast: Cast, fonds: dict[str, Built]
    ) -> None:
        """A certificate is public: what gives its fingerprint must not pass for a key."""
        with tenant_scope(cast.coffre_a.id):
            services.bind_certificate(
                name="Portail", fingerprint=ApiToken.digest("public"), role="reader"
            )
        assert call(cast, "public", UNIT.format(fonds["Budget"].id)).status_code == 401
