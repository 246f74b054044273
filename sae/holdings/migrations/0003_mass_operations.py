"""Operations over many units, metadata on their way to the offers, units under a hold."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
import sae.tenancy.models
from sae.tenancy.operations import TenantTable

# The predicate of a partial index is proved, not run: the policy does not keep it from being used,
# which it does for an index over jsonb.
HOLDS = """
CREATE INDEX holdings_archiveunit_hold ON holdings_archiveunit (tenant_id, id)
    WHERE management ? 'HoldRule'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("holdings", "0002_search_projection"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MassOperation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "en préparation"),
                            ("checking", "contrôle en cours"),
                            ("checked", "contrôlée"),
                            ("running", "en cours"),
                            ("paused", "en pause"),
                            ("cancelled", "arrêtée"),
                            ("done", "terminée"),
                            ("failed", "erreur technique"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("query", models.TextField(blank=True, default="")),
                ("parameters", models.JSONField(default=dict)),
                ("preview", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("ok", models.PositiveIntegerField(default=0)),
                ("warning", models.PositiveIntegerField(default=0)),
                ("ko", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("agent_id", models.UUIDField(null=True)),
                ("request_id", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("launched_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reverted_by", models.UUIDField(null=True)),
                ("fault", models.TextField(blank=True, default="")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "modification en masse",
                "verbose_name_plural": "modifications en masse",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="MassBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "unit_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                (
                    "refused",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("inputs", models.JSONField(default=dict)),
                ("preview", models.JSONField(null=True)),
                ("entries", models.JSONField(null=True)),
                ("undo", models.JSONField(default=dict)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
                (
                    "mass",
                    sae.tenancy.models.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="holdings.massoperation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PendingMetadata",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("operation_id", models.UUIDField()),
                ("name", models.CharField(max_length=100)),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "métadonnées à répliquer",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="massoperation",
            index=models.Index(fields=["tenant", "state", "created_at"], name="mass_state"),
        ),
        migrations.AddConstraint(
            model_name="massbatch",
            constraint=models.UniqueConstraint(
                fields=("tenant", "mass", "number"), name="mass_batch_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="pendingmetadata",
            constraint=models.UniqueConstraint(
                fields=("tenant", "operation_id", "name"), name="pending_metadata_name"
            ),
        ),
        TenantTable("MassOperation"),
        TenantTable("MassBatch"),
        TenantTable("PendingMetadata"),
        migrations.RunSQL(HOLDS, "DROP INDEX holdings_archiveunit_hold"),
    ]
