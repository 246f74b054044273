"""The bell: the only module that speaks to django-q2.

A message says « look at the queue », nothing more. It is sent in the caller's transaction, so it
exists exactly when the job does. Lost, late, doubled or delivered again, it changes nothing: the
job's row alone says what is to be done, and the reaper rings again when nobody came.
"""

from django.db import connection
from django_q.tasks import async_task

# Past this many messages unanswered, one more wakes nobody sooner.
_ENOUGH = 32


def ring(cluster: str, times: int = 1) -> None:
    """Wake ``times`` workers of a cluster when the transaction commits."""
    for _ in range(min(times, _ENOUGH - unanswered(cluster))):
        async_task(
            "sae.jobs.serving.serve",
            cluster,
            q_options={
                "cluster": cluster,
                # No alarm: an exception raised by a signal anywhere in a step would be taken for
                # the step's own. Stuck handlers are the heartbeat's business.
                "timeout": -1,
                "ack_failure": True,
                "save": False,
            },
        )


def unanswered(cluster: str) -> int:
    """Count the messages that wait for a worker, up to a few."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM django_q_ormq WHERE key = %s "
            "AND lock <= clock_timestamp() LIMIT %s) AS waiting",
            [cluster, _ENOUGH],
        )
        count: int = cursor.fetchone()[0]
        return count
