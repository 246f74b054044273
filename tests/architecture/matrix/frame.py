"""The frame of every page."""

from tests.architecture.matrix.line import EVERYONE, PUBLIC, Line

LINES: dict[str, Line] = {
    "health": Line(PUBLIC),
    "coffre_switch": Line(EVERYONE, method="post", granted=(404,)),
    "ui:accessibility": Line(PUBLIC),
    "ui:glossary": Line(EVERYONE),
    "ui:shortcuts": Line(EVERYONE),
    "ui:preferences": Line(EVERYONE, method="post", granted=(200, 204, 302, 400)),
    "ui:running": Line(EVERYONE, granted=(200, 204, 286)),
    # Without colours to draw there is no stylesheet.
    "ui:coffre_colours": Line(EVERYONE, granted=(200, 404)),
    "ui:styleguide": Line(EVERYONE),
    "ui:styleguide_sign_in": Line(EVERYONE),
    "ui:styleguide_list": Line(EVERYONE),
    "ui:styleguide_screen": Line(EVERYONE, also=(("screen", "a-faire"),), granted=(200, 404)),
}
