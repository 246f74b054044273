"""Who may deposit through a connector, and what was received from them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantForeignKey, TenantModel


class ConnectorAccess(TenantModel):
    """The login of a client software to one coffre, and how its deposits are to be read.

    ``ingest_contract`` replaces what slips say; ``originating_agency`` completes slips that say
    nothing; ``rules`` maps what slips say in place of rule identifiers:
    ``{category: {"P10Y": "APP-00001"}}``.
    """

    class Kind(models.TextChoices):
        ASALAE = "asalae", _("as@lae")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    login = models.CharField(_("identifiant"), max_length=150)
    password_hash = models.CharField(max_length=255)
    ingest_contract = models.TextField(_("contrat d’entrée"), blank=True, default="")
    context_id = models.TextField(_("contexte applicatif"), blank=True, default="")
    originating_agency = models.TextField(_("service producteur"), blank=True, default="")
    rules = models.JSONField(default=dict)
    enabled = models.BooleanField(_("actif"), default=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("accès d’un connecteur")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "login"], name="connector_access_login"
            )
        ]

    def __str__(self) -> str:
        return self.login


class ConnectorTransfer(TenantModel):
    """A transfer received, under the names by which its client asks for its reply.

    ``content_sha256`` is a digest of the slip and of every file by name: an archive packed again
    has other bytes and the same content. The deposit is the latest one: a transfer refused may be
    sent again, corrected, under the same names.
    """

    kind = models.CharField(max_length=20, choices=ConnectorAccess.Kind.choices)
    access = TenantForeignKey(ConnectorAccess, related_name="transfers")
    deposit = TenantForeignKey("ingest.Deposit", related_name="+")
    transferring_agency = models.TextField()
    message_identifier = models.TextField()
    archival_agency = models.TextField(blank=True, default="")
    seda_version = models.CharField(max_length=5)
    slip_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("transfert reçu par un connecteur")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "transferring_agency", "message_identifier"],
                name="connector_transfer_names",
            )
        ]

    def __str__(self) -> str:
        return self.message_identifier


class ConnectorUpload(TenantModel):
    """An archive that arrives in pieces, one after the other; its slip came first.

    ``received_bytes`` of the file on disk count: what a cut request wrote beyond is cut off.
    """

    access = TenantForeignKey(ConnectorAccess, related_name="uploads")
    security_sha256 = models.CharField(max_length=64)
    slip_name = models.TextField()
    file_name = models.TextField(blank=True, default="")
    piece_count = models.PositiveIntegerField(default=0)
    received_pieces = models.PositiveIntegerField(default=0)
    received_bytes = models.BigIntegerField(default=0)
    transfer_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("archive reçue par morceaux")

    def __str__(self) -> str:
        return str(self.id)

    @property
    def slip_id(self) -> uuid.UUID:
        """Name of the slip's file among incoming ones."""
        return uuid.uuid5(self.id, "slip")
