"""Units of a result: the result first (see the model)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("holdings", "0005_operation_first")]

    operations = [
        migrations.RemoveIndex(model_name="unitrules", name="unit_rules_result"),
        migrations.AddIndex(
            model_name="unitrules",
            index=models.Index(fields=["result_id", "tenant"], name="unit_rules_by_result"),
        ),
    ]
