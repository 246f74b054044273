"""A profile remembers what its ready profile carried: what came since is offered, never given.

Profiles made before this were made from ready profiles without ``journal.write``, the only
permission added since; the list below is frozen. A column's default reaches every row, where an
UPDATE would see none: rows are behind row-level security, forced on the owner too.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

KNOWN_BEFORE = """
deposit.create deposit.view deposit.resume deposit.cancel deposit.cancel.approve holdings.view
object.download unit.edit unit.rules unit.hold unit.move classification.edit referential.view
referential.edit referential.import contract.manage journal.view application.manage account.view
account.manage session.revoke account.anonymise personal_data.view right.view right.manage
right.delegate organisation.manage support.accept platform.view platform.manage support.request
""".split()  # noqa: SIM905


def known_before() -> list[str]:
    return list(KNOWN_BEFORE)


def _seen(default: object) -> models.Field:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.TextField(), blank=True, default=default, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_keys_beyond_their_maker")]

    operations = [
        migrations.AddField("profile", "ready_seen", _seen(known_before)),
        migrations.AlterField("profile", "ready_seen", _seen(list)),
    ]
