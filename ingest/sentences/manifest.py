"""Faults of the manifest as XML and as SEDA: form, elements, values, identifiers, limits."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_WHY_NORM = _(
    "Un bordereau qui ne suit pas la norme serait mal compris, ici et dans tout autre système."
)
_WHY_COMPLETE = _(
    "La norme demande cet élément : sans lui, le bordereau ne peut pas être interprété."
)
_WHY_REFERENCE = _("Les liens du bordereau suivent ces identifiants : chacun doit être unique.")
_WHY_LIMIT = _("Ces limites protègent la plateforme, partagée, d’un bordereau démesuré.")
_TOOL = _("Corrigez le réglage de l’outil qui produit le bordereau, ou l’élément à cette ligne.")

SENTENCES: Catalogue = {
    ("", "manifest_not_found"): Sentence(
        _("Bordereau illisible"),
        _("Le bordereau décrit tout le contenu du paquet : sans lui, rien ne peut être contrôlé."),
        _("Le fichier du bordereau manque ou ne peut pas être lu."),
        _("Vérifiez que manifest.xml est bien à la racine du paquet et s’ouvre."),
    ),
    ("", "xml_malformed"): Sentence(
        _("Bordereau mal formé"),
        _("Un fichier XML mal formé ne peut pas être lu au-delà de la faute."),
        _("La lecture s’arrête à la ligne {line} : {seen}."),
        _("Corrigez cette ligne, ou régénérez le bordereau avec l’outil qui l’a produit."),
    ),
    ("", "encoding_unsupported"): Sentence(
        _("Encodage du bordereau non pris en charge"),
        _(
            "Un encodage rare serait lu autrement d’un système à l’autre : accents perdus, mots "
            "faux."
        ),
        _("Le bordereau annonce l’encodage « {seen} »."),
        _("Enregistrez ou exportez le bordereau en UTF-8."),
    ),
    ("", "doctype_forbidden"): Sentence(
        _("Déclaration de type de document interdite"),
        _(
            "Une telle déclaration peut faire lire des fichiers de la plateforme : elle est "
            "toujours refusée."
        ),
        _("Le bordereau contient un DOCTYPE ou déclare des entités."),
        _("Retirez la déclaration DOCTYPE du bordereau."),
    ),
    ("", "version_unsupported"): Sentence(
        _("Version du SEDA non prise en charge"),
        _("La version annoncée par le bordereau décide de la façon de le lire."),
        _("L’espace de noms « {seen} » n’est pas reconnu."),
        _("Exportez le bordereau dans l’une de ces versions : {expected}."),
    ),
    ("", "root_unexpected"): Sentence(
        _("Ce n’est pas un bordereau de transfert"),
        _("Un versement commence par l’élément ArchiveTransfer."),
        _("Le fichier commence par « {seen} »."),
        _("Exportez un bordereau de transfert (ArchiveTransfer), non un autre message du SEDA."),
    ),
    ("", "element_unexpected"): Sentence(
        _("Élément inconnu à cet endroit"),
        _WHY_NORM,
        _("L’élément « {seen} » n’est pas prévu ici. Peuvent venir : {expected}."),
        _("Corrigez son nom ou sa place, ou retirez-le."),
    ),
    ("", "element_misplaced"): Sentence(
        _("Élément hors de son ordre"),
        _WHY_NORM,
        _("« {seen} » vient après « {after} », alors qu’il doit le précéder."),
        _("Remettez les éléments dans l’ordre de la norme : « {seen} » avant « {expected} »."),
    ),
    ("", "element_repeated"): Sentence(
        _("Élément répété"),
        _WHY_NORM,
        _("L’élément {element} ne peut apparaître qu’une fois à cet endroit."),
        _("Ne gardez qu’une occurrence de cet élément."),
    ),
    ("", "element_missing"): Sentence(
        _("Élément obligatoire absent"),
        _WHY_COMPLETE,
        _("Il manque à {element} : {expected}."),
        _("Ajoutez l’élément manquant à cet endroit du bordereau."),
    ),
    ("", "text_unexpected"): Sentence(
        _("Texte égaré entre des éléments"),
        _WHY_NORM,
        _("Du texte se trouve hors de tout champ : « {seen} »."),
        _("Retirez ce texte, ou placez-le dans l’élément qui convient."),
    ),
    ("", "value_empty"): Sentence(
        _("Champ obligatoire vide"),
        _WHY_COMPLETE,
        _("L’élément {element} est vide."),
        _("Renseignez cet élément, ou retirez-le s’il est facultatif."),
    ),
    ("", "value_not_in_list"): Sentence(
        _("Valeur hors de la liste de la norme"),
        _WHY_NORM,
        _("« {seen} » n’est pas une valeur admise pour {element}."),
        _("Choisissez une des valeurs attendues."),
    ),
    ("", "value_type"): Sentence(
        _("Valeur d’un type inattendu"),
        _WHY_NORM,
        _("« {seen} » ne convient pas à {element} (type attendu : {expected})."),
        _("Écrivez la valeur sous la forme attendue, par exemple 2024-03-07 pour une date."),
    ),
    ("", "attribute_missing"): Sentence(
        _("Attribut obligatoire absent"),
        _WHY_COMPLETE,
        _("L’élément {element} n’a pas d’attribut « {expected} »."),
        _TOOL,
    ),
    ("", "attribute_unexpected"): Sentence(
        _("Attribut inconnu"),
        _WHY_NORM,
        _("L’attribut « {seen} » n’est pas prévu sur {element}."),
        _TOOL,
    ),
    ("", "identifier_duplicated"): Sentence(
        _("Identifiant déclaré deux fois"),
        _WHY_REFERENCE,
        _("L’identifiant « {seen} » est déjà déclaré à la ligne {first_line}."),
        _("Donnez à chaque élément un identifiant différent, et corrigez les liens qui le citent."),
    ),
    ("", "group_empty"): Sentence(
        _("Groupe d’objets vide"),
        _("Un groupe rassemble les versions d’un document : vide, il ne décrit rien."),
        _("Le groupe d’objets « {identifier} » ne contient aucun objet."),
        _("Ajoutez ses objets au groupe, ou retirez-le avec les liens qui le citent."),
    ),
    ("", "nesting_too_deep"): Sentence(
        _("Éléments trop imbriqués"),
        _WHY_LIMIT,
        _("Les éléments s’imbriquent sur plus de {limit} niveaux."),
        _("Réduisez la profondeur de l’arborescence, au besoin par des liens ArchiveUnitRefId."),
    ),
    ("", "text_too_long"): Sentence(
        _("Texte démesuré"),
        _WHY_LIMIT,
        _("Le texte de {element} dépasse {limit} caractères."),
        _("Raccourcissez ce champ, ou joignez le texte comme un objet."),
    ),
    ("", "tag_too_long"): Sentence(
        _("Balise démesurée"),
        _WHY_LIMIT,
        _("Une balise, un commentaire ou une instruction dépasse {limit} octets."),
        _("Raccourcissez ou retirez cette balise."),
    ),
    ("", "too_many_names"): Sentence(
        _("Trop de noms d’éléments différents"),
        _WHY_LIMIT,
        _("Le bordereau emploie plus de {limit} noms différents."),
        _("Écrivez les valeurs dans le texte des éléments, non dans leurs noms."),
    ),
    ("", "manifest_too_large"): Sentence(
        _("Bordereau trop volumineux"),
        _WHY_LIMIT,
        _("Le bordereau dépasse {limit} octets."),
        _("Répartissez le versement en plusieurs paquets."),
    ),
}
