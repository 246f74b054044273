from django.db import migrations, models

import sae.kernel.identifiers
import tenants.models.accounts
from sae.tenancy.operations import TenantTable


def name_the_accounts(apps, schema_editor):
    """Give those that exist their identifier, their two names and their status."""
    account_model = apps.get_model("tenants", "Account")
    for account in account_model.objects.using(schema_editor.connection.alias).order_by("id"):
        account.identifier = tenants.models.accounts.new_account_identifier()
        account.first_name, account.last_name = tenants.models.accounts.split_name(account.name)
        account.status = "enabled" if account.is_active else "disabled"
        account.save(update_fields=["identifier", "first_name", "last_name", "status"])


def text(words, length):
    return models.CharField(verbose_name=words, max_length=length, blank=True, default="")


def own_id():
    return models.UUIDField(
        default=sae.kernel.identifiers.new_id, editable=False, primary_key=True, serialize=False
    )


def own_tenant():
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=models.deletion.PROTECT,
        related_name="+",
        to="tenancy.tenant",
    )


STATUSES = [
    ("invited", "invité"),
    ("enabled", "actif"),
    ("disabled", "désactivé"),
    ("blocked", "bloqué"),
    ("anonymised", "anonymisé"),
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_referentials")]

    operations = [
        migrations.AddField(
            "account",
            "identifier",
            models.CharField(verbose_name="identifiant technique", max_length=12, null=True),
        ),
        migrations.AddField(
            "account",
            "kind",
            models.CharField(
                verbose_name="type",
                max_length=20,
                choices=[("nominative", "nominatif"), ("generic", "générique")],
                default="nominative",
            ),
        ),
        migrations.AddField(
            "account",
            "status",
            models.CharField(
                verbose_name="statut", max_length=20, choices=STATUSES, default="enabled"
            ),
        ),
        migrations.AddField("account", "first_name", text("prénom", 70)),
        migrations.AddField("account", "last_name", text("nom", 79)),
        migrations.AddField("account", "phone", text("téléphone", 30)),
        migrations.AddField(
            "account",
            "language",
            models.CharField(
                verbose_name="langue",
                max_length=2,
                choices=[("fr", "français"), ("en", "anglais")],
                default="fr",
            ),
        ),
        migrations.AddField("account", "service", text("service", 150)),
        migrations.AddField("account", "internal_code", text("code interne", 50)),
        migrations.AddField(
            "account",
            "disabled_at",
            models.DateTimeField(verbose_name="désactivé le", null=True, blank=True),
        ),
        migrations.AddField(
            "account",
            "anonymised_at",
            models.DateTimeField(verbose_name="anonymisé le", null=True, blank=True),
        ),
        migrations.AlterField(
            "account", "name", models.CharField(verbose_name="nom affiché", max_length=150)
        ),
        migrations.RunPython(name_the_accounts, migrations.RunPython.noop),
        migrations.AlterField(
            "account",
            "identifier",
            models.CharField(
                verbose_name="identifiant technique",
                max_length=12,
                unique=True,
                default=tenants.models.accounts.new_account_identifier,
            ),
        ),
        migrations.CreateModel(
            name="AccountLink",
            fields=[
                ("id", own_id()),
                ("account_id", models.UUIDField()),
                (
                    "purpose",
                    models.CharField(
                        choices=[("invitation", "invitation"), ("reset", "réinitialisation")],
                        max_length=20,
                    ),
                ),
                ("secret_sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("tenant", own_tenant()),
            ],
            options={
                "verbose_name": "lien à usage unique",
                "indexes": [
                    models.Index(fields=["tenant", "account_id"], name="account_link_account")
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountImport",
            fields=[
                ("id", own_id()),
                (
                    "subject",
                    models.CharField(
                        choices=[("accounts", "comptes"), ("groups", "groupes et membres")],
                        max_length=20,
                    ),
                ),
                ("file_name", models.CharField(max_length=255)),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.UUIDField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("operation_id", models.UUIDField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("tenant", own_tenant()),
            ],
            options={"verbose_name": "import de comptes"},
        ),
        TenantTable("AccountLink"),
        TenantTable("AccountImport"),
    ]
