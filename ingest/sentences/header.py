"""Header of the transfer: agencies, ingest contract, context, archive profile."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_AGENT = "CHECK_HEADER.CHECK_AGENT"
_CONTRACT = "CHECK_HEADER.CHECK_CONTRACT_INGEST"
_RELATION = "CHECK_HEADER.CHECK_IC_AP_RELATION"
_PROFILE = "CHECK_HEADER.CHECK_ARCHIVEPROFILE"

_WHY_AGENT = _("Chaque archive appartient au fonds d’un service producteur connu du coffre.")
_WHY_CONTRACT = _(
    "Le contrat d’entrée dit ce qui a été convenu pour ce flux : il doit être valable."
)
_WHY_GIVEN = _(
    "Chacun verse pour les services et sous les contrats d’entrée que ses profils lui ouvrent."
)
_WHY_CONTEXT = _("Une application ne verse que sous les contrats que son contexte lui ouvre.")
_WHY_MANAGEMENT = _("Le contrat de gestion dit où et comment les copies sont conservées.")
_WHY_PROFILE = _("Le profil d’archivage fixe la forme du bordereau convenue pour ce flux.")

SENTENCES: Catalogue = {
    (f"{_AGENT}.EMPTY_REQUIRED_FIELD", ""): Sentence(
        _("Service producteur absent du bordereau"),
        _WHY_AGENT,
        _("L’élément OriginatingAgencyIdentifier manque ou est vide."),
        _("Indiquez dans ManagementMetadata l’identifiant du service producteur."),
    ),
    (f"{_AGENT}.UNKNOWN", ""): Sentence(
        _("Service inconnu du référentiel"),
        _WHY_AGENT,
        _("Le service « {seen} » n’existe pas dans le référentiel des services agents."),
        _("Corrigez l’identifiant dans le bordereau, ou faites ajouter le service au référentiel."),
        _("Sans doute « {suggestion} »."),
    ),
    (f"{_AGENT}.NOT_GIVEN", ""): Sentence(
        _("Service producteur hors de vos droits"),
        _WHY_GIVEN,
        _("Aucun de vos profils ne permet de verser pour le service « {seen} »."),
        _(
            "Vérifiez l’identifiant du service dans le bordereau ; s’il est juste, demandez ce "
            "service à l’administrateur de votre organisation."
        ),
    ),
    (_AGENT, ""): Sentence(
        _("Services agents impossibles à vérifier"),
        _WHY_AGENT,
        _("Le service « {seen} » n’a pas pu être vérifié."),
        _("Vérifiez les identifiants de services du bordereau, puis déposez de nouveau."),
    ),
    (f"{_CONTRACT}.CONTRACT_NOT_IN_MANIFEST", ""): Sentence(
        _("Contrat d’entrée absent du bordereau"),
        _WHY_CONTRACT,
        _("L’élément ArchivalAgreement manque ou est vide."),
        _("Indiquez dans ArchivalAgreement l’identifiant du contrat d’entrée convenu."),
    ),
    (f"{_CONTRACT}.CONTRACT_UNKNOWN", ""): Sentence(
        _("Contrat d’entrée inconnu"),
        _WHY_CONTRACT,
        _("Aucun contrat d’entrée « {seen} » dans ce coffre."),
        _("Corrigez ArchivalAgreement, ou faites créer le contrat dans Règles et référentiels."),
        _("Sans doute « {suggestion} »."),
    ),
    (f"{_CONTRACT}.CONTRACT_INACTIVE", ""): Sentence(
        _("Contrat d’entrée inactif"),
        _WHY_CONTRACT,
        _("Le contrat d’entrée « {seen} » existe mais n’est pas actif."),
        _(
            "Faites activer le contrat par l’administrateur, puis revérifiez : le paquet n’est "
            "pas en cause."
        ),
    ),
    (f"{_CONTRACT}.CONTRACT_NOT_GIVEN", ""): Sentence(
        _("Contrat d’entrée hors de vos droits"),
        _WHY_GIVEN,
        _("Aucun de vos profils ne permet de verser sous le contrat « {seen} » pour ce service."),
        _(
            "Versez sous un contrat qui vous est ouvert, ou demandez celui-ci à l’administrateur "
            "de votre organisation."
        ),
    ),
    (f"{_CONTRACT}.CONTEXT_UNKNOWN", ""): Sentence(
        _("Contexte applicatif inconnu"),
        _WHY_CONTEXT,
        _("Le contexte « {seen} » de l’application n’existe pas."),
        _("Demandez à l’administrateur de rattacher le jeton de l’application à un contexte."),
    ),
    (f"{_CONTRACT}.CONTEXT_INACTIVE", ""): Sentence(
        _("Contexte applicatif inactif"),
        _WHY_CONTEXT,
        _("Le contexte « {seen} » de l’application n’est pas actif."),
        _("Demandez à l’administrateur d’activer ce contexte."),
    ),
    (f"{_CONTRACT}.CONTRACT_NOT_IN_CONTEXT", ""): Sentence(
        _("Contrat d’entrée non ouvert à cette application"),
        _WHY_CONTEXT,
        _("Le contrat « {seen} » n’est pas parmi ceux que le contexte autorise."),
        _(
            "Faites ajouter ce contrat au contexte de l’application, ou versez sous un autre "
            "contrat."
        ),
    ),
    (f"{_CONTRACT}.CONTEXT_CHECK_ERROR", ""): Sentence(
        _("Contexte applicatif impossible à vérifier"),
        _WHY_CONTEXT,
        _("Le contexte de l’application n’a pas pu être lu."),
        _(
            "Rien à corriger dans le paquet : déposez de nouveau, et prévenez l’exploitant si "
            "cela dure."
        ),
    ),
    (f"{_CONTRACT}.MANAGEMENT_CONTRACT_UNKNOWN", ""): Sentence(
        _("Contrat de gestion inconnu"),
        _WHY_MANAGEMENT,
        _("Le contrat d’entrée renvoie au contrat de gestion « {seen} », qui n’existe pas."),
        _(
            "Faites corriger le contrat d’entrée par l’administrateur : le paquet n’est pas en "
            "cause."
        ),
    ),
    (f"{_CONTRACT}.MANAGEMENT_CONTRACT_INACTIVE", ""): Sentence(
        _("Contrat de gestion inactif"),
        _WHY_MANAGEMENT,
        _("Le contrat de gestion « {seen} » n’est pas actif."),
        _("Faites activer ce contrat par l’administrateur : le paquet n’est pas en cause."),
    ),
    (f"{_CONTRACT}.MANAGEMENT_CONTRACT_INVALID", ""): Sentence(
        _("Contrat de gestion inutilisable"),
        _WHY_MANAGEMENT,
        _("Le contrat de gestion « {seen} » désigne une stratégie de stockage inconnue."),
        _("Faites corriger ce contrat par l’administrateur : le paquet n’est pas en cause."),
    ),
    (_CONTRACT, ""): Sentence(
        _("Contrat d’entrée impossible à vérifier"),
        _WHY_CONTRACT,
        _("Le contrat d’entrée « {seen} » n’a pas pu être vérifié."),
        _("Vérifiez l’élément ArchivalAgreement du bordereau, puis déposez de nouveau."),
    ),
    (f"{_RELATION}.UNKNOWN", ""): Sentence(
        _("Profil d’archivage inconnu"),
        _WHY_PROFILE,
        _("Le profil d’archivage « {seen} » n’existe pas dans ce coffre."),
        _("Corrigez ArchivalProfile dans le bordereau, ou faites importer le profil."),
        _("Sans doute « {suggestion} »."),
    ),
    (f"{_RELATION}.INACTIVE", ""): Sentence(
        _("Profil d’archivage inactif"),
        _WHY_PROFILE,
        _("Le profil d’archivage « {seen} » n’est pas actif."),
        _("Faites activer le profil par l’administrateur, puis revérifiez."),
    ),
    (f"{_RELATION}.DIFF", ""): Sentence(
        _("Profil d’archivage étranger au contrat"),
        _WHY_PROFILE,
        _("Le bordereau annonce le profil « {seen} » ; le contrat d’entrée attend : {expected}."),
        _(
            "Indiquez dans ArchivalProfile l’un des profils du contrat, ou versez sous un autre "
            "contrat."
        ),
    ),
    (_PROFILE, ""): Sentence(
        _("Bordereau non conforme au profil d’archivage"),
        _WHY_PROFILE,
        _("Le profil refuse l’élément {element} : {seen}."),
        _("Corrigez cet élément selon le profil convenu, à cette ligne du bordereau."),
    ),
    ("PREPARE_STORAGE_INFO", ""): Sentence(
        _("Sites de conservation indéterminés"),
        _WHY_MANAGEMENT,
        _("La stratégie de stockage ne peut pas être lue : {seen}."),
        _("Rien à corriger dans le paquet : l’exploitant doit revoir la configuration des sites."),
    ),
    ("", "profile_without_file"): Sentence(
        _("Profil d’archivage sans fichier"),
        _WHY_PROFILE,
        _("Le profil « {seen} » n’a pas de fichier de contrôle, ou n’existe pas."),
        _(
            "Faites importer le fichier du profil par l’administrateur : le paquet n’est pas en "
            "cause."
        ),
    ),
    ("", "profile_unusable"): Sentence(
        _("Profil d’archivage inutilisable"),
        _WHY_PROFILE,
        _("Le fichier du profil ne peut pas être appliqué : {seen}."),
        _("Faites corriger le profil par l’administrateur : le paquet n’est pas en cause."),
    ),
    ("", "no_profile"): Sentence(
        _("Profil d’archivage absent du bordereau"),
        _WHY_PROFILE,
        _("Le contrat d’entrée attend l’un de ces profils : {expected}."),
        _("Indiquez dans ArchivalProfile l’un des profils du contrat."),
    ),
    ("PREPARE_STORAGE_INFO.FATAL", ""): Sentence(
        _("Sites de conservation indéterminés"),
        _WHY_MANAGEMENT,
        _("La stratégie de stockage ne peut pas être lue : {seen}."),
        _("Rien à corriger dans le paquet : l’exploitant doit revoir la configuration des sites."),
    ),
}
