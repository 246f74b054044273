"""The package against its manifest: usages, files, graph, attachments, orphans."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_BASE = "CHECK_DATAOBJECTPACKAGE"
_VERSION = f"{_BASE}.CHECK_MANIFEST_DATAOBJECT_VERSION"
_NUMBER = f"{_BASE}.CHECK_MANIFEST_OBJECTNUMBER"
_MANIFEST = f"{_BASE}.CHECK_MANIFEST"

_WHY_USAGE = _("L’usage et la version distinguent l’original de ses copies.")
_WHY_FILES = _(
    "Chaque fichier doit être décrit, et chaque description avoir son fichier : rien ne se perd."
)
_WHY_GROUP = _("Un document et ses versions forment un seul groupe, rattaché sans ambiguïté.")
_WHY_ATTACH = _(
    "Un rattachement inscrit des archives sous un dossier existant : il doit être certain et "
    "permis."
)
_ASK_CONTRACT = _(
    "Corrigez le bordereau, ou faites revoir le contrat d’entrée par l’administrateur."
)

SENTENCES: Catalogue = {
    (f"{_BASE}.CHECK_NO_OBJECT", ""): Sentence(
        _("Objet dans un plan ou un arbre"),
        _(
            "Un plan de classement ou un arbre de positionnement ne porte que des dossiers, sans "
            "fichier."
        ),
        _("Le bordereau déclare l’objet « {identifier} »."),
        _("Retirez les objets du bordereau, ou déposez ce paquet comme un versement."),
    ),
    (f"{_VERSION}.INVALID_DATAOBJECTVERSION", ""): Sentence(
        _("Usage d’objet inconnu"),
        _WHY_USAGE,
        _("L’usage « {seen} » n’existe pas."),
        _(
            "Écrivez BinaryMaster, Dissemination, Thumbnail, TextContent ou PhysicalMaster, "
            "suivi au besoin d’un numéro : BinaryMaster_1."
        ),
    ),
    (f"{_VERSION}.BDO_DATAOBJECTIONVERSION_PHYSICALMASTER", ""): Sentence(
        _("Usage physique pour un fichier"),
        _WHY_USAGE,
        _("Le fichier « {identifier} » porte l’usage « {seen} », réservé aux objets physiques."),
        _("Donnez-lui un usage de fichier, par exemple BinaryMaster_1."),
    ),
    (f"{_VERSION}.PDO_DATAOBJECTIONVERSION_BINARYMASTER", ""): Sentence(
        _("Usage de fichier pour un objet physique"),
        _WHY_USAGE,
        _("L’objet physique « {identifier} » porte l’usage « {seen} », réservé aux fichiers."),
        _("Donnez-lui l’usage PhysicalMaster_1."),
    ),
    (f"{_VERSION}.EMPTY_REQUIRED_FIELD", ""): Sentence(
        _("Objet sans chemin ni identifiant"),
        _("Sans chemin (ou sans identifiant physique), l’objet décrit ne peut pas être retrouvé."),
        _("L’élément {element} de l’objet « {identifier} » est vide."),
        _("Renseignez Uri pour un fichier, PhysicalId pour un objet physique."),
    ),
    (f"{_VERSION}.INVALIDE_ALGO", ""): Sentence(
        _("Algorithme d’empreinte non admis"),
        _("L’empreinte prouve que le fichier n’a pas changé : son algorithme doit être connu."),
        _("L’algorithme « {seen} » n’est pas admis pour « {identifier} »."),
        _(
            "Calculez l’empreinte en SHA-512 (ou SHA-256, SHA-384) et indiquez-le dans l’attribut "
            "algorithm."
        ),
    ),
    (f"{_NUMBER}.MANIFEST_SUPERIOR_BDO", ""): Sentence(
        _("Fichier absent du paquet"),
        _WHY_FILES,
        _("Le bordereau décrit « {seen} », que le paquet ne contient pas."),
        _("Ajoutez le fichier au paquet, ou retirez sa description du bordereau."),
        _("Le paquet contient « {suggestion} » : vérifiez l’écriture du chemin."),
    ),
    (f"{_NUMBER}.MANIFEST_INFERIOR_BDO", ""): Sentence(
        _("Fichier non décrit par le bordereau"),
        _WHY_FILES,
        _("Le paquet contient « {file} », que le bordereau ne décrit pas."),
        _("Décrivez ce fichier dans le bordereau, ou retirez-le du paquet."),
    ),
    (f"{_NUMBER}.INVALID_URI", ""): Sentence(
        _("Chemin de fichier qui ne correspond à rien"),
        _WHY_FILES,
        _("« {seen} » n’a pas son pendant entre le bordereau et le paquet."),
        _("Écrivez dans Uri le chemin exact du fichier, majuscules comprises : content/nom.pdf."),
        _("Sans doute « {suggestion} »."),
    ),
    (_NUMBER, ""): Sentence(
        _("Fichiers et bordereau différents"),
        _WHY_FILES,
        _("« {seen} » n’a pas son pendant entre le bordereau et le paquet."),
        _("Faites correspondre un à un les chemins du bordereau et les fichiers du paquet."),
    ),
    (f"{_MANIFEST}.CHECK_MANIFEST_LOOP", ""): Sentence(
        _("Boucle dans l’arborescence"),
        _("Un dossier rangé dans lui-même n’a plus de place dans le classement."),
        _("Ces unités se contiennent l’une l’autre : {seen}."),
        _("Supprimez l’un des liens ArchiveUnitRefId de cette boucle."),
    ),
    (f"{_MANIFEST}.CHECK_MANIFEST_MALFORMED_DATA", ""): Sentence(
        _("Valeur inexploitable"),
        _("Une valeur qui ne peut pas être lue fausserait la description ou le journal."),
        _("La valeur « {seen} » de {element} ne peut pas être lue."),
        _("Corrigez cette valeur dans le bordereau."),
    ),
    (f"{_MANIFEST}.ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP", ""): Sentence(
        _("Unité liée à plusieurs groupes d’objets"),
        _WHY_GROUP,
        _("L’unité « {identifier} » renvoie à plusieurs groupes d’objets."),
        _("Gardez une seule référence, ou créez une unité par document."),
    ),
    (f"{_MANIFEST}.EXISTING_OG_NOT_DECLARED", ""): Sentence(
        _("Référence à l’objet au lieu de son groupe"),
        _WHY_GROUP,
        _("L’unité « {identifier} » renvoie à l’objet « {seen} », qui appartient à un groupe."),
        _("Remplacez DataObjectReferenceId par DataObjectGroupReferenceId et citez le groupe."),
    ),
    (f"{_MANIFEST}.TOO_MANY_VERSION_BY_USAGE", ""): Sentence(
        _("Deux objets pour la même version"),
        _WHY_USAGE,
        _("Le groupe « {identifier} » a plusieurs objets d’usage « {seen} »."),
        _("Numérotez les versions : {seen} doit n’apparaître qu’une fois dans le groupe."),
    ),
    (f"{_MANIFEST}.EXPECTED_MANDATORY_VERSION_1", ""): Sentence(
        _("Première version absente"),
        _WHY_USAGE,
        _("Le groupe « {identifier} » n’a pas de version 1 de son original."),
        _(
            "Ajoutez l’objet BinaryMaster_1 (ou PhysicalMaster_1), ou renumérotez les versions à "
            "partir de 1."
        ),
    ),
    (f"{_MANIFEST}.MASTER_MANDATORY_REQUIRED", ""): Sentence(
        _("Original absent"),
        _("Le contrat d’entrée exige l’original de chaque document."),
        _("Le groupe « {identifier} » n’a ni BinaryMaster ni PhysicalMaster."),
        _("Joignez l’original, ou versez sous un contrat qui admet les seules copies."),
    ),
    (f"{_MANIFEST}.ATTACHMENT_REQUIRED", ""): Sentence(
        _("Rattachement exigé par le contrat"),
        _WHY_ATTACH,
        _("Le contrat d’entrée demande que le versement se rattache à une unité existante."),
        _("Ajoutez au bordereau une unité avec UpdateOperation désignant le dossier d’accueil."),
    ),
    (f"{_MANIFEST}.UNAUTHORIZED_ATTACHMENT_BY_CONTRACT", ""): Sentence(
        _("Rattachement interdit par le contrat"),
        _WHY_ATTACH,
        _(
            "L’unité « {identifier} » se rattache à une unité existante, ce que le contrat "
            "interdit."
        ),
        _ASK_CONTRACT,
    ),
    (f"{_MANIFEST}.INVALID_GUID_ATTACHMENT", ""): Sentence(
        _("Identifiant de rattachement mal formé"),
        _WHY_ATTACH,
        _("« {seen} » n’est pas un identifiant d’unité."),
        _("Copiez dans SystemId l’identifiant affiché sur la page de l’unité d’accueil."),
    ),
    (f"{_MANIFEST}.EMPTY_KEY_ATTACHMENT", ""): Sentence(
        _("Clef de rattachement vide"),
        _WHY_ATTACH,
        _("MetadataName ou MetadataValue est vide."),
        _("Indiquez le champ et la valeur qui désignent l’unité d’accueil."),
    ),
    (f"{_MANIFEST}.ERROR_PARSE_ATTACHMENT", ""): Sentence(
        _("Clef de rattachement inexploitable"),
        _WHY_ATTACH,
        _("Le champ « {seen} » ne peut pas servir à chercher une unité."),
        _("Désignez l’unité par un champ descriptif (FilePlanPosition, Title…) ou par SystemId."),
    ),
    (f"{_MANIFEST}.NULL_LINK_PARENT_ID_ATTACHMENT", ""): Sentence(
        _("Unité d’accueil indéterminée"),
        _WHY_ATTACH,
        _("Le rattachement de l’unité « {identifier} » ne désigne aucune unité."),
        _("Indiquez SystemId, ou ArchiveUnitIdentifierKey avec son champ et sa valeur."),
    ),
    (f"{_MANIFEST}.NOT_FOUND_ATTACHMENT", ""): Sentence(
        _("Unité d’accueil introuvable"),
        _WHY_ATTACH,
        _("Rien dans ce coffre ne répond à « {seen} »."),
        _(
            "Vérifiez l’identifiant ou la clef ; le dossier d’accueil doit déjà être dans ce "
            "coffre."
        ),
    ),
    (f"{_MANIFEST}.TOO_MANY_FOUND_ATTACHMENT", ""): Sentence(
        _("Plusieurs unités d’accueil possibles"),
        _WHY_ATTACH,
        _("« {seen} » désigne plusieurs unités du coffre."),
        _("Choisissez une clef qui n’appartient qu’à une unité, ou désignez-la par SystemId."),
    ),
    (f"{_MANIFEST}.UNAUTHORIZED_ATTACHMENT", ""): Sentence(
        _("Rattachement non permis à cet endroit"),
        _WHY_ATTACH,
        _("L’unité « {identifier} » ne peut pas être rattachée à « {seen} »."),
        _ASK_CONTRACT,
    ),
    (f"{_MANIFEST}.MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED", ""): Sentence(
        _("Déplacement d’une unité existante"),
        _("Un versement ajoute des archives ; il ne déplace pas celles qui sont déjà conservées."),
        _("L’unité existante « {seen} » est placée sous l’unité « {identifier} » du bordereau."),
        _("Inversez le lien, ou reclassez l’unité existante par l’écran Classement."),
    ),
    (f"{_MANIFEST}.ATTACHMENT_OBJECTGROUP", ""): Sentence(
        _("Usage non ouvert à l’ajout"),
        _(
            "Le contrat d’entrée énumère les usages qu’on peut ajouter à un groupe d’objets "
            "existant."
        ),
        _("L’usage « {seen} » ne fait pas partie des usages permis : {expected}."),
        _ASK_CONTRACT,
    ),
    (f"{_MANIFEST}.SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP", ""): Sentence(
        _("Groupe d’objets d’un autre service producteur"),
        _("On n’ajoute pas d’objet aux archives d’un autre service producteur."),
        _("Le groupe appartient à « {expected} » ; le bordereau annonce « {seen} »."),
        _("Versez sous le service producteur du groupe existant."),
    ),
    (_MANIFEST, ""): Sentence(
        _("Référence sans objet"),
        _("Un lien du bordereau doit mener à un élément déclaré."),
        _("« {seen} » n’est déclaré nulle part dans le bordereau."),
        _("Déclarez l’élément cité, ou retirez la référence."),
    ),
    (f"{_BASE}.CHECK_CONSISTENCY.CHECK_CONSISTENCY_ORPHAN_OBJECT", ""): Sentence(
        _("Objet sans unité d’archives"),
        _(
            "Un fichier qu’aucune unité ne décrit ne pourrait être ni trouvé, ni régi par une "
            "règle."
        ),
        _("Aucune unité ne renvoie au groupe d’objets « {identifier} »."),
        _("Rattachez le groupe à une unité, ou retirez ses objets du paquet."),
    ),
    (_BASE, ""): Sentence(
        _("Contenu du paquet incohérent"),
        _WHY_FILES,
        _("Le contenu du paquet ne correspond pas au bordereau : {seen}."),
        _("Régénérez le paquet avec l’outil qui l’a produit."),
    ),
    ("CHECK_ATTACHEMENT", ""): Sentence(
        _("Unité d’accueil pas encore acquise"),
        _("On ne rattache qu’à des archives dont le versement s’est achevé avec succès."),
        _("Le versement qui a créé « {seen} » n’est pas terminé, ou a échoué."),
        _("Attendez la fin de ce versement, puis revérifiez."),
    ),
    ("", "file_missing"): Sentence(
        _("Fichier absent du paquet"),
        _WHY_FILES,
        _("Le bordereau décrit « {seen} », que le paquet ne contient pas."),
        _(
            "Ajoutez le fichier, ou corrigez son chemin dans Uri, majuscules comprises "
            "(content/nom.pdf)."
        ),
        _("Le paquet contient « {suggestion} » : vérifiez l’écriture du chemin."),
    ),
    ("", "file_not_declared"): Sentence(
        _("Fichier non décrit par le bordereau"),
        _WHY_FILES,
        _("Le paquet contient « {file} », que le bordereau ne décrit pas."),
        _("Décrivez ce fichier dans le bordereau, ou retirez-le du paquet."),
    ),
    ("", "uri_declared_twice"): Sentence(
        _("Fichier décrit deux fois"),
        _WHY_FILES,
        _("Le fichier « {seen} » est décrit par plusieurs objets du bordereau."),
        _("Gardez une description par fichier, et renvoyez-y depuis chaque unité."),
    ),
    ("", "empty_uri"): Sentence(
        _("Objet sans chemin de fichier"),
        _("Sans chemin, le fichier décrit ne peut pas être retrouvé dans le paquet."),
        _("L’objet « {identifier} » n’a pas d’Uri."),
        _("Indiquez dans Uri le chemin du fichier : content/nom.pdf."),
    ),
    ("", "empty_physical_id"): Sentence(
        _("Objet physique sans identifiant"),
        _("Sans identifiant, l’objet physique ne peut pas être retrouvé en magasin."),
        _("L’objet « {identifier} » n’a pas de PhysicalId."),
        _("Indiquez dans PhysicalId la cote ou le code de l’objet."),
    ),
    ("", "unknown_unit"): Sentence(
        _("Lien vers une unité non déclarée"),
        _("Un lien du bordereau doit mener à un élément déclaré."),
        _("L’unité « {seen} » est citée mais n’est déclarée nulle part."),
        _("Déclarez cette unité, ou retirez le lien ArchiveUnitRefId."),
    ),
    ("", "unknown_group"): Sentence(
        _("Lien vers un groupe d’objets non déclaré"),
        _("Un lien du bordereau doit mener à un élément déclaré."),
        _("L’unité « {identifier} » renvoie au groupe « {seen} », qui n’est pas déclaré."),
        _("Déclarez ce groupe d’objets, ou corrigez DataObjectGroupReferenceId."),
    ),
    ("", "unknown_object"): Sentence(
        _("Lien vers un objet non déclaré"),
        _("Un lien du bordereau doit mener à un élément déclaré."),
        _("L’unité « {identifier} » renvoie à l’objet « {seen} », qui n’est pas déclaré."),
        _("Déclarez cet objet, ou corrigez DataObjectReferenceId."),
    ),
    ("", "first_version_missing"): Sentence(
        _("Première version absente"),
        _WHY_USAGE,
        _("Le groupe « {identifier} » n’a pas d’objet {expected}."),
        _("Ajoutez l’objet {expected}, ou renumérotez les versions à partir de 1."),
    ),
    ("", "event_date"): Sentence(
        _("Événement sans date, ou daté du futur"),
        _("Le journal d’origine est repris tel quel : un événement futur le rendrait faux."),
        _("Un événement de « {identifier} » porte la date « {seen} »."),
        _("Corrigez EventDateTime, ou retirez cet événement du bordereau."),
    ),
    ("", "attachment_out_of_perimeter"): Sentence(
        _("Rattachement hors du périmètre du contrat"),
        _WHY_ATTACH,
        _(
            "L’unité d’accueil « {seen} » n’est pas sous celles que le contrat désigne : "
            "{expected}."
        ),
        _ASK_CONTRACT,
    ),
    ("", "attachment_type_order"): Sentence(
        _("Rattachement à contre-sens"),
        _("Des archives vont sous un plan ou un arbre, un plan sous un arbre ; jamais l’inverse."),
        _("Une unité de type {expected} ne peut pas être placée sous une unité de type {seen}."),
        _("Choisissez une unité d’accueil de même type ou de type supérieur."),
    ),
    ("", "attachment_without_group"): Sentence(
        _("Ajout d’objets à une unité qui n’en a pas"),
        _(
            "On complète un groupe d’objets existant ; on n’en donne pas à une unité déjà "
            "conservée."
        ),
        _("L’unité existante « {identifier} » n’a pas de groupe d’objets."),
        _("Créez une unité nouvelle pour ces objets, rattachée à l’unité existante."),
    ),
    ("", "group_not_found"): Sentence(
        _("Groupe d’objets introuvable"),
        _WHY_ATTACH,
        _("Le groupe d’objets « {seen} » n’existe pas dans ce coffre."),
        _("Copiez l’identifiant affiché sur la page de l’unité."),
    ),
    ("", "contract_parent_not_found"): Sentence(
        _("Unité d’accueil du contrat introuvable"),
        _WHY_ATTACH,
        _("Le contrat d’entrée rattache tout versement à « {seen} », qui n’existe pas."),
        _(
            "Faites corriger le contrat d’entrée par l’administrateur : le paquet n’est pas en "
            "cause."
        ),
    ),
    (_BASE, "too_deep"): Sentence(
        _("Arborescence trop profonde"),
        _("Au-delà de cette profondeur, le classement ne peut plus être parcouru."),
        _("Les unités s’imbriquent sur plus de {expected} niveaux."),
        _("Réduisez la profondeur du classement."),
    ),
    ("", "usage_not_in_contract"): Sentence(
        _("Usage non ouvert à l’ajout"),
        _("Le contrat énumère les usages qu’on peut ajouter à un groupe d’objets existant."),
        _("L’usage « {seen} » ne fait pas partie des usages permis : {expected}."),
        _ASK_CONTRACT,
    ),
}
