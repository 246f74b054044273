"""Tags of the deposit screens: ``{% load ingest %}``."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ingest.models import Deposit
from ingest.selectors.deposits import status_key
from ingest.selectors.timeline import NOT_RUN, TO_COME, Line
from sae.holdings.levels import level_label
from sae.ui import french, markup
from sae.ui.statuses import status_of

register = template.Library()

_LONGEST_SHOWN = 120


@register.filter
def level_fr(level: str) -> str:
    """``{{ unit.level|level_fr }}`` → Dossier."""
    return level_label(level)


@register.filter
def limit_fr(octets: int) -> str:
    """``{{ limit|limit_fr }}`` → 100 Gio."""
    return french.limit(octets)


@register.filter
def deposit_status(deposit: Deposit) -> str:
    """``{{ deposit|deposit_status }}``: the key of the one word that is shown for it."""
    return status_key(deposit)


@register.filter
def line_word(state: str) -> str:
    """The word of a step: that of its status, or « À venir »."""
    return _("À venir") if state == TO_COME else str(status_of(state).word)


@register.filter
def line_note(line: Line) -> str:
    """What stands under the name of a step: its word, then one fact."""
    word = line_word(line.state)
    if not line.note:
        return word
    return f"{word} : {line.note}." if line.state == NOT_RUN else f"{word}. {line.note}"


@register.filter
def step_duration(seconds: float) -> str:
    """A duration, however short: « < 0,1 s » rather than « 0,0 s »."""
    return f"< {french.duration(0.1)}" if seconds < 0.05 else french.duration(seconds)


@register.filter
def line_tone(state: str) -> str:
    """The tone of a step, for its ``is-…`` class."""
    return "not-run" if state == TO_COME else status_of(state).tone


@register.simple_tag
def line_icon(state: str) -> SafeString:
    """The icon of a step, decorative: its word stands beneath."""
    if state == TO_COME:
        return markup.icon_html("circle")
    return markup.icon_html(status_of(state).icon)


@register.filter
def shown_value(value: str) -> SafeString | str:
    """A value seen or expected: digests shortened, long texts cut, whole on hover."""
    is_digest = len(value) >= 32 and all(char in "0123456789abcdefABCDEF" for char in value)
    if is_digest:
        return format_html(
            '<span title="{}" data-copy="{}">{}</span>', value, value, french.shorten(value)
        )
    if len(value) > _LONGEST_SHOWN:
        return format_html('<span title="{}">{}…</span>', value, value[:_LONGEST_SHOWN])
    return value
