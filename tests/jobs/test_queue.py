"""The queue itself: one job per subject, fair turns, tokens. No worker process here."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection

from sae.jobs import queue as jobs
from sae.jobs import reaper, wake
from sae.jobs.claim import LostClaimError
from sae.jobs.models import Job, Turn
from sae.jobs.registry import CONTINUE, DONE, register_handler
from sae.jobs.selectors import job_of, queue_position, queue_states
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import NoScopeError, WrongTenantError, platform_scope, tenant_scope


def take(cluster="short"):
    return jobs.claim_next(cluster, "here:run:1")


def messages(cluster="short"):
    return wake.unanswered(cluster)


def test_the_job_and_its_message_commit_with_the_data(queue, tenant):
    with pytest.raises(ZeroDivisionError), tenant_scope(tenant.id):
        jobs.enqueue(tenant_id=tenant.id, kind="test.quick", subject_id=new_id()) and 1 / 0
    assert (take(), messages()) == (None, 0)
    queue.ask("quick")
    assert messages() == 1
    assert take() is not None


def test_a_job_is_asked_within_its_tenant_s_scope(tenant, other_tenant):
    with pytest.raises(NoScopeError):
        jobs.enqueue(tenant_id=tenant.id, kind="test.quick", subject_id=new_id())
    with pytest.raises(WrongTenantError), tenant_scope(other_tenant.id):
        jobs.enqueue(tenant_id=tenant.id, kind="test.quick", subject_id=new_id())


def test_an_open_job_is_not_doubled(queue, tenant):
    subject = queue.ask("quick")
    queue.ask("quick", subject_id=subject)
    queue.ask("brief", subject_id=subject)
    with platform_scope(reason="essai"):
        assert sorted(Job.objects.values_list("kind", flat=True)) == ["test.brief", "test.quick"]


def test_a_job_done_may_be_asked_again(queue):
    subject = queue.ask("quick")
    assert jobs.finish(take(), busy_ms=1)
    assert queue.state(subject) == "done"
    queue.ask("quick", subject_id=subject)
    assert queue.state(subject) == "queued"


def test_a_job_asked_while_in_hand_is_looked_at_once_more(queue):
    subject = queue.ask("quick")
    claim = take()
    queue.ask("quick", subject_id=subject)
    assert queue.state(subject) == "claimed"
    jobs.finish(claim, busy_ms=1)
    assert queue.state(subject) == "queued"
    jobs.finish(take(), busy_ms=1)
    assert queue.state(subject) == "done"


def test_a_job_that_waits_is_brought_forward_when_asked_again(queue):
    subject = queue.ask("quick", not_before=clock.now() + dt.timedelta(hours=1))
    assert queue.state(subject) == "waiting"
    assert take() is None
    queue.ask("quick", subject_id=subject)
    assert take().subject_id == subject


def test_a_wait_that_is_over_queues_the_job(queue):
    subject = queue.ask("quick", not_before=clock.now() + dt.timedelta(milliseconds=50))
    queue.wait_for(reaper.wake_waiting, seconds=2)
    assert queue.state(subject) == "queued"
    assert messages() == 1


def test_a_job_is_claimed_once_by_many_at_the_same_time(queue, tenant):
    for _ in range(20):
        queue.ask("quick")
    taken, lock = [], threading.Lock()

    def claim_all():
        try:
            while claim := take():
                with lock:
                    taken.append(claim.subject_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 20


def test_tenants_are_served_in_turn(queue, tenant, other_tenant):
    for _ in range(30):
        queue.ask("quick")
    lone = queue.ask("quick", tenant=other_tenant)
    served = [take().subject_id for _ in range(2)]
    assert lone in served


def test_within_a_tenant_priority_then_age(queue):
    first, second = queue.ask("quick"), queue.ask("quick")
    urgent = queue.ask("quick", priority=5)
    assert [take().subject_id for _ in range(3)] == [urgent, first, second]


def test_a_slice_over_puts_the_job_behind_its_tenant_s_others(queue):
    long, short = queue.ask("quick"), queue.ask("quick")
    claim = take()
    assert claim.subject_id == long
    jobs.give_back(claim, busy_ms=20_000)
    assert [take().subject_id for _ in range(2)] == [short, long]


def test_clusters_do_not_take_each_other_s_jobs(queue):
    subject = queue.ask("quick", cluster="long")
    assert take("short") is None
    assert take("long").subject_id == subject


def test_a_job_of_a_kind_unknown_here_is_left_to_who_knows_it(queue, tenant):
    queue.ask("of_the_next_version")
    known = queue.ask("quick")
    assert take().subject_id == known
    assert take() is None
    assert reaper.due("short") == 0


def test_a_token_taken_back_stops_the_commit_of_its_worker(queue, tenant):
    subject = queue.ask("quick")
    claim = take()
    with tenant_scope(tenant.id):
        claim.assert_current()
    assert reaper.release_run("run") == 1
    with pytest.raises(LostClaimError), tenant_scope(tenant.id):
        claim.assert_current()
    assert claim.lost
    assert claim.should_yield()
    assert not jobs.finish(claim, busy_ms=1)
    assert take().token > claim.token
    assert queue.state(subject) == "claimed"


def test_a_cancelled_job_can_be_committed_no_more(queue, tenant):
    subject = queue.ask("quick")
    claim = take()
    with tenant_scope(tenant.id):
        assert jobs.cancel(tenant_id=tenant.id, kind="test.quick", subject_id=subject)
    with pytest.raises(LostClaimError), tenant_scope(tenant.id):
        claim.assert_current()
    assert queue.state(subject) == "cancelled"


def test_a_claim_is_asserted_only_inside_a_transaction(queue):
    queue.ask("quick")
    with pytest.raises(RuntimeError, match="inside the transaction"):
        take().assert_current()


def test_a_tenant_sees_its_own_jobs_alone(queue, tenant, other_tenant):
    subject = queue.ask("quick")
    with tenant_scope(other_tenant.id):
        assert job_of("test.quick", subject) is None
        assert not Job.objects.exists()
    with tenant_scope(tenant.id):
        assert job_of("test.quick", subject).state == "queued"


def test_the_place_in_the_queue_counts_one_s_own_and_the_turns_of_others(
    queue, tenant, other_tenant
):
    for _ in range(10):
        queue.ask("quick", tenant=other_tenant)
    own = [queue.ask("quick") for _ in range(3)]
    with tenant_scope(tenant.id):
        places = [queue_position(job_of("test.quick", subject)) for subject in own]
    # Both served at the epoch: no turn comes first, so k others at most before the k-th.
    assert [place.ahead for place in places] == [0, 2, 4]
    assert places[0].wait is None
    claim = take()
    jobs.finish(claim, busy_ms=1000)
    running = take()
    with tenant_scope(tenant.id):
        place = queue_position(job_of("test.quick", own[2]))
    assert place.running == 1
    assert place.wait >= dt.timedelta(seconds=2)
    jobs.postpone(running, dt.timedelta(hours=1), "Site A injoignable", busy_ms=1)
    with platform_scope(reason="essai"):
        waiting = Job.objects.get(state="waiting")
    with tenant_scope(waiting.tenant_id):
        place = queue_position(waiting)
    assert (place.reason, place.state) == ("Site A injoignable", "waiting")
    assert place.not_before > clock.now()


def test_the_state_of_the_clusters_is_numbers(queue, other_tenant):
    queue.ask("quick")
    queue.ask("quick", tenant=other_tenant)
    queue.ask("quick", cluster="long", not_before=clock.now() + dt.timedelta(hours=1))
    take()
    short, long = queue_states()
    assert (short.queued, short.claimed, short.waiting) == (1, 1, 0)
    # What only waits for its date is not held up.
    assert (long.queued, long.waiting, long.scheduled, long.workers) == (0, 0, 1, 0)
    jobs.postpone(take(), dt.timedelta(hours=1), "Site A injoignable", busy_ms=1)
    short, _long = queue_states()
    assert (short.waiting, short.scheduled) == (1, 0)


def test_lost_messages_are_rung_again_and_flooding_messages_are_not_sent(queue):
    for _ in range(50):
        queue.ask("quick")
    assert messages() == 32
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_q_ormq")
    assert reaper.ring_again("short") > 0
    assert messages() > 0


def test_jobs_done_long_ago_are_forgotten(queue):
    queue.ask("quick")
    jobs.finish(take(), busy_ms=1)
    assert reaper.forget_done() == 0
    with platform_scope(reason="essai"):
        Job.objects.update(finished_at=clock.now() - dt.timedelta(days=100))
    assert reaper.forget_done() == 1


def test_a_kind_has_one_handler(tenant):
    register_handler("test.registered", one)
    register_handler("test.registered", one)
    with pytest.raises(ValueError, match="two handlers"):
        register_handler("test.registered", other)


def one(claim):
    return DONE


def other(claim):
    return CONTINUE


def test_turns_hold_nothing_but_who_and_when(queue, tenant):
    queue.ask("quick")
    turn = Turn.objects.get()
    assert (turn.tenant_id, turn.cluster) == (tenant.id, "short")
    assert isinstance(turn.tenant_id, uuid.UUID)


@pytest.mark.slow
def test_a_claim_is_quick_however_long_the_queue(queue, tenant):
    with tenant_scope(tenant.id), connection.cursor() as cursor:
        jobs.enqueue(tenant_id=tenant.id, kind="test.quick", subject_id=new_id())
        cursor.execute(
            "INSERT INTO jobs_job (id, tenant_id, kind, subject_id, cluster, state, priority, "
            "reason, attempts, deaths, failures, last_error, rerun, token, worker, created_at, "
            "queued_at, busy_ms, progress_label) SELECT gen_random_uuid(), %s, 'test.quick', "
            "gen_random_uuid(), 'short', 'queued', 0, '', 0, 0, 0, '', false, 0, '', now(), "
            "clock_timestamp(), 0, '' FROM generate_series(1, 100000)",
            [tenant.id],
        )
    start = clock.now()
    for _ in range(20):
        take()
    assert (clock.now() - start) / 20 < dt.timedelta(milliseconds=30)
