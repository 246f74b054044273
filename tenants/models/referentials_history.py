"""What referentials were, and what is about to change them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel


class ReferentialVersion(TenantModel):
    """One element of a referential as an operation left it; never changed afterwards.

    ``document`` is the element under the names of its import file. ``number`` counts the versions
    of the element from 1, through removals and returns; ``removed`` is its absence.
    ``operation_id`` is empty for the state found when versions began to be kept.
    """

    kind = models.CharField(max_length=30)
    identifier = models.TextField()
    number = models.PositiveIntegerField()
    document = models.JSONField(default=dict)
    removed = models.BooleanField(default=False)
    operation_id = models.UUIDField(null=True)
    agent_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("version d’un élément de référentiel")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "identifier", "number"], name="referential_version_once"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "kind", "-created_at"], name="referential_version_date")
        ]

    def __str__(self) -> str:
        return f"{self.identifier} v{self.number}"


class ReferentialDraft(TenantModel):
    """A file read and compared, not yet applied. It goes once applied, or after some days.

    ``notes`` name what was done to read the file (encoding, separator): keys of sentences.

    A file too large for one request is compared and applied by a job: ``state`` says where it is,
    ``asked`` what for, by whom, and ``told`` what came of it, to be shown.
    """

    class State(models.TextChoices):
        KEPT = "kept", _("gardé")
        COMPARING = "comparing", _("comparaison en cours")
        COMPARED = "compared", _("comparé")
        APPLYING = "applying", _("application en cours")
        APPLIED = "applied", _("appliqué")
        STOPPED = "stopped", _("arrêté")

    class Origin(models.TextChoices):
        FILE = "file", _("fichier")
        TABLE = "table", _("saisie")
        RETURN = "return", _("retour à une version")
        STARTER = "starter", _("jeu de départ")

    kind = models.CharField(max_length=30)
    file_name = models.TextField(blank=True, default="")
    content = models.BinaryField()
    replace = models.BooleanField(default=False)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.FILE)
    notes = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.KEPT)
    asked = models.JSONField(default=dict)
    told = models.JSONField(default=dict)
    agent_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("modification préparée")
        indexes = [models.Index(fields=["tenant", "kind"], name="referential_draft_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
