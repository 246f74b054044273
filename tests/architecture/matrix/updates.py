"""Updates of units, rules and holds."""

from tests.architecture.matrix.line import Line, Thing

LINES: dict[str, Line] = {}
THINGS: dict[str, Thing] = {}
