"""Profiles, groups, effective rights, check-up."""

from tests.architecture.matrix.line import Line, Thing

LINES: dict[str, Line] = {}
THINGS: dict[str, Thing] = {}
