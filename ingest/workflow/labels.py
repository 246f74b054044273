"""French names of the workflows, their steps and actions, as archivists read them."""

from django.utils.translation import gettext_lazy as _

from sae.journal.labels import Label

WORKFLOW_LABELS: dict[str, Label] = {
    "PROCESS_SIP_UNITARY": _("Versement"),
    "PROCESS_SIP_UNITARY_TEST": _("Contrôle à blanc"),
    "FILINGSCHEME": _("Plan de classement"),
    "HOLDINGSCHEME": _("Arbre de positionnement"),
    "INGEST_CLEANUP": _("Annulation d’un versement"),
}

STEP_LABELS: dict[str, Label] = {
    "STP_SANITY_CHECK_SIP": _("Réception et antivirus"),
    "STP_UPLOAD_SIP": _("Ouverture du paquet"),
    "STP_INGEST_CONTROL_SIP": _("Lecture et contrôle du bordereau"),
    "STP_OG_CHECK_AND_TRANSFORME": _("Contrôle des objets"),
    "STP_UNIT_CHECK_AND_PROCESS": _("Contrôle des unités"),
    "STP_STORAGE_AVAILABILITY_CHECK": _("Place sur les sites"),
    "STP_OBJ_STORING": _("Écriture des objets"),
    "STP_UNIT_METADATA": _("Inscription des unités"),
    "STP_OG_STORING": _("Sauvegarde des groupes d’objets"),
    "STP_UNIT_STORING": _("Sauvegarde des unités"),
    "STP_UPDATE_OBJECT_GROUP": _("Mise à jour des groupes existants"),
    "STP_ACCESSION_REGISTRATION": _("Registre des fonds"),
    "STP_INGEST_FINALISATION": _("Clôture et réponse"),
}

ACTION_LABELS: dict[str, Label] = {
    "SANITY_CHECK_SIP": _("Recherche de virus"),
    "CHECK_CONTAINER": _("Format du paquet"),
    "MANIFEST_FILE_NAME_CHECK": _("Présence et nom du bordereau"),
    "MANIFEST_DIGEST_CHECK": _("Empreinte du bordereau"),
    "UPLOAD_SIP": _("Extraction des fichiers"),
    "CHECK_SEDA": _("Conformité au SEDA"),
    "CHECK_HEADER": _("En-tête du bordereau"),
    "CHECK_HEADER.CHECK_AGENT": _("Services producteur et versant"),
    "CHECK_HEADER.CHECK_CONTRACT_INGEST": _("Contrat d’entrée"),
    "CHECK_HEADER.CHECK_IC_AP_RELATION": _("Profil d’archivage et contrat"),
    "CHECK_HEADER.CHECK_ARCHIVEPROFILE": _("Profil d’archivage"),
    "PREPARE_STORAGE_INFO": _("Sites de conservation"),
    "CHECK_DATAOBJECTPACKAGE": _("Contenu du paquet"),
    "CHECK_DATAOBJECTPACKAGE.CHECK_NO_OBJECT": _("Absence d’objet"),
    "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION": _("Usages et versions"),
    "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER": _("Fichiers annoncés et reçus"),
    "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST": _("Arborescence et rattachements"),
    "CHECK_DATAOBJECTPACKAGE.CHECK_CONSISTENCY": _("Objets rattachés à une unité"),
    "CHECK_ATTACHEMENT": _("État des archives de rattachement"),
    "CHECK_DIGEST": _("Empreintes"),
    "CHECK_OBJECT_SIZE": _("Tailles"),
    "OG_OBJECTS_FORMAT_CHECK": _("Formats"),
    "CHECK_OBJECT_GROUP_SCHEMA": _("Description technique"),
    "CHECK_UNIT_SCHEMA": _("Description des unités"),
    "CHECK_ARCHIVE_UNIT_PROFILE": _("Profils d’unités"),
    "CHECK_CLASSIFICATION_LEVEL": _("Niveau de classification"),
    "UNITS_RULES_COMPUTE": _("Règles et échéances"),
    "STORAGE_AVAILABILITY_CHECK": _("Place disponible sur chaque site"),
    "OBJ_STORAGE": _("Copies des objets"),
    "OG_METADATA_INDEXATION": _("Inscription des groupes d’objets"),
    "UNIT_METADATA_INDEXATION": _("Inscription au fonds"),
    "COMMIT_LIFE_CYCLE_OBJECT_GROUP": _("Journal du cycle de vie des groupes d’objets"),
    "OG_METADATA_STORAGE": _("Copies des métadonnées des groupes d’objets"),
    "COMMIT_LIFE_CYCLE_UNIT": _("Journal du cycle de vie des unités"),
    "UNIT_METADATA_STORAGE": _("Copies des métadonnées des unités"),
    "OBJECT_GROUP_UPDATE": _("Ajouts aux groupes d’objets existants"),
    "ACCESSION_REGISTRATION": _("Inscription au registre des fonds"),
    "ATR_NOTIFICATION": _("Réponse au versement"),
    "ROLL_BACK": _("Nettoyage de l’espace de travail"),
}


UNDOING_LABELS: dict[str, Label] = {
    "INGEST_RESUME": _("Reprise du versement"),
    "INGEST_PAUSE": _("Mise en pause du versement"),
    "INGEST_ABANDON": _("Abandon du versement"),
    "INGEST_CLEANUP_APPROVAL": _("Accord d’une seconde personne"),
    "INGEST_CLEANUP_WITHDRAWAL": _("Retrait de la demande"),
    "INGEST_CLEANUP_RELAUNCH": _("Reprise après une erreur technique"),
    "INGEST_CLEANUP_CHECK": _("Vérification de ce qui s’y oppose"),
    "INGEST_CLEANUP_FONDS": _("Sortie du fonds"),
    "INGEST_CLEANUP_OFFERS": _("Destruction des fichiers sur les sites"),
    "LFC.INGEST_CLEANUP": _("Sortie du fonds : versement annulé"),
    "LFC.ROLL_BACK": _("Sortie du fonds : versement abandonné ou refusé"),
}


def journal_labels() -> dict[str, Label]:
    """Return what this room adds to the journal's register of sentences."""
    return {**WORKFLOW_LABELS, **STEP_LABELS, **ACTION_LABELS, **UNDOING_LABELS}
