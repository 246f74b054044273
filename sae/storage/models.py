"""What is kept, and the state of each of its copies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantForeignKey, TenantModel


class StoredObject(TenantModel):
    """Bytes kept under one key at every offer of a strategy, written once.

    A pack holds many small objects: what the fonds calls an object is then ``length`` bytes from
    ``offset``. ``part_digests``: 16-byte MD5 of each part of ``part_size`` bytes, so that any range
    can be verified without reading the whole; empty when unknown (rebuilt from the offers).
    """

    class Kind(models.TextChoices):
        OBJECT = "object", _("objet")
        PACK = "pack", _("lot de petits objets")
        MANIFEST = "manifest", _("bordereau")
        REPLY = "reply", _("réponse au versement")
        REPORT = "report", _("rapport")
        METADATA = "metadata", _("métadonnées")
        JOURNAL = "journal", _("journal")
        SEAL = "seal", _("scellement")
        PACKAGE = "package", _("paquet")
        OTHER = "other", _("autre")

    operation_id = models.UUIDField(_("opération"))
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    key = models.TextField(_("clef"))
    size = models.BigIntegerField(_("taille"))
    sha512 = models.CharField(_("empreinte SHA-512"), max_length=128)
    part_size = models.BigIntegerField()
    part_digests = models.BinaryField(default=bytes)
    strategy = models.CharField(_("stratégie"), max_length=50)
    created_at = models.DateTimeField(_("date d’enregistrement"))

    class Meta:
        verbose_name = _("objet conservé")
        verbose_name_plural = _("objets conservés")
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="stored_object_key")]
        # Without the tenant, lest foreign keys take it for as good as the primary key.
        indexes = [models.Index(fields=["operation_id"], name="stored_object_of_operation")]

    def __str__(self) -> str:
        return self.key


class ObjectCopy(TenantModel):
    """One copy of a stored object at one offer.

    ``reported_digest`` is what the offer itself said when the copy was accepted (see
    ``offers.base.Reported``); ``last_verified_at`` is when its bytes were last read back and found
    to be right.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("en attente")
        PRESENT = "present", _("présente")
        MISSING = "missing", _("absente")
        CORRUPT = "corrupt", _("altérée")
        DELETED = "deleted", _("supprimée")

    stored_object = TenantForeignKey(StoredObject, related_name="copies", db_index=False)
    offer = models.CharField(_("offre"), max_length=50)
    state = models.CharField(_("état"), max_length=8, choices=State.choices)
    reported_digest = models.TextField(blank=True, default="")
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True)
    last_verified_at = models.DateTimeField(_("vérifiée le"), null=True)

    class Meta:
        verbose_name = _("copie")
        verbose_name_plural = _("copies")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "stored_object", "offer"], name="object_copy_offer"
            )
        ]
        indexes = [
            # What the next audit of an offer must read, oldest verification first.
            models.Index(
                fields=["tenant", "offer", "last_verified_at"],
                name="object_copy_audit",
                condition=models.Q(state__in=["present", "missing", "corrupt"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.stored_object_id} · {self.offer}"
