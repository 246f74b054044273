"""What a dry run showed is what is written over: a unit changed in between is left, and told.

Only what the act would replace counts: somebody may well move a unit, or describe it, while a
change of its rules waits to be confirmed.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from django.utils.translation import gettext as _

from sae.holdings.mass.kinds import CHANGED_SINCE, Decision
from sae.kernel.outcomes import Outcome

_SIZE = 8
_NOTHING = bytes(_SIZE)


def seen_in(decisions: Sequence[Decision]) -> bytes:
    """Return the digests of what would be written over, eight bytes per unit, in order."""
    known: dict[bytes, bytes] = {}
    return b"".join(_digest(one, known) for one in decisions)


def left_as_changed(
    decisions: Sequence[Decision], seen: bytes | memoryview | None
) -> list[Decision]:
    """Return the decisions, those that would write over something else than ``seen`` left aside.

    ``seen`` is ``None`` for an act launched without a dry run: nothing was shown.
    """
    if seen is None:
        return list(decisions)
    known: dict[bytes, bytes] = {}
    sentence = _("Modifiée par ailleurs depuis le contrôle : rien n’est écrasé.")
    return [
        one
        if one.change is None or _digest(one, known) == bytes(seen[place : place + _SIZE])
        else replace(
            one, outcome=Outcome.KO, key=CHANGED_SINCE, message=sentence, change=None, undo=None
        )
        for place, one in zip(range(0, len(seen), _SIZE), decisions, strict=True)
    ]


def _digest(decision: Decision, known: dict[bytes, bytes]) -> bytes:
    """Return the digest of what a change is written over; zeros when there is no change.

    Many units are written over alike: each thing is digested once.
    """
    if decision.change is None:
        return _NOTHING
    digest = known.get(decision.over)
    if digest is None:
        digest = known[decision.over] = blake2b(decision.over, digest_size=_SIZE).digest()
    return digest
