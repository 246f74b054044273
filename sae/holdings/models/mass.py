"""Operations over many units: what was chosen, how far they are, what became of each unit."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantForeignKey, TenantModel


class MassOperation(TenantModel):
    """One act over a selection of units; its ``id`` is that of its operation in the journal.

    The selection is frozen in ``batches`` when the act is prepared: what is checked is what is
    applied, whatever is found meanwhile. ``parameters`` belong to the ``kind`` (see
    ``sae.holdings.mass``). ``preview`` and ``counts`` tell, by result key, how many units a
    dry run announced and how many were treated: ``{"UNIT_METADATA_UPDATE": 12}``.

    ``contracts``: the access contracts under which its units were chosen, empty when by somebody
    who sees everything: by them others see the act, or do not (see ``access.updates.acts_seen``).
    ``reverted_by``: the operation that put the previous values back.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        CHECKING = "checking", _("contrôle en cours")
        CHECKED = "checked", _("contrôlée")
        RUNNING = "running", _("en cours")
        PAUSED = "paused", _("en pause")
        CANCELLED = "cancelled", _("arrêtée")
        DONE = "done", _("terminée")
        FAILED = "failed", _("erreur technique")

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    query = models.TextField(blank=True, default="")
    contracts: Any = ArrayField(models.TextField(), default=list)
    parameters = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    ok = models.PositiveIntegerField(default=0)
    warning = models.PositiveIntegerField(default=0)
    ko = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    agent_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reverted_by = models.UUIDField(null=True)
    fault = models.TextField(blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name = _("modification en masse")
        verbose_name_plural = _("modifications en masse")
        indexes = [models.Index(fields=["tenant", "state", "created_at"], name="mass_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_launched(self) -> bool:
        """It has an operation in the journal."""
        return self.launched_at is not None

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.CANCELLED, self.State.FAILED)

    @property
    def is_live(self) -> bool:
        """A job is at work, or about to be."""
        return self.state in (self.State.CHECKING, self.State.RUNNING)


class MassBatch(TenantModel):
    """A part of the selection, treated in one transaction.

    ``refused``: units of the part that the contract does not let one write. ``inputs``: what is
    asked of each unit when it differs from one to the other (``{unit: …}``). ``preview`` and
    ``entries`` are lists of ``[unit, status, result key, message]``, in the order of ``unit_ids``,
    made by the dry run and by the act. ``seen``: in the same order, digests of what the dry run
    showed to be written over (see ``sae.holdings.mass.seen``). ``undo``: previous values by unit,
    for a revert.
    """

    mass = TenantForeignKey(MassOperation, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    unit_ids: Any = ArrayField(models.UUIDField())
    refused: Any = ArrayField(models.UUIDField(), default=list)
    inputs = models.JSONField(default=dict)
    preview: Any = models.JSONField(null=True)
    seen = models.BinaryField(null=True)
    entries: Any = models.JSONField(null=True)
    undo = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "mass", "number"], name="mass_batch_number"),
        ]

    def __str__(self) -> str:
        return f"{self.mass_id} {self.number}"


class PendingMetadata(TenantModel):
    """A file of metadata about to be written to the offers: it goes once every copy is confirmed.

    It is kept with the change that it tells, so that neither can exist without the other.
    """

    operation_id = models.UUIDField()
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("métadonnées à répliquer")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operation_id", "name"], name="pending_metadata_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.name}"
