"""Archive units and the edges of their graph."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.journal.models import Operation
from sae.tenancy.models import TenantForeignKey, TenantModel

ROOT = uuid.UUID(int=0)
"""Parent written in the edges of a unit that has none."""


class ArchiveUnit(TenantModel):
    """A unit of description, from a whole fonds down to a piece.

    Units form a graph: several parents are allowed, a cycle is not. ``content`` holds the
    descriptive metadata under their SEDA names; the columns beside are what lists and filters
    need. ``management`` holds the rules as declared, end dates computed
    (``{"AppraisalRule": {"Rules": [{"Rule", "StartDate", "EndDate"}], "FinalAction": …}}``).
    """

    class Type(models.TextChoices):
        INGEST = "INGEST", _("archives")
        FILING_UNIT = "FILING_UNIT", _("plan de classement")
        HOLDING_UNIT = "HOLDING_UNIT", _("arbre de positionnement")

        @property
        def rank(self) -> int:
            """Order of types: a unit goes under a unit of its own rank or above."""
            return ["INGEST", "FILING_UNIT", "HOLDING_UNIT"].index(self.value)

    operation = TenantForeignKey(
        Operation, related_name="+", db_index=False, verbose_name=_("versement")
    )
    operations = ArrayField(models.UUIDField(), default=list)
    unit_type = models.CharField(max_length=12, choices=Type.choices, default=Type.INGEST)
    title = models.TextField(_("intitulé"))
    level = models.CharField(_("niveau de description"), max_length=20)
    start_date = models.DateField(_("date de début"), null=True)
    end_date = models.DateField(_("date de fin"), null=True)
    parents = ArrayField(models.UUIDField(), default=list)
    ancestors = ArrayField(models.UUIDField(), default=list)
    depth = models.PositiveIntegerField(default=1)
    originating_agency = models.TextField(_("service producteur"), blank=True, default="")
    originating_agencies = ArrayField(models.TextField(), default=list)
    object_group = TenantForeignKey(
        "holdings.ObjectGroup", null=True, related_name="units", db_index=False
    )
    content = models.JSONField(default=dict)
    management = models.JSONField(default=dict)
    archive_unit_profile = models.TextField(blank=True, default="")
    seda_version = models.CharField(max_length=5, blank=True, default="")
    manifest_id = models.TextField(blank=True, default="")
    child_count = models.PositiveIntegerField(default=0)
    descendant_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("unité d’archives")
        verbose_name_plural = _("unités d’archives")
        indexes = [
            # Without the tenant: foreign keys look for (tenant, id), and over a table too new for
            # its statistics, or vacuumed while its first rows were loaded, any index that holds
            # the tenant was taken for as good as the primary key: 100 000 units, hours in COMMIT.
            models.Index(fields=["operation"], name="unit_of_operation"),
            models.Index(
                fields=["tenant", "object_group"],
                name="unit_object_group",
                condition=models.Q(object_group__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class UnitEdge(TenantModel):
    """One parent–child link, kept in the order in which children are listed.

    A plain B-tree on ``(tenant, parent, sort_key, unit)``: array operators are not leakproof, so
    under row-level security ``parents @> …`` could not use an index (0.85 ms became 193 ms).
    ``parent_id`` is ``ROOT`` for a unit without parent.
    """

    parent_id = models.UUIDField()
    unit = TenantForeignKey(ArchiveUnit, related_name="edges", db_index=False)
    sort_key = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "parent_id", "sort_key", "unit"], name="unit_edge_order"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "unit"], name="unit_edge_unit")]

    def __str__(self) -> str:
        return f"{self.parent_id} › {self.unit_id}"
