import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

import sae.kernel.identifiers
import sae.tenancy.models
from sae.tenancy.operations import TenantTable

SERVICES = "GESTION.SERVICES"
ARCHIVIST = [
    *("deposit.create", "deposit.view", "deposit.resume", "deposit.cancel"),
    *("deposit.cancel.approve", "holdings.view", "object.download", "unit.edit", "unit.rules"),
    *("unit.hold", "unit.move", "classification.edit", "referential.view", "referential.edit"),
    *("referential.import", "journal.view", "platform.view"),
]
ADMINISTRATOR = [
    *("deposit.view", "deposit.cancel.approve", "referential.view", "referential.edit"),
    *("referential.import", "contract.manage", "journal.view", "application.manage"),
    "platform.view",
]
OF_ORGANISATION = [
    *("account.view", "account.manage", "session.revoke", "account.anonymise"),
    *("personal_data.view", "right.view", "right.manage", "right.delegate"),
    *("organisation.manage", "support.accept"),
]
OPERATOR = ["platform.view", "platform.manage", "support.request"]

# Former role: (ready profile, name, level, permissions, sees everything). As they were then.
ROLES = {
    "archivist": ("head_archivist", "Archiviste administrateur", SERVICES, ARCHIVIST, True),
    "administrator": ("administrator", "Administrateur", "", ADMINISTRATOR, True),
    "auditor": ("auditor", "Auditeur", "", ["journal.view", "platform.view"], True),
    "reader": ("reader", "Consultation", SERVICES, ["holdings.view", "object.download"], True),
    "operator": ("operator", "Exploitant de la plateforme", "", OPERATOR, False),
}


def place_accounts(apps, schema_editor):
    """Make each membership of before one of a ready group, in the proof of its organisation.

    Runs between ``OPEN`` and ``SHUT``: behind its walls, the owner of a table sees no row of it.
    """
    alias = schema_editor.connection.alias
    moment = timezone.now()
    tenants = {
        one.id: one for one in apps.get_model("tenancy", "Tenant").objects.using(alias).all()
    }
    proofs = {one.organisation_id: one.id for one in tenants.values() if one.kind == "proof"}
    group_model = apps.get_model("tenants", "Group")
    profile_model = apps.get_model("tenants", "Profile")
    link_model = apps.get_model("tenants", "GroupProfile")
    member_model = apps.get_model("tenants", "GroupMember")
    groups = {}
    for old in apps.get_model("tenants", "Membership").objects.using(alias).order_by("id"):
        coffre = tenants[old.tenant_id]
        proof = proofs.get(coffre.organisation_id)
        if proof is None:
            continue
        key, name, level, permissions, sees_everything = ROLES[old.role]
        mark = f"{key}:{coffre.id}"
        if mark not in groups:
            if key == "administrator" and coffre.kind == "proof":
                permissions = [*permissions, *OF_ORGANISATION]
            profile = profile_model.objects.using(alias).create(
                tenant_id=proof,
                name=name,
                coffre_id=coffre.id,
                level=level,
                permissions=sorted(permissions),
                sees_everything=sees_everything,
                ready=key,
                created_at=moment,
            )
            group = group_model.objects.using(alias).create(
                tenant_id=proof,
                name=f"{name} · {coffre.name}"[:150],
                level=level,
                ready=mark,
                created_at=moment,
            )
            link_model.objects.using(alias).create(
                tenant_id=proof, group_id=group.id, profile_id=profile.id
            )
            groups[mark] = group.id
        member_model.objects.using(alias).create(
            tenant_id=proof,
            group_id=groups[mark],
            account_id=old.account_id,
            starts_at=moment,
            created_at=moment,
        )


WALLED = (
    "tenants_profile",
    "tenants_group",
    "tenants_groupprofile",
    "tenants_groupmember",
    "tenants_apitoken",
)
OPEN = [f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY' for table in WALLED]
RENAME_ROLES = "UPDATE tenants_apitoken SET role = 'head_archivist' WHERE role = 'archivist'"
# Deferred keys are checked first: a table with pending checks cannot be altered.
SHUT = [
    "SET CONSTRAINTS ALL IMMEDIATE",
    *(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY' for table in WALLED),
    "SET CONSTRAINTS ALL DEFERRED",
]


def own_id():
    return models.UUIDField(
        default=sae.kernel.identifiers.new_id, editable=False, primary_key=True, serialize=False
    )


def own_tenant():
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenancy.tenant",
    )


def level():
    return models.CharField(
        blank=True,
        default="",
        max_length=100,
        validators=[
            django.core.validators.RegexValidator(
                "^(?:[A-Z0-9]+(?:\\.[A-Z0-9]+)*)?\\Z",
                "Un niveau s’écrit en capitales et en chiffres, séparés par des points : A.1.",
            )
        ],
        verbose_name="niveau",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_organisation_settings"),
        ("tenants", "0004_referential_versions"),
    ]

    operations = [
        migrations.AlterField("ApiToken", "role", models.CharField(max_length=20)),
        migrations.CreateModel(
            name="FourEyes",
            fields=[
                ("id", own_id()),
                ("action", models.CharField(max_length=60, verbose_name="acte")),
                (
                    "required",
                    models.BooleanField(verbose_name="une seconde personne doit approuver"),
                ),
                ("changed_at", models.DateTimeField(verbose_name="réglé le")),
                ("tenant", own_tenant()),
            ],
            options={
                "verbose_name": "double regard",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "action"), name="four_eyes_action")
                ],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", own_id()),
                ("name", models.CharField(max_length=150, verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("coffre_id", models.UUIDField(verbose_name="coffre")),
                ("level", level()),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="permissions",
                    ),
                ),
                (
                    "sees_everything",
                    models.BooleanField(default=False, verbose_name="voit toutes les archives"),
                ),
                (
                    "access_contracts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="contrats d’accès",
                    ),
                ),
                (
                    "ready",
                    models.CharField(
                        blank=True, default="", max_length=40, verbose_name="profil prêt"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("tenant", own_tenant()),
            ],
            options={
                "verbose_name": "profil",
                "ordering": ["name"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "coffre_id", "name"), name="profile_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", own_id()),
                ("name", models.CharField(max_length=150, verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("level", level()),
                ("ready", models.CharField(blank=True, default="", max_length=100)),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("tenant", own_tenant()),
            ],
            options={
                "verbose_name": "groupe",
                "ordering": ["name"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="group_name"),
                    models.UniqueConstraint(
                        condition=~models.Q(ready=""),
                        fields=("tenant", "ready"),
                        name="group_ready",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupProfile",
            fields=[
                ("id", own_id()),
                ("tenant", own_tenant()),
                (
                    "group",
                    sae.tenancy.models.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="carried",
                        to="tenants.group",
                    ),
                ),
                (
                    "profile",
                    sae.tenancy.models.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carriers",
                        to="tenants.profile",
                    ),
                ),
            ],
            options={
                "verbose_name": "profil d’un groupe",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "group", "profile"), name="group_profile_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                ("id", own_id()),
                ("account_id", models.UUIDField(verbose_name="compte")),
                ("starts_at", models.DateTimeField(verbose_name="depuis le")),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="jusqu’au"),
                ),
                ("given_by", models.UUIDField(null=True, verbose_name="donné par")),
                ("reason", models.TextField(blank=True, default="", verbose_name="motif")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("tenant", own_tenant()),
                (
                    "group",
                    sae.tenancy.models.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="tenants.group",
                    ),
                ),
            ],
            options={
                "verbose_name": "membre d’un groupe",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "account_id"], name="group_member_account")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None),
                            ("ends_at__gte", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="group_member_ends_after_it_starts",
                    )
                ],
            },
        ),
        TenantTable("FourEyes"),
        TenantTable("Profile"),
        TenantTable("Group"),
        TenantTable("GroupProfile"),
        TenantTable("GroupMember"),
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
        migrations.RunPython(place_accounts, migrations.RunPython.noop),
        migrations.RunSQL(RENAME_ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(SHUT, migrations.RunSQL.noop),
        migrations.DeleteModel(name="Membership"),
    ]
