"""Faults found by looking on once a package is refused are told apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_undoing")]

    operations = [
        migrations.AddField("depositproblem", "further", models.BooleanField(default=False)),
    ]
