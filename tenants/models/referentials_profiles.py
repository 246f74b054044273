"""Profiles that deposits or units must match, the external schema, preservation tools."""

import hashlib
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel
from tenants.models.referentials import Referential, ReferentialImport
from tenants.models.referentials_contracts import Contract


class ProfileFile(TenantModel):
    """The content of a file that a version of an archive profile carries, kept once.

    Known by its SHA-512: a version of a notice names it, and a return brings it back.
    """

    sha512 = models.CharField(max_length=128)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("fichier de profil d’archivage")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sha512"], name="profile_file_once")
        ]

    def __str__(self) -> str:
        return self.sha512[:16]

    @classmethod
    def content_of(cls, sha512: str) -> bytes | None:
        """Return the content of a file of the open coffre, ``None`` when it never had it.

        Files joined before contents were kept here are found in the operation that joined them.
        """
        kept = cls.objects.filter(sha512=sha512).first()
        if kept is None:
            kept = ReferentialImport.objects.filter(kind="archiveprofiles", sha512=sha512).first()
        return None if kept is None else bytes(kept.content)


class ArchiveProfile(Contract):
    """Profil d’archivage: the notice, and the XSD or RNG file that a manifest must satisfy."""

    class Format(models.TextChoices):
        XSD = "XSD", _("schéma XML")
        RNG = "RNG", _("Relax NG")

    format = models.CharField(_("format"), max_length=3, choices=Format.choices)
    seda_version = models.CharField(_("version du SEDA"), max_length=5, blank=True, default="")
    path = models.TextField(_("fichier"), blank=True, default="")
    file = models.BinaryField(null=True)

    @property
    def file_facts(self) -> dict[str, Any]:
        """Which file the notice carries: ``Name``, ``Sha512``, ``Size`` in bytes; else nothing.

        Written to, the notice carries that file of the coffre; raises ``LookupError`` when the
        coffre does not have it.
        """
        if self.file is None:
            return {}
        content = bytes(self.file)
        digest = hashlib.sha512(content).hexdigest()
        return {"Name": self.path, "Sha512": digest, "Size": len(content)}

    @file_facts.setter
    def file_facts(self, facts: dict[str, Any]) -> None:
        if not facts:
            self.file, self.path = None, ""
        elif facts != self.file_facts:
            content = ProfileFile.content_of(facts["Sha512"])
            if content is None:
                raise LookupError(facts["Sha512"])
            self.file, self.path = content, facts["Name"]

    class Meta(Contract.Meta):
        verbose_name = _("profil d’archivage")
        verbose_name_plural = _("profils d’archivage")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "identifier"], name="archive_profile_identifier"
            )
        ]


class ArchiveUnitProfile(Contract):
    """Profil d’unité archivistique: a JSON schema (draft 4) that a unit must satisfy.

    ``control_schema`` is the text as it came; ``fields`` the vocabularies it names.
    """

    control_schema = models.TextField(_("schéma de contrôle"))
    seda_version = models.CharField(_("version du SEDA"), max_length=5, blank=True, default="")
    fields = models.JSONField(_("vocabulaires"), default=list)

    class Meta(Contract.Meta):
        verbose_name = _("profil d’unité archivistique")
        verbose_name_plural = _("profils d’unités archivistiques")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="unit_profile_identifier")
        ]


class SchemaElement(Referential):
    """An element of the external schema of units; ``identifier`` is its path (``A.B.Field``)."""

    class Cardinality(models.TextChoices):
        ONE = "ONE", _("au plus un")
        ONE_REQUIRED = "ONE_REQUIRED", _("exactement un")
        MANY = "MANY", _("plusieurs")
        MANY_REQUIRED = "MANY_REQUIRED", _("au moins un")

    short_name = models.TextField(_("intitulé"), blank=True, default="")
    description = models.TextField(_("description"), blank=True, default="")
    cardinality = models.CharField(_("cardinalité"), max_length=13, choices=Cardinality.choices)
    is_object = models.BooleanField(_("groupe de champs"), default=False)
    type = models.CharField(_("type"), max_length=10, blank=True, default="")

    class Meta(Referential.Meta):
        verbose_name = _("élément du schéma externe")
        verbose_name_plural = _("schéma externe")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="schema_element_path")
        ]


class Griffin(Referential):
    """Griffon: a preservation tool known to the platform."""

    name = models.TextField(_("nom"))
    description = models.TextField(_("description"), blank=True, default="")
    executable_name = models.TextField(_("programme"))
    executable_version = models.TextField(_("version du programme"))

    class Meta(Referential.Meta):
        verbose_name = _("griffon")
        verbose_name_plural = _("griffons")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="griffin_identifier")
        ]


class PreservationScenario(Referential):
    """Scénario de préservation: which griffin does what to which format."""

    name = models.TextField(_("nom"))
    description = models.TextField(_("description"), blank=True, default="")
    actions = models.JSONField(_("actions"), default=list)
    griffins_by_format = models.JSONField(default=list)
    default_griffin = models.JSONField(null=True)

    class Meta(Referential.Meta):
        verbose_name = _("scénario de préservation")
        verbose_name_plural = _("scénarios de préservation")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="scenario_identifier")
        ]
