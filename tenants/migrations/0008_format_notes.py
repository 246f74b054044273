"""What an organisation says of a format itself: an alert, a note."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_applications")]

    operations = [
        migrations.AddField(
            model_name="fileformat",
            name="alert",
            field=models.BooleanField(default=False, verbose_name="à surveiller"),
        ),
        migrations.AddField(
            model_name="fileformat",
            name="comment",
            field=models.TextField(blank=True, default="", verbose_name="note"),
        ),
    ]
