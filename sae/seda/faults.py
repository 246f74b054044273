"""Where the reading of a manifest puts the faults that it finds."""

from __future__ import annotations

from typing import Any

from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.seda import reasons

NO_FILE_KO = "CHECK_SEDA.NO_FILE.KO"
NOT_XML_FILE_KO = "CHECK_SEDA.NOT_XML_FILE.KO"
NOT_XSD_VALID_KO = "CHECK_SEDA.NOT_XSD_VALID.KO"
UNSUPPORTED_SEDA_VERSION_KO = "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO"

_CODES = {
    reasons.MANIFEST_NOT_FOUND: NO_FILE_KO,
    reasons.XML_MALFORMED: NOT_XML_FILE_KO,
    reasons.DOCTYPE_FORBIDDEN: NOT_XML_FILE_KO,
    reasons.ENCODING_UNSUPPORTED: NOT_XML_FILE_KO,
    reasons.VERSION_UNSUPPORTED: UNSUPPORTED_SEDA_VERSION_KO,
}
_SHOWN = 200
"""Characters of a wrong value that a problem keeps."""


class ManifestRefused(Exception):  # noqa: N818 - the depositor's fault, not an error of ours
    """The manifest is refused; ``problems`` holds what the fast reading found: its first fault.

    ``explain_manifest`` lists them all.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"line {p.place.line}: {p.reason}" for p in problems[:3]))
        self.problems = problems


class FaultSink:
    """Receives faults. The fast reading raises at the first; the explaining one keeps them."""

    def __init__(self, *, collect: bool, limit: int = 1) -> None:
        self._collect = collect
        self._limit = limit
        self.problems: list[Problem] = []

    def add(
        self,
        reason: str,
        *,
        line: int | None = None,
        column: int | None = None,
        element: str = "",
        identifier: str = "",
        seen: str = "",
        expected: str = "",
        **arguments: Any,
    ) -> None:
        """Note a fault; raises :class:`ManifestRefused` when no more are wanted."""
        self.problems.append(
            Problem(
                code=_CODES.get(reason, NOT_XSD_VALID_KO),
                outcome=Outcome.KO,
                reason=reason,
                place=Place(line=line, column=column, element=element, identifier=identifier),
                seen=seen if len(seen) <= _SHOWN else f"{seen[:_SHOWN]}…",
                expected=expected,
                arguments=arguments,
            )
        )
        if not self._collect or len(self.problems) >= self._limit:
            raise ManifestRefused(tuple(self.problems))

    def stop(self, reason: str, **details: Any) -> ManifestRefused:
        """Note a fault after which reading cannot go on; the caller raises what is returned."""
        try:
            self.add(reason, **details)
        except ManifestRefused as refused:
            return refused
        return ManifestRefused(tuple(self.problems))
