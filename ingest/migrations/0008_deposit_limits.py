from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0007_deposit_archival_profile")]

    operations = [
        migrations.AddField("deposit", "limits", models.JSONField(null=True)),
    ]
