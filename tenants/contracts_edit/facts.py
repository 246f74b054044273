"""An access contract in words, for its page."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from tenants.contracts_edit.forms import USAGES, WRITINGS
from tenants.models import AccessContract, Agency, ManagementRule
from tenants.positions.choices import positions_of
from tenants.sights import grant_of

Fact = tuple[str, Any]


def sections_of(contract: AccessContract) -> list[tuple[str, list[Fact]]]:
    """Return the parts of a contract's page: heading, then labels and values."""
    grant = grant_of(contract)
    categories = dict(ManagementRule.Category.choices)
    usages = dict(USAGES)
    return [
        (
            _("Ce qu’il montre"),
            [
                (
                    _("Services producteurs"),
                    _("tous")
                    if grant.every_agency
                    else _lines(_agencies(grant.agencies))
                    or _("aucun : le contrat n’ouvre rien par les services"),
                ),
                (
                    _("Positions ouvertes"),
                    _lines(_positions(grant.roots)) or _("tout le fonds"),
                ),
                (_("Positions cachées"), _lines(_positions(grant.excluded))),
                (
                    _("Plans et arbres"),
                    _("toujours visibles") if grant.plans_always else "",
                ),
                (
                    _("Délais à échoir"),
                    _lines(str(categories.get(one, one)) for one in grant.due_categories),
                ),
                (
                    _("Autres services, une fois échus"),
                    _lines(str(categories.get(one, one)) for one in grant.due_categories_of_others),
                ),
            ],
        ),
        (
            _("Ce qu’il permet"),
            [
                (
                    _("Objets téléchargeables"),
                    _("tous les usages")
                    if grant.every_usage
                    else _lines(str(usages.get(one, one)) for one in grant.usages) or _("aucun"),
                ),
                (_("Modification"), str(dict(WRITINGS)[grant.writing.name])),
                (
                    _("Journal des accès"),
                    _("chaque accès à un objet") if grant.access_logged else _("ordinaire"),
                ),
            ],
        ),
    ]


def _agencies(identifiers: Iterable[str]) -> list[str]:
    wanted = list(identifiers)
    names = dict(Agency.objects.filter(identifier__in=wanted).values_list("identifier", "name"))
    return [f"{names[one]} ({one})" if one in names else one for one in wanted]


def _positions(identifiers: Iterable[Any]) -> list[str]:
    return [
        " › ".join(part for part in (one.path, one.title) if part)
        if one.is_known
        else _("position disparue du fonds (%s)") % one.id
        for one in positions_of(list(identifiers))
    ]


def _lines(values: Iterable[str]) -> str:
    return format_html_join("", '<span class="d-block">{}</span>', ((one,) for one in values))
