"""Tags and filters of this room's templates: ``{% load fonds %}``."""

import datetime as dt

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from sae.holdings.levels import level_label
from sae.ui import french
from sae.ui.home import Panel

register = template.Library()


@register.filter
def level_fr(level: str) -> str:
    """``{{ unit.level|level_fr }}`` → Dossier."""
    return level_label(level)


@register.filter
def weekday_fr(moment: dt.datetime) -> str:
    """``{{ today|weekday_fr }}`` → Jeudi 12 mars 2026."""
    words = french.day(moment, weekday=True)
    return words[:1].upper() + words[1:]


@register.simple_tag(takes_context=True)
def panel_html(context: RequestContext, panel: Panel) -> SafeString:
    """A panel of the home page, in the template of the room that brings it."""
    return render_to_string(panel.template, dict(panel.context), request=context["request"])
