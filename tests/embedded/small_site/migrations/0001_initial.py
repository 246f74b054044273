from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Visit", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunSQL(
            "GRANT SELECT, INSERT ON small_site_visit TO sae_app;"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sae_app;"
        ),
    ]
