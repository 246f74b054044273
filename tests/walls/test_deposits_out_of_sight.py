"""Deposits that one's profiles do not open: no page, count, file or answer tells of them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ingest.connectors.accesses import create_access
from ingest.models import Deposit
from ingest.urls import of_one_deposit
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.applications.beyond import WIDER_DEPOSITS, beyond
from tenants.models import (
    Account,
    Agency,
    ApiToken,
    Context,
    IngestContract,
    SecurityProfile,
)
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.checking import check_up
from tenants.rights.composing import (
    GroupDraft,
    ProfileDraft,
    create_group,
    create_profile,
    update_profile,
)
from tenants.rights.deposits import DepositGrant, Reach, in_words, is_within, limits_of_grants
from tenants.rights.effective import rights_of
from tenants.rights.reach import OutOfReachError, covered
from tenants.rights.services import add_member
from tests.builders.deposits import (
    AGENCY,
    CONTRACT,
    make_referentials,
    problems_of,
    receive,
    run_to_end,
)
from tests.builders.pastell import Slip
from tests.builders.pastell_client import Pastell, open_coffre
from tests.builders.people import PASSWORD, Cast, grant
from tests.builders.sip import SipBuilder
from tests.ingest.test_external import INGESTS, Application, make_token

pytestmark = pytest.mark.django_db

OTHER_AGENCY, OTHER_CONTRACT = "RH", "CE-RH"
SECRET = "Plaintes des agents"
FOLLOWING = frozenset(
    {
        Permission.DEPOSIT_CREATE,
        Permission.DEPOSIT_VIEW,
        Permission.DEPOSIT_RESUME,
        Permission.DEPOSIT_CANCEL,
        Permission.DEPOSIT_CANCEL_APPROVE,
    }
)
CHOSEN = DepositGrant(Reach.CHOSEN, agencies=(AGENCY,))


@dataclass(frozen=True)
class Service:
    """Zoé deposits for the general secretariat alone; Aline has deposited for it, and for HR."""

    cast: Cast
    zoe: Account
    profile: Profile
    theirs: Deposit
    secret: Deposit

    @property
    def client(self) -> Client:
        return self.cast.client(self.zoe)

    def follows(self, deposits: DepositGrant, **changed: Any) -> None:
        draft = ProfileDraft(
            name=self.profile.name,
            coffre=self.cast.coffre_a,
            permissions=FOLLOWING,
            deposits=deposits,
        )
        update_profile(profile_id=self.profile.id, draft=replace(draft, **changed), by=None)


def package(folder: Path, *, agency: str = AGENCY, contract: str = CONTRACT) -> Path:
    builder = SipBuilder(message_identifier=f"{agency}-{contract}").agency(agency)
    builder.comment(SECRET if agency == OTHER_AGENCY else "Arrêtés de 2024")
    builder.submission_agency(agency).agreement(contract).unit("Actes", level="File")
    builder.unit("Arrêté", parent="Actes").binary(b"Arrete.\n", name="a.txt")
    return builder.zip(folder / f"{new_id()}.zip")


def deposit_of(cast: Cast, account: Account, file: Path) -> Deposit:
    return run_to_end(cast.coffre_a, receive(cast.coffre_a, file, account_id=account.id).id)


@pytest.fixture
def service(cast: Cast, tmp_path: Path) -> Service:
    make_referentials(cast.coffre_a)
    moment = clock.now()
    with tenant_scope(cast.coffre_a.id):
        Agency.objects.create(
            identifier=OTHER_AGENCY,
            name="Ressources humaines",
            created_at=moment,
            updated_at=moment,
        )
        IngestContract.objects.create(
            identifier=OTHER_CONTRACT, name="RH", status="ACTIVE", created_at=moment,
            updated_at=moment,
        )  # fmt: skip
    organisation = cast.coffre_a.organisation
    zoe = Account.objects.create_user(
        "zoe@exemple.fr", PASSWORD, name="Zoé Zola", organisation=organisation
    )
    draft = ProfileDraft(
        name="Secrétariat", coffre=cast.coffre_a, permissions=FOLLOWING, deposits=CHOSEN
    )
    profile = create_profile(draft=draft, by=None)
    group = GroupDraft(name="Secrétariat", profiles=(profile.id,))
    add_member(group=create_group(organisation=organisation, draft=group, by=None), account=zoe)
    theirs = deposit_of(cast, cast.aline, package(tmp_path))
    secret = deposit_of(
        cast, cast.aline, package(tmp_path, agency=OTHER_AGENCY, contract=OTHER_CONTRACT)
    )
    assert (theirs.outcome, secret.outcome) == ("OK", "OK")
    return Service(cast, zoe, profile, theirs, secret)


def test_a_deposit_out_of_sight_is_unknown_at_every_address(service: Service) -> None:
    def asked(route: Any, identifier: Any) -> list[tuple[int, bytes]]:
        more = {"line": 1} if "line" in str(route.pattern) else {}
        url = reverse(route.name, kwargs={"deposit_id": identifier, **more})
        answers = [service.client.get(url), service.client.post(url, {"motif": "essai"})]
        return [
            (one.status_code, one.content.replace(str(identifier).encode(), b"")) for one in answers
        ]

    for route in of_one_deposit:
        hidden, unknown = asked(route, service.secret.id), asked(route, new_id())
        statuses = [status for status, _body in hidden]
        assert statuses == [status for status, _body in unknown], route.name
        assert 404 in statuses, route.name
        assert set(statuses) <= {404, 405}, route.name
        assert all(SECRET.encode() not in body for _status, body in hidden), route.name


def test_what_is_followed_is_open(service: Service) -> None:
    for name in ("deposit", "deposit_manifest", "deposit_reply", "deposit_journal", "deposit_slip"):
        assert service.client.get(reverse(name, args=[service.theirs.id])).status_code == 200


def told_to(client: Client) -> str:
    pages = [
        client.get(reverse("deposits")),
        client.get(reverse("deposits"), {"q": "Plaintes"}),
        client.get(reverse("deposits"), {"_export": "csv"}),
        client.get("/"),
        client.get(reverse("deposit_new")),
    ]
    assert [one.status_code for one in pages] == [200] * len(pages)
    return "".join(one.getvalue().decode() for one in pages)


def test_lists_counts_filters_and_the_home_leave_it_out(service: Service) -> None:
    with tenant_scope(service.cast.coffre_a.id):
        Deposit.objects.filter(id=service.secret.id).update(state="paused", outcome="FATAL")
    told = told_to(service.client)
    assert "Arrêtés de 2024" in told
    for word in (SECRET, str(service.secret.id), service.secret.reference, "Ressources humaines"):
        assert word not in told
    live = service.client.get(reverse("deposits_live"), {"id": str(service.secret.id)})
    assert SECRET not in live.content.decode()
    with tenant_scope(service.cast.coffre_a.id):
        Deposit.objects.filter(id=service.theirs.id).update(originating_agency="AUTRE")
    nothing = service.client.get(reverse("deposits")).content.decode()
    assert "Vous ne suivez encore aucun versement" in nothing
    service.follows(DepositGrant(Reach.EVERY))
    told = told_to(service.client)
    for word in (SECRET, str(service.secret.id), service.secret.reference, "Ressources humaines"):
        assert word in told


def test_one_follows_what_one_deposits_and_nothing_else_by_default(
    service: Service, tmp_path: Path
) -> None:
    service.follows(DepositGrant(Reach.OWN))
    assert service.client.get(reverse("deposit", args=[service.theirs.id])).status_code == 404
    # Whoever follows nothing but their own is bound to no contract.
    file = package(tmp_path, agency=OTHER_AGENCY, contract=OTHER_CONTRACT)
    upload = SimpleUploadedFile("paquet.zip", file.read_bytes())
    answer = service.client.post(
        reverse("deposit_new"), {"action": "ingest", "packages": upload, "ticket": str(new_id())}
    )
    made = answer.headers["Location"].strip("/").split("/")[-1]
    with tenant_scope(service.cast.coffre_a.id):
        own = Deposit.objects.get(id=made)
    assert run_to_end(service.cast.coffre_a, own.id).outcome == "OK"
    assert service.client.get(reverse("deposit", args=[own.id])).status_code == 200


@pytest.mark.parametrize(
    ("deposits", "agency", "contract", "code"),
    [
        (CHOSEN, AGENCY, OTHER_CONTRACT, ""),
        (CHOSEN, OTHER_AGENCY, CONTRACT, "CHECK_HEADER.CHECK_AGENT.NOT_GIVEN.KO"),
        (
            DepositGrant(Reach.CHOSEN, contracts=(CONTRACT,)),
            AGENCY,
            OTHER_CONTRACT,
            "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_GIVEN.KO",
        ),
        (DepositGrant(Reach.CHOSEN, contracts=(CONTRACT,)), OTHER_AGENCY, CONTRACT, ""),
    ],
)
def test_a_package_that_names_what_is_not_given_is_refused(
    service: Service, tmp_path: Path, deposits: DepositGrant, agency: str, contract: str, code: str
) -> None:
    service.follows(deposits)
    made = deposit_of(
        service.cast, service.zoe, package(tmp_path, agency=agency, contract=contract)
    )
    assert made.outcome == ("KO" if code else "OK")
    if not code:
        return
    # The contract is not accused where the agency alone is not given.
    assert [one.code for one in problems_of(service.cast.coffre_a, made)] == [code]
    page = service.client.get(reverse("deposit", args=[made.id])).content.decode()
    assert "hors de vos droits" in page


def test_what_was_allowed_when_it_was_received_is_judged_so(
    service: Service, tmp_path: Path
) -> None:
    made = receive(service.cast.coffre_a, package(tmp_path), account_id=service.zoe.id)
    service.follows(DepositGrant(Reach.CHOSEN, agencies=(OTHER_AGENCY,)))
    assert run_to_end(service.cast.coffre_a, made.id).outcome == "OK"


def test_a_key_follows_the_contracts_of_its_context_and_its_own(
    service: Service, tmp_path: Path
) -> None:
    coffre, moment = service.cast.coffre_a, clock.now()
    with tenant_scope(coffre.id):
        SecurityProfile.objects.create(
            identifier="SP", name="SP", full_access=True, created_at=moment, updated_at=moment
        )
        for identifier, contract in (("CT-A", CONTRACT), ("CT-NUL", "")):
            Context.objects.create(
                identifier=identifier, name=identifier, status="ACTIVE", security_profile="SP",
                enable_control=True,
                permissions=[{
                    "tenant": coffre.number, "AccessContracts": [],
                    "IngestContracts": [contract] if contract else [],
                }],
                created_at=moment, updated_at=moment,
            )  # fmt: skip
    key = Application(coffre, make_token(coffre, context_id="CT-A"))
    blind = Application(coffre, make_token(coffre, context_id="CT-NUL"))
    free = Application(coffre, make_token(coffre))

    def seen_by(application: Application) -> list[str]:
        listed = application.send("GET", "/admin-external/v1/operations").json()["$results"]
        return sorted(one["operationId"] for one in listed)

    theirs, secret = str(service.theirs.id), str(service.secret.id)
    assert seen_by(free) == sorted([theirs, secret])
    assert seen_by(key) == [theirs]
    assert seen_by(blind) == []
    calls = [
        ("GET", f"{INGESTS}/%s/archivetransferreply"),
        ("GET", f"{INGESTS}/%s/reports"),
        ("GET", f"{INGESTS}/%s/manifests"),
        ("GET", "/admin-external/v1/operations/%s"),
        ("HEAD", "/admin-external/v1/operations/%s"),
        ("DELETE", "/admin-external/v1/operations/%s"),
    ]
    for method, address in calls:
        hidden = key.send(method, address % secret)
        unknown = key.send(method, address % new_id())
        assert (hidden.status_code, hidden.content) == (404, unknown.content), address
        if method != "DELETE":
            assert key.send(method, address % theirs).status_code == 200, address
    paused = key.send("PUT", f"/admin-external/v1/operations/{secret}", X_Action="PAUSE")
    assert paused.status_code == 404
    # Its own: refused for its contract, it is told so; so is another key of the same context.
    own = key.deposit(package(tmp_path, contract=OTHER_CONTRACT).read_bytes())["X-Request-Id"]
    assert own in seen_by(key)
    with tenant_scope(coffre.id):
        ApiToken.objects.filter(context_id="CT-A").update(revoked_at=moment)
    again = Application(coffre, make_token(coffre, context_id="CT-A"))
    assert own in seen_by(again)
    assert own not in seen_by(blind)


def test_nobody_opens_to_others_deposits_that_they_do_not_follow(service: Service) -> None:
    cast = service.cast
    managing = create_profile(
        draft=ProfileDraft(
            name="Gestion",
            coffre=cast.proof_a,
            permissions=frozenset({Permission.RIGHT_VIEW, Permission.RIGHT_MANAGE}),
        ),
        by=None,
    )
    draft = GroupDraft(name="Gestion", level="S", profiles=(managing.id, service.profile.id))
    group = create_group(organisation=cast.coffre_a.organisation, draft=draft, by=None)
    add_member(group=group, account=service.zoe)
    wanted = ProfileDraft(name="Adjoint", coffre=cast.coffre_a, level="S.1", permissions=FOLLOWING)
    for wider in (
        DepositGrant(Reach.EVERY),
        DepositGrant(Reach.CHOSEN, agencies=(AGENCY, OTHER_AGENCY)),
        DepositGrant(Reach.CHOSEN, contracts=(CONTRACT,)),
    ):
        with pytest.raises(OutOfReachError):
            create_profile(draft=replace(wanted, deposits=wider), by=service.zoe)
    for rank, held in enumerate(
        (DepositGrant(), CHOSEN, replace(CHOSEN, contracts=(CONTRACT,))), start=1
    ):
        narrower = replace(wanted, name=f"Adjoint {rank}", deposits=held)
        assert create_profile(draft=narrower, by=service.zoe).deposit_reach == held.reach


def test_choices_are_compared_as_deposits_are_opened() -> None:
    one, both = DepositGrant(Reach.CHOSEN, contracts=("A",)), ("A", "B")
    pair = replace(one, agencies=("X",))
    assert covered(pair, [one])
    assert not covered(one, [pair])
    assert not covered(replace(one, contracts=both), [one])
    assert not covered(one, [DepositGrant(Reach.CHOSEN)])
    limits = limits_of_grants([pair, DepositGrant(Reach.CHOSEN, contracts=("B",))])
    allowed = {
        (contract, agency)
        for contract in both
        for agency in ("X", "Y")
        if is_within(limits, contract=contract, agency=agency)
    }
    # Never a contract of one profile with an agency of another.
    assert allowed == {("A", "X"), ("B", "X"), ("B", "Y")}
    assert limits_of_grants([pair, DepositGrant(Reach.OWN)]) is None
    assert in_words([pair, one]) == "ses versements, ceux sous A pour X, ceux sous A"
    assert in_words([pair, DepositGrant(Reach.EVERY)]) == "tous les versements"
    assert limits_of_grants([]) == []


def test_the_check_up_finds_deposits_that_tell_more_than_archives(service: Service) -> None:
    organisation, proof = service.cast.coffre_a.organisation, service.cast.proof_a

    def found() -> dict[str, list[str]]:
        with tenant_scope(proof.id):
            return {one.key: [place.name for place in one.places] for one in check_up(organisation)}

    keys = {"deposits-wider", "deposits-lost"}
    assert not keys & set(found())
    grant(service.zoe, service.cast.coffre_a, "depositor")
    assert "deposits-wider" not in found()
    service.follows(DepositGrant(Reach.EVERY), permissions=FOLLOWING | {Permission.HOLDINGS_VIEW})
    assert found()["deposits-wider"] == ["Secrétariat"]
    service.follows(DepositGrant(Reach.CHOSEN, contracts=(OTHER_CONTRACT,)))
    assert not keys & set(found())
    with tenant_scope(service.cast.coffre_a.id):
        IngestContract.objects.filter(identifier=OTHER_CONTRACT).update(status="INACTIVE")
    assert found()["deposits-lost"] == ["Secrétariat"]


def test_a_unit_or_a_journal_leads_to_a_deposit_only_where_it_is_followed(
    service: Service,
) -> None:
    service.follows(
        CHOSEN,
        permissions=FOLLOWING | {Permission.HOLDINGS_VIEW, Permission.JOURNAL_VIEW},
        sees_everything=True,
    )
    for made, is_followed in ((service.theirs, True), (service.secret, False)):
        page = service.client.get(reverse("operation", args=[made.id])).content.decode()
        assert (reverse("deposit", args=[made.id]) in page) is is_followed


def test_who_deposits_reads_what_they_may_deposit(service: Service) -> None:
    def page() -> str:
        return service.client.get(reverse("deposit_new")).content.decode()

    assert "pour Secrétariat général, sous tous les contrats d’entrée" in page()
    service.follows(DepositGrant(Reach.CHOSEN, contracts=(OTHER_CONTRACT,)))
    assert f"pour tous les services, sous RH ({OTHER_CONTRACT})" in page()
    service.follows(DepositGrant(Reach.OWN))
    assert "Vos profils ouvrent" not in page()


def test_who_administers_reads_which_deposits_are_followed(service: Service) -> None:
    client = service.cast.client(service.cast.administrator_a)
    profile = client.get(reverse("profile", args=[service.profile.id])).content.decode()
    assert f"ses versements, ceux de {AGENCY}" in profile
    page = reverse("effective_rights", args=[service.zoe.id])
    number = service.cast.coffre_a.number
    why = client.get(page, {"dans": number, "action": "deposit.view"}).content.decode()
    assert f"<strong>ses versements, ceux de {AGENCY}</strong>" in why
    seen = client.get(reverse("see_as", args=[service.zoe.id])).content.decode()
    assert f"ses versements, ceux de {AGENCY}" in seen
    lines = client.get(reverse("who_can"), {"action": "deposit.view", "_export": "csv"})
    assert f"ses versements, ceux de {AGENCY}" in lines.getvalue().decode()


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ({"deposit_reach": "own"}, ("own", [], [])),
        ({"deposit_reach": "chosen"}, None),
        (
            {"deposit_reach": "chosen", "deposit_contracts": [OTHER_CONTRACT]},
            ("chosen", [OTHER_CONTRACT], []),
        ),
        # What is ticked under another choice is not kept.
        ({"deposit_reach": "every", "deposit_agencies": [OTHER_AGENCY]}, ("every", [], [])),
        ({"deposit_reach": "chosen", "deposit_agencies": ["INCONNU"]}, None),
    ],
)
def test_deposits_are_chosen_on_the_form_of_a_profile(
    service: Service, answers: dict[str, Any], kept: tuple[str, list[str], list[str]] | None
) -> None:
    client = service.cast.client(service.cast.administrator_a)
    address = reverse("profile_edit", args=[service.profile.id])
    assert OTHER_CONTRACT in client.get(address).content.decode()
    permissions = sorted(FOLLOWING)
    typed = {"name": "Secrétariat", "permissions": permissions, "sight": "contrats", **answers}
    answer = client.post(address, typed)
    assert answer.status_code == (302 if kept else 400)
    with tenant_scope(service.cast.proof_a.id):
        row = Profile.objects.get(id=service.profile.id)
    found = row.deposit_reach, row.deposit_contracts, row.deposit_agencies
    assert found == (kept or ("chosen", [], [AGENCY]))


def test_a_key_that_follows_more_than_its_maker_is_told(service: Service) -> None:
    coffre = service.cast.coffre_a
    with tenant_scope(coffre.id):
        for identifier, contracts in (("CT-A", [CONTRACT]), ("CT-2", [CONTRACT, OTHER_CONTRACT])):
            Context.objects.create(
                identifier=identifier, name=identifier, status="ACTIVE", enable_control=True,
                permissions=[{"tenant": coffre.number, "IngestContracts": contracts}],
                created_at=clock.now(), updated_at=clock.now(),
            )  # fmt: skip

    def told(context_id: str) -> bool:
        rights = rights_of(service.zoe).within(coffre)
        assert rights is not None
        with tenant_scope(coffre.id):
            codes = beyond(
                role="depositor", context_id=context_id, coffre=coffre, own=rights.permissions,
                rights=rights,
            )  # fmt: skip
        return WIDER_DEPOSITS in codes

    service.follows(DepositGrant(Reach.CHOSEN, contracts=(CONTRACT,)))
    assert [told(one) for one in ("", "CT-A", "CT-2")] == [True, False, True]
    service.follows(DepositGrant(Reach.EVERY))
    assert [told(one) for one in ("", "CT-A", "CT-2")] == [False, False, False]


def test_a_connector_reads_the_replies_of_its_contract_and_its_own(cast: Cast) -> None:
    coffre, slip = cast.coffre_a, Slip(agreement=CONTRACT)
    open_coffre(coffre)
    first = Pastell(coffre)
    assert first.send(slip.v2("2.1"), slip.tar_gz()).status_code == 200
    with tenant_scope(coffre.id):
        made = Deposit.objects.get()
    assert run_to_end(coffre, made.id).outcome == "OK"
    names = ("LS_PASTELL", "c0ffee-2026-0001")

    def answer(login: str, contract: str) -> int:
        create_access(
            tenant=coffre, kind="asalae", login=login, password="p@ss-du-service",
            ingest_contract=contract,
        )  # fmt: skip
        other = Pastell(coffre, login=login, password="p@ss-du-service")
        found, unknown = (
            other.ask("ArchiveTransferReply", *names),
            other.ask("ArchiveTransferReply", names[0], "inconnu"),
        )
        if found.status_code != 200:
            shown = found.content.replace(names[1].encode(), b"inconnu")
            assert (found.status_code, shown) == (unknown.status_code, unknown.content)
        return int(found.status_code)

    assert first.ask("ArchiveTransferReply", *names).status_code == 200
    assert answer("un autre contrat", OTHER_CONTRACT) == 404
    assert answer("le meme contrat", CONTRACT) == 200
    assert answer("sans contrat", "") == 200
