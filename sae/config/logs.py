"""What is written in logs: lines with the number of their request, and no secret in any of them.

A log is read by more people than the archives are, and is sent to other machines. Addresses that
open something (a link to choose a password, a key put in an address by mistake) reach it through
access logs, refusals and stack traces: what they carry is cut out of the text at the last moment.
"""

import logging
import re

CUT = "[…]"
_SECRETS = re.compile(
    r"\bsae_[\w-]{20,}"  # keys of applications
    r"|(?<=/compte/lien/)[^/\s]+/[^/\s\"']+"  # links to choose a password
    r"|(?<=bearer )[\w.~+/=-]+|(?<=basic )[\w+/=-]+"
    r"|(?<=[?&]code=)[^&\s\"']+|(?<=[?&]state=)[^&\s\"']+"  # a sign-on under way
    r"|(?<=[?&]token=)[^&\s\"']+|(?<=_token=)[^&\s\"']+|(?<=password=)[^&\s\"']+",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """Return a text without the secrets that addresses and headers may have put in it."""
    return _SECRETS.sub(CUT, text)


class LineFormatter(logging.Formatter):
    """Formats as ever, stack trace included, then cuts the secrets out."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
