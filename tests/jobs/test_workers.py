"""Real worker processes, killed, frozen, hung and stopped: the library's measured faults."""

import os
import signal
import time

import psutil
import pytest
from django.db import connection
from django_q.models import OrmQ

from sae.jobs.hosting import is_alive
from sae.jobs.selectors import workers
from sae.jobs.tempo import tempo
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.scope import tenant_scope
from tests.jobs.conftest import HANGS_AFTER
from tests.jobs.playground import STEPS


def codes(queue, operation):
    with tenant_scope(queue.tenant.id):
        return list(
            Event.objects.filter(operation_id=operation.id)
            .order_by("sequence")
            .values_list("outcome_detail", flat=True)
        )


UNDISTURBED = [
    "PROCESS_SIP_UNITARY.STARTED",
    *(f"STP_{step}.OK" for step in range(STEPS)),
    "PROCESS_SIP_UNITARY.OK",
]


def test_an_idle_cluster_is_woken_by_each_job(queue, start_worker):
    start_worker().wait_ready()
    queue.wait_state(queue.ask("quick"), "done")
    delays = []
    for pause in range(6):
        time.sleep(0.3 + 0.07 * pause)
        asked = time.time()
        subject = queue.ask("quick")
        queue.wait_state(subject, "done")
        delays.append(float(queue.lines(subject)[0].split()[0]) - asked)
    # Past that, the pool is taken for broken and started anew: nothing had woken it.
    assert max(delays) < tempo().stuck, delays


def test_an_idle_worker_costs_next_to_nothing(queue, start_worker):
    worker = start_worker().wait_ready()
    queue.wait_state(queue.ask("quick"), "done")
    time.sleep(0.5)

    def spent():
        times = [process.cpu_times() for process in [worker.family, *worker.children()]]
        return sum(each.user + each.system for each in times)

    before, started = spent(), time.monotonic()
    time.sleep(4)
    share = (spent() - before) / (time.monotonic() - started)
    assert share < 0.15, f"{share:.1%} of a core"


def test_an_operation_advances_to_its_end_with_its_progress(queue, start_worker):
    operation = queue.ask_operation("stepped")
    start_worker()
    job = queue.wait_state(operation.id, "done")
    assert codes(queue, operation) == UNDISTURBED
    assert (job.progress_done, job.progress_total) == (STEPS, STEPS)
    assert job.busy_ms > 0
    assert (job.deaths, job.worker, job.lease_until) == (0, "", None)


@pytest.mark.parametrize("step", range(STEPS + 1))
@pytest.mark.parametrize("moment", ["before", "in", "after"])
def test_a_worker_killed_around_a_step_changes_nothing_in_the_end(
    queue, start_worker, moment, step
):
    operation = queue.ask_operation("stepped", f"{moment}.{step}")
    start_worker()
    queue.wait_state(operation.id, "done")
    assert f"dies {moment}.{step}" in queue.notes(operation.id)
    assert codes(queue, operation) == UNDISTURBED
    assert verify_tenant(queue.tenant.id).broken is None


def test_a_worker_killed_twice_does_not_cost_the_job(queue, start_worker):
    operation = queue.ask_operation("stepped", "in.1", "before.2")
    start_worker()
    assert queue.wait_state(operation.id, "done").deaths == 0
    assert codes(queue, operation) == UNDISTURBED


def test_a_death_is_noticed_before_the_lease_is_over_though_the_message_is_locked(
    queue, start_worker
):
    """Fault: a death is seen only when the broker's ``retry`` (minutes) is over."""
    operation = queue.ask_operation("stepped", "in.1")
    start_worker()
    queue.wait_state(operation.id, "done")
    times = [float(line.split()[0]) for line in queue.lines(operation.id)]
    assert queue.job(operation.id).finished_at.timestamp() - times[0] < tempo().lease


def test_a_poisoned_job_is_given_up_after_three_deaths_and_its_operation_says_so(
    queue, start_worker
):
    """Fault: a task whose worker is killed is delivered again beyond ``max_attempts``."""
    operation = queue.ask_operation("poison")
    healthy = queue.ask("quick")
    start_worker()
    job = queue.wait_state(operation.id, "quarantined")
    queue.wait_state(healthy, "done")
    # The library still holds locked messages of the dead: have them delivered now.
    OrmQ.objects.update(lock="2020-01-01T00:00:00Z")
    time.sleep(1.5)
    notes = queue.notes(operation.id)
    assert notes == ["dies 1", "dies 2", "dies 3", "quarantined 3 arrêts brutaux de suite"]
    assert job.deaths == 3
    with tenant_scope(queue.tenant.id):
        told = Operation.objects.get(id=operation.id)
        assert (told.state, told.outcome) == ("PAUSE", "FATAL")
    assert codes(queue, operation)[-1] == "PROCESS_SIP_UNITARY.FATAL"


def test_messages_doubled_or_delivered_again_start_nothing_twice(queue, start_worker):
    """Fault: tasks can start twice."""
    subjects = [queue.ask("brief") for _ in range(5)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_q_ormq (key, payload, lock) SELECT key, payload, lock "
            "FROM django_q_ormq, generate_series(1, 5)"
        )
    start_worker(processes=3)
    for subject in subjects:
        queue.wait_state(subject, "done")
    queue.wait_for(lambda: not OrmQ.objects.exists())
    assert [len(queue.notes(subject)) for subject in subjects] == [1] * 5


def test_a_lost_message_loses_no_job(queue, start_worker):
    subject = queue.ask("quick")
    OrmQ.objects.all().delete()
    start_worker()
    queue.wait_state(subject, "done")


def test_a_frozen_worker_that_wakes_up_commits_nothing(queue, start_worker):
    operation = queue.ask_operation("zombie")
    worker = start_worker(processes=2)
    queue.wait_state(operation.id, "done")
    assert queue.notes(operation.id) == ["takes 1", "takes 2", "commits 2"]
    (frozen,) = [child for child in worker.children() if child.status() == psutil.STATUS_STOPPED]
    frozen.send_signal(signal.SIGCONT)
    queue.wait_for(lambda: "was given to another worker" in worker.log.read_text())
    assert codes(queue, operation).count("STP_ONCE.OK") == 1
    assert "commits 1" not in queue.notes(operation.id)
    assert is_alive(frozen)


def test_a_step_longer_than_the_lease_is_not_disturbed(queue, start_worker):
    """Fault: long tasks mean long silences. The heartbeat tells them from death."""
    subject = queue.ask("long_step")
    start_worker(processes=2)
    queue.wait_for(lambda: (queue.job(subject).progress_done or 0) > 10)
    job = queue.wait_state(subject, "done")
    assert queue.notes(subject) == ["starts 1", "ends"]
    assert (job.attempts, job.progress_total) == (1, 60)


def test_a_handler_stuck_for_ever_is_killed_and_its_job_goes_on(queue, start_worker):
    subject = queue.ask("hanging")
    start_worker()
    assert queue.wait_state(subject, "done", seconds=30).attempts == 2


def test_the_exceptions_of_a_handler_are_retried_then_given_up(queue, start_worker):
    """Fault: chains go on after a failure. Here a failure is the job's own, and is counted."""
    operation = queue.ask_operation("raising")
    start_worker()
    job = queue.wait_state(operation.id, "quarantined", seconds=60)
    assert queue.notes(operation.id)[:5] == [f"raises {time}" for time in range(1, 6)]
    assert "the handler’s own fault" in job.last_error
    assert job.deaths == 0
    with tenant_scope(queue.tenant.id):
        assert Operation.objects.get(id=operation.id).outcome == "FATAL"


def test_a_handler_that_gives_up_is_believed_at_once(queue, start_worker):
    operation = queue.ask_operation("hopeless")
    start_worker()
    job = queue.wait_state(operation.id, "quarantined")
    assert (job.reason, job.attempts) == ("le manifeste a disparu", 1)


def test_a_job_waits_as_long_as_it_asked_and_says_why(queue, start_worker):
    subject = queue.ask("patient")
    start_worker()
    assert queue.wait_state(subject, "waiting").reason == "Site A injoignable"
    queue.wait_state(subject, "done")
    first, second = [float(line.split()[0]) for line in queue.lines(subject)]
    assert 1 <= second - first < 2.5


def test_a_thousand_jobs_of_one_tenant_do_not_starve_the_one_of_another(
    queue, start_worker, other_tenant
):
    flood = [queue.ask("brief") for _ in range(60)]
    lone = queue.ask("brief", tenant=other_tenant)
    start_worker()
    queue.wait_state(lone, "done")
    served = sum(1 for subject in flood if queue.notes(subject))
    assert served <= 3


def test_a_database_connection_lost_in_a_step_is_not_held_against_the_job(queue, start_worker):
    subject = queue.ask("disconnected")
    start_worker()
    job = queue.wait_state(subject, "done")
    assert queue.notes(subject) == ["served 1", "served 2"]
    assert (job.deaths, job.failures) == (0, 0)


def test_sigterm_lets_a_job_yield_and_leaves_no_process(queue, start_worker):
    """Fault: shutdown can hang."""
    subject = queue.ask("polite")
    worker = start_worker()
    queue.wait_for(lambda: queue.notes(subject))
    children = worker.children()
    worker.terminate()
    assert worker.process.returncode == 0
    assert not [child for child in children if is_alive(child)]
    assert queue.notes(subject) == ["starts 1", "yields"]
    job = queue.job(subject)
    assert (job.state, job.deaths) == ("queued", 0)


def test_sigterm_takes_a_deaf_job_back_without_counting_a_death(queue, start_worker):
    subject = queue.ask("deaf_once")
    worker = start_worker()
    queue.wait_for(lambda: queue.notes(subject))
    children = worker.children()
    worker.terminate()
    assert not [child for child in children if is_alive(child)]
    job = queue.job(subject)
    assert (job.state, job.deaths) == ("queued", 0)
    start_worker()
    queue.wait_state(subject, "done")


def test_sigterm_to_the_whole_group_stops_too(queue, start_worker):
    """Fault: SIGTERM to the whole process group hangs the library."""
    subject = queue.ask("polite")
    worker = start_worker()
    queue.wait_for(lambda: queue.notes(subject))
    children = worker.children()
    os.killpg(worker.process.pid, signal.SIGTERM)
    worker.process.wait(HANGS_AFTER)
    assert not [child for child in children if is_alive(child)]
    job = queue.job(subject)
    assert (job.state, job.deaths) == ("queued", 0)


def test_an_idle_worker_stops_at_once(queue, start_worker):
    worker = start_worker()
    queue.wait_state(queue.ask("quick"), "done")
    worker.terminate()
    assert workers() == []


def test_a_parent_killed_leaves_no_process_behind_and_loses_no_job(queue, start_worker):
    subject = queue.ask("deaf_once")
    worker = start_worker()
    queue.wait_for(lambda: queue.notes(subject))
    children = worker.children()
    worker.process.kill()
    worker.process.wait()
    queue.wait_for(lambda: not any(map(is_alive, children)), seconds=3)
    start_worker()
    job = queue.wait_state(subject, "done")
    assert queue.notes(subject) == ["served 1", "served 2"]
    assert job.attempts == 2


def test_an_idle_process_killed_with_the_queue_s_lock_does_not_deafen_the_cluster(
    queue, start_worker
):
    worker = start_worker(processes=2)
    queue.wait_state(queue.ask("quick"), "done")
    worker.wait_ready(5)
    (sentinel,) = worker.family.children()
    victims = sentinel.children()[:2]
    for victim in victims:
        victim.kill()
    time.sleep(1)
    subjects = [queue.ask("brief") for _ in range(4)]
    for subject in subjects:
        queue.wait_state(subject, "done", seconds=30)


def test_a_sentinel_killed_is_replaced(queue, start_worker):
    worker = start_worker().wait_ready()
    queue.wait_state(queue.ask("quick"), "done")
    (sentinel,) = worker.family.children()
    sentinel.kill()
    queue.wait_state(queue.ask("quick"), "done")
    assert worker.process.poll() is None


def test_workers_say_that_they_are_there(queue, start_worker):
    start_worker("short", 1)
    start_worker("long", 2)
    queue.wait_for(lambda: len(workers()) == 2)
    assert [(each.cluster, each.processes) for each in workers()] == [("long", 2), ("short", 1)]


def test_the_two_clusters_serve_their_own(queue, start_worker):
    start_worker("long")
    subject = queue.ask("quick", cluster="long")
    other = queue.ask("quick")
    queue.wait_state(subject, "done")
    assert queue.state(other) == "queued"
