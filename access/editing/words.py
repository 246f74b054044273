"""Why positions cannot be made, moved or taken away, in words."""

from django.utils.translation import gettext_lazy

REFUSALS = {
    "unknown_unit": gettext_lazy("Une unité choisie n’existe plus."),
    "unknown_parent": gettext_lazy("La destination n’existe plus."),
    "both": gettext_lazy("Une unité serait à la fois rattachée et détachée du même endroit."),
    "not_parent": gettext_lazy("Une unité n’est plus là où vous l’aviez vue."),
    "type_order": gettext_lazy(
        "L’ordre n’est pas respecté : un arbre va sous un arbre, un plan sous un arbre ou un plan."
    ),
    "cycle": gettext_lazy("Une unité serait rangée sous elle-même."),
    "held": gettext_lazy("Un gel interdit de déplacer certaines unités."),
    "too_deep": gettext_lazy("L’arbre deviendrait trop profond."),
    "too_many": gettext_lazy("Trop d’unités à la fois : 10 000 au plus."),
}
MISPLACED = {
    "type_order": gettext_lazy("Un arbre ne peut pas se ranger sous un plan ou sous des archives."),
    "unknown_parent": gettext_lazy("La position de destination n’existe plus."),
    "cycle": gettext_lazy("Des positions se contiennent l’une l’autre."),
    "changed": gettext_lazy(
        "Le classement a changé entre-temps : relisez ce qui serait fait, puis appliquez."
    ),
}
BLOCKERS = {
    "archives": gettext_lazy("des archives y sont rangées"),
    "objects": gettext_lazy("des fichiers y sont attachés"),
    "other_parent": gettext_lazy("une partie est aussi rangée ailleurs"),
    "held": gettext_lazy("un gel y est en cours"),
}
