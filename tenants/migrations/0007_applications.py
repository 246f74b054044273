"""Keys and certificates of applications: nature, end, what they replace."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_sign_on")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="kind",
            field=models.CharField(
                choices=[("token", "jeton"), ("certificate", "certificat client")],
                default="token",
                max_length=12,
                verbose_name="nature",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(null=True, verbose_name="valable jusqu’au"),
        ),
        migrations.AddField(
            model_name="apitoken", name="replaces", field=models.UUIDField(null=True)
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="last_used_at",
            field=models.DateTimeField(null=True, verbose_name="dernier usage"),
        ),
    ]
