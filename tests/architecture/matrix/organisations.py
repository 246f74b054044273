"""Organisations, their coffres and settings, support."""

from tests.architecture.matrix.line import Line, Thing

LINES: dict[str, Line] = {}
THINGS: dict[str, Thing] = {}
