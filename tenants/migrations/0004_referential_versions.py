import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


def identifier() -> tuple[str, models.Field]:
    return (
        "id",
        models.UUIDField(
            default=sae.kernel.identifiers.new_id,
            editable=False,
            primary_key=True,
            serialize=False,
        ),
    )


def tenant() -> tuple[str, models.Field]:
    return (
        "tenant",
        models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="tenancy.tenant",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_organisations"), ("tenants", "0003_sessions")]

    operations = [
        migrations.CreateModel(
            name="ReferentialDraft",
            fields=[
                identifier(),
                ("kind", models.CharField(max_length=30)),
                ("file_name", models.TextField(blank=True, default="")),
                ("content", models.BinaryField()),
                ("replace", models.BooleanField(default=False)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("file", "fichier"),
                            ("table", "saisie"),
                            ("return", "retour à une version"),
                            ("starter", "jeu de départ"),
                        ],
                        default="file",
                        max_length=10,
                    ),
                ),
                ("notes", models.JSONField(default=list)),
                ("agent_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                tenant(),
            ],
            options={
                "verbose_name": "modification préparée",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "kind"], name="referential_draft_kind")],
            },
        ),
        migrations.CreateModel(
            name="ReferentialVersion",
            fields=[
                identifier(),
                ("kind", models.CharField(max_length=30)),
                ("identifier", models.TextField()),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField(default=dict)),
                ("removed", models.BooleanField(default=False)),
                ("operation_id", models.UUIDField(null=True)),
                ("agent_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                tenant(),
            ],
            options={
                "verbose_name": "version d’un élément de référentiel",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "kind", "-created_at"], name="referential_version_date"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "kind", "identifier", "number"),
                        name="referential_version_once",
                    )
                ],
            },
        ),
        TenantTable("ReferentialDraft"),
        TenantTable("ReferentialVersion"),
    ]
