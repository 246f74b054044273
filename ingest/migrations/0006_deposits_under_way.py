"""Deposits under way are found without reading those that are over: they keep their place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0005_pausing")]

    operations = [
        migrations.AddIndex(
            model_name="deposit",
            index=models.Index(
                condition=~models.Q(state="completed"),
                fields=["tenant"],
                name="deposit_under_way",
            ),
        ),
    ]
