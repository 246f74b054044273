"""A deposit says which archive profile its manifest names, as it says its ingest contract."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0006_deposits_under_way")]

    operations = [
        migrations.AddField(
            model_name="deposit",
            name="archival_profile",
            field=models.TextField(blank=True, default="", verbose_name="profil d’archivage"),
        ),
    ]
