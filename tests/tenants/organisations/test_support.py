"""Support enters on consent: for reading, for a time, under both names, stopped by either side."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client

from sae.jobs.claim import Claim
from sae.jobs.models import Job, JobState
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import SupportAccess
from tenants.organisations import support, support_mail
from tenants.organisations.support import (
    SupportRefusedError,
    SupportRequest,
    accept_support,
    expire_support,
    refuse_support,
    request_support,
    stop_support,
    withdraw_support,
)
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tests.builders.people import Cast
from tests.tenants.accounts.mailbox import Mailbox, mailbox

__all__ = ["mailbox"]
pytestmark = pytest.mark.django_db
State = SupportAccess.State


def asked(cast: Cast, *, minutes: int = 60) -> SupportAccess:
    request = SupportRequest(cast.coffre_a, "Un versement reste bloqué.", minutes)
    return request_support(asked=request, account=cast.operator)


def granted(cast: Cast, *, is_full: bool = False) -> SupportAccess:
    return accept_support(access=asked(cast), account=cast.administrator_a, is_full=is_full)


def present(access: SupportAccess) -> SupportAccess:
    with tenant_scope(access.tenant_id):
        return SupportAccess.objects.get(id=access.id)


def may_there(cast: Cast, permission: Permission) -> bool:
    return bool(rights_of(cast.operator).verdict(permission, cast.coffre_a))


def inside(cast: Cast, access: SupportAccess) -> Client:
    """The operator's browser, gone into the coffre that was opened."""
    client = cast.client(cast.operator)
    entered = client.post(f"/administration/support/demandes/{access.id}/entrer/")
    assert entered.status_code == 302
    return client


def test_nothing_is_open_before_the_answer(cast: Cast) -> None:
    asked(cast)
    assert not may_there(cast, Permission.HOLDINGS_VIEW)
    assert rights_of(cast.operator).within(cast.coffre_a) is None


def test_accepted_for_reading_it_reads_and_no_more(cast: Cast) -> None:
    granted(cast)
    assert may_there(cast, Permission.HOLDINGS_VIEW)
    for refused in (
        Permission.OBJECT_DOWNLOAD,
        Permission.DEPOSIT_CREATE,
        Permission.UNIT_EDIT,
        Permission.ACCOUNT_VIEW,
        Permission.RIGHT_MANAGE,
        Permission.ORGANISATION_MANAGE,
        Permission.SUPPORT_ACCEPT,
    ):
        assert not may_there(cast, refused), refused


def test_accepted_in_full_it_still_touches_no_account_nor_right(cast: Cast) -> None:
    granted(cast, is_full=True)
    assert may_there(cast, Permission.DEPOSIT_CREATE)
    assert may_there(cast, Permission.OBJECT_DOWNLOAD)
    for refused in (
        Permission.DEPOSIT_CANCEL_APPROVE,
        Permission.ACCOUNT_MANAGE,
        Permission.RIGHT_MANAGE,
        Permission.ORGANISATION_MANAGE,
        Permission.CONTRACT_MANAGE,
    ):
        assert not may_there(cast, refused), refused


def test_it_opens_one_coffre_of_one_organisation(cast: Cast) -> None:
    granted(cast)
    opened = {one.coffre.id for one in rights_of(cast.operator).coffres}
    assert cast.coffre_a.id in opened
    assert not opened & {cast.coffre_b.id, cast.proof_a.id, cast.proof_b.id}


def test_it_ends_by_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    access = granted(cast)
    assert access.ends_at is not None
    with tenant_scope(cast.proof_a.id):
        job = Job.objects.get(kind=support.JOB_KIND, subject_id=access.id)
        assert (job.state, job.not_before) == (JobState.WAITING, access.ends_at)
    over = access.ends_at + dt.timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: over)
    assert not may_there(cast, Permission.HOLDINGS_VIEW)
    for _time in range(2):
        expire_support(claim_of(access))
    ended = present(access)
    assert (ended.state, ended.ended_by, ended.ended_at) == (State.ENDED, None, over)
    with tenant_scope(cast.proof_a.id):
        session = Operation.objects.get(id=access.operation_id)
        assert session.state == Operation.State.COMPLETED
    assert verify_tenant(cast.proof_a.id).broken is None


def test_the_job_of_the_end_does_not_cut_an_access_short(cast: Cast) -> None:
    access = granted(cast)
    expire_support(claim_of(access))
    assert present(access).state == State.ACCEPTED


def claim_of(access: SupportAccess, *, subject_id: uuid.UUID | None = None) -> Any:
    class Held:
        def __init__(self) -> None:
            self.tenant_id = access.tenant_id
            self.subject_id = subject_id or access.id

        def assert_current(self) -> None:
            """Nobody else has it."""

    held: Claim = Held()  # type: ignore[assignment]
    return held


@pytest.mark.parametrize("who", ["operator", "administrator_a"])
def test_either_side_stops_it_at_once(cast: Cast, who: str) -> None:
    access = granted(cast)
    client = inside(cast, access)
    assert client.get("/classement/").status_code == 200
    stopper = client if who == "operator" else cast.client(cast.administrator_a)
    stopped = stopper.post(f"/administration/support/{access.id}/arreter/")
    assert stopped.status_code == 302
    assert present(access).ended_by == getattr(cast, who).id
    assert client.get("/classement/").status_code == 403
    assert not may_there(cast, Permission.HOLDINGS_VIEW)
    with pytest.raises(SupportRefusedError):
        stop_support(access=access, account=cast.administrator_a)


@pytest.mark.parametrize("who", ["aline", "auditor_a", "chloe", "administrator_b"])
def test_nobody_else_stops_it(cast: Cast, who: str) -> None:
    access = granted(cast)
    answer = cast.client(getattr(cast, who)).post(f"/administration/support/{access.id}/arreter/")
    assert answer.status_code == 404
    assert present(access).state == State.ACCEPTED


def test_every_page_is_told_under_both_names(cast: Cast) -> None:
    access = granted(cast)
    client = inside(cast, access)
    page = client.get("/classement/")
    words = page.content.decode()
    assert "Accès du support" in words
    assert "Arrêter" in words
    assert "lecture seule" in words
    client.get("/rechercher/?q=Dupont")
    refused = client.get("/deposer/")
    assert refused.status_code == 403
    with tenant_scope(cast.proof_a.id):
        session = Operation.objects.get(id=access.operation_id)
        events = list(Event.objects.filter(operation_id=session.id).order_by("sequence"))
    assert session.agent_id == cast.operator.id
    assert session.detail["accepted_by"] == str(cast.administrator_a.id)
    told = [(one.detail.get("page"), one.outcome) for one in events if one.code == "SUPPORT_PAGE"]
    assert told == [("classification", "OK"), ("search", "OK"), ("deposit_new", "KO")]
    assert "Dupont" not in str([one.detail for one in events])
    assert verify_tenant(cast.proof_a.id).broken is None


def test_operations_made_meanwhile_carry_the_access(cast: Cast) -> None:
    access = granted(cast)
    client = inside(cast, access)
    assert client.post("/journaux/verifier/").status_code in (200, 302)
    with tenant_scope(cast.coffre_a.id):
        made = Operation.objects.get(type="JOURNAL_VERIFICATION")
    assert made.agent_id == cast.operator.id
    assert made.detail["support"] == str(access.id)
    assert made.detail["accepted_by"] == str(cast.administrator_a.id)
    page = cast.client(cast.administrator_a).get(f"/administration/support/{access.id}/")
    assert page.status_code == 200
    assert "Vérification du journal" in page.content.decode()


def test_at_home_nothing_carries_it(cast: Cast) -> None:
    granted(cast)
    client = cast.client(cast.operator)
    page = client.get("/")
    assert "Accès du support chez" not in page.content.decode()
    assert page.context["request"].tenant.organisation_id == cast.operator.organisation_id


def test_the_person_in_charge_is_told_at_home(cast: Cast) -> None:
    access = asked(cast)
    home = cast.client(cast.administrator_a).get("/").content.decode()
    assert "Le support demande à entrer" in home
    assert "Le support demande à entrer" not in cast.client(cast.aline).get("/").content.decode()
    accept_support(access=access, account=cast.administrator_a, is_full=False)
    home = cast.client(cast.administrator_a).get("/").content.decode()
    assert "Le support travaille dans" in home


def test_answers_are_given_once(cast: Cast) -> None:
    access = asked(cast)
    refuse_support(access=access, account=cast.administrator_a)
    assert present(access).state == State.REFUSED
    for act in (refuse_support, stop_support):
        with pytest.raises(SupportRefusedError):
            act(access=access, account=cast.administrator_a)
    with pytest.raises(SupportRefusedError):
        accept_support(access=access, account=cast.administrator_a, is_full=True)
    assert not may_there(cast, Permission.HOLDINGS_VIEW)


def test_a_request_is_withdrawn_by_who_made_it(cast: Cast) -> None:
    access = asked(cast)
    with pytest.raises(SupportRefusedError):
        withdraw_support(access=access, account=cast.administrator_a)
    withdraw_support(access=access, account=cast.operator)
    assert present(access).state == State.WITHDRAWN
    asked(cast)


def test_one_request_at_a_time_with_a_reason_and_a_measure(cast: Cast) -> None:
    asked(cast)
    with pytest.raises(SupportRefusedError, match="déjà"):
        asked(cast)
    for reason, minutes in (("", 60), ("Pourquoi", 5), ("Pourquoi", 600)):
        with pytest.raises(SupportRefusedError):
            request_support(
                asked=SupportRequest(cast.coffre_b, reason, minutes), account=cast.operator
            )
    with pytest.raises(SupportRefusedError):
        request_support(asked=SupportRequest(cast.coffre_b, "Moi", 60), account=cast.aline)


def test_the_operator_asks_on_screen_and_the_administrator_answers(cast: Cast) -> None:
    operator = cast.client(cast.operator)
    organisation = cast.coffre_a.organisation
    page = f"/administration/organisations/{organisation.id}/support/"
    assert operator.get(page).status_code == 200
    wrong = operator.post(page, {"coffre": str(cast.coffre_b.id), "reason": "x", "minutes": "60"})
    assert wrong.status_code == 400
    sent = operator.post(
        page, {"coffre": str(cast.coffre_a.id), "reason": "Versement bloqué", "minutes": "30"}
    )
    assert sent.status_code == 302
    with tenant_scope(cast.proof_a.id):
        access = SupportAccess.objects.get()
    administrator = cast.client(cast.administrator_a)
    answer = f"/administration/support/{access.id}/repondre/"
    assert administrator.post(answer, {"reponse": "lecture"}).status_code == 302
    assert present(access).is_full is False
    # Somebody of another organisation has no such access.
    assert cast.client(cast.administrator_b).post(answer, {"reponse": "refus"}).status_code == 404
    assert (
        cast.client(cast.administrator_b).get(f"/administration/support/{access.id}/").status_code
        == 404
    )
    for address in ("/administration/support/demandes/", page.replace("support/", "")):
        assert operator.get(address).status_code == 200


def test_an_unknown_access_cannot_be_entered(cast: Cast) -> None:
    client = cast.client(cast.operator)
    unknown = client.post(f"/administration/support/demandes/{uuid.uuid4()}/entrer/")
    assert unknown.status_code == 404
    waiting = asked(cast)
    refused = client.post(f"/administration/support/demandes/{waiting.id}/entrer/")
    assert refused.status_code == 409


def test_those_who_may_answer_are_told_by_mail(cast: Cast, mailbox: Mailbox) -> None:
    access = asked(cast)
    with tenant_scope(cast.proof_a.id):
        told = list(Job.objects.filter(kind=support_mail.JOB_KIND))
    assert [one.subject_id for one in told] == [cast.administrator_a.id]
    support_mail.send_support_mail(claim_of(access, subject_id=cast.administrator_a.id))
    (mail,) = mailbox.mails
    assert mail["To"] == cast.administrator_a.email
    assert "Un versement reste bloqué." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    # Answered meanwhile: nothing more is sent.
    refuse_support(access=access, account=cast.administrator_a)
    support_mail.send_support_mail(claim_of(access, subject_id=cast.administrator_a.id))
    assert len(mailbox.mails) == 1


def test_without_a_mail_server_the_home_page_tells(cast: Cast, settings: Any) -> None:
    settings.EMAIL_URL = ""
    asked(cast)
    with tenant_scope(cast.proof_a.id):
        assert not Job.objects.filter(kind=support_mail.JOB_KIND).exists()
