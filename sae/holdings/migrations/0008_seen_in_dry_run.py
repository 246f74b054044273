"""What a dry run showed to be written over, kept until the act is applied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("holdings", "0007_operation_alone")]

    operations = [
        migrations.AddField(
            model_name="massbatch", name="seen", field=models.BinaryField(null=True)
        ),
    ]
