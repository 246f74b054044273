"""A deposit may be paused by whoever deposits, between two steps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0004_further_problems")]

    operations = [
        migrations.AddField("deposit", "halts", models.BooleanField(default=False)),
    ]
