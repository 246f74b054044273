"""A key of an application remembers what its maker could not do: the check-up tells it."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_format_notes")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="beyond",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
    ]
