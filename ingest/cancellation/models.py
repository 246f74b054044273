"""Requests to cancel a deposit that was accepted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantForeignKey, TenantModel


class DepositCancellation(TenantModel):
    """One request to undo a deposit, under the identifier of its own operation in the journal.

    Nothing disappears before ``effective_at``, nor without the approval of another person where
    the platform asks for it. ``blockers`` says why a request was refused when its time came:
    ``[{"reason", "count", "units": [identifier]}]``. ``removed`` counts what left the fonds:
    ``{"units", "groups", "objects", "size", "stored"}``. Rows stay: they are the trace.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("demandée")
        WITHDRAWN = "withdrawn", _("retirée")
        REFUSED = "refused", _("refusée")
        ERASING = "erasing", _("en cours d’effacement")
        EXECUTED = "executed", _("exécutée")

    deposit = TenantForeignKey("ingest.Deposit", related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    reason = models.TextField(_("motif"))
    requested_by = models.UUIDField(null=True)
    requested_at = models.DateTimeField()
    effective_at = models.DateTimeField(_("prend effet le"))
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    blockers = models.JSONField(default=list)
    removed = models.JSONField(default=dict)
    fault = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("annulation d’un versement")
        verbose_name_plural = _("annulations de versements")
        constraints = [
            # One at a time, and none after one that was carried out.
            models.UniqueConstraint(
                fields=["tenant", "deposit"],
                condition=models.Q(state__in=["requested", "erasing", "executed"]),
                name="deposit_cancellation_one",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "deposit"], name="deposit_cancellation_deposit"),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.state}"
