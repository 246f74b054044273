"""``manage.py worker``: the parent of one django-q2 cluster, and what that library leaves to do.

It forks the cluster, reaps, notices dead or stuck processes, and stops cleanly within seconds.
The parent runs no thread and holds no connection when it forks.
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
import uuid
from types import FrameType

import psutil
from django.db import Error, connection, connections
from django_q.brokers import get_broker
from django_q.cluster import Cluster as QCluster
from django_q.conf import Conf

from sae.jobs import reaper
from sae.jobs.models import WorkerPresence
from sae.jobs.serving import place
from sae.jobs.tempo import tempo
from sae.kernel import clock

logger = logging.getLogger(__name__)

_NAP = 0.1
_TURN = 0.0001
_PR_SET_PDEATHSIG = 1


def settle_process() -> None:
    """Prepare a process, once all is loaded, for long work by it and by those that it forks."""
    # What is loaded by now stays for good: left to the collector, each of its rounds in the
    # workers would go through it (a seventh of the time of a deposit), and copy its pages.
    gc.collect()
    gc.freeze()
    # A thread that talks to the database or to an offer beside one that computes waits this long
    # for its turn at each answer: with the 5 ms of the interpreter, a fifth of a loading.
    sys.setswitchinterval(_TURN)


class Host:
    """One parent process, one cluster of ``processes`` workers."""

    def __init__(self, cluster: str, processes: int) -> None:
        self.cluster = cluster
        self.processes = processes
        self.presence_id = uuid.uuid4()
        self._told_to_stop = False
        self._q: QCluster | None = None
        self._outage = reaper.Outage()
        self._idle_since = time.monotonic()
        self._next = {"reap": 0.0, "presence": 0.0, "forget": 0.0}

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        die_with_parent()
        self._start()
        logger.info("worker %s: %d processes", self.cluster, self.processes)
        while not self._told_to_stop:
            if self._q is None or not self._q.sentinel.is_alive():
                logger.error("worker %s: cluster lost, started anew", self.cluster)
                self._start_anew()
            self._tick(time.monotonic())
            self._nap(tempo().reap)
        self._stop()

    def _nap(self, seconds: float) -> None:
        """Sleep in short naps: a signal handler only raises a flag, and is never waited for."""
        end = time.monotonic() + seconds
        while not self._told_to_stop and time.monotonic() < end:
            time.sleep(_NAP)

    # The cluster

    def _start(self) -> None:
        close_connections()
        place.stop.value = 0
        place.last_wake.value = time.monotonic()
        self._idle_since = time.monotonic()
        Conf.WORKERS = self.processes
        Conf.QUEUE_LIMIT = self.processes
        Conf.CLUSTER_NAME = self.cluster
        # Recurring work is a job that waits; nothing is left to the library's scheduler.
        Conf.SCHEDULER = False
        # Handlers may start processes of their own, which a daemon may not.
        Conf.DAEMONIZE_WORKERS = False
        settle_process()
        self._q = QCluster(get_broker(self.cluster))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._be_told)
        with contextlib.suppress(RuntimeError):  # the next turn of the loop sees that it is lost
            self._q.start()

    def _be_told(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _start_anew(self) -> None:
        self._kill_children()
        self._start()

    # What the library does not do

    def _tick(self, now: float) -> None:
        try:
            if now >= self._next["presence"]:
                self._next["presence"] = now + tempo().presence
                self._say_present()
            if not self._outage.is_recent(now):
                orphans = reaper.orphans(run=place.run, alive=living_children())
                # SIGTERM to the whole group kills the children too: nobody died on a job.
                for orphan in [] if self._told_to_stop else orphans:
                    reaper.take_back(orphan)
            reaper.wake_waiting()
            self._outage.end()
            self._watch(now, reaper.ring_again(self.cluster))
            if now >= self._next["forget"]:
                self._next["forget"] = now + 3600
                reaper.forget_done()
        except Error as error:
            self._outage.begin(now, error)
        except Exception:
            logger.exception("reaper")

    def _watch(self, now: float, due: int) -> None:
        """Start anew a cluster that leaves due jobs alone while it has idle processes.

        A process killed while it waited for a message dies with the lock of the library's queue:
        the others then wait for ever, alive and deaf.
        """
        if not due or reaper.busy(place.run) >= self.processes:
            self._idle_since = now
        elif now - max(self._idle_since, place.last_wake.value) > tempo().stuck:
            logger.error("worker %s: cluster deaf, started anew", self.cluster)
            reaper.release_run(place.run)
            self._start_anew()

    def _say_present(self) -> None:
        moment = clock.now()
        WorkerPresence.objects.update_or_create(
            id=self.presence_id,
            defaults={"seen_at": moment},
            create_defaults={
                "cluster": self.cluster,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "processes": self.processes,
                "started_at": moment,
                "seen_at": moment,
            },
        )

    # The end

    def _stop(self) -> None:
        """Let the jobs in hand reach the end of a step, then take back those that have not."""
        logger.info("worker %s: stopping", self.cluster)
        place.stop.value = 1
        end = time.monotonic() + tempo().grace
        if self._q is not None and self._q.sentinel.is_alive():
            # In a thread: if the sentinel was killed while it waited for this event (SIGTERM to
            # the whole group does that), setting it never returns. Nor does the library's join.
            threading.Thread(target=self._q.stop_event.set, daemon=True).start()
            self._q.sentinel.join(max(0.0, end - time.monotonic()))
        with contextlib.suppress(Error):
            freed = reaper.release_run(place.run)
            if freed:
                logger.warning("worker %s: %d jobs given back", self.cluster, freed)
        self._kill_children()
        with contextlib.suppress(Error):
            WorkerPresence.objects.filter(id=self.presence_id).delete()
        connection.close()

    def _kill_children(self) -> None:
        children = psutil.Process().children(recursive=True)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        end = time.monotonic() + 1
        while any(map(is_alive, children)) and time.monotonic() < end:
            time.sleep(_NAP / 5)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that is dead but not yet reaped does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def living_children() -> list[int]:
    """Return the processes under this one that still run."""
    return [child.pid for child in psutil.Process().children(recursive=True) if is_alive(child)]


def close_connections() -> None:
    """Close every connection: a socket shared by a fork is closed by the first that leaves."""
    for each in connections.all(initialized_only=True):
        each.close()
        close_pool = getattr(each, "close_pool", None)
        if close_pool is not None:
            close_pool()


_forking = 0


def die_with_parent() -> None:
    """Have every process forked from now on killed when its parent dies, however it dies.

    Otherwise a parent killed by SIGKILL leaves a cluster that nobody reaps nor stops. Linux only;
    elsewhere leases still protect the jobs.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def remember() -> None:
        global _forking
        _forking = os.getpid()

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != _forking:  # it died in between
            os._exit(1)

    os.register_at_fork(before=remember, after_in_child=arm)
