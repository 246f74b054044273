"""Object groups (groupes d’objets techniques) and the data objects they hold."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.journal.models import Operation
from sae.storage.models import StoredObject
from sae.tenancy.models import TenantForeignKey, TenantModel


class ObjectGroup(TenantModel):
    """The versions of one document: master copy, copies for dissemination, text, thumbnail."""

    operation = TenantForeignKey(Operation, related_name="+", db_index=False)
    operations = ArrayField(models.UUIDField(), default=list)
    originating_agency = models.TextField(blank=True, default="")
    originating_agencies = ArrayField(models.TextField(), default=list)
    category = models.CharField(max_length=20, blank=True, default="")
    file_info = models.JSONField(default=dict)
    object_count = models.PositiveIntegerField(default=0)
    manifest_id = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("groupe d’objets")
        verbose_name_plural = _("groupes d’objets")
        # Without the tenant: see ArchiveUnit.
        indexes = [models.Index(fields=["operation"], name="group_of_operation")]

    def __str__(self) -> str:
        return self.manifest_id or str(self.id)


class DataObject(TenantModel):
    """One file (or one physical object) in one usage and version.

    The bytes are ``length`` bytes from ``offset`` of a stored object: small objects share a pack.
    ``sha512`` is always computed here; the digest declared by the depositor is kept beside it.
    """

    class Kind(models.TextChoices):
        BINARY = "binary", _("fichier")
        PHYSICAL = "physical", _("objet physique")

    operation = TenantForeignKey(Operation, related_name="+", db_index=False)
    object_group = TenantForeignKey(ObjectGroup, related_name="data_objects", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    usage = models.CharField(_("usage"), max_length=20)
    usage_version = models.PositiveIntegerField(_("version"), default=1)
    uri = models.TextField(blank=True, default="")
    filename = models.TextField(_("nom du fichier"), blank=True, default="")
    size = models.BigIntegerField(_("taille"), null=True)
    sha512 = models.CharField(max_length=128, blank=True, default="")
    declared_algorithm = models.CharField(max_length=10, blank=True, default="")
    declared_digest = models.TextField(blank=True, default="")
    format_id = models.CharField(_("format"), max_length=20, blank=True, default="")
    format_litteral = models.TextField(blank=True, default="")
    mime_type = models.TextField(blank=True, default="")
    physical_id = models.TextField(blank=True, default="")
    metadata = models.JSONField(default=dict)
    stored_object = TenantForeignKey(StoredObject, null=True, related_name="+", db_index=False)
    offset = models.BigIntegerField(default=0)
    length = models.BigIntegerField(null=True)
    manifest_id = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("objet")
        verbose_name_plural = _("objets")
        indexes = [
            models.Index(fields=["tenant", "object_group"], name="object_group_objects"),
            models.Index(fields=["operation"], name="object_of_operation"),  # See ArchiveUnit.
        ]

    def __str__(self) -> str:
        return self.filename or self.uri or str(self.id)

    @property
    def data_object_version(self) -> str:
        """Usage and version as SEDA writes them: ``BinaryMaster_1``."""
        return f"{self.usage}_{self.usage_version}"
