"""Rules in force as they are stored: one row per distinct result, and which unit has which."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sae.journal.models import Operation
from sae.tenancy.models import TenantForeignKey, TenantModel


class RulesResult(TenantModel):
    """What is in force on all the units that share it.

    ``id`` is drawn from the digest of ``content``: the same content is the same row, never changed,
    so whoever computes it writes it without reading. ``content`` is what the children inherit (see
    ``sae.holdings.rules_laying``), the columns what searches and lists ask, by category or with
    the category's name inside:

    - ``*_end``: the latest end date of the category's rules; those that never end are left out, and
      their category is in ``undated`` (a reached ``*_end`` alone does not mean that all is over);
    - ``rules``, ``own_rules``: identifiers in force, and those that the unit itself declares;
    - ``local``, ``inherited``: categories with rules from the unit, from above;
    - ``prevents``: categories of which the unit refuses all or some of what is above;
    - ``appraisal_actions``, ``storage_actions``: final actions, one per agency at least;
    - ``frozen_until``: the last day before which nobody may move the unit (9999-12-31: forever).
    """

    content = models.JSONField()
    appraisal_end = models.DateField(null=True)
    access_end = models.DateField(null=True)
    dissemination_end = models.DateField(null=True)
    reuse_end = models.DateField(null=True)
    storage_end = models.DateField(null=True)
    classification_end = models.DateField(null=True)
    hold_end = models.DateField(null=True)
    undated = ArrayField(models.TextField(), default=list)
    rules = ArrayField(models.TextField(), default=list)
    own_rules = ArrayField(models.TextField(), default=list)
    local = ArrayField(models.TextField(), default=list)
    inherited = ArrayField(models.TextField(), default=list)
    prevents = ArrayField(models.TextField(), default=list)
    appraisal_actions = ArrayField(models.TextField(), default=list)
    storage_actions = ArrayField(models.TextField(), default=list)
    frozen_until = models.DateField(null=True)
    needs_authorization = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.id)


class UnitRules(TenantModel):
    """Which result a unit has; ``id`` is the unit's.

    A narrow table of its own: when rules change above a hundred thousand units, neither they nor
    their full-text index are rewritten. No foreign key to the result, which costs at each deposit
    and protects from nothing: results are only removed while nobody computes any.
    """

    result_id = models.UUIDField()

    class Meta:
        # Without the tenant: over a coffre too new for its statistics, an index that holds it was
        # taken for as good as the primary key, and each unit looked up read all the others
        # (20 000: 16 s).
        indexes = [models.Index(fields=["result_id"], name="units_of_rules_result")]

    def __str__(self) -> str:
        return f"{self.id}: {self.result_id}"


class RulesUpdate(TenantModel):
    """How far the end dates of the fonds follow a changed referential; ``id`` is the operation's.

    Units are taken by depth then identifier; those up to (``depth``, ``after``) are done.
    """

    operation = TenantForeignKey(Operation, related_name="+", db_index=False)
    rules = ArrayField(models.TextField())
    depth = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    total = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)
    redated = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return ", ".join(self.rules)
