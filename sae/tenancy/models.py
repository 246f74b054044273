"""Organisations, their coffres (tenants), and the base of every table that belongs to a tenant."""

import uuid
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.kernel.identifiers import new_id
from sae.tenancy.scope import WrongTenantError, current_scope, current_tenant_id


def first_languages() -> list[str]:
    """Return the languages of a coffre that chose none: French."""
    return ["fr"]


class Organisation(models.Model):
    """A local authority (or the platform's operator) with its own coffres and administrators.

    ``suspended_at``: since then nobody of it signs in, no application is answered and its jobs are
    held; what it keeps is kept. ``is_template``: its referentials and groups serve to begin others.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("nom"), max_length=200, unique=True)
    code = models.CharField(_("code"), max_length=20, blank=True, default="")
    address = models.TextField(_("adresse"), blank=True, default="")
    is_platform = models.BooleanField(_("exploitant de la plateforme"), default=False)
    is_template = models.BooleanField(_("organisation modèle"), default=False)
    suspended_at = models.DateTimeField(_("suspendue le"), null=True)
    suspension_reason = models.TextField(_("motif de suspension"), blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organisation")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~models.Q(code=""), name="organisation_code"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """A coffre: the watertight unit of everything that is kept.

    ``number`` is the small integer that the peers' interfaces carry in ``X-Tenant-Id``. Quotas are
    limits of what it may hold, ``None`` for none. ``languages``: ISO 639-1 codes of what it keeps,
    the usual one first. Contracts: identifiers proposed first to whoever deposits or gives access.
    """

    class Kind(models.TextChoices):
        ARCHIVES = "archives", _("coffre d’archives")
        PROOF = "proof", _("coffre de preuve")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tenants")
    number = models.PositiveIntegerField(_("numéro"), unique=True)
    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ARCHIVES)
    colour = models.CharField(_("couleur"), max_length=7, default="#3D5566")
    languages = ArrayField(models.CharField(max_length=2), default=first_languages)
    quota_bytes = models.BigIntegerField(_("quota de volume"), null=True)
    quota_units = models.BigIntegerField(_("quota d’unités"), null=True)
    ingest_contract = models.TextField(_("contrat d’entrée par défaut"), blank=True, default="")
    access_contract = models.TextField(_("contrat d’accès par défaut"), blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("coffre")
        verbose_name_plural = _("coffres")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="tenant_name"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(kind="proof"),
                name="tenant_one_proof_per_organisation",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TenantQuerySet(models.QuerySet):
    """Rows of the tenant in scope; writes are checked against that scope."""

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        rows = list(objs)
        for row in rows:
            row.check_tenant()
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Fails closed: no scope, no query."""

    def get_queryset(self) -> TenantQuerySet:
        scope = current_scope()
        queryset = super().get_queryset()
        if scope.is_platform:
            return queryset
        return queryset.filter(tenant_id=scope.tenant_id)


class TenantModel(models.Model):
    """Base of every table that belongs to a tenant.

    Its migration must carry ``sae.tenancy.operations.TenantTable``, which gives the table its
    primary key ``(tenant_id, id)``, its policies and its grants.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # No database constraint of Django's: TenantTable adds it, with the composite keys.
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def check_tenant(self) -> None:
        """Fill in the tenant in scope; raise ``WrongTenantError`` when the row has another."""
        scope = current_scope()
        if self.tenant_id is None:
            self.tenant_id = current_tenant_id()
        elif not scope.is_platform and self.tenant_id != scope.tenant_id:
            raise WrongTenantError(f"{type(self).__name__} of another tenant")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_tenant()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.check_tenant()
        return super().delete(*args, **kwargs)

    @classmethod
    def in_tenant(cls, identifier: uuid.UUID) -> Self:
        """Return the row of the tenant in scope; raise ``DoesNotExist`` for any other."""
        return cls.objects.get(id=identifier)


class TenantForeignKey(models.ForeignKey):
    """A key to a row of the same tenant.

    PostgreSQL's own check of a foreign key ignores row-level security, so a plain key could point
    across the wall; the constraint ``(tenant_id, x_id) → (tenant_id, id)`` made by ``TenantTable``
    cannot.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
