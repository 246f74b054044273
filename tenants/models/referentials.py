"""Referentials shared by every deposit of a coffre: agencies, rules, formats, ontology.

Every referential belongs to one coffre, including those that the peers keep once for the whole
platform (formats, ontology, contexts, security profiles): a coffre never depends on what another
one imported. What the platform itself ships (formats its identifier knows, the vocabularies of
SEDA) stands as long as the coffre has imported nothing of its own: see ``tenants.selectors``.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel


class Referential(TenantModel):
    """Base of what is known by an identifier chosen or given out within a coffre."""

    identifier = models.TextField(_("identifiant"))
    created_at = models.DateTimeField(_("créé le"))
    updated_at = models.DateTimeField(_("modifié le"))
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta(TenantModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.identifier


class Agency(Referential):
    """A service that produces, transfers or keeps archives.

    ``details`` holds what an EAC-CPF record adds, under the peers' names; several values are a
    list, dates are ISO 8601.
    """

    name = models.TextField(_("nom"))
    description = models.TextField(_("description"), blank=True, default="")
    details = models.JSONField(default=dict)

    class Meta(Referential.Meta):
        verbose_name = _("service agent")
        verbose_name_plural = _("services agents")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="agency_identifier")
        ]


class ManagementRule(Referential):
    """A management rule: how long one category of constraint lasts.

    ``duration`` is empty both for an unlimited rule (``unlimited``) and for a hold rule whose
    length is not known beforehand.
    """

    class Category(models.TextChoices):
        APPRAISAL = "AppraisalRule", _("durée d’utilité administrative")
        ACCESS = "AccessRule", _("délai de communicabilité")
        STORAGE = "StorageRule", _("durée d’utilité courante")
        DISSEMINATION = "DisseminationRule", _("délai de diffusion")
        REUSE = "ReuseRule", _("durée de réutilisation")
        CLASSIFICATION = "ClassificationRule", _("durée de classification")
        HOLD = "HoldRule", _("gel")

    class Measurement(models.TextChoices):
        YEAR = "YEAR", _("année")
        MONTH = "MONTH", _("mois")
        DAY = "DAY", _("jour")
        SECOND = "SECOND", _("seconde")

    category = models.CharField(_("catégorie"), max_length=20, choices=Category.choices)
    value = models.TextField(_("intitulé"))
    description = models.TextField(_("description"), blank=True, default="")
    duration = models.PositiveIntegerField(_("durée"), null=True)
    unlimited = models.BooleanField(_("illimitée"), default=False)
    measurement = models.CharField(
        _("unité"), max_length=6, choices=Measurement.choices, blank=True, default=""
    )

    class Meta(Referential.Meta):
        verbose_name = _("règle de gestion")
        verbose_name_plural = _("règles de gestion")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="rule_identifier")
        ]


class FileFormat(Referential):
    """A file format; ``identifier`` is its PRONOM identifier (``fmt/95``), or ``EXTERNAL_…``.

    ``alert`` and ``comment`` are what the organisation itself says of it.
    """

    name = models.TextField(_("nom"))
    version_name = models.TextField(_("version du format"), blank=True, default="")
    mime_types = models.TextField(_("type MIME"), blank=True, default="")
    extensions = ArrayField(models.TextField(), verbose_name=_("extensions"), default=list)
    priority_over = ArrayField(models.TextField(), default=list)
    alert = models.BooleanField(_("à surveiller"), default=False)
    comment = models.TextField(_("note"), blank=True, default="")

    class Meta(Referential.Meta):
        verbose_name = _("format de fichier")
        verbose_name_plural = _("formats de fichiers")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="format_identifier")
        ]


class FormatRelease(TenantModel):
    """Which PRONOM signature file the formats of a coffre come from: one line per coffre."""

    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("date de publication"))

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="format_release_tenant")]

    def __str__(self) -> str:
        return f"PRONOM V{self.number}"


class OntologyTerm(Referential):
    """A vocabulary: the name of a field of description or management, and its type."""

    class Type(models.TextChoices):
        TEXT = "TEXT", _("texte")
        KEYWORD = "KEYWORD", _("mot-clef")
        DATE = "DATE", _("date")
        LONG = "LONG", _("entier")
        DOUBLE = "DOUBLE", _("décimal")
        BOOLEAN = "BOOLEAN", _("oui ou non")
        GEO_POINT = "GEO_POINT", _("point géographique")
        ENUM = "ENUM", _("énumération")

    class Origin(models.TextChoices):
        INTERNAL = "INTERNAL", _("de la plateforme")
        EXTERNAL = "EXTERNAL", _("de l’organisation")

    seda_field = models.TextField(_("élément SEDA"), blank=True, default="")
    api_field = models.TextField(_("champ"), blank=True, default="")
    short_name = models.TextField(_("intitulé"), blank=True, default="")
    description = models.TextField(_("description"), blank=True, default="")
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    type_detail = models.CharField(max_length=10, blank=True, default="")
    string_size = models.CharField(max_length=10, blank=True, default="")
    origin = models.CharField(_("origine"), max_length=8, choices=Origin.choices)
    collections = ArrayField(models.TextField(), default=list)

    class Meta(Referential.Meta):
        verbose_name = _("vocabulaire")
        verbose_name_plural = _("ontologie")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="ontology_identifier")
        ]


class IdentifierSequence(TenantModel):
    """How the identifiers of one kind are given out in a coffre.

    ``mode``: ``given`` (the file must name each element), ``generated`` (``IC-000001``…, what the
    file says is not kept) or ``either`` (generated where the file is silent).
    """

    class Mode(models.TextChoices):
        GIVEN = "given", _("donnés par le fichier")
        GENERATED = "generated", _("attribués par la plateforme")
        EITHER = "either", _("donnés ou attribués")

    kind = models.CharField(max_length=30)
    mode = models.CharField(max_length=9, choices=Mode.choices)
    last_number = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="identifier_sequence_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.last_number}"


class ReferentialImport(TenantModel):
    """A file received, as it came, with the report it got; its ``id`` is that of its operation.

    ``changes`` names the elements ``inserted``, ``updated`` and ``deleted``.
    """

    kind = models.CharField(_("référentiel"), max_length=30)
    file_name = models.TextField(_("fichier"), blank=True, default="")
    content = models.BinaryField()
    sha512 = models.CharField(max_length=128)
    outcome = models.CharField(_("résultat"), max_length=8)
    report = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    changes = models.JSONField(default=dict)
    agent_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("reçu le"))

    class Meta(TenantModel.Meta):
        verbose_name = _("import de référentiel")
        indexes = [models.Index(fields=["tenant", "kind", "-created_at"], name="import_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
