"""What the reader may do with units chosen in a list: ``{% load updates %}``."""

import uuid
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from access import query_language
from tenants.access import may
from tenants.permissions import Permission

register = template.Library()
_KEPT = "_acts_allowed"


@dataclass(frozen=True, slots=True)
class AllowedAct:
    """One button of the bar of a selection."""

    label: str | Promise
    icon: str
    url: str
    name: str


_ACTS: tuple[tuple[Permission, str, str | Promise, str], ...] = (
    (Permission.UNIT_EDIT, "update_export", _("Exporter pour modification"), "download"),
    (Permission.UNIT_HOLD, "update_new_hold", _("Geler…"), "snow"),
    (Permission.UNIT_RULES, "update_new_rules", _("Règles…"), "journal-bookmark"),
    (Permission.UNIT_EDIT, "update_new_descriptions", _("Description…"), "pencil"),
    (Permission.UNIT_MOVE, "units_move", _("Déplacer…"), "shuffle"),
)


@register.simple_tag(takes_context=True)
def acts_allowed(context: RequestContext) -> list[AllowedAct]:
    """``{% acts_allowed as allowed %}``: what the reader may do; asked once a page."""
    request: Any = context["request"]
    kept = getattr(request, _KEPT, None)
    if kept is None:
        kept = [
            AllowedAct(label, icon, reverse(name), name)
            for permission, name, label, icon in _ACTS
            if may(request, permission)
        ]
        setattr(request, _KEPT, kept)
    return list(kept)


@register.simple_tag
def search_below(unit_id: uuid.UUID) -> str:
    """``{% search_below unit.id as query_string %}``: the search of all that is below a unit."""
    box = query_language.write(query_language.BoxQuery(under=(unit_id,)))
    return urlencode({"q": f"{box} "})
