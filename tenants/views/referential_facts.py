"""What the page of one element says: labels and values, in the reader's words."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from sae.ui import french
from tenants.referentials.agencies import DATES, MULTIPLE, SINGLE
from tenants.referentials.kinds import KINDS
from tenants.referentials.labels import field_label
from tenants.selectors.referentials import length_in_words

Facts = list[tuple[str, Any]]


def rule_facts(row: Any) -> Facts:
    """Return what a management rule says."""
    return [
        (_("Identifiant"), row.identifier),
        (_("Type"), str(row.get_category_display()).capitalize()),
        (_("Durée"), length_in_words(row)),
        (_("Description"), row.description),
        *_dates(row),
    ]


def agency_facts(row: Any) -> Facts:
    """Return what an agency says, its record included."""
    kind = KINDS["agencies"]
    enriched = [
        (str(field_label(kind, name)), _listed(row.details[name]))
        for name in (*SINGLE, *MULTIPLE, *DATES)
        if name in row.details
    ]
    return [
        (_("Identifiant"), row.identifier),
        (_("Description"), row.description),
        *enriched,
        *_dates(row),
    ]


def contract_sections(row: Any) -> Sequence[tuple[str, Facts]]:
    """Return the panels of an ingest contract."""
    usages = _("tous") if row.every_data_object_version else _listed(row.data_object_versions)
    formats = _("tous") if row.every_format_type else _listed(row.format_types)
    return [
        (
            _("Contrat"),
            [
                (_("Identifiant"), row.identifier),
                (_("Description"), row.description),
                (_("Activé le"), _day(row.activated_at)),
                (_("Désactivé le"), _day(row.deactivated_at)),
                *_dates(row),
            ],
        ),
        (
            _("Rattachement"),
            [
                (_("Position de rattachement"), row.link_parent_id),
                (_("Par le bordereau"), str(row.get_check_parent_link_display()).capitalize()),
                (_("Positions permises"), _listed(map(str, row.check_parent_ids))),
            ],
        ),
        (
            _("Objets et formats"),
            [
                (_("Original obligatoire"), _yes(row.master_mandatory)),
                (_("Usages ajoutés à un groupe existant"), usages or _("aucun")),
                (_("Formats permis"), formats),
                (_("Formats non identifiés acceptés"), _yes(row.format_unidentified_authorized)),
            ],
        ),
        (
            _("Contrôles"),
            [
                (_("Profils d’archivage"), _listed(row.archive_profiles) or _("aucun exigé")),
                (_("Contrat de gestion"), row.management_contract_id or _("celui par défaut")),
                (
                    _("Échéances calculées au versement"),
                    _yes(row.compute_inherited_rules_at_ingest),
                ),
            ],
        ),
    ]


def _dates(row: Any) -> Facts:
    return [(_("Créé le"), _day(row.created_at)), (_("Modifié le"), _day(row.updated_at))]


def _day(moment: Any) -> str:
    return french.day(moment) if moment else ""


def _yes(value: bool) -> str:
    return _("oui") if value else _("non")


def _listed(values: Iterable[str] | str) -> str:
    return values if isinstance(values, str) else ", ".join(values)
