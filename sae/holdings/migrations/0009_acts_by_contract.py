"""Acts over many units keep the access contracts under which their units were chosen.

Those prepared before are, as far as one knows, of somebody who sees everything.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("holdings", "0008_seen_in_dry_run")]

    operations = [
        migrations.AddField(
            model_name="massoperation",
            name="contracts",
            field=ArrayField(models.TextField(), default=list),
        )
    ]
