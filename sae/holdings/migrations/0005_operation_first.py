"""Indexes by operation begin with it: see ArchiveUnit.Meta."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("holdings", "0004_rules_in_force")]

    operations = [
        migrations.RemoveIndex("archiveunit", "unit_operation"),
        migrations.AddIndex(
            "archiveunit",
            models.Index(fields=["operation", "tenant"], name="unit_by_operation"),
        ),
        migrations.RemoveIndex("objectgroup", "group_operation"),
        migrations.AddIndex(
            "objectgroup",
            models.Index(fields=["operation", "tenant"], name="group_by_operation"),
        ),
    ]
