"""Acts that wait for a second person: one row per request, in the organisation's proof."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel


class Proposal(TenantModel):
    """One act asked by one person, to be approved by another before it is done.

    ``action`` is the codename of the act (``tenants.rights.four_eyes``); ``coffre_id`` the coffre
    it applies to; ``subject_id`` the thing; ``mark`` tells apart the requests on one thing that may
    wait together. ``arguments``: what the act needs beside, as JSON. ``seen``: digest of what the
    thing was when it was asked; an approval of anything else is refused. The operation that tells
    the request has its identifier.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("à approuver")
        DONE = "done", _("approuvée et faite")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")
        EXPIRED = "expired", _("échue")

    action = models.CharField(_("acte"), max_length=60)
    coffre_id = models.UUIDField(_("coffre"))
    subject_id = models.UUIDField(_("objet"))
    mark = models.CharField(max_length=100, blank=True, default="")
    arguments = models.JSONField(default=dict)
    seen = models.CharField(max_length=64)
    reason = models.TextField(_("motif"))
    proposed_by = models.UUIDField(_("demandée par"))
    proposed_at = models.DateTimeField(_("demandée le"))
    expires_at = models.DateTimeField(_("échéance"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.UUIDField(_("décidée par"), null=True)
    decided_at = models.DateTimeField(_("décidée le"), null=True)
    answer = models.TextField(_("motif du refus"), blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name = _("demande d’approbation")
        verbose_name_plural = _("demandes d’approbation")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "action", "subject_id", "mark"],
                condition=models.Q(state="waiting"),
                name="proposal_waits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.state}"
