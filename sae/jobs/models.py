"""The queue: jobs of tenants, whose turn it is, and the workers that are there."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant, TenantModel


class Cluster(models.TextChoices):
    """Two pools of workers, so that a day's work never keeps a second's work waiting."""

    SHORT = "short", _("travaux courts")
    LONG = "long", _("travaux longs")


class JobState(models.TextChoices):
    QUEUED = "queued", _("en file")
    CLAIMED = "claimed", _("en cours")
    WAITING = "waiting", _("en attente")
    DONE = "done", _("terminé")
    QUARANTINED = "quarantined", _("en quarantaine")
    CANCELLED = "cancelled", _("annulé")


OPEN_STATES = (JobState.QUEUED, JobState.CLAIMED, JobState.WAITING)


class Job(TenantModel):
    """« Advance ``subject_id`` »: ``kind`` names the registered handler that knows how.

    ``token`` grows at each claim and each time a claim is taken back: it is what a worker must
    still hold when it commits. ``deaths`` counts the workers that died on the job since it last
    went on, ``failures`` the exceptions of its handler.
    """

    kind = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    cluster = models.CharField(max_length=10, choices=Cluster.choices)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    priority = models.SmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    attempts = models.IntegerField(default=0)
    deaths = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    rerun = models.BooleanField(default=False)

    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=200, blank=True)

    created_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    busy_ms = models.BigIntegerField(default=0)

    progress_done = models.BigIntegerField(null=True)
    progress_total = models.BigIntegerField(null=True)
    progress_label = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("travail")
        verbose_name_plural = _("travaux")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject_id"],
                condition=models.Q(state__in=["queued", "claimed", "waiting"]),
                name="job_open",
            ),
        ]
        indexes = [
            models.Index(
                "tenant",
                "cluster",
                models.F("priority").desc(),
                "queued_at",
                "id",
                condition=models.Q(state="queued"),
                name="job_queued",
            ),
            # Small: the jobs in hand. lease_until stays out, so that a heartbeat touches no index.
            models.Index(
                fields=["cluster"], condition=models.Q(state="claimed"), name="job_claimed"
            ),
            models.Index(
                fields=["not_before"], condition=models.Q(state="waiting"), name="job_waiting"
            ),
            models.Index(
                fields=["cluster", "finished_at"],
                condition=models.Q(state="done"),
                name="job_done",
            ),
            models.Index(fields=["tenant", "subject_id"], name="job_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Turn(models.Model):
    """When a tenant was last served by a cluster: the one served longest ago is next.

    Belongs to the platform: it holds no more than the tenant's identifier and a date.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    cluster = models.CharField(max_length=10, choices=Cluster.choices)
    last_served = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cluster", "tenant"], name="turn_once")]

    def __str__(self) -> str:
        return f"{self.cluster} {self.tenant_id}"


class WorkerPresence(models.Model):
    """A ``manage.py worker`` that said lately that it was there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    cluster = models.CharField(max_length=10, choices=Cluster.choices)
    host = models.CharField(max_length=200)
    pid = models.IntegerField()
    processes = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("exécutant")

    def __str__(self) -> str:
        return f"{self.cluster} {self.host}:{self.pid}"
