"""Units: description, dates, profiles, classification, management rules."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_SCHEMA = "CHECK_UNIT_SCHEMA"
_PROFILE = "CHECK_ARCHIVE_UNIT_PROFILE"
_RULES = "UNITS_RULES_COMPUTE"

_WHY_DESCRIPTION = _("La description est ce par quoi l’unité sera trouvée et comprise.")
_WHY_DATE = _("Les dates servent à chercher, et à calculer communicabilité et sort final.")
_WHY_TYPE = _(
    "Le référentiel des champs dit ce que chacun contient : date, nombre, oui ou non, texte."
)
_WHY_PROFILE = _("Le profil d’unité fixe les champs convenus pour ce type de dossier.")
_WHY_RULE = _(
    "La durée et le sort final se calculent à partir des règles du référentiel de ce coffre."
)

SENTENCES: Catalogue = {
    (f"{_SCHEMA}.INVALID_UNIT", ""): Sentence(
        _("Description d’unité invalide"),
        _WHY_DESCRIPTION,
        _("Le champ {element} de l’unité « {identifier} » ne convient pas : {seen}."),
        _("Corrigez ce champ dans le bordereau. Attendu : {expected}."),
    ),
    (f"{_SCHEMA}.UNIT_SANITIZE", ""): Sentence(
        _("Code ou caractère interdit dans une description"),
        _("Une balise ou un script dans une description pourrait s’exécuter chez le lecteur."),
        _("Le champ {element} de l’unité « {identifier} » contient « {seen} »."),
        _("Retirez les balises et caractères de commande de ce champ."),
    ),
    (f"{_SCHEMA}.ONTOLOGY_VALIDATION", ""): Sentence(
        _("Valeur d’un type inattendu"),
        _WHY_TYPE,
        _("La valeur « {seen} » du champ {element} n’est pas du type attendu ({expected})."),
        _(
            "Écrivez la valeur sous la forme attendue, ou faites corriger le référentiel des "
            "champs."
        ),
    ),
    (f"{_SCHEMA}.DATE_FORMAT", ""): Sentence(
        _("Date illisible"),
        _WHY_DATE,
        _("« {seen} » n’est pas une date pour {element}."),
        _("Écrivez la date sous la forme AAAA-MM-JJ, par exemple 2024-03-07."),
    ),
    (f"{_SCHEMA}.CONSISTENCY", ""): Sentence(
        _("Dates incohérentes"),
        _("La date de fin précède la date de début : aucune échéance ne peut en partir."),
        _("L’unité « {identifier} » finit le {seen}, avant son début ({expected})."),
        _("Vérifiez les deux dates : le jour et le mois sont souvent intervertis."),
    ),
    (f"{_SCHEMA}.RULE_DATE_THRESHOLD", ""): Sentence(
        _("Date de règle hors limites"),
        _WHY_DATE,
        _("La date « {seen} » de {element} dépasse l’an 8999."),
        _("Corrigez l’année dans le bordereau."),
    ),
    (f"{_SCHEMA}.EMPTY_REQUIRED_FIELD", ""): Sentence(
        _("Champ obligatoire vide"),
        _WHY_DESCRIPTION,
        _("Le champ {element} de l’unité « {identifier} » est vide."),
        _("Renseignez ce champ, par exemple l’objet du dossier pour Title."),
    ),
    (_SCHEMA, ""): Sentence(
        _("Description d’unité invalide"),
        _WHY_DESCRIPTION,
        _("Le champ {element} de l’unité « {identifier} » ne convient pas : {seen}."),
        _("Corrigez ce champ dans le bordereau."),
    ),
    (f"{_PROFILE}.NOT_FOUND", ""): Sentence(
        _("Profil d’unité inconnu"),
        _WHY_PROFILE,
        _("Le profil « {seen} » n’existe pas dans ce coffre."),
        _("Corrigez ArchiveUnitProfile, ou faites importer le profil."),
        _("Sans doute « {suggestion} »."),
    ),
    (f"{_PROFILE}.INACTIVE_STATUS", ""): Sentence(
        _("Profil d’unité inactif"),
        _WHY_PROFILE,
        _("Le profil « {seen} » n’est pas actif."),
        _("Faites activer le profil par l’administrateur, puis revérifiez."),
    ),
    (f"{_PROFILE}.EMPTY_CONTROL_SCHEMA", ""): Sentence(
        _("Profil d’unité sans contenu"),
        _WHY_PROFILE,
        _("Le profil « {seen} » n’a pas de schéma de contrôle."),
        _("Faites compléter le profil par l’administrateur : le paquet n’est pas en cause."),
    ),
    (f"{_PROFILE}.NOT_AU_JSON_VALID", ""): Sentence(
        _("Unité non conforme à son profil"),
        _WHY_PROFILE,
        _("Le champ {element} de l’unité « {identifier} » ne suit pas le profil : {seen}."),
        _("Corrigez ce champ à la source, ou faites revoir le profil « {expected} »."),
    ),
    (_PROFILE, ""): Sentence(
        _("Profil d’unité impossible à vérifier"),
        _WHY_PROFILE,
        _("Le profil de l’unité « {identifier} » n’a pas pu être vérifié."),
        _("Vérifiez ArchiveUnitProfile dans le bordereau, puis revérifiez."),
    ),
    ("CHECK_CLASSIFICATION_LEVEL", ""): Sentence(
        _("Niveau de classification non admis"),
        _(
            "La plateforme ne conserve que les niveaux de protection pour lesquels elle est "
            "habilitée."
        ),
        _("Le niveau « {seen} » de l’unité « {identifier} » n’est pas admis ici : {expected}."),
        _("Corrigez ClassificationLevel, ou versez ces documents dans un système habilité."),
    ),
    (f"{_RULES}.UNKNOWN", ""): Sentence(
        _("Règle absente du référentiel"),
        _(
            "L’échéance ne peut pas être calculée : l’identifiant cité n’existe pas dans les "
            "règles de ce coffre."
        ),
        _("La règle « {seen} » ({element}) n’existe pas."),
        _("Corrigez le bordereau, ou faites créer la règle dans Règles et référentiels."),
        _("Sans doute {suggestion}."),
    ),
    (f"{_RULES}.CONSISTENCY", ""): Sentence(
        _("Règle d’une autre catégorie"),
        _WHY_RULE,
        _("La règle « {seen} » est déclarée sous {element}, alors qu’elle relève de : {expected}."),
        _("Déplacez la règle dans sa catégorie, ou citez une règle de la bonne catégorie."),
        _("Sans doute {suggestion}."),
    ),
    (f"{_RULES}.REF_INCONSISTENCY", ""): Sentence(
        _("Règle exclue inconnue ou d’une autre catégorie"),
        _WHY_RULE,
        _("RefNonRuleId cite « {seen} », qui n’est pas une règle de {element}."),
        _("Corrigez l’identifiant de la règle à ne pas hériter."),
        _("Sans doute {suggestion}."),
    ),
    (_RULES, ""): Sentence(
        _("Échéance incalculable"),
        _WHY_RULE,
        _("L’échéance de l’unité « {identifier} » ne peut pas être calculée : {seen}."),
        _("Vérifiez les dates et les règles de l’unité dans le bordereau."),
    ),
    ("", "bad_date"): Sentence(
        _("Date illisible"),
        _WHY_DATE,
        _("« {seen} » n’est pas une date."),
        _("Écrivez la date sous la forme AAAA-MM-JJ, par exemple 2024-03-07."),
    ),
    ("", "bad_integer"): Sentence(
        _("Nombre entier attendu"),
        _WHY_TYPE,
        _("La valeur « {seen} » du champ {element} n’est pas un nombre entier."),
        _("Écrivez le nombre en chiffres, sans unité ni espace."),
    ),
    ("", "bad_number"): Sentence(
        _("Nombre attendu"),
        _WHY_TYPE,
        _("La valeur « {seen} » du champ {element} n’est pas un nombre."),
        _("Écrivez le nombre en chiffres, avec un point pour les décimales."),
    ),
    ("", "bad_boolean"): Sentence(
        _("Oui ou non attendu"),
        _WHY_TYPE,
        _("La valeur « {seen} » du champ {element} n’est ni true, ni false."),
        _("Écrivez true ou false."),
    ),
    ("", "too_long"): Sentence(
        _("Texte trop long"),
        _("Au-delà de cette longueur, un champ n’est plus une description mais un document."),
        _("Le champ {element} dépasse {expected} octets."),
        _("Raccourcissez ce champ, ou joignez le texte comme un objet."),
    ),
    ("", "dangerous_text"): Sentence(
        _("Code interdit dans une description"),
        _("Une balise ou un script dans une description pourrait s’exécuter chez le lecteur."),
        _("Le champ {element} contient « {seen} »."),
        _("Retirez les balises de ce champ."),
    ),
    ("", "missing_level"): Sentence(
        _("Niveau de description absent"),
        _WHY_DESCRIPTION,
        _("L’unité n’a pas de DescriptionLevel."),
        _("Indiquez le niveau : Fonds, Series, RecordGrp, File, Item, etc."),
    ),
    ("", "unknown_level"): Sentence(
        _("Niveau de description inconnu"),
        _WHY_DESCRIPTION,
        _("Le niveau « {seen} » n’existe pas."),
        _("Choisissez une des valeurs attendues."),
    ),
    ("", "missing_title"): Sentence(
        _("Intitulé absent"),
        _("Sans intitulé, l’unité ne pourrait être ni trouvée, ni décrite."),
        _("L’unité n’a pas de Title."),
        _("Saisissez dans Title l’objet du dossier ou de la pièce."),
    ),
    ("", "empty_title"): Sentence(
        _("Intitulé vide"),
        _("Sans intitulé, l’unité ne pourrait être ni trouvée, ni décrite."),
        _("L’élément Title de l’unité est vide."),
        _("Saisissez dans Title l’objet du dossier ou de la pièce."),
    ),
    ("", "empty_description"): Sentence(
        _("Description vide"),
        _WHY_DESCRIPTION,
        _("L’élément Description de l’unité est vide."),
        _("Remplissez Description, ou retirez cet élément."),
    ),
    ("", "bad_language"): Sentence(
        _("Code de langue inconnu"),
        _WHY_DESCRIPTION,
        _("« {seen} » n’est pas un code de langue."),
        _("Écrivez le code de la langue, par exemple {expected}."),
    ),
    ("", "end_before_start"): Sentence(
        _("Dates incohérentes"),
        _("La date de fin précède la date de début : aucune échéance ne peut en partir."),
        _("L’unité finit le {seen}, avant son début le {expected}."),
        _("Vérifiez les deux dates : le jour et le mois sont souvent intervertis."),
    ),
    ("", "signature_twice"): Sentence(
        _("Deux descriptions de la signature"),
        _("Signature et SigningInformation disent la même chose de deux façons."),
        _("L’unité porte à la fois Signature et SigningInformation."),
        _("Gardez SigningInformation, et retirez Signature."),
    ),
    ("", "missing_field"): Sentence(
        _("Champ obligatoire absent"),
        _WHY_DESCRIPTION,
        _("Le champ {element} manque ou est vide."),
        _("Renseignez ce champ, ou retirez le bloc qui le demande."),
    ),
    ("", "unknown_value"): Sentence(
        _("Valeur hors de la liste"),
        _("Une valeur hors de la liste de la norme serait mal comprise ailleurs."),
        _("La valeur « {seen} » du champ {element} n’est pas admise."),
        _("Choisissez une des valeurs attendues."),
    ),
    ("", "year_too_far"): Sentence(
        _("Année hors limites"),
        _WHY_DATE,
        _("La date « {seen} » du champ {element} dépasse l’an {expected}."),
        _("Corrigez l’année dans le bordereau."),
    ),
    ("", "unknown_rule"): Sentence(
        _("Règle absente du référentiel"),
        _(
            "L’échéance ne peut pas être calculée : l’identifiant cité n’existe pas dans les "
            "règles de ce coffre."
        ),
        _("La règle « {seen} » ({category}) n’existe pas."),
        _("Corrigez le bordereau, ou faites créer la règle dans Règles et référentiels."),
        _("Sans doute {suggestion}."),
    ),
    ("", "ambiguous_rule"): Sentence(
        _("Plusieurs règles de même durée"),
        _(
            "Le bordereau donne une durée ou un code au lieu d’une règle : deux règles de même "
            "durée ont des fondements différents, aucune n’est choisie d’office."
        ),
        _("« {seen} » ({category}) peut désigner : {expected}."),
        _(
            "Faites dire, dans les réglages du connecteur, quelle règle vaut pour « {seen} », puis "
            "versez de nouveau."
        ),
    ),
    ("", "wrong_category"): Sentence(
        _("Règle d’une autre catégorie"),
        _WHY_RULE,
        _("La règle « {seen} » est déclarée sous {category}, alors qu’elle relève de {expected}."),
        _("Déplacez la règle sous {expected}, ou citez une règle de {category}."),
        _("Sans doute {suggestion}."),
    ),
    ("", "refused_rule"): Sentence(
        _("Règle à ne pas hériter inconnue ou d’une autre catégorie"),
        _WHY_RULE,
        _("RefNonRuleId cite « {seen} », qui n’est pas une règle de {category}."),
        _("Corrigez l’identifiant de la règle à ne pas hériter."),
        _("Sans doute {suggestion}."),
    ),
    ("", "hold_end_before_start"): Sentence(
        _("Fin de gel antérieure à son début"),
        _WHY_RULE,
        _("Le gel finit le {seen}, avant son début le {expected}."),
        _("Vérifiez StartDate et HoldEndDate."),
    ),
    ("", "hold_end_with_duration"): Sentence(
        _("Fin de gel pour une règle qui a une durée"),
        _WHY_RULE,
        _("HoldEndDate ({seen}) est donné pour une règle dont la durée fixe déjà la fin."),
        _("Retirez HoldEndDate, ou citez une règle de gel sans durée."),
    ),
    ("", "end_date_too_far"): Sentence(
        _("Échéance hors du calendrier"),
        _WHY_RULE,
        _("Comptée depuis {seen}, l’échéance dépasse l’an 9999."),
        _("Vérifiez la date de départ et la durée de la règle."),
    ),
    ("", "classification_missing"): Sentence(
        _("Niveau de classification absent"),
        _(
            "La plateforme ne conserve que les niveaux de protection pour lesquels elle est "
            "habilitée."
        ),
        _("La règle de classification de l’unité « {identifier} » n’a pas de niveau."),
        _("Indiquez ClassificationLevel, ou retirez la règle de classification."),
    ),
    ("", "classification_refused"): Sentence(
        _("Niveau de classification non admis"),
        _(
            "La plateforme ne conserve que les niveaux de protection pour lesquels elle est "
            "habilitée."
        ),
        _("Le niveau « {seen} » de l’unité « {identifier} » n’est pas admis ici : {expected}."),
        _("Corrigez ClassificationLevel, ou versez ces documents dans un système habilité."),
    ),
}
