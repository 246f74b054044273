"""Objects: digests, sizes, formats, technical metadata."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_FORMAT = "OG_OBJECTS_FORMAT_CHECK"

_WHY_DIGEST = _(
    "Le fichier reçu n’est pas celui que décrit le bordereau : il a changé après le calcul, "
    "ou le transfert l’a altéré."
)
_WHY_FORMAT = _("Le format décide de ce qui pourra être lu dans dix ou cinquante ans.")
_INVALID_DIGEST = Sentence(
    _("Empreinte différente de celle du bordereau"),
    _WHY_DIGEST,
    _("L’empreinte calculée de « {file} » est {seen} ; le bordereau annonce {expected}."),
    _("Régénérez le paquet : l’empreinte se calcule sur le fichier définitif, après signature."),
)
_REJECTED = Sentence(
    _("Format refusé par le contrat d’entrée"),
    _(
        "Le contrat d’entrée n’admet que certains formats, dont la lecture est garantie dans le "
        "temps."
    ),
    _("Le format « {seen} » n’est pas parmi ceux du contrat : {expected}."),
    _("Convertissez le fichier dans un format admis, ou faites ajouter ce format au contrat."),
)
_UNKNOWN = Sentence(
    _("Format non reconnu"),
    _WHY_FORMAT,
    _("Le contenu de « {file} » ne répond à aucun format connu."),
    _(
        "Vérifiez que le fichier s’ouvre ; convertissez-le, ou faites admettre par le contrat les "
        "formats non reconnus."
    ),
)
_UNCHARTED = Sentence(
    _("Format absent du référentiel"),
    _WHY_FORMAT,
    _("Le format reconnu « {seen} » manque au référentiel des formats."),
    _("Faites mettre à jour le référentiel des formats : le fichier n’est pas en cause."),
)

SENTENCES: Catalogue = {
    ("CHECK_DIGEST", ""): _INVALID_DIGEST,
    ("CHECK_DIGEST.INVALID", ""): _INVALID_DIGEST,
    ("CHECK_DIGEST.EMPTY", ""): Sentence(
        _("Empreinte absente du bordereau"),
        _(
            "Sans empreinte annoncée, rien ne prouve que le fichier reçu est celui qui a été "
            "envoyé."
        ),
        _("L’élément MessageDigest de « {identifier} » est vide."),
        _("Régénérez le bordereau avec une empreinte SHA-512 pour chaque fichier."),
    ),
    ("CHECK_OBJECT_SIZE", ""): Sentence(
        _("Taille différente de celle du bordereau"),
        _("La taille réelle est retenue ; l’écart est gardé au journal."),
        _("« {file} » compte {seen} octets ; le bordereau en annonce {expected}."),
        _("Rien d’obligatoire. Vérifiez l’outil qui écrit la taille dans le bordereau."),
    ),
    (f"{_FORMAT}.REJECTED_FORMAT", ""): _REJECTED,
    (f"{_FORMAT}.FILE_FORMAT.REJECTED", ""): _REJECTED,
    (f"{_FORMAT}.UNKNOWN", ""): _UNKNOWN,
    (f"{_FORMAT}.FILE_FORMAT.UNKNOWN", ""): _UNKNOWN,
    (f"{_FORMAT}.UNKNOWN.WARNING", ""): Sentence(
        _("Format non reconnu"),
        _WHY_FORMAT,
        _("Le contenu de « {file} » ne répond à aucun format connu ; il est accepté tel quel."),
        _(
            "Rien d’obligatoire : le contrat l’admet. Préférez un format pérenne pour les "
            "prochains versements."
        ),
    ),
    (f"{_FORMAT}.UNCHARTED", ""): _UNCHARTED,
    (f"{_FORMAT}.FILE_FORMAT.UNCHARTED", ""): _UNCHARTED,
    (f"{_FORMAT}.UPDATED_FORMAT", ""): Sentence(
        _("Format annoncé différent du format réel"),
        _("Le format reconnu dans le contenu est retenu à la place de celui du bordereau."),
        _("« {file} » est au format {seen} ; le bordereau annonce {expected}."),
        _("Rien d’obligatoire. Vérifiez l’outil qui identifie les formats à la source."),
    ),
    (f"{_FORMAT}.TOOL_DOES_NOT_ANSWER", ""): Sentence(
        _("Identification des formats en panne"),
        _("La faute vient de la plateforme, pas du paquet, qui est conservé."),
        _("L’outil d’identification n’a pas répondu : {seen}."),
        _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre."),
    ),
    (f"{_FORMAT}.OBJECT_NOT_FOUND", ""): Sentence(
        _("Fichier disparu de l’espace de travail"),
        _("La faute vient de la plateforme, pas du paquet, qui est conservé."),
        _("« {file} » n’est plus dans l’espace de travail."),
        _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre."),
    ),
    (f"{_FORMAT}.REFERENTIAL_ERROR", ""): Sentence(
        _("Référentiel des formats illisible"),
        _("La faute vient de la plateforme, pas du paquet, qui est conservé."),
        _("Le référentiel des formats n’a pas pu être lu."),
        _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre."),
    ),
    (_FORMAT, ""): _REJECTED,
    ("CHECK_OBJECT_GROUP_SCHEMA", ""): Sentence(
        _("Description technique invalide"),
        _(
            "Les métadonnées techniques guideront les conversions futures : elles doivent être "
            "lisibles."
        ),
        _("La valeur « {seen} » de {element} ne convient pas."),
        _("Corrigez cette valeur dans le bordereau."),
    ),
    ("", "no_object"): Sentence(
        _("Aucun objet dans le paquet"),
        _("Un versement apporte d’ordinaire des fichiers ou des objets physiques."),
        _("Le bordereau ne déclare ni fichier ni objet physique : ses unités sont seules versées."),
        _("Rien d’obligatoire. Vérifiez que l’outil qui a fait le paquet n’en a oublié aucun."),
    ),
    ("", "digest_empty"): Sentence(
        _("Empreinte absente du bordereau"),
        _("Sans empreinte annoncée, rien ne prouve que le fichier reçu est celui envoyé."),
        _("L’élément MessageDigest de « {identifier} » est vide."),
        _("Régénérez le bordereau avec une empreinte SHA-512 pour chaque fichier."),
    ),
    ("", "digest_absent"): Sentence(
        _("Fichier sans empreinte annoncée"),
        _("Sans empreinte annoncée, rien ne prouve que le fichier reçu est celui envoyé."),
        _("Le bordereau ne donne pas d’empreinte à « {file} » ; celle du fichier reçu est gardée."),
        _("Rien d’obligatoire en SEDA 1.0. Faites ajouter l’empreinte par l’outil qui l’écrit."),
    ),
    ("", "digest_invalid"): _INVALID_DIGEST,
    ("", "size_differs"): Sentence(
        _("Taille différente de celle du bordereau"),
        _("La taille réelle est retenue ; l’écart est gardé au journal."),
        _("« {file} » compte {expected} octets ; le bordereau en annonce {seen}."),
        _("Rien d’obligatoire. Vérifiez l’outil qui écrit la taille dans le bordereau."),
    ),
    ("", "format_rejected"): _REJECTED,
    ("", "format_unknown"): _UNKNOWN,
    ("", "format_unknown_kept"): Sentence(
        _("Format non reconnu"),
        _WHY_FORMAT,
        _("Le contenu de « {file} » ne répond à aucun format connu ; il est accepté tel quel."),
        _("Rien d’obligatoire : le contrat l’admet. Préférez un format pérenne à l’avenir."),
    ),
    ("", "format_uncharted"): _UNCHARTED,
    ("", "format_updated"): Sentence(
        _("Format annoncé différent du format réel"),
        _("Le format reconnu dans le contenu est retenu à la place de celui du bordereau."),
        _("« {file} » est au format {expected} ; le bordereau annonce {seen}."),
        _("Rien d’obligatoire. Vérifiez l’outil qui identifie les formats à la source."),
    ),
}
