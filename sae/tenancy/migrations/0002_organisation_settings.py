import django.contrib.postgres.fields
from django.db import migrations, models

import sae.tenancy.models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="address",
            field=models.TextField(blank=True, default="", verbose_name="adresse"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="code",
            field=models.CharField(blank=True, default="", max_length=20, verbose_name="code"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="is_template",
            field=models.BooleanField(default=False, verbose_name="organisation modèle"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="suspended_at",
            field=models.DateTimeField(null=True, verbose_name="suspendue le"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="suspension_reason",
            field=models.TextField(blank=True, default="", verbose_name="motif de suspension"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="access_contract",
            field=models.TextField(
                blank=True, default="", verbose_name="contrat d’accès par défaut"
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="ingest_contract",
            field=models.TextField(
                blank=True, default="", verbose_name="contrat d’entrée par défaut"
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=2),
                default=sae.tenancy.models.first_languages,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="quota_bytes",
            field=models.BigIntegerField(null=True, verbose_name="quota de volume"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="quota_units",
            field=models.BigIntegerField(null=True, verbose_name="quota d’unités"),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True),
                fields=("code",),
                name="organisation_code",
            ),
        ),
    ]
