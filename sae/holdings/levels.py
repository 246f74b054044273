"""Levels of description in French, by their SEDA names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

LEVELS: dict[str, str | Promise] = {
    "Fonds": gettext_lazy("Fonds"),
    "Subfonds": gettext_lazy("Sous-fonds"),
    "Class": gettext_lazy("Classe"),
    "Collection": gettext_lazy("Collection"),
    "Series": gettext_lazy("Série"),
    "Subseries": gettext_lazy("Sous-série"),
    "RecordGrp": gettext_lazy("Groupe de dossiers"),
    "SubGrp": gettext_lazy("Sous-groupe de dossiers"),
    "File": gettext_lazy("Dossier"),
    "Item": gettext_lazy("Pièce"),
    "OtherLevel": gettext_lazy("Autre niveau"),
}


def level_label(level: str) -> str:
    """Return the level of description in French; a level unknown here as it is."""
    return str(LEVELS.get(level, level))
