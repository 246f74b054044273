import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sae.kernel.clock
import sae.kernel.identifiers

# Counters of attempts, shared by every web process (Django's DatabaseCache reads this shape).
# Unlogged: they are written at each attempt and worth nothing after a crash.
SHARED_CACHE = """
CREATE UNLOGGED TABLE sae_cache (
  cache_key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expires timestamp with time zone NOT NULL
);
CREATE INDEX sae_cache_expires ON sae_cache (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON sae_cache TO sae_app, sae_platform;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_accounts"),
    ]

    operations = [
        migrations.RunSQL(SHARED_CACHE, "DROP TABLE sae_cache"),
        migrations.CreateModel(
            name="AccountSecurity",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="security",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("password_set_at", models.DateTimeField(default=sae.kernel.clock.now)),
                ("former_passwords", models.JSONField(default=list)),
                ("must_change_password", models.BooleanField(default=False)),
            ],
            options={"verbose_name": "sécurité d’un compte"},
        ),
        migrations.CreateModel(
            name="AccountSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                (
                    "expire_date",
                    models.DateTimeField(db_index=True, verbose_name="expire date"),
                ),
                (
                    "number",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id, editable=False, unique=True
                    ),
                ),
                ("address", models.GenericIPAddressField(null=True, verbose_name="adresse")),
                (
                    "browser",
                    models.CharField(
                        blank=True, default="", max_length=300, verbose_name="navigateur"
                    ),
                ),
                ("started_at", models.DateTimeField(default=sae.kernel.clock.now)),
                ("seen_at", models.DateTimeField(default=sae.kernel.clock.now)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
    ]
