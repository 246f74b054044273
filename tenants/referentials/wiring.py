"""What the referentials tell the rooms below: their place in the menu, their labels."""

from django.utils.translation import gettext_lazy as _

from sae.journal.labels import register_labels
from sae.ui import menu
from tenants.access import may
from tenants.permissions import Permission
from tenants.referentials import relengthening
from tenants.referentials.kinds import KINDS
from tenants.referentials.versions import register_described

LABELS = {
    "IMPORT_AGENCIES": _("Import des services agents"),
    "IMPORT_AGENCIES.USED_CONTRACT": _("Services cités par des contrats d’accès"),
    "IMPORT_AGENCIES.USED_AU": _("Services qui ont des archives"),
    "IMPORT_AGENCIES.DELETION.KO": _("Un service utilisé ne peut pas disparaître"),
    "IMPORT_AGENCIES.CONCURRENCE.KO": _("Un autre import des services agents est en cours"),
    "IMPORT_AGENCIES_BACKUP_CSV": _("Fichier des services agents gardé"),
    "BACKUP_AGENCIES": _("Services agents gardés"),
    "AGENCIES_REPORT": _("Rapport d’import des services agents"),
    "STP_IMPORT_RULES": _("Import des règles de gestion"),
    "CHECK_RULES": _("Contrôle des règles de gestion"),
    "CHECK_RULES.INVALID_CSV.KO": _("Le fichier des règles a des anomalies"),
    "CHECK_RULES.INVALID_CSV_ENCODING_NOT_UTF_EIGHT.KO": _(
        "Le fichier des règles ne peut pas être lu"
    ),
    "CHECK_RULES.MAX_DURATION_EXCEEDS.KO": _("Une durée est inférieure au minimum du coffre"),
    "CHECK_RULES.IMPORT_IN_PROCESS.KO": _("Un autre import des règles est en cours"),
    "RULES_REPORT": _("Rapport d’import des règles de gestion"),
    "COMMIT_RULES": _("Règles de gestion écrites"),
    "STP_IMPORT_RULES_BACKUP_CSV": _("Fichier des règles gardé"),
    "STP_IMPORT_RULES_BACKUP": _("Règles de gestion gardées"),
    "STP_REFERENTIAL_FORMAT_IMPORT": _("Import des formats de fichiers"),
    "FILE_FORMAT_REPORT": _("Rapport d’import des formats"),
    "STP_BACKUP_REFERENTIAL_FORMAT": _("Formats gardés"),
    "IMPORT_ONTOLOGY": _("Import de l’ontologie"),
    "ONTOLOGY_REPORT": _("Rapport d’import de l’ontologie"),
    "BACKUP_ONTOLOGY": _("Ontologie gardée"),
    "STP_IMPORT_PROFILE_FILE": _("Fichier joint à un profil d’archivage"),
    "STP_IMPORT_INGEST_CONTRACT": _("Import de contrats d’entrée"),
    "STP_UPDATE_INGEST_CONTRACT": _("Modification d’un contrat d’entrée"),
    "STP_BACKUP_INGEST_CONTRACT": _("Contrats d’entrée gardés"),
    "STP_IMPORT_ACCESS_CONTRACT": _("Import de contrats d’accès"),
    "STP_UPDATE_ACCESS_CONTRACT": _("Modification d’un contrat d’accès"),
    "STP_BACKUP_ACCESS_CONTRACT": _("Contrats d’accès gardés"),
    "STP_IMPORT_MANAGEMENT_CONTRACT": _("Import de contrats de gestion"),
    "STP_UPDATE_MANAGEMENT_CONTRACT": _("Modification d’un contrat de gestion"),
    "STP_BACKUP_MANAGEMENT_CONTRACT": _("Contrats de gestion gardés"),
    "STP_IMPORT_CONTEXT": _("Import de contextes applicatifs"),
    "STP_UPDATE_CONTEXT": _("Modification d’un contexte applicatif"),
    "STP_BACKUP_CONTEXT": _("Contextes applicatifs gardés"),
    "STP_IMPORT_SECURITY_PROFILE": _("Import de profils de sécurité"),
    "STP_UPDATE_SECURITY_PROFILE": _("Modification d’un profil de sécurité"),
    "STP_BACKUP_SECURITY_PROFILE": _("Profils de sécurité gardés"),
    "STP_IMPORT_PROFILE_JSON": _("Import de profils d’archivage"),
    "STP_UPDATE_PROFILE_JSON": _("Modification d’un profil d’archivage"),
    "STP_BACKUP_PROFILE": _("Profils d’archivage gardés"),
    "IMPORT_ARCHIVEUNITPROFILE": _("Import de profils d’unité archivistique"),
    "UPDATE_ARCHIVEUNITPROFILE": _("Modification d’un profil d’unité archivistique"),
    "BACKUP_ARCHIVEUNITPROFILE": _("Profils d’unité archivistique gardés"),
    "IMPORT_EXTERNAL_SCHEMA": _("Import du schéma externe des unités"),
    "UPDATE_EXTERNAL_SCHEMA": _("Modification du schéma externe des unités"),
    "BACKUP_SCHEMA": _("Schéma externe gardé"),
    "STP_IMPORT_GRIFFIN": _("Import des griffons"),
    "STP_BACKUP_GRIFFIN": _("Griffons gardés"),
    "IMPORT_PRESERVATION_SCENARIO": _("Import des scénarios de préservation"),
    "STP_BACKUP_SCENARIO": _("Scénarios de préservation gardés"),
}


def connect() -> None:
    """Called once the applications are loaded."""
    register_labels(LABELS)
    relengthening.connect()
    for kind in KINDS.values():
        register_described(kind.slug, kind.model, kind.describe)
    menu.register(
        menu.MenuEntry(
            menu.REFERENTIALS,
            _("Règles et référentiels"),
            order=50,
            url_name="referentials",
            matches=(
                "rule",
                "agency",
                "ingest_contract",
                "rules",
                "agencies",
                "ingest_contracts",
                "rule_simulation",
                "starter_sets",
                "referential_import",
                "referential_outcome",
                "referential_draft",
                "referential_list",
                "referential_element",
                "referential_create",
                "referential_edit",
                "referential_remove",
                "referential_table",
                "referential_history",
                "referential_compare",
                "profile_file",
                "profile_file_preview",
                "profile_file_differences",
            ),
            permission=lambda request: bool(may(request, Permission.REFERENTIAL_VIEW)),
        )
    )
