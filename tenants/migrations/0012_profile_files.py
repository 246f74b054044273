"""Files of archive profiles, kept once by their SHA-512 for the versions that carry them."""

import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_organisation_settings"),
        ("tenants", "0011_group_definitions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfileFile",
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
                ("sha512", models.CharField(max_length=128)),
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
                "verbose_name": "fichier de profil d’archivage",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "sha512"), name="profile_file_once")
                ],
            },
        ),
        TenantTable("ProfileFile"),
    ]
