"""Accession register (registre des fonds): what each deposit brought, and what remains of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.journal.models import Operation
from sae.tenancy.models import TenantForeignKey, TenantModel


class AccessionRegisterDetail(TenantModel):
    """One line per deposit and originating agency; counts never lose what once came in."""

    class Status(models.TextChoices):
        STORED_AND_COMPLETED = "STORED_AND_COMPLETED", _("en stock et complet")
        STORED_AND_UPDATED = "STORED_AND_UPDATED", _("en stock et mis à jour")
        UNSTORED = "UNSTORED", _("sorti du stock")

    operation = TenantForeignKey(Operation, related_name="+", db_index=False)
    last_operation_id = models.UUIDField()
    originating_agency = models.TextField(_("service producteur"))
    submission_agency = models.TextField(_("service versant"), blank=True, default="")
    archival_agreement = models.TextField(_("contrat d’entrée"), blank=True, default="")
    archival_profile = models.TextField(blank=True, default="")
    acquisition_information = models.TextField(blank=True, default="")
    legal_status = models.TextField(blank=True, default="")
    message_identifier = models.TextField(blank=True, default="")
    comment = models.TextField(blank=True, default="")
    status = models.CharField(max_length=24, choices=Status.choices)
    units_ingested = models.BigIntegerField(default=0)
    units_remained = models.BigIntegerField(default=0)
    groups_ingested = models.BigIntegerField(default=0)
    groups_remained = models.BigIntegerField(default=0)
    objects_ingested = models.BigIntegerField(default=0)
    objects_remained = models.BigIntegerField(default=0)
    size_ingested = models.BigIntegerField(default=0)
    size_remained = models.BigIntegerField(default=0)
    events = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ligne du registre des fonds")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operation", "originating_agency"], name="register_line"
            )
        ]

    def __str__(self) -> str:
        return f"{self.originating_agency} · {self.operation_id}"
