"""Settings of an organisation, their history, and the accesses that it grants to support.

All of them live in the coffre de preuve of the organisation concerned.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel


class OrganisationSettings(TenantModel):
    """What an organisation chose for its accounts, and its logo. At most one row per organisation.

    ``policy`` holds the chosen fields of ``tenants.organisations.policy.Policy`` by name; one left
    out keeps its default. ``logo`` is empty without one.
    """

    policy = models.JSONField(default=dict)
    logo = models.BinaryField(default=bytes)
    logo_type = models.CharField(max_length=20, blank=True, default="")
    logo_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name = _("réglages")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="organisation_settings_once")
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}"


class SettingsChange(TenantModel):
    """One change of settings: what was before, what came after, who, under which operation.

    ``undone_by`` is the change that put the former values back.
    """

    class Section(models.TextChoices):
        IDENTITY = "identity", _("identité")
        COFFRE = "coffre", _("coffre")
        POLICY = "policy", _("comptes et connexion")
        LOGO = "logo", _("logo")

    section = models.CharField(max_length=10, choices=Section.choices)
    coffre_id = models.UUIDField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    former_logo = models.BinaryField(default=bytes)
    agent_id = models.UUIDField(null=True)
    operation_id = models.UUIDField()
    made_at = models.DateTimeField()
    undone_by = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("changement de réglages")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.section} {self.made_at}"


class SupportAccess(TenantModel):
    """An access of the operator's support to one coffre: asked, answered, used, ended.

    ``requested_by`` is an account of the platform, ``decided_by`` one of the organisation. The
    access holds from ``decided_at`` to ``ends_at`` while ``state`` is ``ACCEPTED``.
    ``operation_id``: the operation under which everything done with it is told.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("demandé")
        ACCEPTED = "accepted", _("accordé")
        REFUSED = "refused", _("refusé")
        WITHDRAWN = "withdrawn", _("retiré")
        ENDED = "ended", _("terminé")

    coffre_id = models.UUIDField()
    requested_by = models.UUIDField()
    reason = models.TextField(_("motif"))
    minutes = models.PositiveIntegerField(_("durée"))
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    is_full = models.BooleanField(_("accès complet"), default=False)
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("accès du support")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["requested_by"],
                condition=models.Q(state__in=["requested", "accepted"]),
                name="support_open",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "coffre_id", "requested_by"],
                condition=models.Q(state__in=["requested", "accepted"]),
                name="support_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.coffre_id} {self.state}"
