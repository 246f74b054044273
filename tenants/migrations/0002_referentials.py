import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import sae.kernel.identifiers
from sae.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessContract",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                (
                    "originating_agencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="services producteurs",
                    ),
                ),
                (
                    "every_originating_agency",
                    models.BooleanField(default=False, verbose_name="tous les producteurs"),
                ),
                (
                    "data_object_versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="usages",
                    ),
                ),
                (
                    "every_data_object_version",
                    models.BooleanField(default=False, verbose_name="tous les usages"),
                ),
                (
                    "root_units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        size=None,
                        verbose_name="positions ouvertes",
                    ),
                ),
                (
                    "excluded_root_units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        size=None,
                        verbose_name="positions exclues",
                    ),
                ),
                (
                    "writing_permission",
                    models.BooleanField(default=False, verbose_name="modification permise"),
                ),
                (
                    "writing_restricted_description",
                    models.BooleanField(
                        default=False, verbose_name="modification de la seule description"
                    ),
                ),
                (
                    "access_log",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="journal des accès",
                    ),
                ),
                (
                    "rule_categories_to_filter",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="règles à échoir avant l’accès",
                    ),
                ),
                (
                    "rule_categories_to_filter_for_other_agencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="règles à échoir avant l’accès, autres producteurs",
                    ),
                ),
                (
                    "do_not_filter_filing_schemes",
                    models.BooleanField(
                        default=False, verbose_name="plans de classement toujours visibles"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "contrat d’accès",
                "verbose_name_plural": "contrats d’accès",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="access_contract_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Agency",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("details", models.JSONField(default=dict)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "service agent",
                "verbose_name_plural": "services agents",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="agency_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ArchiveProfile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                (
                    "format",
                    models.CharField(
                        choices=[("XSD", "schéma XML"), ("RNG", "Relax NG")],
                        max_length=3,
                        verbose_name="format",
                    ),
                ),
                (
                    "seda_version",
                    models.CharField(
                        blank=True, default="", max_length=5, verbose_name="version du SEDA"
                    ),
                ),
                ("path", models.TextField(blank=True, default="", verbose_name="fichier")),
                ("file", models.BinaryField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "profil d’archivage",
                "verbose_name_plural": "profils d’archivage",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="archive_profile_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ArchiveUnitProfile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                ("control_schema", models.TextField(verbose_name="schéma de contrôle")),
                (
                    "seda_version",
                    models.CharField(
                        blank=True, default="", max_length=5, verbose_name="version du SEDA"
                    ),
                ),
                ("fields", models.JSONField(default=list, verbose_name="vocabulaires")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "profil d’unité archivistique",
                "verbose_name_plural": "profils d’unités archivistiques",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="unit_profile_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Context",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                (
                    "enable_control",
                    models.BooleanField(default=False, verbose_name="contrôle des contrats"),
                ),
                ("security_profile", models.TextField(verbose_name="profil de sécurité")),
                ("permissions", models.JSONField(default=list, verbose_name="permissions")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "contexte applicatif",
                "verbose_name_plural": "contextes applicatifs",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="context_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FileFormat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "version_name",
                    models.TextField(blank=True, default="", verbose_name="version du format"),
                ),
                ("mime_types", models.TextField(blank=True, default="", verbose_name="type MIME")),
                (
                    "extensions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="extensions",
                    ),
                ),
                (
                    "priority_over",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "format de fichier",
                "verbose_name_plural": "formats de fichiers",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="format_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FormatRelease",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("published_at", models.DateTimeField(verbose_name="date de publication")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="format_release_tenant")
                ],
            },
        ),
        migrations.CreateModel(
            name="Griffin",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("executable_name", models.TextField(verbose_name="programme")),
                ("executable_version", models.TextField(verbose_name="version du programme")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "griffon",
                "verbose_name_plural": "griffons",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="griffin_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentifierSequence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("given", "donnés par le fichier"),
                            ("generated", "attribués par la plateforme"),
                            ("either", "donnés ou attribués"),
                        ],
                        max_length=9,
                    ),
                ),
                ("last_number", models.PositiveIntegerField(default=0)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "kind"), name="identifier_sequence_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IngestContract",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                (
                    "archive_profiles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="profils d’archivage",
                    ),
                ),
                (
                    "link_parent_id",
                    models.UUIDField(null=True, verbose_name="position de rattachement"),
                ),
                (
                    "check_parent_link",
                    models.CharField(
                        choices=[
                            ("AUTHORIZED", "autorisé"),
                            ("REQUIRED", "obligatoire"),
                            ("UNAUTHORIZED", "interdit"),
                        ],
                        default="AUTHORIZED",
                        max_length=12,
                        verbose_name="rattachement par le bordereau",
                    ),
                ),
                (
                    "check_parent_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        size=None,
                        verbose_name="positions permises",
                    ),
                ),
                (
                    "master_mandatory",
                    models.BooleanField(default=True, verbose_name="original obligatoire"),
                ),
                (
                    "every_data_object_version",
                    models.BooleanField(default=False, verbose_name="tous les usages"),
                ),
                (
                    "data_object_versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="usages permis",
                    ),
                ),
                (
                    "format_unidentified_authorized",
                    models.BooleanField(
                        default=False, verbose_name="formats non identifiés acceptés"
                    ),
                ),
                (
                    "every_format_type",
                    models.BooleanField(default=True, verbose_name="tous les formats"),
                ),
                (
                    "format_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="formats permis",
                    ),
                ),
                (
                    "management_contract_id",
                    models.TextField(blank=True, default="", verbose_name="contrat de gestion"),
                ),
                (
                    "compute_inherited_rules_at_ingest",
                    models.BooleanField(
                        default=False, verbose_name="échéances calculées au versement"
                    ),
                ),
                (
                    "signature_policy",
                    models.JSONField(null=True, verbose_name="politique de signature"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "contrat d’entrée",
                "verbose_name_plural": "contrats d’entrée",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="ingest_contract_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ManagementContract",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "actif"), ("INACTIVE", "inactif")],
                        default="INACTIVE",
                        max_length=8,
                        verbose_name="statut",
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True, verbose_name="activé le")),
                ("deactivated_at", models.DateTimeField(null=True, verbose_name="désactivé le")),
                ("storage", models.JSONField(default=dict, verbose_name="stockage")),
                (
                    "version_retention_policy",
                    models.JSONField(default=dict, verbose_name="conservation des versions"),
                ),
                (
                    "persistent_identifier_policy",
                    models.JSONField(default=list, verbose_name="identifiants pérennes"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "contrat de gestion",
                "verbose_name_plural": "contrats de gestion",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="management_contract_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ManagementRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("AppraisalRule", "durée d’utilité administrative"),
                            ("AccessRule", "délai de communicabilité"),
                            ("StorageRule", "durée d’utilité courante"),
                            ("DisseminationRule", "délai de diffusion"),
                            ("ReuseRule", "durée de réutilisation"),
                            ("ClassificationRule", "durée de classification"),
                            ("HoldRule", "gel"),
                        ],
                        max_length=20,
                        verbose_name="catégorie",
                    ),
                ),
                ("value", models.TextField(verbose_name="intitulé")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("duration", models.PositiveIntegerField(null=True, verbose_name="durée")),
                ("unlimited", models.BooleanField(default=False, verbose_name="illimitée")),
                (
                    "measurement",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("YEAR", "année"),
                            ("MONTH", "mois"),
                            ("DAY", "jour"),
                            ("SECOND", "seconde"),
                        ],
                        default="",
                        max_length=6,
                        verbose_name="unité",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "règle de gestion",
                "verbose_name_plural": "règles de gestion",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "identifier"), name="rule_identifier")
                ],
            },
        ),
        migrations.CreateModel(
            name="OntologyTerm",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                (
                    "seda_field",
                    models.TextField(blank=True, default="", verbose_name="élément SEDA"),
                ),
                ("api_field", models.TextField(blank=True, default="", verbose_name="champ")),
                ("short_name", models.TextField(blank=True, default="", verbose_name="intitulé")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("TEXT", "texte"),
                            ("KEYWORD", "mot-clef"),
                            ("DATE", "date"),
                            ("LONG", "entier"),
                            ("DOUBLE", "décimal"),
                            ("BOOLEAN", "oui ou non"),
                            ("GEO_POINT", "point géographique"),
                            ("ENUM", "énumération"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("type_detail", models.CharField(blank=True, default="", max_length=10)),
                ("string_size", models.CharField(blank=True, default="", max_length=10)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("INTERNAL", "de la plateforme"),
                            ("EXTERNAL", "de l’organisation"),
                        ],
                        max_length=8,
                        verbose_name="origine",
                    ),
                ),
                (
                    "collections",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "vocabulaire",
                "verbose_name_plural": "ontologie",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="ontology_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PreservationScenario",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                ("actions", models.JSONField(default=list, verbose_name="actions")),
                ("griffins_by_format", models.JSONField(default=list)),
                ("default_griffin", models.JSONField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "scénario de préservation",
                "verbose_name_plural": "scénarios de préservation",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="scenario_identifier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReferentialImport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="référentiel")),
                ("file_name", models.TextField(blank=True, default="", verbose_name="fichier")),
                ("content", models.BinaryField()),
                ("sha512", models.CharField(max_length=128)),
                ("outcome", models.CharField(max_length=8, verbose_name="résultat")),
                ("report", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("changes", models.JSONField(default=dict)),
                ("agent_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(verbose_name="reçu le")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "import de référentiel",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "kind", "-created_at"], name="import_kind")
                ],
            },
        ),
        migrations.CreateModel(
            name="SchemaElement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("short_name", models.TextField(blank=True, default="", verbose_name="intitulé")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "cardinality",
                    models.CharField(
                        choices=[
                            ("ONE", "au plus un"),
                            ("ONE_REQUIRED", "exactement un"),
                            ("MANY", "plusieurs"),
                            ("MANY_REQUIRED", "au moins un"),
                        ],
                        max_length=13,
                        verbose_name="cardinalité",
                    ),
                ),
                ("is_object", models.BooleanField(default=False, verbose_name="groupe de champs")),
                (
                    "type",
                    models.CharField(blank=True, default="", max_length=10, verbose_name="type"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "élément du schéma externe",
                "verbose_name_plural": "schéma externe",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="schema_element_path"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecurityProfile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sae.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.TextField(verbose_name="identifiant")),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                ("updated_at", models.DateTimeField(verbose_name="modifié le")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("name", models.TextField(verbose_name="nom")),
                ("full_access", models.BooleanField(default=False, verbose_name="tous les accès")),
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
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "profil de sécurité",
                "verbose_name_plural": "profils de sécurité",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "identifier"), name="security_profile_identifier"
                    )
                ],
            },
        ),
        TenantTable("Agency"),
        TenantTable("ManagementRule"),
        TenantTable("FileFormat"),
        TenantTable("FormatRelease"),
        TenantTable("OntologyTerm"),
        TenantTable("IdentifierSequence"),
        TenantTable("ReferentialImport"),
        TenantTable("IngestContract"),
        TenantTable("AccessContract"),
        TenantTable("ManagementContract"),
        TenantTable("Context"),
        TenantTable("SecurityProfile"),
        TenantTable("ArchiveProfile"),
        TenantTable("ArchiveUnitProfile"),
        TenantTable("SchemaElement"),
        TenantTable("Griffin"),
        TenantTable("PreservationScenario"),
    ]
