"""A deposit accepted by mistake is undone: asked, delayed, approved, carried out, or refused."""

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ingest.cancellation import execution, leftovers
from ingest.cancellation.models import DepositCancellation
from ingest.models import Deposit
from ingest.selectors.deposits import status_key
from ingest.services.cancelling import (
    NotCancellableError,
    NotOpenError,
    SamePersonError,
    approve_cancellation,
    relaunch_cancellation,
    request_cancellation,
    withdraw_cancellation,
)
from sae.holdings.models import (
    AccessionRegisterDetail,
    ArchiveUnit,
    DataObject,
    ObjectGroup,
    UnitEdge,
)
from sae.holdings.projection import SearchQuery, search
from sae.jobs import queue
from sae.jobs.registry import CONTINUE, DONE, Advance, AdvanceKind
from sae.jobs.serving import advance as advance_job
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.journal.verification import verify_tenant
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.errors import OfferUnavailable
from sae.storage.strategies import offers
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import IngestContract
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db
State = DepositCancellation.State
EVIDENCE = {"manifest.xml", "reply.xml", "units.jsonl.gz", "object-groups.jsonl.gz"}


@pytest.fixture(autouse=True)
def at_once(settings: Any) -> None:
    settings.CANCELLATION_DELAY_DAYS = 0
    settings.CANCELLATION_FOUR_EYES = False


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


Send = Callable[..., Deposit]


@pytest.fixture
def send(coffre: Tenant, tmp_path: Path) -> Send:
    """Deposit a package and have it accepted."""

    def make(package: SipBuilder) -> Deposit:
        made = deposit(coffre, package.zip(tmp_path / f"{new_id()}.zip"))
        assert made.outcome in ("OK", "WARNING")
        return made

    return make


def base() -> SipBuilder:
    return (
        SipBuilder(message_identifier="SOCLE")
        .unit("Plan de la commune", level="Series")
        .unit("Registre", parent="Plan de la commune")
        .binary(b"registre\n", name="registre.txt")
    )


def mistake(units: dict[str, uuid.UUID]) -> SipBuilder:
    """Units under existing ones, a file apart, one in a pack, an object for an existing group."""
    return (
        SipBuilder(message_identifier="ERREUR")
        .unit("Plan", level="Series")
        .attach_to(str(units["Plan de la commune"]))
        .unit("Dossier", level="File", parent="Plan")
        .unit("Pièce", parent="Dossier")
        .binary(b"piece\n", name="piece.txt")
        .unit("Annexe", parent="Dossier")
        .binary(b"annexe\n" * 20_000, name="annexe.txt")
        .unit("Registre", parent="Plan")
        .attach_to(str(units["Registre"]))
        .binary(b"vignette\n", name="vignette.txt", usage="Thumbnail_1")
    )


def units_of(coffre: Tenant) -> dict[str, uuid.UUID]:
    with tenant_scope(coffre.id):
        return dict(ArchiveUnit.objects.values_list("title", "id"))


@pytest.fixture
def socle(coffre: Tenant, send: Send) -> Deposit:
    made = send(base())
    with tenant_scope(coffre.id):
        IngestContract.objects.update(every_data_object_version=True)
    return made


@pytest.fixture
def made(coffre: Tenant, socle: Deposit, send: Send) -> Deposit:
    return send(mistake(units_of(coffre)))


def ask(coffre: Tenant, made: Deposit, **given: Any) -> DepositCancellation:
    asked = {
        "deposit_id": made.id,
        "account_id": new_id(),
        "reason": "Mauvais service producteur",
        "unit_count": made.unit_count,
        **given,
    }
    with tenant_scope(coffre.id):
        return request_cancellation(**asked)


class Hand:
    """A job held in the test's own process."""

    def __init__(self, coffre: Tenant, subject_id: uuid.UUID) -> None:
        self.tenant_id, self.subject_id = coffre.id, subject_id

    def assert_current(self) -> None:
        pass


def step(coffre: Tenant, asked: DepositCancellation) -> Advance:
    return execution.carry_out(Hand(coffre, asked.id))  # type: ignore[arg-type]


def carry_out(coffre: Tenant, asked: DepositCancellation) -> DepositCancellation:
    while step(coffre, asked) is CONTINUE:
        pass
    return look(coffre, asked)


def look(coffre: Tenant, asked: DepositCancellation) -> DepositCancellation:
    with tenant_scope(coffre.id):
        return DepositCancellation.objects.get(id=asked.id)


def at_offers(coffre: Tenant, made: Deposit) -> list[set[str]]:
    prefix = f"{coffre.id}/{made.id}/"
    return [
        {one.key.removeprefix(prefix) for one in offer.list(prefix)} for offer in offers().values()
    ]


def fonds(coffre: Tenant) -> dict[str, Any]:
    """Everything of the fonds that a deposit can touch, in a comparable form."""
    with seeing_all(coffre.id):
        return {
            "units": sorted(
                ArchiveUnit.objects.values_list("title", "child_count", "descendant_count")
            ),
            "groups": sorted(
                (str(one.id), one.object_count, one.operations, one.originating_agencies)
                for one in ObjectGroup.objects.all()
            ),
            "objects": sorted(map(str, DataObject.objects.values_list("id", flat=True))),
            "edges": UnitEdge.objects.count(),
            "found": search(SearchQuery()).total,
        }


def test_everything_leaves_and_the_evidence_stays(
    coffre: Tenant, socle: Deposit, send: Send
) -> None:
    before = fonds(coffre)
    made = send(mistake(units_of(coffre)))
    assert fonds(coffre) != before
    assert all(held > EVIDENCE for held in at_offers(coffre, made))
    with tenant_scope(coffre.id):
        histories = LifeCycleEntry.objects.filter(operation_id=made.id).count()
        told = Event.objects.filter(operation_id=made.id).count()
    done = carry_out(coffre, ask(coffre, made))
    assert done.state == State.EXECUTED
    assert done.removed == {"units": 3, "groups": 2, "objects": 3, "size": 140_015, "stored": 2}
    assert fonds(coffre) == before
    assert all(held == EVIDENCE for held in at_offers(coffre, made))
    with tenant_scope(coffre.id):
        kinds = StoredObject.objects.filter(operation_id=made.id)
        assert set(
            ObjectCopy.objects.filter(
                stored_object__in=kinds.filter(kind__in=["object", "pack"])
            ).values_list("state", flat=True)
        ) == {"deleted"}
        line = AccessionRegisterDetail.objects.get(operation_id=made.id)
        assert line.status == "UNSTORED"
        assert (line.units_ingested, line.units_remained, line.size_remained) == (3, 0, 0)
        assert [(one["OpType"], one["Units"]) for one in line.events] == [
            ("INGEST", 3),
            ("INGEST_CLEANUP", -3),
        ]
        assert line.last_operation_id == done.id
        # The deposit's own journal is as it was; the cancellation has its own.
        assert LifeCycleEntry.objects.filter(operation_id=made.id).count() == histories
        assert Event.objects.filter(operation_id=made.id).count() == told
        assert Operation.objects.get(id=made.id).outcome == "OK"
        own = Operation.objects.get(id=done.id)
        assert (own.type, own.state, own.outcome) == ("INGEST_CLEANUP", "COMPLETED", "OK")
        assert own.parent_id == made.id
        assert own.detail["certificate"]["removed"]["units"] == 3
        assert own.life_cycle_count == 3 + 2 + 1
        kept = Deposit.objects.get(id=made.id)
        assert (kept.outcome, status_key(kept)) == ("OK", "CANCELLED")
    assert verify_tenant(coffre.id).broken is None


def test_a_deposit_cancelled_can_be_sent_again(coffre: Tenant, made: Deposit, send: Send) -> None:
    carry_out(coffre, ask(coffre, made))
    again = send(mistake(units_of(coffre)))
    with tenant_scope(coffre.id):
        assert ArchiveUnit.objects.filter(operation_id=again.id).count() == 3
    carry_out(coffre, ask(coffre, again))
    assert verify_tenant(coffre.id).broken is None


def test_the_socle_can_go_once_nothing_hangs_from_it(
    coffre: Tenant, socle: Deposit, made: Deposit
) -> None:
    with pytest.raises(NotCancellableError) as refused:
        ask(coffre, socle)
    assert [one.reason for one in refused.value.blockers] == [
        "children_of_others",
        "objects_of_others",
    ]
    carry_out(coffre, ask(coffre, made))
    assert carry_out(coffre, ask(coffre, socle)).state == State.EXECUTED
    assert fonds(coffre)["units"] == []


# Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reason": "  "}, "no_reason"),
        ({"unit_count": 4}, "wrong_count"),
    ],
)
def test_what_is_typed_is_checked(
    coffre: Tenant, made: Deposit, given: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotCancellableError) as refused:
        ask(coffre, made, **given)
    assert refused.value.reason == reason


def test_a_refused_deposit_has_nothing_to_cancel(coffre: Tenant, tmp_path: Path) -> None:
    package = base().break_digest().zip(tmp_path / "faux.zip")
    made = deposit(coffre, package)
    assert made.outcome == "KO"
    with pytest.raises(NotCancellableError, match="not_accepted"):
        ask(coffre, made)


def test_a_blank_test_has_nothing_to_cancel(coffre: Tenant, tmp_path: Path) -> None:
    made = deposit(coffre, base().zip(tmp_path / "bon.zip"), action="blank_test")
    with pytest.raises(NotCancellableError, match="not_accepted"):
        ask(coffre, made)


def test_asked_twice_is_asked_once(coffre: Tenant, made: Deposit) -> None:
    asked = ask(coffre, made)
    with pytest.raises(NotCancellableError, match="already"):
        ask(coffre, made)
    carry_out(coffre, asked)
    with pytest.raises(NotCancellableError, match="not_accepted"):
        ask(coffre, made)


HOLD = {"HoldRule": {"Rules": [{"Rule": "HOL-00001", "StartDate": "2024-01-01"}]}}


def ending(day: dt.date) -> dict[str, Any]:
    return {"HoldRule": {"Rules": [{"Rule": "HOL-00001", "EndDate": day.isoformat()}]}}


def change(coffre: Tenant, title: str, **values: Any) -> None:
    with tenant_scope(coffre.id):
        assert ArchiveUnit.objects.filter(title=title).update(**values) == 1


def refusal(coffre: Tenant, made: Deposit) -> list[tuple[str, int]]:
    with pytest.raises(NotCancellableError) as refused:
        ask(coffre, made)
    assert refused.value.reason == "needed"
    return [(one.reason, one.count) for one in refused.value.blockers]


@pytest.mark.parametrize("title", ["Pièce", "Plan de la commune", "Registre"])
def test_a_hold_on_it_above_it_or_on_what_it_extended_forbids(
    coffre: Tenant, made: Deposit, title: str
) -> None:
    change(coffre, title, management=HOLD)
    assert refusal(coffre, made) == [("held", 1)]


def test_a_hold_forbids_until_the_day_of_its_end(coffre: Tenant, made: Deposit) -> None:
    change(coffre, "Pièce", management=ending(clock.today() + dt.timedelta(days=1)))
    assert refusal(coffre, made) == [("held", 1)]
    change(coffre, "Pièce", management=ending(clock.today()))
    assert carry_out(coffre, ask(coffre, made)).state == State.EXECUTED


def test_a_unit_modified_since_forbids(coffre: Tenant, made: Deposit) -> None:
    change(coffre, "Pièce", version=1)
    assert refusal(coffre, made) == [("changed", 1)]


def test_units_attached_since_forbid(coffre: Tenant, made: Deposit, send: Send) -> None:
    under = units_of(coffre)["Dossier"]
    send(
        SipBuilder()
        .unit("Cible", level="File")
        .attach_to(str(under))
        .unit("Nouvelle", parent="Cible")
    )
    assert refusal(coffre, made) == [("children_of_others", 1)]


def test_objects_added_since_forbid(coffre: Tenant, made: Deposit, send: Send) -> None:
    piece = units_of(coffre)["Pièce"]
    send(
        SipBuilder()
        .unit("Cible")
        .attach_to(str(piece))
        .binary(b"vignette\n", name="v.txt", usage="Thumbnail_1")
    )
    assert refusal(coffre, made) == [("objects_of_others", 1)]


def test_units_that_share_a_group_since_forbid(coffre: Tenant, made: Deposit) -> None:
    units = units_of(coffre)
    with tenant_scope(coffre.id):
        group = ArchiveUnit.objects.get(id=units["Pièce"]).object_group_id
    change(coffre, "Registre", object_group_id=group)
    assert refusal(coffre, made)[0] == ("groups_of_others", 1)


def test_a_group_touched_since_forbids(coffre: Tenant, made: Deposit) -> None:
    with tenant_scope(coffre.id):
        group = ObjectGroup.objects.filter(operation_id=made.id).first()
        group.operations.append(new_id())
        group.save()
    assert refusal(coffre, made) == [("groups_changed", 1)]


def test_a_contract_that_places_deposits_there_forbids(coffre: Tenant, made: Deposit) -> None:
    with tenant_scope(coffre.id):
        IngestContract.objects.update(link_parent_id=units_of(coffre)["Dossier"])
    assert refusal(coffre, made) == [("contracts", 1)]


def test_what_came_during_the_delay_is_seen_when_the_time_comes(
    coffre: Tenant, made: Deposit
) -> None:
    asked = ask(coffre, made)
    change(coffre, "Pièce", management=HOLD)
    before = fonds(coffre)
    done = carry_out(coffre, asked)
    assert done.state == State.REFUSED
    assert [(one["reason"], one["count"]) for one in done.blockers] == [("held", 1)]
    assert fonds(coffre) == before
    with tenant_scope(coffre.id):
        assert Operation.objects.get(id=asked.id).outcome == "KO"
    change(coffre, "Pièce", management={})
    assert carry_out(coffre, ask(coffre, made)).state == State.EXECUTED


# Delay, withdrawal, second person -----------------------------------------------------------


def test_nothing_happens_before_the_delay_is_over(
    coffre: Tenant, made: Deposit, settings: Any
) -> None:
    settings.CANCELLATION_DELAY_DAYS = 7
    before = fonds(coffre)
    asked = ask(coffre, made)
    assert asked.effective_at - asked.requested_at == dt.timedelta(days=7)
    assert step(coffre, asked).kind is AdvanceKind.WAIT
    assert fonds(coffre) == before


def test_a_request_withdrawn_changes_nothing(coffre: Tenant, made: Deposit) -> None:
    before = fonds(coffre)
    asked = ask(coffre, made)
    with tenant_scope(coffre.id):
        withdraw_cancellation(cancellation_id=asked.id, account_id=new_id())
    assert step(coffre, asked) is DONE
    assert fonds(coffre) == before
    with tenant_scope(coffre.id), pytest.raises(NotOpenError):
        withdraw_cancellation(cancellation_id=asked.id, account_id=new_id())
    with tenant_scope(coffre.id):
        operation = Operation.objects.get(id=asked.id)
        assert (operation.state, operation.outcome) == ("COMPLETED", "KO")
    assert ask(coffre, made).state == State.REQUESTED


def test_another_person_must_approve_where_it_is_asked(
    coffre: Tenant, made: Deposit, settings: Any
) -> None:
    settings.CANCELLATION_FOUR_EYES = True
    before = fonds(coffre)
    first = new_id()
    asked = ask(coffre, made, account_id=first)
    assert step(coffre, asked) is DONE
    assert fonds(coffre) == before
    with tenant_scope(coffre.id), pytest.raises(SamePersonError):
        approve_cancellation(cancellation_id=asked.id, account_id=first)
    with tenant_scope(coffre.id):
        # Whatever wrote it there, one's own approval is not another's.
        DepositCancellation.objects.update(approved_by=first, approved_at=clock.now())
    assert step(coffre, asked) is DONE
    assert fonds(coffre) == before
    with tenant_scope(coffre.id):
        DepositCancellation.objects.update(approved_by=None, approved_at=None)
        approve_cancellation(cancellation_id=asked.id, account_id=new_id())
    assert carry_out(coffre, asked).state == State.EXECUTED


# Interruptions ------------------------------------------------------------------------------


def test_a_worker_killed_before_the_commit_leaves_everything(
    coffre: Tenant, made: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fonds(coffre)
    asked = ask(coffre, made)

    def die(_self: Hand) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Hand, "assert_current", die)
        with pytest.raises(RuntimeError):
            step(coffre, asked)
    assert fonds(coffre) == before
    assert look(coffre, asked).state == State.REQUESTED
    assert carry_out(coffre, asked).state == State.EXECUTED
    assert verify_tenant(coffre.id).broken is None


def test_an_offer_down_is_waited_for_and_the_work_goes_on(
    coffre: Tenant, made: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(coffre, made)
    assert step(coffre, asked) is CONTINUE
    first, second = offers().values()
    with monkeypatch.context() as patched:
        delete = type(second).delete

        def down(self: Any, key: str) -> None:
            if self.id == second.id:
                raise OfferUnavailable(self.id, "down")
            delete(self, key)

        patched.setattr(type(second), "delete", down)
        patched.setattr(leftovers, "BATCH", 1)
        answer = step(coffre, asked)
    assert answer.kind is AdvanceKind.WAIT
    assert look(coffre, asked).state == State.ERASING
    held = at_offers(coffre, made)
    assert held[0] == EVIDENCE < held[1]
    with tenant_scope(coffre.id):
        states = set(ObjectCopy.objects.filter(offer=first.id).values_list("state", flat=True))
    assert "deleted" in states
    assert carry_out(coffre, asked).state == State.EXECUTED
    assert all(one == EVIDENCE for one in at_offers(coffre, made))


def test_carried_out_twice_is_done_once(coffre: Tenant, made: Deposit) -> None:
    done = carry_out(coffre, ask(coffre, made))
    with tenant_scope(coffre.id):
        told = Event.objects.count()
    assert step(coffre, done) is DONE
    with tenant_scope(coffre.id):
        # A worker that died between its work and its answer.
        DepositCancellation.objects.filter(id=done.id).update(state=State.WITHDRAWN)
    assert step(coffre, done) is DONE
    with tenant_scope(coffre.id):
        assert Event.objects.count() == told


def test_an_error_of_ours_stops_the_request_until_it_is_taken_up(
    coffre: Tenant, made: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the real queue: three failures, quarantine, relaunch."""
    asked = ask(coffre, made)

    def fail(**_given: Any) -> None:
        raise RuntimeError("ours")

    with monkeypatch.context() as patched:
        patched.setattr(execution, "destroy_stored", fail)
        for _try in range(12):
            with platform_scope(reason="essai"), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE jobs_job SET state = 'queued', not_before = NULL "
                    "WHERE state = 'waiting' AND kind = 'ingest.cancel'"
                )
            if (claim := queue.claim_next("long", "essai")) is None:
                break
            advance_job(claim)
    stopped = look(coffre, asked)
    assert stopped.state == State.ERASING
    assert stopped.fault
    with tenant_scope(coffre.id):
        assert Operation.objects.get(id=asked.id).outcome == "FATAL"
        relaunch_cancellation(cancellation_id=asked.id, account_id=None)
    claim = queue.claim_next("long", "essai")
    assert claim is not None
    advance_job(claim)
    assert look(coffre, asked).state == State.EXECUTED
    with tenant_scope(coffre.id):
        assert Operation.objects.get(id=asked.id).outcome == "OK"
    assert verify_tenant(coffre.id).broken is None


# Screens ------------------------------------------------------------------------------------


def test_the_page_says_what_goes_and_takes_the_request(
    cast: Cast, coffre: Tenant, made: Deposit, settings: Any
) -> None:
    settings.CANCELLATION_DELAY_DAYS = 7
    settings.CANCELLATION_FOUR_EYES = True
    aline = cast.client(cast.aline)
    deposit_page, address = f"/versements/{made.id}/", f"/versements/{made.id}/annuler/"
    assert "Annuler ce versement" in aline.get(deposit_page).content.decode()
    page = aline.get(address).content.decode()
    assert "Ce qui disparaît" in page
    assert "Dossier" in page
    wrong = aline.post(address, {"reason": "Doublon", "unit_count": "9"})
    assert wrong.status_code == 400
    assert aline.post(address, {"reason": "Doublon", "unit_count": "3"}).status_code == 302
    page = aline.get(deposit_page).content.decode()
    assert "L’accord d’une autre personne est attendu." in page
    assert "Retirer la demande" in page
    assert "Approuver l’annulation" not in page
    assert aline.post(f"{address}approuver/").status_code == 409
    adele = cast.client(cast.administrator_a)
    approvals = adele.get("/administration/approbations/").content.decode()
    assert "Annulations à approuver" in approvals
    assert f'href="{deposit_page}"' in approvals
    assert "Approuver l’annulation" in adele.get(deposit_page).content.decode()
    assert adele.post(f"{address}approuver/").status_code == 302
    approvals = adele.get("/administration/approbations/").content.decode()
    assert "Annulations à approuver" not in approvals
    assert aline.post(f"{address}retirer/").status_code == 302
    assert aline.post(f"{address}retirer/").status_code == 409


def test_the_page_lists_what_blocks_with_links(cast: Cast, coffre: Tenant, made: Deposit) -> None:
    change(coffre, "Pièce", management=HOLD)
    aline, address = cast.client(cast.aline), f"/versements/{made.id}/annuler/"
    page = aline.get(address).content.decode()
    assert "unité est sous gel" in page
    assert f"/unites/{units_of(coffre)['Pièce']}/" in page
    assert "Demander l’annulation" not in page
    assert aline.post(address, {"reason": "Doublon", "unit_count": "3"}).status_code == 409


def test_the_page_of_a_cancelled_deposit_says_so(cast: Cast, coffre: Tenant, made: Deposit) -> None:
    carry_out(coffre, ask(coffre, made))
    page = cast.client(cast.aline).get(f"/versements/{made.id}/").content.decode()
    assert "Exécutée le" in page
    assert "Annuler ce versement" not in page
