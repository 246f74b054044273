"""What updates tell the rooms below: kinds of acts, sentences of the journal, menu, home page."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from access.updates.descriptions import (
    INVALID,
    NO_CHANGES,
    plan_descriptions,
    plan_own_descriptions,
)
from access.updates.descriptions import UPDATED as DESCRIBED
from access.updates.hold_acts import plan_holds
from access.updates.hold_register import holds_to_review
from access.updates.reverting import REVERT, TOUCHED_SINCE, plan_revert
from access.updates.rule_actions import ABSENT, ALREADY
from access.updates.rules import HOLDING, plan_rules, write_rules
from access.updates.rules import INVALID as RULES_INVALID
from sae.holdings.mass import CHANGED_SINCE, UNKNOWN, MassKind, register_mass_kind
from sae.holdings.rules_store import hold_rules_still, share_rules
from sae.journal.labels import register_labels
from sae.ui import menu
from sae.ui.home import register_todo
from tenants.access import may
from tenants.permissions import Permission

_UNKNOWN = (
    _("est inconnue ou n’est pas ouverte en écriture"),
    _("sont inconnues ou ne sont pas ouvertes en écriture"),
)
_CHANGED_SINCE = (
    _("modifiée par ailleurs depuis : laissée"),
    _("modifiées par ailleurs depuis : laissées"),
)
_DESCRIPTION_LABELS = {
    DESCRIBED: (_("modifiée"), _("modifiées")),
    NO_CHANGES: (_("est déjà ainsi"), _("sont déjà ainsi")),
    INVALID: (_("ne peut pas l’être"), _("ne peuvent pas l’être")),
    CHANGED_SINCE: _CHANGED_SINCE,
    TOUCHED_SINCE: (_("touchée depuis : laissée"), _("touchées depuis : laissées")),
    UNKNOWN: _UNKNOWN,
}
_RULE_LABELS = {
    DESCRIBED: (_("modifiée"), _("modifiées")),
    ALREADY: (_("porte déjà la règle"), _("portent déjà la règle")),
    ABSENT: (_("n’a pas la règle"), _("n’ont pas la règle")),
    NO_CHANGES: (_("n’a rien à changer"), _("n’ont rien à changer")),
    RULES_INVALID: (_("ne peut pas l’être"), _("ne peuvent pas l’être")),
    HOLDING: (
        _("position de l’arbre : sans règles"),
        _("positions de l’arbre : sans règles"),
    ),
    CHANGED_SINCE: _CHANGED_SINCE,
    UNKNOWN: _UNKNOWN,
}
_RULE_CHECKS = (
    "MASS_UPDATE_RULES_CHECK",
    "UNIT_METADATA_CHECK_CONSISTENCY",
    "CHECK_DISTRIBUTION_THRESHOLD",
    "PREPARE_UPDATE_UNIT_LIST",
)

# Descriptions hold rows in the order of their identifiers; a move has an order of its own: either
# waits for the other before any row is held.
KINDS = (
    MassKind(
        name="descriptions",
        operation_type="MASS_UPDATE_UNIT_DESC",
        plan=plan_descriptions,
        begin=share_rules,
        checks=("MASS_UPDATE_CHECK", "CHECK_DISTRIBUTION_THRESHOLD", "PREPARE_UPDATE_UNIT_LIST"),
        labels=_DESCRIPTION_LABELS,
    ),
    MassKind(
        name="own_descriptions",
        operation_type="BULK_ATOMIC_UPDATE_UNIT_DESC",
        category="BULK_UPDATE",
        plan=plan_own_descriptions,
        begin=share_rules,
        checks=("CHECK_QUERIES_THRESHOLD", "PREPARE_BULK_ATOMIC_UPDATE_UNIT_LIST"),
        action="BULK_ATOMIC_UPDATE_UNITS",
        steps=("STP_CHECK_AND_COMPUTE", "STP_UPDATE", "STP_BULK_ATOMIC_UPDATE_FINALIZE"),
        report_type="BULK_UPDATE_UNIT",
        labels=_DESCRIPTION_LABELS,
    ),
    MassKind(
        name="one_description",
        operation_type="STP_UPDATE_UNIT_DESC",
        category="UPDATE",
        plan=plan_own_descriptions,
        begin=share_rules,
        labels=_DESCRIPTION_LABELS,
    ),
    MassKind(
        name=REVERT,
        operation_type="REVERT_ESSENTIAL_METADATA",
        plan=plan_revert,
        begin=share_rules,
        checks=("REVERT_CHECK",),
        action="REVERT_UPDATE_UNITS",
        steps=("STP_CHECK_REVERT", "STP_REVERT_UPDATE", "STP_REVERT_UPDATE_FINALIZE"),
        labels=_DESCRIPTION_LABELS,
    ),
    MassKind(
        name="rules",
        operation_type="MASS_UPDATE_UNIT_RULE",
        plan=plan_rules,
        checks=_RULE_CHECKS,
        action="MASS_UPDATE_UNITS_RULES",
        begin=hold_rules_still,
        write=write_rules,
        reads_descriptions=False,
        labels=_RULE_LABELS,
    ),
    MassKind(
        name="holds",
        operation_type="MASS_UPDATE_UNIT_RULE",
        plan=plan_holds,
        checks=_RULE_CHECKS,
        action="MASS_UPDATE_UNITS_RULES",
        begin=hold_rules_still,
        write=write_rules,
        reads_descriptions=False,
        labels=_RULE_LABELS,
    ),
)

LABELS = {
    "MASS_UPDATE_UNIT_DESC": _("Modification de descriptions"),
    "BULK_ATOMIC_UPDATE_UNIT_DESC": _("Modification de descriptions par fichier"),
    "STP_UPDATE_UNIT_DESC": _("Modification d’une description"),
    "REVERT_ESSENTIAL_METADATA": _("Annulation d’une modification"),
    "MASS_UPDATE_UNIT_RULE": _("Modification de règles de gestion"),
    "STP_CHECK_AND_COMPUTE": _("Contrôle de la demande"),
    "MASS_UPDATE_CHECK": _("Contrôle des champs demandés"),
    "MASS_UPDATE_RULES_CHECK": _("Contrôle des règles demandées"),
    "UNIT_METADATA_CHECK_CONSISTENCY": _("Cohérence de la demande"),
    "CHECK_DISTRIBUTION_THRESHOLD": _("Nombre d’unités permis"),
    "PREPARE_UPDATE_UNIT_LIST": _("Liste des unités arrêtée"),
    "CHECK_QUERIES_THRESHOLD": _("Nombre de demandes permis"),
    "PREPARE_BULK_ATOMIC_UPDATE_UNIT_LIST": _("Liste des unités arrêtée"),
    "STP_UPDATE": _("Modification des unités"),
    "MASS_UPDATE_UNITS": _("Écriture des descriptions"),
    "MASS_UPDATE_UNITS_RULES": _("Écriture des règles"),
    "BULK_ATOMIC_UPDATE_UNITS": _("Écriture des descriptions"),
    "STP_MASS_UPDATE_FINALIZE": _("Clôture"),
    "MASS_UPDATE_FINALIZE": _("Rapport"),
    "STP_BULK_ATOMIC_UPDATE_FINALIZE": _("Clôture"),
    "BULK_ATOMIC_UPDATE_FINALIZE": _("Rapport"),
    "STP_CHECK_REVERT": _("Contrôle de l’annulation"),
    "REVERT_CHECK": _("Unités restées telles quelles"),
    "STP_REVERT_UPDATE": _("Retour aux valeurs précédentes"),
    "REVERT_UPDATE_UNITS": _("Écriture des descriptions"),
    "STP_REVERT_UPDATE_FINALIZE": _("Clôture"),
    "REVERT_UPDATE_FINALIZE": _("Rapport"),
    "MASS_UPDATE_PAUSE": _("Mise en pause"),
    "MASS_UPDATE_RESUME": _("Reprise"),
    "LFC.UNIT_METADATA_UPDATE": _("Modification de la description ou des règles"),
}


def connect() -> None:
    """Called once the applications are loaded."""
    for kind in KINDS:
        register_mass_kind(kind)
    register_labels(LABELS)
    register_todo(holds_to_review, order=20)
    # A task shows its pages when it has several: the task's own page is one of them.
    for key, title, order, url_name, parent, permission, matches in (
        ("gels-referentiels", _("Référentiels"), 10, "referentials", menu.REFERENTIALS,
         Permission.REFERENTIAL_VIEW, ()),
        ("gels", _("Gels"), 60, "holds", menu.REFERENTIALS, Permission.UNIT_HOLD, ("hold",)),
        ("modifications-recherche", _("Recherche"), 10, "search", menu.SEARCH,
         Permission.HOLDINGS_VIEW, ()),
        ("modifications", _("Modifications"), 60, "updates", menu.SEARCH, Permission.UNIT_EDIT,
         ("update", "update_import")),
    ):  # fmt: skip
        menu.register(
            menu.MenuEntry(
                key, title, order=order, url_name=url_name, parent=parent, matches=matches,
                permission=_for(permission),
            )
        )  # fmt: skip


def _for(permission: Permission) -> Callable[[HttpRequest], bool]:
    return lambda request: bool(may(request, permission))
