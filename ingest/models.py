"""Deposits, their problems, and uploads under way."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ingest.cancellation.models import DepositCancellation
from ingest.connectors.models import ConnectorAccess, ConnectorTransfer, ConnectorUpload
from sae.tenancy.models import TenantForeignKey, TenantModel

__all__ = [
    "ConnectorAccess",
    "ConnectorTransfer",
    "ConnectorUpload",
    "Deposit",
    "DepositCancellation",
    "DepositProblem",
    "Upload",
]


class Deposit(TenantModel):
    """A package received, under the identifier of the operation that judges it.

    ``next_step`` is the position of the step to run; it moves in the transaction that writes the
    step's results and events, so a worker killed at any point resumes at the last committed step.
    """

    class Action(models.TextChoices):
        INGEST = "ingest", _("versement")
        BLANK_TEST = "blank_test", _("contrôle à blanc")
        FILING_SCHEME = "filing_scheme", _("plan de classement")
        HOLDING_SCHEME = "holding_scheme", _("arbre de positionnement")

    class State(models.TextChoices):
        QUEUED = "queued", _("en file")
        RUNNING = "running", _("en cours")
        WAITING = "waiting", _("en attente")
        PAUSED = "paused", _("en pause")
        COMPLETED = "completed", _("terminé")

    class Source(models.TextChoices):
        BROWSER = "browser", _("dépôt à l’écran")
        API = "api", _("application")
        COMMAND_LINE = "command_line", _("ligne de commande")
        CONNECTOR = "connector", _("connecteur")

    number = models.PositiveIntegerField(_("numéro"))
    year = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=20, choices=Action.choices, default=Action.INGEST)
    source = models.CharField(max_length=20, choices=Source.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    outcome = models.CharField(max_length=8, blank=True, default="")
    # Worst outcome of the committed steps: what ``outcome`` returns to once a FATAL is mended.
    settled_outcome = models.CharField(max_length=8, default="OK")
    next_step = models.PositiveSmallIntegerField(default=0)
    waiting_reason = models.TextField(blank=True, default="")
    # Asked to pause once the step in hand is over.
    halts = models.BooleanField(default=False)
    account_id = models.UUIDField(null=True)
    context_id = models.TextField(blank=True, default="")
    # What its depositor could name when it was received (tenants.rights.deposits.Limits).
    limits = models.JSONField(null=True)
    file_name = models.TextField(_("fichier"))
    file_size = models.BigIntegerField(_("taille"))
    manifest_digest = models.TextField(blank=True, default="")
    manifest_digest_algorithm = models.TextField(blank=True, default="")
    message_identifier = models.TextField(_("identifiant du message"), blank=True, default="")
    title = models.TextField(_("objet"), blank=True, default="")
    originating_agency = models.TextField(_("service producteur"), blank=True, default="")
    submission_agency = models.TextField(_("service versant"), blank=True, default="")
    archival_agreement = models.TextField(_("contrat d’entrée"), blank=True, default="")
    archival_profile = models.TextField(_("profil d’archivage"), blank=True, default="")
    seda_version = models.CharField(max_length=5, blank=True, default="")
    unit_count = models.PositiveIntegerField(_("unités"), default=0)
    group_count = models.PositiveIntegerField(default=0)
    object_count = models.PositiveIntegerField(_("objets"), default=0)
    total_size = models.BigIntegerField(_("volume"), default=0)
    problem_count = models.PositiveIntegerField(default=0)
    idempotency_key = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When what it had brought left the fonds; its outcome and its operation stay as they were.
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("versement")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "year", "number"], name="deposit_number"),
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="deposit_idempotency",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-received_at"], name="deposit_received"),
            models.Index(fields=["tenant", "message_identifier"], name="deposit_message"),
            # Few at any time: what arrives is summed at each receipt in a coffre that has a quota.
            models.Index(
                fields=["tenant"],
                condition=~models.Q(state="completed"),
                name="deposit_under_way",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Number by which people name the deposit: ``VERS-2026-0147``."""
        return f"VERS-{self.year}-{self.number:04d}"

    @property
    def operation_id(self) -> uuid.UUID:
        """The journal's operation: same identifier."""
        return self.id


class DepositProblem(TenantModel):
    """One fault of a package, in the order in which it was found.

    ``further``: found by looking on once the package was refused, in controls that did not run.
    """

    deposit = TenantForeignKey(Deposit, related_name="problems", db_index=False)
    position = models.PositiveIntegerField()
    step = models.CharField(max_length=60)
    code = models.TextField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=60, blank=True, default="")
    file = models.TextField(blank=True, default="")
    line = models.PositiveIntegerField(null=True)
    column = models.PositiveIntegerField(null=True)
    element = models.TextField(blank=True, default="")
    identifier = models.TextField(blank=True, default="")
    seen = models.TextField(blank=True, default="")
    expected = models.TextField(blank=True, default="")
    arguments = models.JSONField(default=dict)
    further = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("anomalie")
        verbose_name_plural = _("anomalies")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "deposit", "position"], name="deposit_problem_order"
            )
        ]

    def __str__(self) -> str:
        return self.code


class Upload(TenantModel):
    """A file arriving in pieces (tus 1.0.0): what has come so far, and when it is given up."""

    account_id = models.UUIDField()
    file_name = models.TextField()
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    metadata = models.JSONField(default=dict)
    deposit_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("téléversement")

    def __str__(self) -> str:
        return self.file_name
