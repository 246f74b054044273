"""Acts that wait for a second person."""

import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_organisation_settings"),
        ("tenants", "0012_profile_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
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
                ("action", models.CharField(max_length=60, verbose_name="acte")),
                ("coffre_id", models.UUIDField(verbose_name="coffre")),
                ("subject_id", models.UUIDField(verbose_name="objet")),
                ("mark", models.CharField(blank=True, default="", max_length=100)),
                ("arguments", models.JSONField(default=dict)),
                ("seen", models.CharField(max_length=64)),
                ("reason", models.TextField(verbose_name="motif")),
                ("proposed_by", models.UUIDField(verbose_name="demandée par")),
                ("proposed_at", models.DateTimeField(verbose_name="demandée le")),
                ("expires_at", models.DateTimeField(verbose_name="échéance")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "à approuver"),
                            ("done", "approuvée et faite"),
                            ("refused", "refusée"),
                            ("withdrawn", "retirée"),
                            ("expired", "échue"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_by", models.UUIDField(null=True, verbose_name="décidée par")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="décidée le")),
                ("answer", models.TextField(blank=True, default="", verbose_name="motif du refus")),
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
                "verbose_name": "demande d’approbation",
                "verbose_name_plural": "demandes d’approbation",
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("tenant", "action", "subject_id", "mark"),
                        name="proposal_waits_once",
                    )
                ],
            },
        ),
        TenantTable("Proposal"),
    ]
