import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_organisation_settings"),
        ("tenants", "0003_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingsChange",
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
                    "section",
                    models.CharField(
                        choices=[
                            ("identity", "identité"),
                            ("coffre", "coffre"),
                            ("policy", "comptes et connexion"),
                            ("logo", "logo"),
                        ],
                        max_length=10,
                    ),
                ),
                ("coffre_id", models.UUIDField(null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("former_logo", models.BinaryField(default=bytes)),
                ("agent_id", models.UUIDField(null=True)),
                ("operation_id", models.UUIDField()),
                ("made_at", models.DateTimeField()),
                ("undone_by", models.UUIDField(null=True)),
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
                "verbose_name": "changement de réglages",
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="OrganisationSettings",
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
                ("policy", models.JSONField(default=dict)),
                ("logo", models.BinaryField(default=bytes)),
                ("logo_type", models.CharField(blank=True, default="", max_length=20)),
                ("logo_digest", models.CharField(blank=True, default="", max_length=64)),
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
                "verbose_name": "réglages",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="organisation_settings_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportAccess",
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
                ("coffre_id", models.UUIDField()),
                ("requested_by", models.UUIDField()),
                ("reason", models.TextField(verbose_name="motif")),
                ("minutes", models.PositiveIntegerField(verbose_name="durée")),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "demandé"),
                            ("accepted", "accordé"),
                            ("refused", "refusé"),
                            ("withdrawn", "retiré"),
                            ("ended", "terminé"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("is_full", models.BooleanField(default=False, verbose_name="accès complet")),
                ("ends_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.UUIDField(null=True)),
                ("operation_id", models.UUIDField(null=True)),
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
                "verbose_name": "accès du support",
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["requested", "accepted"])),
                        fields=["requested_by"],
                        name="support_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["requested", "accepted"])),
                        fields=("tenant", "coffre_id", "requested_by"),
                        name="support_open_once",
                    )
                ],
            },
        ),
        TenantTable("OrganisationSettings"),
        TenantTable("SettingsChange", grants="SELECT, INSERT, UPDATE"),
        TenantTable("SupportAccess", grants="SELECT, INSERT, UPDATE"),
    ]
