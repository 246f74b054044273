import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
import sae.tenancy.models
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journal", "0002_append_only"),
        ("storage", "0001_initial"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ObjectGroup",
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
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("originating_agency", models.TextField(blank=True, default="")),
                (
                    "originating_agencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("category", models.CharField(blank=True, default="", max_length=20)),
                ("file_info", models.JSONField(default=dict)),
                ("object_count", models.PositiveIntegerField(default=0)),
                ("manifest_id", models.TextField(blank=True, default="")),
                ("version", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "operation",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.operation",
                    ),
                ),
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
                "verbose_name": "groupe d’objets",
                "verbose_name_plural": "groupes d’objets",
            },
        ),
        migrations.CreateModel(
            name="DataObject",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("binary", "fichier"), ("physical", "objet physique")],
                        max_length=8,
                    ),
                ),
                ("usage", models.CharField(max_length=20, verbose_name="usage")),
                ("usage_version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("uri", models.TextField(blank=True, default="")),
                (
                    "filename",
                    models.TextField(blank=True, default="", verbose_name="nom du fichier"),
                ),
                ("size", models.BigIntegerField(null=True, verbose_name="taille")),
                ("sha512", models.CharField(blank=True, default="", max_length=128)),
                ("declared_algorithm", models.CharField(blank=True, default="", max_length=10)),
                ("declared_digest", models.TextField(blank=True, default="")),
                (
                    "format_id",
                    models.CharField(blank=True, default="", max_length=20, verbose_name="format"),
                ),
                ("format_litteral", models.TextField(blank=True, default="")),
                ("mime_type", models.TextField(blank=True, default="")),
                ("physical_id", models.TextField(blank=True, default="")),
                ("metadata", models.JSONField(default=dict)),
                ("offset", models.BigIntegerField(default=0)),
                ("length", models.BigIntegerField(null=True)),
                ("manifest_id", models.TextField(blank=True, default="")),
                (
                    "operation",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.operation",
                    ),
                ),
                (
                    "stored_object",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.storedobject",
                    ),
                ),
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
                    "object_group",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_objects",
                        to="holdings.objectgroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "objet",
                "verbose_name_plural": "objets",
            },
        ),
        migrations.CreateModel(
            name="ArchiveUnit",
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
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                (
                    "unit_type",
                    models.CharField(
                        choices=[
                            ("INGEST", "archives"),
                            ("FILING_UNIT", "plan de classement"),
                            ("HOLDING_UNIT", "arbre de positionnement"),
                        ],
                        default="INGEST",
                        max_length=12,
                    ),
                ),
                ("title", models.TextField(verbose_name="intitulé")),
                ("level", models.CharField(max_length=20, verbose_name="niveau de description")),
                ("start_date", models.DateField(null=True, verbose_name="date de début")),
                ("end_date", models.DateField(null=True, verbose_name="date de fin")),
                (
                    "parents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                (
                    "ancestors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("depth", models.PositiveIntegerField(default=1)),
                (
                    "originating_agency",
                    models.TextField(blank=True, default="", verbose_name="service producteur"),
                ),
                (
                    "originating_agencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("management", models.JSONField(default=dict)),
                ("archive_unit_profile", models.TextField(blank=True, default="")),
                ("seda_version", models.CharField(blank=True, default="", max_length=5)),
                ("manifest_id", models.TextField(blank=True, default="")),
                ("child_count", models.PositiveIntegerField(default=0)),
                ("descendant_count", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "operation",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.operation",
                        verbose_name="versement",
                    ),
                ),
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
                    "object_group",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="holdings.objectgroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "unité d’archives",
                "verbose_name_plural": "unités d’archives",
            },
        ),
        migrations.CreateModel(
            name="UnitEdge",
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
                ("parent_id", models.UUIDField()),
                ("sort_key", models.CharField(max_length=80)),
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
                    "unit",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edges",
                        to="holdings.archiveunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccessionRegisterDetail",
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
                ("last_operation_id", models.UUIDField()),
                ("originating_agency", models.TextField(verbose_name="service producteur")),
                (
                    "submission_agency",
                    models.TextField(blank=True, default="", verbose_name="service versant"),
                ),
                (
                    "archival_agreement",
                    models.TextField(blank=True, default="", verbose_name="contrat d’entrée"),
                ),
                ("archival_profile", models.TextField(blank=True, default="")),
                ("acquisition_information", models.TextField(blank=True, default="")),
                ("legal_status", models.TextField(blank=True, default="")),
                ("message_identifier", models.TextField(blank=True, default="")),
                ("comment", models.TextField(blank=True, default="")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("STORED_AND_COMPLETED", "en stock et complet"),
                            ("STORED_AND_UPDATED", "en stock et mis à jour"),
                            ("UNSTORED", "sorti du stock"),
                        ],
                        max_length=24,
                    ),
                ),
                ("units_ingested", models.BigIntegerField(default=0)),
                ("units_remained", models.BigIntegerField(default=0)),
                ("groups_ingested", models.BigIntegerField(default=0)),
                ("groups_remained", models.BigIntegerField(default=0)),
                ("objects_ingested", models.BigIntegerField(default=0)),
                ("objects_remained", models.BigIntegerField(default=0)),
                ("size_ingested", models.BigIntegerField(default=0)),
                ("size_remained", models.BigIntegerField(default=0)),
                ("events", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                (
                    "operation",
                    sae.tenancy.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.operation",
                    ),
                ),
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
                "verbose_name": "ligne du registre des fonds",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "operation", "originating_agency"), name="register_line"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="objectgroup",
            index=models.Index(fields=["tenant", "operation"], name="group_operation"),
        ),
        migrations.AddIndex(
            model_name="dataobject",
            index=models.Index(fields=["tenant", "object_group"], name="object_group_objects"),
        ),
        migrations.AddIndex(
            model_name="dataobject",
            index=models.Index(fields=["tenant", "operation"], name="object_operation"),
        ),
        migrations.AddIndex(
            model_name="archiveunit",
            index=models.Index(fields=["tenant", "operation"], name="unit_operation"),
        ),
        migrations.AddIndex(
            model_name="archiveunit",
            index=models.Index(
                condition=models.Q(("object_group__isnull", False)),
                fields=["tenant", "object_group"],
                name="unit_object_group",
            ),
        ),
        migrations.AddIndex(
            model_name="unitedge",
            index=models.Index(fields=["tenant", "unit"], name="unit_edge_unit"),
        ),
        migrations.AddConstraint(
            model_name="unitedge",
            constraint=models.UniqueConstraint(
                fields=("tenant", "parent_id", "sort_key", "unit"), name="unit_edge_order"
            ),
        ),
        TenantTable("ObjectGroup"),
        TenantTable("DataObject"),
        TenantTable("ArchiveUnit"),
        TenantTable("UnitEdge"),
        TenantTable("AccessionRegisterDetail"),
    ]
