from django.db import migrations

from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("django_q", "0001_initial")]

    operations = [TenantTable("Job")]
