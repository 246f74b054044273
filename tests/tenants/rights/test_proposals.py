"""Acts that wait for a second person: asked by one, done when another approves, never otherwise."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from sae.jobs.models import Job
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.accounts import services as accounts
from tenants.accounts.anonymisation import anonymise_account
from tenants.accounts.four_eyes import propose_anonymisation
from tenants.accounts.moving import move_account
from tenants.accounts.reach import RefusedError
from tenants.accounts.telling import Actor
from tenants.models import Account, Proposal
from tenants.models.rights import Group, GroupMember
from tenants.permissions import Permission
from tenants.rights import proposals
from tenants.rights.administrators import propose_administrator
from tenants.rights.composing import (
    GroupDraft,
    ProfileDraft,
    create_group,
    create_profile,
    update_group,
    update_profile,
)
from tenants.rights.effective import rights_of
from tenants.rights.four_eyes import (
    LIFTING,
    SecondPersonNeededError,
    choose,
    second_person_needed,
)
from tenants.rights.lifting import propose_lifting
from tenants.rights.proposals import (
    ChangedMeanwhileError,
    NotWaitingError,
    ProposalError,
    SamePersonError,
    approve,
    refuse,
    withdraw,
)
from tenants.rights.services import add_member, change_end, remove_member
from tests.builders.people import PASSWORD, Cast, grant, take_away

pytestmark = pytest.mark.django_db
ANONYMISE, ADMINISTRATE = "account.anonymise", "right.administrate"


def require(cast: Cast, *acts: str) -> None:
    for act in acts:
        choose(organisation=cast.coffre_a.organisation, action=act, required=True, by=None)


def second_administrator(cast: Cast, name: str = "Blaise Bordes") -> Account:
    made = Account.objects.create_user(
        f"{name.split()[0].lower()}@exemple.fr",
        PASSWORD,
        name=name,
        organisation=cast.coffre_a.organisation,
    )
    for coffre in (cast.coffre_a, cast.proof_a):
        grant(made, coffre, "administrator")
    return made


def administrators(cast: Cast) -> Group:
    with tenant_scope(cast.proof_a.id):
        return Group.objects.get(ready=f"administrator:{cast.proof_a.id}")


@pytest.fixture
def blaise(cast: Cast) -> Account:
    return second_administrator(cast)


@pytest.fixture
def gone(cast: Cast) -> Account:
    return accounts.disable_account(account=cast.basile, actor=Actor(cast.administrator_a))


@pytest.fixture
def asked(cast: Cast, blaise: Account, gone: Account) -> Proposal:
    """Adèle asks that Basile, who left, be anonymised."""
    require(cast, ANONYMISE)
    return propose_anonymisation(
        account=gone, actor=Actor(cast.administrator_a), reason="Parti en mars, rien ne le retient"
    )


def placing(cast: Cast, *, until: dt.datetime | None = None) -> Proposal:
    """Adèle asks that Aline be an administrator."""
    return propose_administrator(
        group=administrators(cast),
        account=cast.aline,
        until=until,
        by=cast.administrator_a,
        reason="Remplace Blaise",
    )


def state_of(cast: Cast, proposal: Proposal) -> str:
    with tenant_scope(cast.proof_a.id):
        return str(Proposal.objects.get(id=proposal.id).state)


def test_where_nobody_asked_for_it_nothing_changes(cast: Cast, gone: Account) -> None:
    anonymise_account(account=gone, actor=Actor(cast.administrator_a))
    add_member(group=administrators(cast), account=cast.aline, given_by=cast.administrator_a)
    organisation = cast.coffre_a.organisation
    require(cast, "deposit.cancel")
    assert choose(
        organisation=organisation, action="deposit.cancel", required=False, by=cast.administrator_a
    )
    with tenant_scope(cast.proof_a.id):
        assert not Proposal.objects.exists()


def test_nothing_is_done_before_another_approves(
    cast: Cast, blaise: Account, gone: Account, asked: Proposal
) -> None:
    with pytest.raises(RefusedError, match="seconde personne"):
        anonymise_account(account=gone, actor=Actor(cast.administrator_a))
    assert Account.objects.get(id=gone.id).status == Account.Status.DISABLED
    approve(proposal=asked, by=blaise)
    assert Account.objects.get(id=gone.id).status == Account.Status.ANONYMISED
    assert state_of(cast, asked) == "done"


def test_each_moment_is_journalled_by_identifiers_alone(
    cast: Cast, blaise: Account, gone: Account, asked: Proposal
) -> None:
    approve(proposal=asked, by=blaise)
    with tenant_scope(cast.proof_a.id):
        operation = Operation.objects.get(id=asked.id)
        done = Operation.objects.get(type="ACCOUNT_ANONYMISE")
        events = list(Event.objects.filter(operation_id=asked.id).order_by("sequence"))
        written = str([operation.detail, done.detail, [one.detail for one in events]])
        kept = Proposal.objects.get(id=asked.id)
    assert operation.agent_id == cast.administrator_a.id
    assert operation.detail["action"] == ANONYMISE
    assert operation.detail["subject"] == str(gone.id)
    assert (operation.state, operation.outcome) == ("COMPLETED", "OK")
    assert [one.code for one in events] == ["PROPOSAL", "PROPOSAL_APPROVAL", "PROPOSAL"]
    assert events[1].detail["agent"] == str(blaise.id)
    assert done.agent_id == cast.administrator_a.id
    assert (done.detail["proposal"], done.detail["approved_by"]) == (str(asked.id), str(blaise.id))
    for words in ("Basile", "Bonnet", "exemple.fr", "Parti", "Blaise"):
        assert words not in written
    assert kept.reason == "", "the reason goes with the name"
    assert verify_tenant(cast.proof_a.id).broken is None


def test_nobody_approves_or_refuses_their_own_request(cast: Cast, asked: Proposal) -> None:
    with pytest.raises(SamePersonError):
        approve(proposal=asked, by=cast.administrator_a)
    with pytest.raises(SamePersonError):
        refuse(proposal=asked, by=cast.administrator_a, answer="non")
    assert state_of(cast, asked) == "waiting"


def test_who_lacks_the_permission_or_belongs_elsewhere_approves_nothing(
    cast: Cast, asked: Proposal
) -> None:
    for stranger in (cast.aline, cast.auditor_a, cast.administrator_b, cast.operator):
        with pytest.raises(ProposalError):
            approve(proposal=asked, by=stranger)
    assert state_of(cast, asked) == "waiting"


def test_rights_lost_meanwhile_stop_the_approval(
    cast: Cast, blaise: Account, asked: Proposal
) -> None:
    take_away(cast.administrator_a)
    with pytest.raises(ProposalError, match="ne le peut plus"):
        approve(proposal=asked, by=blaise)
    grant(cast.administrator_a, cast.proof_a, "administrator")
    take_away(blaise)
    with pytest.raises(ProposalError, match="approuver l’anonymisation"):
        approve(proposal=asked, by=blaise)
    assert state_of(cast, asked) == "waiting"


def test_who_asked_and_left_asks_nothing_any_more(
    cast: Cast, blaise: Account, asked: Proposal
) -> None:
    accounts.disable_account(account=cast.administrator_a, actor=Actor(blaise))
    with pytest.raises(ProposalError, match="ne le peut plus"):
        approve(proposal=asked, by=blaise)


def test_a_thing_changed_meanwhile_is_not_what_was_asked(
    cast: Cast, blaise: Account, gone: Account, asked: Proposal
) -> None:
    actor = Actor(cast.administrator_a)
    accounts.enable_account(account=gone, actor=actor)
    with pytest.raises(ChangedMeanwhileError, match="à refaire"):
        approve(proposal=asked, by=blaise)
    # Disabled again, it is disabled since another day: it may be asked again, not approved.
    accounts.disable_account(account=Account.objects.get(id=gone.id), actor=actor)
    with pytest.raises(ChangedMeanwhileError):
        approve(proposal=asked, by=blaise)
    refuse(proposal=asked, by=blaise, answer="Revenu entre-temps")
    assert Account.objects.get(id=gone.id).status == Account.Status.DISABLED


def test_a_refusal_and_a_withdrawal_end_the_request_and_are_told(
    cast: Cast, blaise: Account, gone: Account, asked: Proposal
) -> None:
    with pytest.raises(ProposalError, match="Dites pourquoi"):
        refuse(proposal=asked, by=blaise, answer="  ")
    refuse(proposal=asked, by=blaise, answer="Son dossier de retraite est ouvert")
    with pytest.raises(NotWaitingError, match="refusée"):
        approve(proposal=asked, by=blaise)
    again = propose_anonymisation(
        account=gone, actor=Actor(cast.administrator_a), reason="Dossier clos"
    )
    with pytest.raises(ProposalError, match="pas la vôtre"):
        withdraw(proposal=again, by=blaise)
    withdraw(proposal=again, by=cast.administrator_a)
    with tenant_scope(cast.proof_a.id):
        codes = set(Event.objects.values_list("code", flat=True))
        outcomes = set(Operation.objects.filter(type="PROPOSAL").values_list("outcome", flat=True))
        assert not Job.objects.filter(kind=proposals.JOB_KIND, state="waiting").exists()
    assert {"PROPOSAL_REFUSAL", "PROPOSAL_WITHDRAWAL"} <= codes
    assert outcomes == {"KO"}
    assert Account.objects.get(id=gone.id).status == Account.Status.DISABLED


def test_the_same_thing_is_asked_once_and_with_a_reason(
    cast: Cast, blaise: Account, gone: Account, asked: Proposal
) -> None:
    with pytest.raises(ProposalError, match="déjà demandé"):
        propose_anonymisation(account=gone, actor=Actor(blaise), reason="Moi aussi")
    with pytest.raises(ProposalError, match="Seul un compte désactivé"):
        propose_anonymisation(account=cast.aline, actor=Actor(blaise), reason="x")
    withdraw(proposal=asked, by=cast.administrator_a)
    with pytest.raises(ProposalError, match="Dites pourquoi"):
        propose_anonymisation(account=gone, actor=Actor(blaise), reason=" ")


def test_a_request_nobody_answers_ends_by_itself(
    cast: Cast,
    blaise: Account,
    gone: Account,
    asked: Proposal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + proposals.LASTS + dt.timedelta(minutes=1))
    with pytest.raises(NotWaitingError, match="échue"):
        approve(proposal=asked, by=blaise)
    assert proposals.waiting_in(cast.coffre_a.organisation) == []

    class Claimed:
        tenant_id, subject_id = cast.proof_a.id, asked.id

        def assert_current(self) -> None:
            """Still in hand."""

    for _twice in range(2):
        proposals.expire_proposal(Claimed())  # type: ignore[arg-type]
    assert state_of(cast, asked) == "expired"
    with tenant_scope(cast.proof_a.id):
        assert Operation.objects.get(id=asked.id).outcome == "KO"
    # The way is free for another.
    propose_anonymisation(account=gone, actor=Actor(blaise), reason="À nouveau")


def test_an_administrator_is_made_by_two(cast: Cast, blaise: Account) -> None:
    require(cast, ADMINISTRATE)
    group = administrators(cast)
    with pytest.raises(SecondPersonNeededError, match="seconde personne"):
        add_member(group=group, account=cast.aline, given_by=cast.administrator_a)
    waiting = placing(cast)
    assert not rights_of(cast.aline).verdict(Permission.RIGHT_MANAGE, cast.coffre_a)
    approve(proposal=waiting, by=blaise)
    assert rights_of(cast.aline).verdict(Permission.RIGHT_MANAGE, cast.coffre_a)
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.filter(type="GROUP_MEMBER_ADD").latest("started_at")
    assert told.detail["approved_by"] == str(blaise.id)


def test_placing_in_a_group_that_administers_nothing_stays_an_affair_of_one(
    cast: Cast, blaise: Account
) -> None:
    require(cast, ADMINISTRATE)
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
    assert add_member(group=group, account=cast.aline, given_by=cast.administrator_a)


def test_every_other_door_to_an_administrator_is_shut(cast: Cast, blaise: Account) -> None:
    require(cast, ADMINISTRATE)
    group, by = administrators(cast), cast.administrator_a
    with pytest.raises(RefusedError, match="seconde personne"):
        move_account(account=cast.aline, groups=[group.name], service="Archives", actor=Actor(by))
    # A profile and a group that people have already.
    with tenant_scope(cast.proof_a.id):
        readers = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
        profile = readers.carried.get().profile
        ruling = group.carried.get().profile
    wider = ProfileDraft(
        name=profile.name,
        coffre=cast.coffre_a,
        level=profile.level,
        permissions=frozenset({Permission.HOLDINGS_VIEW, Permission.CONTRACT_MANAGE}),
        sees_everything=True,
    )
    with pytest.raises(SecondPersonNeededError, match="ont déjà ce profil"):
        update_profile(profile_id=profile.id, draft=wider, by=by)
    draft = GroupDraft(readers.name, (profile.id, ruling.id), level=readers.level)
    with pytest.raises(SecondPersonNeededError, match="a des membres"):
        update_group(group=readers, draft=draft, by=by)
    # Nobody being in it, a group may be composed: placing somebody is what is approved.
    made = create_group(
        organisation=cast.coffre_a.organisation,
        draft=GroupDraft("Renfort", (ruling.id,), level="GESTION"),
        by=by,
    )
    with pytest.raises(SecondPersonNeededError):
        add_member(group=made, account=cast.aline, given_by=by)
    # Its members neither rise nor stay longer by one person alone.
    member = add_member(group=made, account=cast.aline, until=clock.now() + dt.timedelta(days=2))
    with pytest.raises(SecondPersonNeededError):
        change_end(member=member, until=None, changed_by=by)
    with pytest.raises(SecondPersonNeededError):
        update_group(group=made, draft=GroupDraft("Renfort", (ruling.id,), level=""), by=by)
    # Less is never approved by anybody.
    change_end(member=member, until=clock.now() + dt.timedelta(days=1), changed_by=by)
    update_group(group=made, draft=GroupDraft("Renfort", (ruling.id,), level="GESTION.A"), by=by)
    assert remove_member(group=made, account=cast.aline, removed_by=by) == 1


def test_a_group_changed_meanwhile_gives_nothing(cast: Cast, blaise: Account) -> None:
    require(cast, ADMINISTRATE)
    waiting = placing(cast)
    with tenant_scope(cast.proof_a.id):
        Group.objects.filter(id=administrators(cast).id).update(name="Direction")
    with pytest.raises(ChangedMeanwhileError):
        approve(proposal=waiting, by=blaise)


def test_a_longer_stay_is_approved_too(cast: Cast, blaise: Account) -> None:
    require(cast, ADMINISTRATE)
    soon, later = (clock.now() + dt.timedelta(days=days) for days in (3, 90))
    add_member(group=administrators(cast), account=cast.aline, until=soon)
    approve(proposal=placing(cast, until=later), by=blaise)
    with tenant_scope(cast.proof_a.id):
        assert (
            GroupMember.objects.get(group=administrators(cast), account_id=cast.aline.id).ends_at
            == later
        )


def test_somebody_of_a_lower_level_and_whoever_gains_by_it_approve_nothing(
    cast: Cast, blaise: Account
) -> None:
    require(cast, ADMINISTRATE)
    profile = create_profile(
        draft=ProfileDraft(
            name="Second regard",
            coffre=cast.proof_a,
            permissions=frozenset({Permission.RIGHT_VIEW, Permission.RIGHT_DELEGATE_APPROVE}),
        ),
        by=None,
    )
    low = create_group(
        organisation=cast.coffre_a.organisation,
        draft=GroupDraft("Seconds", (profile.id,), level="GESTION"),
        by=None,
    )
    add_member(group=low, account=cast.auditor_a)
    waiting = placing(cast)
    with pytest.raises(ProposalError, match="n’est pas sous votre niveau"):
        approve(proposal=waiting, by=cast.auditor_a)
    add_member(group=low, account=cast.aline)
    with pytest.raises(ProposalError, match="lui est donné"):
        approve(proposal=waiting, by=cast.aline)
    approve(proposal=waiting, by=blaise)


def test_doing_without_a_second_person_needs_one(cast: Cast, blaise: Account) -> None:
    require(cast, "deposit.cancel", LIFTING)
    organisation = cast.coffre_a.organisation
    for act in ("deposit.cancel", LIFTING):
        with pytest.raises(SecondPersonNeededError, match="seconde personne"):
            choose(organisation=organisation, action=act, required=False, by=blaise)
    waiting = propose_lifting(
        organisation=organisation, action="deposit.cancel", by=blaise, reason="Seule en août"
    )
    assert second_person_needed(organisation.id, "deposit.cancel")
    approve(proposal=waiting, by=cast.administrator_a)
    assert not second_person_needed(organisation.id, "deposit.cancel")
    assert second_person_needed(organisation.id, LIFTING)


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_do_it_once(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = committed_cast
    approvers = [second_administrator(cast, name) for name in ("Blaise Bordes", "Colette Cros")]
    require(cast, ADMINISTRATE)
    waiting = placing(cast)
    together = threading.Barrier(2)
    lock: Callable[[Proposal], Proposal] = proposals._waiting

    def at_the_same_time(proposal: Proposal) -> Proposal:
        together.wait(10)
        return lock(proposal)

    monkeypatch.setattr(proposals, "_waiting", at_the_same_time)
    said: dict[uuid.UUID, str] = {}

    def answer(by: Account) -> None:
        try:
            approve(proposal=waiting, by=by)
            said[by.id] = "done"
        except NotWaitingError:
            said[by.id] = "too late"
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(one,)) for one in approvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said.values()) == ["done", "too late"]
    with tenant_scope(cast.proof_a.id):
        placed = GroupMember.objects.filter(group=administrators(cast), account_id=cast.aline.id)
        assert placed.count() == 1
        assert Event.objects.filter(code="PROPOSAL_APPROVAL").count() == 1
