"""Acts on accounts: what they change, what they tell the journal, whom they refuse."""

import json
from dataclasses import replace

import pytest

from sae.journal.models import Event, Operation
from sae.tenancy.scope import tenant_scope
from tenants.accounts import services
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import invite_account
from tenants.accounts.links import find_link
from tenants.accounts.moving import move_account
from tenants.accounts.reach import RefusedError, groups_of_accounts
from tenants.accounts.telling import Actor
from tenants.models import Account
from tenants.models.rights import Group
from tenants.models.security import AccountSession
from tenants.rights.services import add_member
from tests.builders.people import Cast, grant, take_away

pytestmark = pytest.mark.django_db

ODILE = Identity(
    email="odile.oudin@exemple.fr",
    first_name="Odile",
    last_name="Oudin",
    phone="+33 1 23 45 67 89",
    service="Finances",
    internal_code="M-4471",
)
SECRETS = ("odile", "oudin", "4471", "23 45")
SITE = "https://sae.exemple.fr"


def create(cast: Cast, identity: Identity = ODILE) -> Account:
    return services.create_account(
        organisation=cast.coffre_a.organisation,
        identity=identity,
        actor=Actor(cast.administrator_a),
    )


def told(cast: Cast) -> list[Operation]:
    with tenant_scope(cast.proof_a.id):
        return list(Operation.objects.filter(type__startswith="ACCOUNT_").order_by("id"))


def journal_text(cast: Cast) -> str:
    with tenant_scope(cast.proof_a.id):
        rows = [*Operation.objects.values_list("detail", flat=True)]
        rows += [*Event.objects.values_list("detail", flat=True)]
    return json.dumps(rows, default=str).lower()


def test_an_account_is_created_invited_without_password(cast: Cast) -> None:
    made = create(cast)
    made.refresh_from_db()
    assert (made.status, made.is_active, made.has_usable_password()) == ("invited", True, False)
    assert made.name == "Odile Oudin"
    assert made.identifier.startswith("U")
    assert len(made.identifier) == 8


def test_the_journal_tells_identifiers_and_codes_never_the_person(cast: Cast) -> None:
    actor = Actor(cast.administrator_a)
    made = create(cast)
    services.update_account(
        account=made,
        identity=replace(ODILE, email="o.autre@exemple.fr", language="en"),
        actor=actor,
    )
    services.disable_account(account=made, actor=actor)
    services.enable_account(account=made, actor=actor)
    acts = told(cast)
    assert [one.type for one in acts] == [
        "ACCOUNT_CREATE",
        "ACCOUNT_UPDATE",
        "ACCOUNT_DISABLE",
        "ACCOUNT_ENABLE",
    ]
    assert {one.agent_id for one in acts} == {cast.administrator_a.id}
    assert {one.detail["identifier"] for one in acts} == {made.identifier}
    assert acts[1].detail["before"] == {"email": "***", "language": "fr"}
    assert acts[1].detail["after"] == {"email": "***", "language": "en"}
    assert acts[2].detail["after"] == {"status": "disabled"}
    text = journal_text(cast)
    assert [secret for secret in (*SECRETS, "o.autre") if secret in text] == []


def test_nothing_is_told_when_nothing_changes(cast: Cast) -> None:
    made = create(cast)
    before = len(told(cast))
    services.update_account(account=made, identity=ODILE, actor=Actor(cast.administrator_a))
    assert len(told(cast)) == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "pas une adresse"}, "n’est pas une adresse"),
        ({"email": ""}, "obligatoire"),
        ({"last_name": ""}, "nom est obligatoire"),
        ({"phone": "au bureau"}, "numéro de téléphone"),
        ({"service": "x" * 151}, "dépasse 150"),
        ({"first_name": "Odile\u202eelidO"}, "invisible"),
        ({"language": "br"}, "langue"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(
    cast: Cast, wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        create(cast, replace(ODILE, **wrong))
    assert told(cast) == []


def test_an_address_is_used_once_whatever_its_case(cast: Cast) -> None:
    create(cast)
    with pytest.raises(RefusedError, match="utilise déjà"):
        create(cast, replace(ODILE, email="ODILE.OUDIN@exemple.fr"))


def test_disabling_ends_sessions_and_links_at_once(cast: Cast) -> None:
    actor = Actor(cast.administrator_a)
    made = create(cast)
    handed = invite_account(account=made, actor=actor, site=SITE)
    identifier, secret = handed.address.rstrip("/").split("/")[-2:]
    assert find_link(identifier, secret) is not None
    client = cast.client(cast.basile)
    assert AccountSession.objects.filter(account=cast.basile).exists()
    for account in (made, cast.basile):
        services.disable_account(account=account, actor=actor)
        account.refresh_from_db()
        assert account.disabled_at is not None
    assert client.get("/").status_code == 302
    assert not AccountSession.objects.filter(account=cast.basile).exists()
    services.enable_account(account=made, actor=actor)
    assert find_link(identifier, secret) is None, "a link revoked stays so"


def test_an_account_comes_back_as_it_was(cast: Cast) -> None:
    actor = Actor(cast.administrator_a)
    made = create(cast)
    for account, status in ((made, "invited"), (cast.basile, "enabled")):
        services.disable_account(account=account, actor=actor)
        back = services.enable_account(account=account, actor=actor)
        assert (back.status, back.disabled_at) == (status, None)


def test_a_blocked_account_is_unblocked(cast: Cast) -> None:
    cast.basile.set_status(Account.Status.BLOCKED)
    cast.basile.save()
    back = services.unblock_account(account=cast.basile, actor=Actor(cast.administrator_a))
    assert back.is_active
    with pytest.raises(RefusedError, match="actif"):
        services.unblock_account(account=cast.basile, actor=Actor(cast.administrator_a))


def test_nobody_acts_on_themselves(cast: Cast) -> None:
    for act in (services.disable_account, services.enable_account):
        with pytest.raises(RefusedError, match="propre compte"):
            act(account=cast.administrator_a, actor=Actor(cast.administrator_a))


def test_another_organisation_is_out_of_reach(cast: Cast) -> None:
    stranger = Actor(cast.administrator_b)
    with pytest.raises(RefusedError, match="pas de votre organisation"):
        services.disable_account(account=cast.basile, actor=stranger)
    with pytest.raises(RefusedError, match="pas de votre organisation"):
        services.create_account(
            organisation=cast.coffre_a.organisation, identity=ODILE, actor=stranger
        )
    with pytest.raises(RefusedError, match="pas de votre organisation"):
        move_account(account=cast.basile, groups=[], service="", actor=stranger)


def manager_of_level(cast: Cast, level: str) -> Account:
    """Aline, manager of accounts at a level below the root."""
    from sae.kernel import clock
    from tenants.models.rights import GroupProfile, Profile

    with tenant_scope(cast.proof_a.id):
        profile = Profile.objects.create(
            name="Comptes",
            coffre_id=cast.proof_a.id,
            level=level,
            permissions=["account.view", "account.manage"],
            created_at=clock.now(),
        )
        group = Group.objects.create(name=f"Comptes {level}", level=level, created_at=clock.now())
        GroupProfile.objects.create(group=group, profile=profile)
    take_away(cast.aline)
    add_member(group=group, account=cast.aline)
    return cast.aline


@pytest.mark.parametrize(
    ("level", "allowed"), [("GESTION", True), ("GESTION.SERVICES", False), ("GEST", False)]
)
def test_one_acts_strictly_below_ones_level(cast: Cast, level: str, allowed: bool) -> None:
    """Basile reads at level GESTION.SERVICES."""
    actor = Actor(manager_of_level(cast, level))
    if allowed:
        services.disable_account(account=cast.basile, actor=actor)
    else:
        with pytest.raises(RefusedError, match="sous votre niveau"):
            services.disable_account(account=cast.basile, actor=actor)
    with pytest.raises(RefusedError, match="sous votre niveau"):
        services.disable_account(account=cast.administrator_a, actor=actor)


def test_the_last_who_manages_accounts_stays(cast: Cast) -> None:
    platform = Actor()
    with pytest.raises(RefusedError, match="dernière personne"):
        services.disable_account(account=cast.administrator_a, actor=platform)
    with pytest.raises(RefusedError, match=r"dernière personne|Il ne resterait personne"):
        move_account(account=cast.administrator_a, groups=[], service="", actor=platform)
    with tenant_scope(cast.proof_a.id):
        held = groups_of_accounts([cast.administrator_a.id])
    assert held[cast.administrator_a.id], "what was refused is undone"
    grant(cast.aline, cast.proof_a, "administrator")
    services.disable_account(account=cast.administrator_a, actor=platform)


def test_an_account_is_moved_to_other_groups_and_another_service(cast: Cast) -> None:
    with tenant_scope(cast.proof_a.id):
        names = groups_of_accounts([cast.aline.id, cast.basile.id])
    moved = move_account(
        account=cast.basile,
        groups=names[cast.aline.id],
        service="Archives",
        actor=Actor(cast.administrator_a),
    )
    with tenant_scope(cast.proof_a.id):
        assert groups_of_accounts([cast.basile.id])[cast.basile.id] == names[cast.aline.id]
        codes = set(Operation.objects.values_list("type", flat=True))
    assert moved.service == "Archives"
    assert {"GROUP_MEMBER_ADD", "GROUP_MEMBER_REMOVE", "ACCOUNT_UPDATE"} <= codes


def test_nobody_enters_with_a_generic_account(cast: Cast) -> None:
    made = create(cast, replace(ODILE, kind=Account.Kind.GENERIC))
    assert made.status == Account.Status.ENABLED
    with pytest.raises(RefusedError):
        invite_account(account=made, actor=Actor(cast.administrator_a), site=SITE)
    with pytest.raises(RefusedError, match="ne change pas"):
        services.update_account(account=made, identity=ODILE, actor=Actor(cast.administrator_a))
