"""Tags and filters of the interface: ``{% load ui %}``."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.context import RequestContext
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from sae.kernel import clock
from sae.ui import french, markup
from sae.ui.addresses import PAGE, SORT, with_query
from sae.ui.pagination import Pager
from sae.ui.statuses import status_of
from sae.ui.tables import SelectColumn

register = template.Library()
_BREAKS = re.compile(r"(?<=/)|(?<=[a-z])(?=[A-Z])|(?<=_)|(?<=\.)(?=[A-Z])")


# Numbers, sizes, dates ---------------------------------------------------------------------


@register.filter
def number_fr(value: Any, decimals: int = 0) -> str:
    """``{{ total|number_fr }}`` → 1 248. Nothing for None."""
    return "" if value in (None, "") else french.number(value, int(decimals))


@register.filter
def filesize_fr(value: Any) -> str:
    """``{{ size|filesize_fr }}`` → 48,2 Go."""
    return "" if value in (None, "") else french.size(int(value))


@register.filter
def day_fr(value: Any) -> str:
    """``{{ date|day_fr }}`` → 12 mars 2026."""
    return french.day(value) if value else ""


@register.filter
def short_day_fr(value: Any) -> str:
    """``{{ date|short_day_fr }}`` → 12/03/2026."""
    return french.short_day(value) if value else ""


@register.filter
def moment_fr(value: Any) -> str:
    """``{{ datetime|moment_fr }}`` → 12 mars 2026 à 08 h 41."""
    return french.moment(value) if value else ""


@register.filter
def hour_fr(value: Any) -> str:
    """``{{ datetime|hour_fr }}`` → 08 h 41."""
    return french.hour(value) if value else ""


@register.filter
def ago_fr(value: Any) -> str:
    """``{{ datetime|ago_fr }}`` → il y a 2 h. On the home page only."""
    return french.ago(value, now=clock.now()) if value else ""


@register.filter
def duration_fr(value: dt.timedelta | float | None) -> str:
    """``{{ seconds|duration_fr }}`` → 1 min 52 s."""
    return "" if value is None else french.duration(value)


@register.simple_tag
def count(quantity: int, singular: str, plural: str = "") -> str:
    """``{% count n "unité" "unités" %}`` → 1 163 unités."""
    return french.count(quantity, singular, plural or None)


@register.simple_tag
def time_fr(value: Any, style: str = "moment") -> SafeString:
    """``{% time_fr value "ago" %}``: a ``<time>`` with the exact moment for machines and hover.

    Styles: moment, day, short, hour, ago.
    """
    if not value:
        return SafeString("")
    styles: dict[str, Callable[[Any], str]] = {
        "moment": french.moment,
        "day": french.day,
        "short": french.short_day,
        "hour": french.hour,
        "ago": lambda moment: french.ago(moment, now=clock.now()),
    }
    words = styles[style](value)
    title = french.moment(value, seconds=True) if isinstance(value, dt.datetime) else ""
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, words)


# Small pieces ------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "snow" %}``; ``label`` when it stands without a word."""
    return markup.icon_html(name, label=label, css=css)


@register.simple_tag
def status_chip(
    state: Any, word: str = "", icon: str = "", tone: str = "", plain: bool = False
) -> SafeString:
    """``{% status_chip operation.outcome %}``; ``plain=True`` in dense tables."""
    return markup.status_html(state, word=word, icon=icon, tone=tone, plain=plain)


@register.filter
def status_word(state: Any) -> str:
    """The word of a state alone."""
    return str(status_of(state).word)


@register.filter
def status_tone(state: Any) -> str:
    """The tone of a state, for the ``is-…``, ``tone-…`` and ``notice-…`` classes."""
    return status_of(state).tone


@register.simple_tag
def status_icon(state: Any) -> SafeString:
    """The icon of a state alone: only beside its word."""
    return markup.icon_html(status_of(state).icon)


@register.simple_tag
def digest(value: str, algorithm: str = "") -> SafeString:
    """``{% digest object.digest "SHA-512" %}``: shortened, whole for readers and copying."""
    return markup.digest_html(value, algorithm=algorithm)


@register.filter
def breakable(code: str) -> SafeString:
    """``{{ element|breakable }}``: a long identifier may break after « / » or before a capital."""
    parts = [part for part in _BREAKS.split(str(code)) if part]
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts))


@register.simple_tag
def fact(label: str, value: Any, css: str = "") -> SafeString:
    """One pair of a ``<dl class="facts">``; nothing at all when the value is empty."""
    if value in (None, "", [], ()):
        return SafeString("")
    attribute = format_html(' class="{}"', css) if css else ""
    return format_html("<dt>{}</dt><dd{}>{}</dd>", label, attribute, conditional_escape(value))


@register.inclusion_tag("ui/components/progress.html")
def progress(
    done: int,
    total: int,
    state: Any = "STARTED",
    label: str = "",
    noun: str = "",
    remaining: Any = None,
    note: str = "",
) -> dict[str, Any]:
    """``{% progress done total label="Contrôle des objets" noun="objets" remaining=delta %}``."""
    return {
        "status": status_of(state),
        "is_known": bool(total),
        "value": str(min(done, total)) if total else "",
        "maximum": str(total),
        "amount": _amount(done, total, noun),
        "percent": french.percent(done, total) if total else "",
        "remaining": french.duration(remaining) if remaining else "",
        "label": label,
        "note": note,
    }


def _amount(done: int, total: int, noun: str) -> str:
    if not total:
        return ""
    words = f"{french.number(done)} sur {french.number(total)}"
    return f"{words} {noun}" if noun else words


@register.inclusion_tag("ui/components/empty_state.html")
def empty_state(
    cause: str, action: str = "", url: str = "", button: bool = False
) -> dict[str, Any]:
    """``{% empty_state "Aucun résultat : …" "Retirer ce filtre" url %}``."""
    return {"cause": cause, "action": action, "url": url, "button": button}


# Lists -------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """``href="{% query page=None tri='-date' %}"``: the address with parameters changed."""
    return with_query(context["request"].GET, **changes)


@register.inclusion_tag("ui/components/pager.html")
def pager(position: Pager, target: str = "") -> dict[str, Any]:
    """``{% pager pager %}``; ``target`` is the id of the fragment htmx replaces."""
    return {"pager": position, "target": target}


@register.inclusion_tag("ui/components/filter_chips.html")
def filter_chips(chips: list[Any], clear_url: str = "", target: str = "") -> dict[str, Any]:
    """``{% filter_chips filterset.chips filterset.clear_url %}``."""
    return {"chips": chips, "clear_url": clear_url, "target": target}


@register.inclusion_tag("ui/components/header_cell.html", takes_context=True)
def header_cell(context: RequestContext, column: Any, target: str = "") -> dict[str, Any]:
    """Head of a table column: a sort link that keeps the rest of the address."""
    request = context.get("request")
    direction = ""
    url = ""
    if column.orderable and request is not None:
        alias = column.order_by_alias
        if alias.bare in {key.lstrip("-") for key in column._table.order_by}:
            direction = "descending" if alias.is_descending else "ascending"
        following = column.name if not direction else alias.opposite
        url = with_query(request.GET, **{SORT: following, PAGE: None})
    return {
        "header": column.header,
        "css": column.column.attrs.get("th", {}).get("class", ""),
        "name": column.name,
        "url": url,
        "direction": direction,
        "target": target,
    }


@register.simple_tag
def body_cell(column: Any, content: Any, record: Any) -> SafeString:
    """A cell of a table; carries its column's head as the label it shows on a narrow screen."""
    css = column.column.attrs.get("td", {}).get("class", "")
    is_choice = "cell-select" in css
    named = (one for one in column._table.columns if not isinstance(one.column, SelectColumn))
    if column is next(named, None):
        css = f"{css} cell-first".strip()
    wrap = getattr(column.column, "cell", None)
    shown = wrap(content, record) if wrap else content
    if not str(shown).strip():
        # A label alone says nothing: on a narrow screen the cell is left out.
        css = f"{css} cell-blank".strip()
    return format_html(
        '<td role="cell"{}{}>{}</td>',
        format_html(' class="{}"', css) if css else "",
        "" if is_choice else format_html(' data-label="{}"', column.header),
        shown,
    )


# Forms -------------------------------------------------------------------------------------


@register.inclusion_tag("ui/forms/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """``{% field form.email %}``: label, help, control, errors, tied together."""
    return {"field": bound}


@register.inclusion_tag("ui/forms/errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """``{% form_errors form %}``: what is to correct, with links; takes the focus."""
    wrong = [form[name] for name in form.errors if name in form.fields]
    return {"form": form, "wrong": wrong, "general": form.non_field_errors()}


@register.filter
def widget_type(bound: BoundField) -> str:
    """checkbox, select, text…: what the template of a field must know."""
    return str(getattr(bound.field.widget, "input_type", None) or bound.widget_type)
