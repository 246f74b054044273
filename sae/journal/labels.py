"""French sentences of journal codes: a register that the rooms above fill in ``ready()``.

A journal keeps codes and arguments; the sentence is chosen when someone reads.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

_labels: dict[str, Label] = {}

OUTCOME_WORDS: dict[str, Label] = {
    "STARTED": _("début"),
    "OK": _("succès"),
    "WARNING": _("avertissement"),
    "KO": _("échec"),
    "FATAL": _("erreur technique"),
}


def register_labels(labels: Mapping[str, Label]) -> None:
    """Add sentences, by code (``CHECK_SEDA``) or exact outcome (``CHECK_SEDA.NOT_XSD_VALID.KO``).

    Raises ``ValueError`` when a code already has another sentence.
    """
    for code, sentence in labels.items():
        known = _labels.setdefault(code, sentence)
        if str(known) != str(sentence):
            raise ValueError(f"two labels for {code}")


def label(code: str) -> str:
    """Return the sentence of a code or of a detailed outcome; the code itself when unknown.

    ``X.KO`` without a sentence of its own is said « <sentence of X> : échec », and so is
    ``X.DETAIL.KO``; an ``LFC.`` code falls back on the same code of the operation.
    """
    for candidate in (code, code.removeprefix("LFC.")):
        if candidate in _labels:
            return str(_labels[candidate])
        stem = candidate.removesuffix(".STARTED.OK")
        outcome = "STARTED" if stem != candidate else ""
        if not outcome:
            stem, _dot, outcome = candidate.rpartition(".")
        while outcome in OUTCOME_WORDS and stem:
            if stem in _labels:
                return f"{_labels[stem]} : {OUTCOME_WORDS[outcome]}"
            stem = stem.rpartition(".")[0]
    return code
