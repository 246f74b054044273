"""HTTP Range requests (RFC 9110 §14) over an object of known size."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)", re.I)


class UnsatisfiableRangeError(ValueError):
    """The range begins past the end: the answer is 416 with ``Content-Range: bytes */size``."""


@dataclass(frozen=True, slots=True)
class RangeRequest:
    """Bytes from ``start`` to ``stop`` (excluded) of an object."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """Value of the Content-Range header of the 206 answer."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str, size: int) -> RangeRequest | None:
    """The range asked for, or ``None`` when the whole object must be sent.

    Malformed headers, other units and several ranges at once are ignored, as the RFC allows.
    Raises UnsatisfiableRangeError.
    """
    matched = _ONE_RANGE.fullmatch(header.strip())
    if not matched or matched.groups() == ("", "") or len(header) > 100:
        return None
    first, last = matched.groups()
    if not first:  # the last N bytes
        start, stop = max(size - int(last), 0), size
        if int(last) == 0:
            raise UnsatisfiableRangeError(header)
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise UnsatisfiableRangeError(header)
    return RangeRequest(start, stop)
