"""The four things said of one kind of problem."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one kind of problem.

    ``title`` and ``why`` belong to the kind and take no argument. ``text`` and ``advice`` belong
    to one occurrence: ``{seen}``, ``{expected}``, ``{file}``, ``{line}``, ``{element}``,
    ``{identifier}`` and any key of the problem's arguments. ``hint`` is added to the advice when
    the problem carries a ``suggestion`` argument.
    """

    title: Text
    why: Text
    text: Text
    advice: Text
    hint: Text = ""


Catalogue = Mapping[tuple[str, str], Sentence]
"""By (code without its outcome, reason).

A full code as key is for one outcome alone; an empty code is for a reason whatever its code.
"""
