import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import REFUSE_CHANGE_FUNCTION


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(REFUSE_CHANGE_FUNCTION, "DROP FUNCTION sae_refuse_change()"),
        migrations.CreateModel(
            name="Organisation",
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
                ("name", models.CharField(max_length=200, unique=True, verbose_name="nom")),
                (
                    "is_platform",
                    models.BooleanField(default=False, verbose_name="exploitant de la plateforme"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"verbose_name": "organisation", "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Tenant",
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
                ("number", models.PositiveIntegerField(unique=True, verbose_name="numéro")),
                ("name", models.CharField(max_length=200, verbose_name="nom")),
                (
                    "kind",
                    models.CharField(
                        choices=[("archives", "coffre d’archives"), ("proof", "coffre de preuve")],
                        default="archives",
                        max_length=20,
                    ),
                ),
                (
                    "colour",
                    models.CharField(default="#3D5566", max_length=7, verbose_name="couleur"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenants",
                        to="tenancy.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "coffre",
                "verbose_name_plural": "coffres",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="tenant_name"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "proof")),
                        fields=("organisation",),
                        name="tenant_one_proof_per_organisation",
                    ),
                ],
            },
        ),
    ]
