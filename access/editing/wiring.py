"""What the construction of the classification tells the rooms below: labels, menu."""

from django.utils.translation import gettext_lazy as _

from access.editing import moving_acts, services, tree_jobs
from sae.holdings.mass import register_mass_kind
from sae.holdings.planting import CREATED, REMOVED
from sae.jobs.registry import register_handler
from sae.journal.labels import register_labels
from sae.ui import menu
from tenants.access import may
from tenants.permissions import Permission

LABELS = {
    services.CREATE: _("Création de positions de classement"),
    services.IMPORT: _("Import d’un fichier de positions"),
    services.MERGE: _("Fusion de positions de classement"),
    services.DELETE: _("Suppression d’une branche de classement"),
    services.RECLASSIFICATION: _("Déplacement d’unités"),
    "STP_RECLASSIFICATION_PREPARATION": _("Contrôle des déplacements"),
    "CHECK_CONCURRENT_WORKFLOW_LOCK": _("Aucun autre traitement qui l’empêche"),
    "RECLASSIFICATION_PREPARATION_LOAD_REQUEST": _("Lecture de la demande"),
    "RECLASSIFICATION_PREPARATION_CHECK_GRAPH": _("Contrôle des types et des cercles"),
    "RECLASSIFICATION_PREPARATION_CHECK_HOLD_RULES": _("Contrôle des gels"),
    "RECLASSIFICATION_PREPARATION_UPDATE_DISTRIBUTION": _("Liste des unités arrêtée"),
    "UNIT_GRAPH_COMPUTE": _("Écriture des nouvelles places"),
    "STP_UNIT_DETACHMENT": _("Détachement des unités"),
    "STP_UNIT_ATTACHMENT": _("Rattachement des unités"),
    "STP_UNIT_GRAPH_COMPUTE": _("Mise à jour de l’arborescence"),
    "STP_OBJECT_GROUP_GRAPH_COMPUTE": _("Mise à jour des groupes d’objets"),
    "STP_RECLASSIFICATION_FINALIZATION": _("Clôture du déplacement"),
    "LFC.UNIT_RECLASSIFICATION": _("Déplacement dans le classement"),
    CREATED: _("Création de la position"),
    REMOVED: _("Suppression de la position"),
}


def connect() -> None:
    """Called once the applications are loaded."""
    register_labels(LABELS)
    register_mass_kind(moving_acts.KIND)
    register_handler(
        tree_jobs.JOB_KIND, tree_jobs.advance_tree, on_quarantine=tree_jobs.give_tree_up
    )
    # A task shows its pages when it has several: the task's own page is one of them.
    menu.register(
        menu.MenuEntry(
            "parcourir",
            _("Parcourir"),
            order=10,
            url_name="classification",
            parent=menu.CLASSIFICATION,
            matches=("unit",),
            permission=lambda request: bool(may(request, Permission.HOLDINGS_VIEW)),
        )
    )
    menu.register(
        menu.MenuEntry(
            "construire",
            _("Construire"),
            order=60,
            url_name="classification_build",
            parent=menu.CLASSIFICATION,
            matches=("position_create", "branch_delete", "position_merge", "tree_draft"),
            permission=lambda request: bool(may(request, Permission.CLASSIFICATION_EDIT)),
        )
    )
