"""Operations, their events in one chain per tenant, and life-cycle entries: tables that only grow.

The application role may insert and read. Only the columns of ``Operation`` that follow its
progress, and the head of the chain, may be updated, forward (triggers of migration 0001).
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from sae.kernel.outcomes import Outcome
from sae.tenancy.models import TenantForeignKey, TenantModel

OUTCOMES = [
    (Outcome.STARTED.name, _("En cours")),
    (Outcome.OK.name, _("Succès")),
    (Outcome.WARNING.name, _("Avertissement")),
    (Outcome.KO.name, _("Échec")),
    (Outcome.FATAL.name, _("Erreur technique")),
]


class Operation(TenantModel):
    """One act: a deposit, an import, an elimination…; its truth is what its events say.

    ``agent_id`` is the technical identifier of an account, never a name: an account can be
    anonymised without touching the proof.
    """

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("En cours")
        PAUSE = "PAUSE", _("En pause")
        COMPLETED = "COMPLETED", _("Terminée")

    type = models.CharField(_("type"), max_length=80)
    category = models.CharField(_("catégorie"), max_length=80)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.RUNNING)
    outcome = models.CharField(
        _("statut"), max_length=10, choices=OUTCOMES, default=Outcome.STARTED.name
    )
    started_at = models.DateTimeField(_("début"))
    ended_at = models.DateTimeField(_("fin"), null=True)
    agent_id = models.UUIDField(_("agent"), null=True)
    application_id = models.CharField(_("application"), max_length=200, blank=True)
    request_id = models.CharField(_("requête"), max_length=200, blank=True)
    message_identifier = models.TextField(_("identifiant du message"), blank=True)
    parent = TenantForeignKey("self", null=True, related_name="children", db_index=False)
    detail = models.JSONField(default=dict)

    # Anchors: an event removed from the end of the chain is still missed here.
    event_count = models.IntegerField(default=0)
    last_sequence = models.BigIntegerField(default=0)
    last_hash = models.BinaryField(default=bytes)
    life_cycle_count = models.IntegerField(default=0)
    life_cycle_frontier = models.BinaryField(default=bytes)

    PROGRESS_COLUMNS: ClassVar[tuple[str, ...]] = (
        "state",
        "outcome",
        "ended_at",
        "message_identifier",
        "detail",
        "event_count",
        "last_sequence",
        "last_hash",
        "life_cycle_count",
        "life_cycle_frontier",
    )

    class Meta(TenantModel.Meta):
        verbose_name = _("opération")
        verbose_name_plural = _("opérations")
        indexes = [
            models.Index(fields=["tenant", "type", "id"], name="operation_type"),
            models.Index(fields=["tenant", "category", "id"], name="operation_category"),
            # Depositors choose their identifiers: a long one must not overflow the index.
            models.Index("tenant", Left("message_identifier", 200), name="operation_message"),
            models.Index(
                fields=["tenant", "parent"],
                name="operation_parent",
                condition=models.Q(parent__isnull=False),
            ),
            models.Index(
                fields=["tenant", "id"],
                name="operation_open",
                condition=~models.Q(state="COMPLETED"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["RUNNING", "PAUSE", "COMPLETED"]),
                name="operation_state",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=[name for name, _label in OUTCOMES]),
                name="operation_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Event(TenantModel):
    """One link of the tenant's chain; ``sequence`` has no gap within the tenant."""

    sequence = models.BigIntegerField()
    operation = TenantForeignKey(Operation, related_name="events", db_index=False)
    parent_id = models.UUIDField(null=True)
    code = models.CharField(max_length=200)
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    outcome_detail = models.CharField(max_length=300)
    occurred_at = models.DateTimeField()
    detail = models.JSONField(default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta(TenantModel.Meta):
        verbose_name = _("événement")
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sequence"], name="event_sequence"),
        ]
        indexes = [
            models.Index(fields=["tenant", "operation", "sequence"], name="event_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.outcome_detail}"


class JournalHead(TenantModel):
    """The end of a tenant's chain: how many events, and the last hash. Locked at each append."""

    sequence = models.BigIntegerField(default=0)
    hash = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="journal_head_tenant")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.sequence}"


class LifeCycleEntry(TenantModel):
    """What one operation did to one unit or object group: a leaf of the operation's Merkle tree.

    ``codes`` are the events passed, in order; ``outcome`` is the worst; ``detail["outcomes"]``
    gives the outcome of a code that was not OK, the other keys differences and outside events.
    """

    class Subject(models.TextChoices):
        UNIT = "unit", _("unité d’archives")
        OBJECT_GROUP = "object_group", _("groupe d’objets")

    # No foreign key to the operation: its check would cost as much as the insert (one lookup per
    # row at tens of thousands per second), and the writer holds the operation's row locked.
    operation_id = models.UUIDField()
    sequence = models.IntegerField()
    subject_kind = models.CharField(max_length=12, choices=Subject.choices)
    subject_id = models.UUIDField()
    codes = ArrayField(models.TextField())
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    occurred_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("journal du cycle de vie")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operation_id", "sequence"], name="life_cycle_sequence"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "subject_id"], name="life_cycle_subject")]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.outcome}"
