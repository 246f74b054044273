"""A logo is examined before it is kept: it will be shown on every page of its organisation.

A PNG is written again from its pixels, which leaves nothing else of it. An SVG is a program that
a browser runs, so only shapes, text and colours of its own are let through: an element or an
attribute that is not in the lists below refuses the file, whatever it does.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _
from lxml import etree
from PIL import Image, UnidentifiedImageError

from sae.ui.colours import contrast, normalise

MOST_BYTES = 200 * 1024
LEAST_SIDE, MOST_SIDE = 16, 2000
# WCAG 2.1, 1.4.11: graphics. Logos always stand on white, whatever the theme.
LEAST_CONTRAST = 3.0
LEAST_SHARE = 0.05
"""Of the pixels that are seen at all, so many must stand out from the white behind."""

PNG, SVG = "image/png", "image/svg+xml"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SVG_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = (
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs "
    "linearGradient radialGradient stop clipPath"
)
_ATTRIBUTES = (
    "id class x y x1 x2 y1 y2 cx cy r rx ry fx fy d points width height viewBox version "
    "preserveAspectRatio transform fill stroke stroke-width stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-dasharray stroke-dashoffset fill-rule clip-rule fill-opacity "
    "stroke-opacity opacity color offset stop-color stop-opacity gradientUnits "
    "gradientTransform spreadMethod clip-path clipPathUnits font-family font-size font-weight "
    "font-style text-anchor dominant-baseline letter-spacing dx dy role aria-label"
)
_SVG_ELEMENTS = frozenset(_ELEMENTS.split())
_SVG_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|expression|javascript:|data:|@import|\\", re.I)


class LogoRefusedError(ValueError):
    """The file cannot be a logo; the message is for people."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo that was examined, and what it is served as."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal: it makes the address of each logo its own."""
        return hashlib.sha256(self.content).hexdigest()


def examine_logo(content: bytes) -> Logo:
    """Return the logo as it will be kept; raise ``LogoRefusedError`` with the reason."""
    if len(content) > MOST_BYTES:
        raise LogoRefusedError(_("Ce fichier dépasse 200 Ko : réduisez l’image."))
    if content.startswith(_PNG_SIGNATURE):
        return Logo(_clean_png(content), PNG)
    if b"<svg" in content[:4096]:
        return Logo(_clean_svg(content), SVG)
    raise LogoRefusedError(
        _("Un logo est une image PNG ou SVG : ce fichier est d’une autre sorte.")
    )


def _clean_png(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as opened:
            # Before any pixel is decoded: a small file can announce a gigantic image.
            _check_sides(*opened.size)
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, LogoRefusedError):
            raise
        raise LogoRefusedError(_("Cette image PNG est illisible.")) from error
    _check_contrast(picture)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    if len(written.getvalue()) > MOST_BYTES:
        raise LogoRefusedError(
            _("Cette image est trop lourde : réduisez-la à 400 points de large.")
        )
    return written.getvalue()


def _check_sides(width: int, height: int) -> None:
    if not (LEAST_SIDE <= width <= MOST_SIDE and LEAST_SIDE <= height <= MOST_SIDE):
        raise LogoRefusedError(
            _("Les côtés du logo font de %(least)d à %(most)d points ; ceux-ci : %(w)d × %(h)d.")
            % {"least": LEAST_SIDE, "most": MOST_SIDE, "w": width, "h": height}
        )


def _check_contrast(picture: Image.Image) -> None:
    """Refuse what nobody would see on white. A thumbnail tells as much, in a fraction of time."""
    small = picture.copy()
    small.thumbnail((96, 96))
    seen = legible = 0
    raw = small.tobytes()
    for start in range(0, len(raw), 4):
        red, green, blue, alpha = raw[start : start + 4]
        if alpha < 128:
            continue
        seen += 1
        if contrast(f"#{red:02x}{green:02x}{blue:02x}", "#ffffff") >= LEAST_CONTRAST:
            legible += 1
    if not seen or legible / seen < LEAST_SHARE:
        raise LogoRefusedError(_too_pale())


def _too_pale() -> str:
    return _(
        "Ce logo se voit à peine sur le fond blanc où il sera placé (contraste inférieur à 3) : "
        "choisissez sa version foncée."
    )


def _clean_svg(content: bytes) -> bytes:
    if b"<!doctype" in content.lower() or b"<!entity" in content.lower():
        raise LogoRefusedError(_("Ce SVG contient un DOCTYPE : enregistrez-le en « SVG simple »."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise LogoRefusedError(_("Ce SVG est illisible.")) from error
    if root.tag != f"{_SVG_NAMESPACE}svg":
        raise LogoRefusedError(_("Ce fichier n’est pas un SVG."))
    _simplify(root)
    faults = list(islice(_svg_faults(root), 3))
    if faults:
        raise LogoRefusedError(
            _("Ce SVG contient ce qu’un logo n’a pas à contenir : %(faults)s.")
            % {"faults": ", ".join(faults)}
        )
    if not any(contrast(colour, "#ffffff") >= LEAST_CONTRAST for colour in _svg_colours(root)):
        raise LogoRefusedError(_too_pale())
    etree.cleanup_namespaces(root)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _simplify(root: etree._Element) -> None:
    """Drop what drawing programs note for themselves, and write styles as attributes."""
    for element in list(root.iter(etree.Element)):
        name = str(element.tag)
        parent = element.getparent()
        if parent is not None and (
            not name.startswith(_SVG_NAMESPACE) or name == f"{_SVG_NAMESPACE}metadata"
        ):
            parent.remove(element)
            continue
        for attribute in [one for one in element.attrib if str(one).startswith("{")]:
            del element.attrib[attribute]
        for part in str(element.attrib.pop("style", "")).split(";"):
            key, _colon, value = part.partition(":")
            if key.strip() in _SVG_ATTRIBUTES:
                element.set(key.strip(), value.strip())


def _svg_faults(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG_NAMESPACE)
        if name not in _SVG_ELEMENTS:
            yield f"<{name}>"
        for attribute, value in element.attrib.items():
            if attribute not in _SVG_ATTRIBUTES:
                yield str(attribute)
            elif _OUTSIDE.search(str(value)):
                yield f"{attribute}=…"


def _svg_colours(root: etree._Element) -> Iterator[str]:
    """Yield the colours that are written in hexadecimal; anything else counts as black.

    Shapes without a colour are black, and names of colours are left to whoever chose them.
    """
    for element in root.iter():
        for attribute in ("fill", "stroke", "stop-color"):
            value = str(element.get(attribute, ""))
            if value.startswith("#"):
                digits = value[1:]
                if len(digits) == 3:
                    digits = "".join(digit * 2 for digit in digits)
                yield normalise(digits) or "#000000"
            elif value.lower() in ("white", "none", "transparent"):
                continue
            elif value:
                yield "#000000"
        if element.tag != root.tag and not _inherits_a_colour(element):
            yield "#000000"


def _inherits_a_colour(element: etree._Element) -> bool:
    name = str(element.tag).removeprefix(_SVG_NAMESPACE)
    if name not in ("path", "rect", "circle", "ellipse", "polygon", "polyline", "text"):
        return True
    line = [element, *element.iterancestors()]
    return any(one.get("fill") or one.get("stroke") for one in line)
