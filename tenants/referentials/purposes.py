"""What each referential is for, in a sentence for who opens it the first time."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (_("Services et règles"), ("agencies", "rules")),
    (
        _("Versements"),
        ("ingestcontracts", "managementcontracts", "archiveprofiles", "archiveunitprofiles"),
    ),
    (_("Accès et applications"), ("accesscontracts", "contexts", "securityprofiles")),
    (_("Descriptions et formats"), ("ontologies", "unitschema", "formats")),
    (_("Préservation"), ("griffins", "scenarios")),
)
"""The kinds as they are looked for, each group under its name."""

PURPOSES: Mapping[str, Text] = {
    "agencies": _(
        "Les services que nomment les bordereaux : qui produit, qui verse, qui conserve."
    ),
    "rules": _("Combien de temps garder, quand communiquer, ce qu’il advient ensuite."),
    "ingestcontracts": _("À quelles conditions un service verse : profils, formats, rattachement."),
    "managementcontracts": _("Comment un versement est conservé : stratégie, versions gardées."),
    "archiveprofiles": _("Le modèle qu’un bordereau doit suivre, en XSD ou en RNG."),
    "archiveunitprofiles": _(
        "Les champs qu’une unité d’archives doit porter, vérifiés à l’entrée."
    ),
    "accesscontracts": _("Les archives qu’un groupe ou une application voit et peut modifier."),
    "contexts": _("Les contrats qu’une application raccordée peut employer."),
    "securityprofiles": _("Les appels qu’une application raccordée a le droit de faire."),
    "ontologies": _("Le vocabulaire des descriptions : chaque champ et sa nature."),
    "unitschema": _("Les champs propres à l’organisation, admis dans les descriptions."),
    "formats": _("Les formats de fichiers reconnus (PRONOM), et ceux à surveiller."),
    "griffins": _("Les outils qui analysent ou convertissent les fichiers."),
    "scenarios": _("Quel outil passe, et sur quels formats."),
}
