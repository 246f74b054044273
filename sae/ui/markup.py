"""Small pieces of HTML that tags and table columns share."""

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sae.ui import french
from sae.ui.icons import SPRITE, check_icon
from sae.ui.statuses import status_of


def icon_html(name: str, *, label: str = "", css: str = "") -> SafeString:
    """Return an icon of the sprite: decorative, or an image named ``label``.

    Raises ``UnknownIconError`` when the sprite has no such icon.
    """
    meaning = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true" focusable="false"')
    )
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        meaning,
        static(SPRITE),
        check_icon(name),
    )


def status_html(
    state: Any, *, word: Any = "", icon: str = "", tone: str = "", plain: bool = False
) -> SafeString:
    """Return a status: icon, then word. ``plain`` leaves the tint out, for dense tables."""
    status = status_of(state)
    tone = tone or status.tone
    return format_html(
        '<span class="status status-{}{}">{}{}</span>',
        tone,
        " status-plain" if plain else "",
        icon_html(icon or status.icon, css="spin" if tone == "spin" else ""),
        word or status.word,
    )


def digest_html(digest: str, *, algorithm: str = "") -> SafeString:
    """Return a digest shortened for the eye, whole for readers, copying and pointing."""
    if not digest:
        return SafeString("")
    short = french.shorten(digest)
    title = f"{algorithm} {digest}".strip()
    if short == digest:
        return format_html('<code class="digest">{}</code>', digest)
    return format_html(
        '<code class="digest" title="{}" data-copy="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{} {}</span></code>',
        title,
        digest,
        short,
        _("empreinte"),
        title,
    )
