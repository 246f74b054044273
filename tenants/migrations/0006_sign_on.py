import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.clock
import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_organisation_settings"),
        ("tenants", "0005_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountsession",
            name="sign_on_mark",
            field=models.CharField(blank=True, db_index=True, default="", max_length=64),
        ),
        migrations.CreateModel(
            name="SignOnDomain",
            fields=[
                ("domain", models.CharField(max_length=253, primary_key=True, serialize=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "domaine de courriel",
            },
        ),
        migrations.CreateModel(
            name="SignOn",
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
                ("label", models.CharField(max_length=80, verbose_name="nom")),
                ("issuer", models.URLField(max_length=400, verbose_name="adresse de l’émetteur")),
                (
                    "client_id",
                    models.CharField(max_length=200, verbose_name="identifiant du client"),
                ),
                ("secret_sealed", models.TextField(blank=True, default="")),
                (
                    "scopes",
                    models.CharField(
                        default="openid email profile", max_length=200, verbose_name="portées"
                    ),
                ),
                ("claims", models.JSONField(default=dict)),
                ("trusts_addresses", models.BooleanField(default=False)),
                ("refuses_passwords", models.BooleanField(default=False)),
                ("emergency_account", models.UUIDField(null=True)),
                ("group_id", models.UUIDField(null=True)),
                ("is_on", models.BooleanField(default=False)),
                ("tested_at", models.DateTimeField(null=True)),
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
                "verbose_name": "connexion par un fournisseur d’identité",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="sign_on_once")],
            },
        ),
        migrations.CreateModel(
            name="SignOnIdentity",
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
                ("account_id", models.UUIDField()),
                ("issuer", models.URLField(max_length=400)),
                ("subject", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(default=sae.kernel.clock.now)),
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
                "verbose_name": "identité reçue",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "issuer", "subject"), name="sign_on_subject_once"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "issuer", "account_id"), name="sign_on_account_once"
                    ),
                ],
            },
        ),
        TenantTable("SignOn"),
        TenantTable("SignOnIdentity"),
    ]
