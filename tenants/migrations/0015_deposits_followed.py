import django.contrib.postgres.fields
from django.db import migrations, models

REACHES = [
    ("every", "tous les versements du coffre"),
    ("chosen", "ceux de contrats ou de services choisis"),
    ("own", "ses seuls versements"),
]


class Migration(migrations.Migration):
    """Deposits followed by profile: those composed before keep following all of them."""

    dependencies = [("tenants", "0014_large_files")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="deposit_reach",
            field=models.CharField(
                choices=REACHES, default="every", max_length=10, verbose_name="versements suivis"
            ),
        ),
        migrations.AlterField(
            model_name="profile",
            name="deposit_reach",
            field=models.CharField(
                choices=REACHES, default="own", max_length=10, verbose_name="versements suivis"
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="deposit_contracts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                size=None,
                verbose_name="contrats d’entrée",
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="deposit_agencies",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                size=None,
                verbose_name="services producteurs",
            ),
        ),
    ]
