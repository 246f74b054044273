"""Contracts between a coffre and those who deposit, read or manage; contexts of applications."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.referentials import Referential


class Status(models.TextChoices):
    ACTIVE = "ACTIVE", _("actif")
    INACTIVE = "INACTIVE", _("inactif")


class Contract(Referential):
    """What every contract says. A contract that is not active authorises nothing."""

    name = models.TextField(_("nom"))
    description = models.TextField(_("description"), blank=True, default="")
    status = models.CharField(
        _("statut"), max_length=8, choices=Status.choices, default=Status.INACTIVE
    )
    activated_at = models.DateTimeField(_("activé le"), null=True)
    deactivated_at = models.DateTimeField(_("désactivé le"), null=True)

    class Meta(Referential.Meta):
        abstract = True

    @property
    def is_active(self) -> bool:
        return self.status == Status.ACTIVE


class IngestContract(Contract):
    """Contrat d’entrée: what a deposit that names it may bring, and where it goes."""

    class ParentLink(models.TextChoices):
        AUTHORIZED = "AUTHORIZED", _("autorisé")
        REQUIRED = "REQUIRED", _("obligatoire")
        UNAUTHORIZED = "UNAUTHORIZED", _("interdit")

    archive_profiles = ArrayField(
        models.TextField(), verbose_name=_("profils d’archivage"), default=list
    )
    link_parent_id = models.UUIDField(_("position de rattachement"), null=True)
    check_parent_link = models.CharField(
        _("rattachement par le bordereau"),
        max_length=12,
        choices=ParentLink.choices,
        default=ParentLink.AUTHORIZED,
    )
    check_parent_ids = ArrayField(
        models.UUIDField(), verbose_name=_("positions permises"), default=list
    )
    master_mandatory = models.BooleanField(_("original obligatoire"), default=True)
    every_data_object_version = models.BooleanField(_("tous les usages"), default=False)
    data_object_versions = ArrayField(
        models.TextField(), verbose_name=_("usages permis"), default=list
    )
    format_unidentified_authorized = models.BooleanField(
        _("formats non identifiés acceptés"), default=False
    )
    every_format_type = models.BooleanField(_("tous les formats"), default=True)
    format_types = ArrayField(models.TextField(), verbose_name=_("formats permis"), default=list)
    management_contract_id = models.TextField(_("contrat de gestion"), blank=True, default="")
    compute_inherited_rules_at_ingest = models.BooleanField(
        _("échéances calculées au versement"), default=False
    )
    signature_policy = models.JSONField(_("politique de signature"), null=True)

    class Meta(Contract.Meta):
        verbose_name = _("contrat d’entrée")
        verbose_name_plural = _("contrats d’entrée")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "identifier"], name="ingest_contract_identifier"
            )
        ]


class AccessContract(Contract):
    """Contrat d’accès: which archives may be seen, and what may be done with them."""

    originating_agencies = ArrayField(
        models.TextField(), verbose_name=_("services producteurs"), default=list
    )
    every_originating_agency = models.BooleanField(_("tous les producteurs"), default=False)
    data_object_versions = ArrayField(models.TextField(), verbose_name=_("usages"), default=list)
    every_data_object_version = models.BooleanField(_("tous les usages"), default=False)
    root_units = ArrayField(models.UUIDField(), verbose_name=_("positions ouvertes"), default=list)
    excluded_root_units = ArrayField(
        models.UUIDField(), verbose_name=_("positions exclues"), default=list
    )
    writing_permission = models.BooleanField(_("modification permise"), default=False)
    writing_restricted_description = models.BooleanField(
        _("modification de la seule description"), default=False
    )
    access_log = models.CharField(
        _("journal des accès"), max_length=8, choices=Status.choices, default=Status.INACTIVE
    )
    rule_categories_to_filter = ArrayField(
        models.TextField(), verbose_name=_("règles à échoir avant l’accès"), default=list
    )
    rule_categories_to_filter_for_other_agencies = ArrayField(
        models.TextField(),
        verbose_name=_("règles à échoir avant l’accès, autres producteurs"),
        default=list,
    )
    do_not_filter_filing_schemes = models.BooleanField(
        _("plans de classement toujours visibles"), default=False
    )

    class Meta(Contract.Meta):
        verbose_name = _("contrat d’accès")
        verbose_name_plural = _("contrats d’accès")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "identifier"], name="access_contract_identifier"
            )
        ]


class ManagementContract(Contract):
    """Contrat de gestion: where copies go, which versions are kept, who names things for ever."""

    storage = models.JSONField(_("stockage"), default=dict)
    version_retention_policy = models.JSONField(_("conservation des versions"), default=dict)
    persistent_identifier_policy = models.JSONField(_("identifiants pérennes"), default=list)

    class Meta(Contract.Meta):
        verbose_name = _("contrat de gestion")
        verbose_name_plural = _("contrats de gestion")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "identifier"], name="management_contract_identifier"
            )
        ]


class Context(Contract):
    """Contexte applicatif: the coffres and contracts that an application may use.

    ``permissions``: ``[{"tenant": 3, "AccessContracts": […], "IngestContracts": […]}]``, coffres
    of the same organisation alone.
    """

    enable_control = models.BooleanField(_("contrôle des contrats"), default=False)
    security_profile = models.TextField(_("profil de sécurité"))
    permissions = models.JSONField(_("permissions"), default=list)

    class Meta(Contract.Meta):
        verbose_name = _("contexte applicatif")
        verbose_name_plural = _("contextes applicatifs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "identifier"], name="context_identifier")
        ]


class SecurityProfile(Referential):
    """Profil de sécurité: the calls of the interface that an application may make."""

    name = models.TextField(_("nom"))
    full_access = models.BooleanField(_("tous les accès"), default=False)
    permissions = ArrayField(models.TextField(), verbose_name=_("permissions"), default=list)

    class Meta(Referential.Meta):
        verbose_name = _("profil de sécurité")
        verbose_name_plural = _("profils de sécurité")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "identifier"], name="security_profile_identifier"
            )
        ]
