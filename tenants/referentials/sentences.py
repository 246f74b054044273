"""French sentences for faults of referentials: what is wrong, and what to do about it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.kernel.problems import Problem

SENTENCES: dict[str, str | Promise] = {
    # Files and their shape.
    "not_utf8": _("Le fichier n’est pas encodé en UTF-8 : enregistrez-le en UTF-8."),
    "not_text": _("Le fichier n’est pas du texte : choisissez un fichier CSV ou JSON."),
    "empty_file": _("Le fichier est vide."),
    "no_row": _("Le fichier n’a que sa ligne d’en-tête."),
    "separator": _("Le séparateur est « %(seen)s » ; la virgule est attendue."),
    "unknown_column": _("La colonne « %(seen)s » n’est pas prévue : retirez-la."),
    "duplicate_column": _("La colonne « %(element)s » figure deux fois."),
    "missing_column": _("La colonne « %(element)s » manque."),
    "empty_line": _("La ligne est vide : supprimez-la."),
    "missing_cell": _("La ligne a %(seen)s cellules ; %(expected)s sont attendues."),
    "extra_cell": _("La ligne a %(seen)s cellules ; %(expected)s sont attendues."),
    "quoting": _("Un guillemet est mal fermé."),
    "markup": _("Le texte contient du HTML ou un script : « %(seen)s »."),
    "not_json": _("Le fichier n’est pas du JSON valide."),
    "duplicate_key": _("Le champ « %(seen)s » figure deux fois dans le même élément."),
    "not_array": _("Le fichier doit être une liste d’éléments, entre crochets."),
    "not_object": _("« %(element)s » doit être un élément, entre accolades."),
    "import_running": _(
        "Un autre import de ce référentiel est en cours : réessayez dans un moment."
    ),
    # Values.
    "empty": _("« %(element)s » est obligatoire."),
    "missing": _("« %(element)s » est obligatoire."),
    "unknown_field": _("Le champ « %(element)s » n’est pas prévu : retirez-le."),
    "not_ours": _("Le champ « %(element)s » est attribué par la plateforme : retirez-le."),
    "not_list": _("« %(element)s » doit être une liste."),
    "not_boolean": _("« %(seen)s » ne convient pas pour « %(element)s » : true ou false."),
    "not_whole": _("« %(seen)s » n’est pas un nombre entier pour « %(element)s »."),
    "not_date": _(
        "« %(seen)s » n’est pas une date pour « %(element)s » : écrivez par exemple %(expected)s."
    ),
    "not_identifier": _("« %(seen)s » n’est pas l’identifiant d’une unité d’archives."),
    "not_in_list": _(
        "« %(seen)s » n’est pas permis pour « %(element)s ». Valeurs permises : %(expected)s."
    ),
    "empty_value": _("« %(element)s » a une valeur vide entre deux barres."),
    "blank": _("« %(seen)s » ne doit ni contenir d’espace, ni commencer par _ ou #."),
    "other_format": _("Le fichier est un « %(seen)s » ; un fichier %(expected)s est attendu."),
    "duplicate_in_file": _("L’identifiant « %(seen)s » figure deux fois dans le fichier."),
    "already_exists": _("L’identifiant « %(seen)s » existe déjà dans ce coffre."),
    "frozen": _("« %(element)s » ne peut pas être modifié."),
    "cannot_remove": _("« %(element)s » ne peut pas être retiré."),
    "not_found": _("« %(seen)s » est inconnu."),
    "bad_action": _("La demande de modification n’est pas comprise."),
    # Rules.
    "duration_not_number": _("« %(seen)s » n’est pas une durée : un entier positif ou unlimited."),
    "duration_too_long": _("La durée dépasse 999 ans."),
    "duration_too_short": _(
        "La durée est inférieure au minimum de ce coffre pour %(category)s : %(minimum)s."
    ),
    "duration_pair": _("La durée et son unité vont ensemble : « %(element)s » manque."),
    "unknown_measurement": _("« %(seen)s » n’est pas une unité : %(expected)s."),
    "unknown_category": _("« %(seen)s » n’est pas un type de règle : %(expected)s."),
    "rule_deleted_in_use": _(
        "La règle « %(seen)s » est utilisée par des unités : elle ne peut pas disparaître."
    ),
    "category_in_use": _("La règle « %(seen)s » est utilisée : son type ne peut pas changer."),
    "duration_mode_in_use": _(
        "La règle « %(seen)s » est utilisée : elle ne peut ni gagner ni perdre sa durée."
    ),
    "duration_changed_in_use": _(
        "La durée de la règle « %(seen)s » change : les échéances seront recalculées."
    ),
    # References between referentials.
    "agency_has_archives": _(
        "Le service « %(seen)s » a des archives dans ce coffre : gardez-le dans le fichier."
    ),
    "agency_in_contract": _(
        "Le service « %(seen)s » est cité par un contrat d’accès : gardez-le dans le fichier."
    ),
    "agency_in_deposit": _(
        "Le service « %(seen)s » est nommé par un versement en cours : gardez-le dans le fichier."
    ),
    "deleted_in_use": _("« %(seen)s » est utilisé : il ne peut pas disparaître."),
    "agency_unknown": _("Le service « %(seen)s » n’est pas dans les services agents."),
    "profile_unknown": _("Le profil d’archivage « %(seen)s » est inconnu."),
    "format_unknown": _("Le format « %(seen)s » est inconnu."),
    "management_contract_unknown": _("Le contrat de gestion « %(seen)s » est inconnu."),
    "unit_unknown": _("L’unité d’archives « %(seen)s » est inconnue."),
    "security_profile_unknown": _("Le profil de sécurité « %(seen)s » est inconnu."),
    "tenant_unknown": _("Le coffre « %(seen)s » est inconnu dans votre organisation."),
    "contract_unknown": _("Le contrat « %(seen)s » est inconnu dans le coffre %(tenant)s."),
    "permission_unknown": _("La permission « %(seen)s » est inconnue."),
    "strategy_unknown": _("La stratégie de stockage « %(seen)s » est inconnue."),
    "griffin_unknown": _("Le griffon « %(seen)s » est inconnu."),
    "term_unknown": _("Le vocabulaire « %(seen)s » n’est pas dans l’ontologie."),
    # Consistency.
    "formats_missing": _("Sans « tous les formats », donnez au moins un format permis."),
    "formats_in_excess": _("Avec « tous les formats », la liste des formats doit être absente."),
    "parents_in_excess": _("Le rattachement est interdit : la liste des positions doit être vide."),
    "signature_policy": _("La politique de signature se contredit."),
    "permissions_in_excess": _("Avec tous les accès, la liste des permissions doit être vide."),
    "initial_version": _("La version initiale doit être conservée pour « %(element)s »."),
    "intermediary_version": _("« %(seen)s » n’est pas permis pour « %(element)s »."),
    "duplicate_usage": _("L’usage « %(seen)s » figure deux fois."),
    "authority": _("L’autorité nommante « %(seen)s » doit avoir 5 ou 9 chiffres."),
    "griffin_missing": _("Donnez un griffon par format, ou un griffon par défaut."),
    "values_missing": _("Une action GENERATE demande une extension et des arguments."),
    # Profiles and schemas.
    "not_xml": _("Le fichier n’est pas du XML valide : %(detail)s."),
    "file_not_brought": _(
        "Le fichier « %(seen)s » n’est ni dans le ZIP, ni déjà dans ce coffre : joignez-le."
    ),
    "not_schema": _("Le fichier n’est pas un schéma %(expected)s valide : %(detail)s."),
    "doctype": _("Le fichier contient un DOCTYPE : retirez-le."),
    "profile_changed": _("Le profil a changé entre-temps : relisez ce qui serait fait."),
    "not_json_schema": _("Le schéma de contrôle n’est pas un schéma JSON valide : %(seen)s."),
    "type_mismatch": _(
        "Le schéma donne à « %(element)s » le type %(seen)s ; l’ontologie dit %(expected)s."
    ),
    "missing_leaf": _("Le dernier élément du chemin « %(seen)s » n’est pas dans l’ontologie."),
    # Formats.
    "not_pronom": _("Le fichier n’est pas un fichier de signatures PRONOM."),
    "same_version": _("La version de PRONOM est la même que la précédente : %(seen)s."),
    "older_version": _("La version de PRONOM est antérieure à la précédente : %(seen)s."),
    "same_date": _("La date du fichier est la même que la précédente : %(seen)s."),
    "older_date": _("La date du fichier est antérieure à la précédente : %(seen)s."),
    "bad_external": _(
        "« %(seen)s » ne convient pas : EXTERNAL_ suivi de lettres, chiffres, points ou tirets."
    ),
    "format_in_contract": _(
        "Le format « %(seen)s » est permis par un contrat d’entrée : il ne peut pas disparaître."
    ),
    "format_of_objects": _("Des objets sont au format « %(seen)s » : il ne peut pas disparaître."),
    "formats_removed": _("%(seen)s formats disparaissent."),
    # Ontology.
    "type_change": _("Le type de « %(identifier)s » ne peut pas passer de %(before)s à %(seen)s."),
    "internal_deleted": _("Le vocabulaire « %(seen)s » de la plateforme ne peut pas disparaître."),
    "internal_changed": _("Le vocabulaire « %(seen)s » appartient à la plateforme."),
    "term_in_profile": _(
        "Le vocabulaire « %(seen)s » sert à un profil d’unité : il ne peut pas disparaître."
    ),
    "term_in_units": _(
        "Des unités d’archives emploient le vocabulaire « %(seen)s » : il ne peut pas disparaître."
    ),
    "same_field": _("« %(seen)s » est déjà le nom d’un autre vocabulaire."),
}


class _Values(dict[str, object]):
    """Arguments of a sentence; one that a problem does not carry leaves a blank."""

    def __missing__(self, key: str) -> str:
        return ""


def sentence(found: Problem) -> str:
    """Return what a problem says, in French; its code when nothing better is known."""
    template = SENTENCES.get(found.reason)
    if template is None:
        return found.code
    return str(template) % _Values(
        {
            **found.arguments,
            "seen": found.seen,
            "expected": found.expected,
            "element": found.place.element or found.place.identifier,
            "identifier": found.place.identifier,
        }
    )
