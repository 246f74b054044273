"""The words of the trade: archivist's French, SEDA element, where the law or the norm says it."""

import unicodedata
from dataclasses import dataclass, replace

from sae.ui.french import NO_BREAK


@dataclass(frozen=True, slots=True)
class Term:
    """``seda`` is an element path of SEDA 2.x, empty when the exchange format ignores the word."""

    key: str
    word: str
    meaning: str
    seda: str = ""
    reference: str = ""


_TERMS = (
    Term(
        "service-producteur",
        "Service producteur",
        "Service ou organisme qui a produit ou reçu les archives dans l’exercice de ses missions. "
        "Il reste le même quand les archives changent de lieu.",
        "OriginatingAgencyIdentifier",
        "Code du patrimoine, art. L. 211-1",
    ),
    Term(
        "service-versant",
        "Service versant",
        "Service qui remet matériellement les archives au service d’archives. Ce peut être le "
        "service producteur ou un autre, agissant pour lui.",
        "TransferringAgency, SubmissionAgencyIdentifier",
        "SEDA 2.x (NF Z44-022)",
    ),
    Term(
        "service-archives",
        "Service d’archives",
        "Service qui reçoit, conserve et communique les archives.",
        "ArchivalAgency",
        "Code du patrimoine, art. L. 212-6 et suivants",
    ),
    Term(
        "versement",
        "Versement",
        "Remise d’archives au service d’archives, avec leur description. Ici : un paquet déposé, "
        "contrôlé puis écrit dans le coffre.",
        "ArchiveTransfer",
        "Code du patrimoine, art. L. 212-4 ; NF Z44-022",
    ),
    Term(
        "bordereau",
        "Bordereau de versement",
        "Le fichier XML du paquet : il décrit chaque unité et chaque objet, et leurs règles.",
        "ArchiveTransfer (manifest.xml)",
        "NF Z44-022",
    ),
    Term(
        "sip",
        "Paquet de versement (SIP)",
        "Archive ZIP ou TAR qui contient un bordereau et les fichiers qu’il décrit.",
        "ArchiveTransfer + dossier content",
        "ISO 14721 (OAIS)",
    ),
    Term(
        "atr",
        "Accusé de traitement (ATR)",
        "Réponse rendue au service versant : acceptation ou refus, avec le détail de chaque "
        "anomalie.",
        "ArchiveTransferReply",
        "NF Z44-022",
    ),
    Term(
        "dip",
        "Paquet de diffusion (DIP)",
        "Paquet remis à qui demande des archives : les objets, leur description et leurs "
        "empreintes.",
        "ArchiveDeliveryRequestReply",
        "ISO 14721 (OAIS)",
    ),
    Term(
        "unite",
        "Unité archivistique",
        "Élément du classement que l’on décrit : fonds, série, dossier, pièce. Elle peut en "
        "contenir d’autres et avoir plusieurs parents.",
        "ArchiveUnit",
        "ISAD(G) ; NF Z44-022",
    ),
    Term(
        "groupe-objets",
        "Groupe d’objets",
        "Les fichiers d’une même pièce : original, copie de diffusion, vignette, texte brut.",
        "DataObjectGroup",
        "NF Z44-022",
    ),
    Term(
        "usage",
        "Usage",
        "Rôle d’un fichier dans son groupe : original numérique (BinaryMaster), diffusion "
        "(Dissemination), vignette (Thumbnail), texte (TextContent), original papier "
        "(PhysicalMaster).",
        "DataObjectVersion",
        "NF Z44-022",
    ),
    Term(
        "cote",
        "Cote",
        "Référence qui désigne une unité dans l’instrument de recherche et permet de la demander.",
        "ArchivalAgencyArchiveUnitIdentifier",
        "ISAD(G) 3.1.1",
    ),
    Term(
        "niveau",
        "Niveau de description",
        "Place d’une unité dans la hiérarchie : fonds, sous-fonds, série, sous-série, dossier, "
        "pièce.",
        "DescriptionLevel",
        "ISAD(G) 3.1.4",
    ),
    Term(
        "plan-classement",
        "Plan de classement",
        "Arborescence des activités du service producteur dans laquelle les dossiers sont rangés.",
        "ArchiveUnit (FILING_UNIT)",
        "NF ISO 15489-1",
    ),
    Term(
        "arbre-positionnement",
        "Arbre de positionnement",
        "Cadre de classement du service d’archives, sous lequel les versements sont rattachés.",
        "ArchiveUnit (HOLDING_UNIT)",
        "",
    ),
    Term(
        "rattachement",
        "Rattachement",
        "Rangement d’une unité versée sous une unité déjà conservée.",
        "Management/UpdateOperation/SystemId",
        "NF Z44-022",
    ),
    Term(
        "dua",
        "Durée d’utilité administrative (DUA)",
        "Durée pendant laquelle les archives doivent rester à la disposition du service "
        "producteur. À son terme, le sort final s’applique.",
        "Management/AppraisalRule/Rule",
        "Code du patrimoine, art. R. 212-13 ; instruction DPACI/RES/2009/018 (communes)",
    ),
    Term(
        "sort-final",
        "Sort final",
        "Ce que deviennent les archives au terme de leur DUA : conserver (définitivement) ou "
        "détruire.",
        "Management/AppraisalRule/FinalAction",
        "Code du patrimoine, art. L. 212-2",
    ),
    Term(
        "archives-courantes",
        "Archives courantes, intermédiaires, définitives",
        "Les trois âges : d’usage quotidien ; gardées pendant la DUA ; conservées sans limite de "
        "durée après tri.",
        "",
        "Code du patrimoine, art. R. 212-10 à R. 212-12",
    ),
    Term(
        "elimination",
        "Élimination",
        "Destruction réglementaire d’archives publiques dont la DUA est échue et dont le sort "
        "final est « détruire ». Elle exige le visa de l’autorité chargée du contrôle "
        "scientifique et technique.",
        "",
        "Code du patrimoine, art. L. 212-2 et R. 212-14",
    ),
    Term(
        "cst",
        "Contrôle scientifique et technique (CST)",
        "Contrôle de l’État sur les archives publiques, exercé dans le département par le "
        "directeur des archives départementales.",
        "",
        "Code du patrimoine, art. L. 212-10, R. 212-3 et R. 212-4",
    ),
    Term(
        "communicabilite",
        "Communicabilité",
        "Archives communicables à tous de plein droit, sauf délai fixé par la loi : de 25 à 100 "
        "ans selon le secret protégé.",
        "Management/AccessRule/Rule",
        "Code du patrimoine, art. L. 213-1 et L. 213-2",
    ),
    Term(
        "derogation",
        "Dérogation",
        "Autorisation individuelle de consulter des archives avant le terme de leur délai.",
        "",
        "Code du patrimoine, art. L. 213-3",
    ),
    Term(
        "diffusion",
        "Règle de diffusion",
        "Délai avant la mise en ligne ou la publication, distinct de la communication en salle.",
        "Management/DisseminationRule/Rule",
        "Code du patrimoine, art. L. 213-2 ; code des relations entre le public et "
        "l’administration, art. L. 312-1-2",
    ),
    Term(
        "reutilisation",
        "Règle de réutilisation",
        "Délai ou condition avant que les informations puissent servir à d’autres fins que celles "
        "de leur production.",
        "Management/ReuseRule/Rule",
        "Code des relations entre le public et l’administration, art. L. 321-1 et suivants",
    ),
    Term(
        "classification",
        "Classification de défense",
        "Niveau de protection du secret de la défense nationale et date de déclassification.",
        "Management/ClassificationRule",
        "Code de la défense, art. R. 2311-2 et suivants ; IGI n° 1300",
    ),
    Term(
        "gel",
        "Gel",
        "Suspension de toute élimination et de tout changement, pendant un contentieux ou un "
        "contrôle.",
        "Management/HoldRule/Rule",
        "SEDA 2.2",
    ),
    Term(
        "heritage",
        "Héritage des règles",
        "Une unité reçoit les règles de ses parents, sauf si elle déclare les siennes ou bloque "
        "l’héritage.",
        "AppraisalRule/PreventInheritance (et autres règles)",
        "NF Z44-022",
    ),
    Term(
        "contrat-entree",
        "Contrat d’entrée",
        "Convention qui dit ce qu’un service versant peut déposer : services, formats, profils, "
        "lieu de rattachement.",
        "ArchivalAgreement",
        "NF Z44-022 (accord de versement)",
    ),
    Term(
        "contrat-acces",
        "Contrat d’accès",
        "Convention qui dit ce qu’un groupe d’utilisateurs ou une application peut voir et faire.",
        "",
        "NF Z42-013",
    ),
    Term(
        "profil-archivage",
        "Profil d’archivage",
        "Modèle de bordereau propre à un type d’archives : ce qui est obligatoire, permis, exclu.",
        "ArchivalProfile",
        "NF Z44-022",
    ),
    Term(
        "format",
        "Format",
        "Format du fichier, reconnu par sa signature et nommé par son identifiant PRONOM, par "
        "exemple fmt/354 (PDF/A-1b).",
        "FormatIdentification/FormatId",
        "Registre PRONOM ; référentiel général d’interopérabilité",
    ),
    Term(
        "empreinte",
        "Empreinte",
        "Suite de caractères calculée à partir d’un fichier : le moindre changement du fichier "
        "la change.",
        "MessageDigest",
        "NF Z42-013 ; RGS, annexe B1",
    ),
    Term(
        "journal",
        "Journal des opérations, journal du cycle de vie",
        "Suite des événements, enchaînés par leurs empreintes : ce qui a été fait, quand, par "
        "qui, avec quel résultat ; pour l’ensemble du coffre, et pour chaque unité et objet.",
        "LogBook/Event",
        "NF Z42-013 ; ISO 14641",
    ),
    Term(
        "scellement",
        "Scellement",
        "Horodatage périodique des journaux par un jeton : une ligne changée après coup se voit.",
        "",
        "RFC 3161 ; règlement (UE) n° 910/2014 (eIDAS), art. 41 et 42",
    ),
    Term(
        "registre-fonds",
        "Registre des fonds",
        "Compte, par service producteur, de ce qui est entré, sorti, éliminé et reste conservé.",
        "",
        "NF Z42-013",
    ),
    Term(
        "coffre",
        "Coffre",
        "Espace étanche : ses archives, ses règles, ses comptes et ses journaux ne sont visibles "
        "que de ceux qui y sont habilités.",
        "",
        "NF Z42-013",
    ),
    Term(
        "ko-fatal",
        "Refusé, erreur technique",
        "« Refusé » (KO) : le paquet est à corriger par le déposant. « Erreur technique » "
        "(FATAL) : la faute est à la plateforme, le travail est gardé et sera repris.",
        "ReplyCode",
        "NF Z44-022",
    ),
)


def _alphabetical(term: Term) -> str:
    folded = unicodedata.normalize("NFD", term.word.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _unbroken(reference: str) -> str:
    """Keep « art. L. 212-2 » and « NF Z42-013 » on one line."""
    for before in ("art.", "L.", "R.", "NF", "ISO", "RFC", "n°", "IGI"):
        reference = reference.replace(f"{before} ", f"{before}{NO_BREAK}")
    return reference


GLOSSARY: tuple[Term, ...] = tuple(
    replace(term, reference=_unbroken(term.reference)) for term in sorted(_TERMS, key=_alphabetical)
)
